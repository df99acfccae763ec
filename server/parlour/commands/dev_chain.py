"""The chain of `parlour dev`: given by its URL, an anvil found or fetched, or one simulated in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from parlour.commands.dev_contracts import built_contract, deployed_once
from parlour.commands.dev_market import SPAN_S, open_pool
from parlour.commands.dev_pass import open_shop
from parlour.runtime.chain.chains import Connect
from parlour.testing.anvil import AnvilChain, NoAnvil, RpcFault, fetch_anvil
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain

FUNDS = 100 * 10**18
"""Wei of each dev wallet: 100 ether is enough for a week of stakes."""
SIMULATED_URL = "http://simulated.invalid"
"""Never opened: the simulated chain answers in memory."""
SIMULATED_CHAIN_ID = 1337
SIMULATED_BLOCK_SECONDS = 4.0
"""Slow enough to read the entry that each block makes."""
_SET_BALANCE = ("anvil_setBalance", "hardhat_setBalance", "evm_setAccountBalance")
"""How anvil, Hardhat and Ganache give money to an account."""
GIVEN_CHAIN_SECONDS = 10
"""A dev chain that runs already answers a call within this."""


@dataclass(slots=True)
class DevChain:
    """What the server, its rooms and its pages need of a dev chain.

    Attributes:
        rpc_url: where wallets send transactions; None for a simulated chain.
        stake: `{address, abi}` of the demo's contract.
        pool: address of the demo's pool.
        token: address of the token that its own contract sells.
        watch: a watch whose events come by themselves; None where the demo stakes.
        connect: makes the client of a simulated chain; None where its URL says all.
        note: one sentence for the operator where something is missing.
    """

    chain_id: int
    urls: Sequence[str]
    rpc_url: str | None = None
    stake: dict[str, Any] | None = None
    pool: str | None = None
    token: str | None = None
    watch: dict[str, Any] | None = None
    connect: Connect | None = None
    note: str | None = None


async def open_chain(
    stack: AsyncExitStack, url: str | None, folder: Path, wallets: Sequence[str], say: Callable[[str], None]
) -> DevChain:
    """Open a chain that lives until `stack` closes, fund the wallets and deploy the demo's contracts.

    Args:
        url: a chain that runs already; without it anvil, and without that a simulation.
        folder: where the chain's state is kept.
        say: called with a line before long work, such as a download.

    Raises:
        OSError: nobody answers at `url`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        binary = None if url else await fetch_anvil(say)
    except NoAnvil as error:
        return await stack.enter_async_context(_simulated(folder / "simulated.json", str(error)))
    node = _GivenChain(url) if url else AnvilChain(binary=binary, state=folder / "state.json", age_s=2 * SPAN_S)
    await stack.enter_async_context(node)
    chain = DevChain(node.chain_id, [node.url] if url else [node.ws_url, node.url], node.url)
    try:
        await _fund(node, wallets)
        chain.pool = await open_pool(node, folder / "pool.json", timed=url is None)
        chain.stake = await _stake_contract(node, folder / "stake.json")
        chain.token = await open_shop(node, folder / "pass.json")
    except RpcFault as error:
        chain.note = f"The chain at {url} gives no free money: {error}"
    return chain


async def _fund(node: AnvilChain, wallets: Sequence[str]) -> None:
    """Give each wallet money, by the call that this dev chain has; raises RpcFault where it has none."""
    for number, method in enumerate(_SET_BALANCE):
        try:
            for wallet in wallets:
                await node.rpc(method, wallet, hex(FUNDS))
            return
        except RpcFault:
            if number == len(_SET_BALANCE) - 1:
                raise


class _GivenChain(AnvilChain):
    """A dev chain that another program runs."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def url(self) -> str:
        """The URL from the command line."""
        return self._url

    async def start(self) -> None:
        """Read its chain id and accounts; raises OSError (aiohttp's ClientError) where nobody answers."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GIVEN_CHAIN_SECONDS))
        self.chain_id = int(await self.rpc("eth_chainId"), 16)
        self.accounts = await self.rpc("eth_accounts")


async def _stake_contract(node: AnvilChain, kept: Path) -> dict[str, Any] | None:
    """Deploy the demo's contract, or find the one deployed before; None where the pages are not built."""
    artifact = built_contract("Stake")
    if artifact is None:
        return None
    address = await deployed_once(node, kept, partial(node.deploy, artifact))
    return {"address": address, "abi": artifact["abi"]}


@asynccontextmanager
async def _simulated(kept: Path, why: str) -> Any:
    """Run a chain in memory that emits a Ping in each block; a restart makes the same blocks up to the height kept."""
    chain = SimChain()
    for value in range(json.loads(kept.read_text())["height"] if kept.is_file() else 1):
        chain.mine([chain.ping(value)])

    async def mine() -> None:
        while True:
            await asyncio.sleep(SIMULATED_BLOCK_SECONDS)
            chain.mine([chain.ping(chain.height)])
            kept.write_text(json.dumps({"height": chain.height}))

    mining = asyncio.create_task(mine())
    try:
        yield DevChain(
            chain_id=SIMULATED_CHAIN_ID,
            urls=[SIMULATED_URL],
            watch={"chain": SIMULATED_CHAIN_ID, "address": CONTRACT, "event": PING},
            connect=lambda url: FakeNode(chain),
            note=f"The chain is simulated in memory: wallets cannot send it transactions. {why}",
        )
    finally:
        mining.cancel()
        with suppress(asyncio.CancelledError):
            await mining
