"""`parlour dev`: the whole house in one process, with something to play with."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
from eth_account import Account
from eth_utils.crypto import keccak
from rich.console import Console
from rich.table import Table

from parlour.adapters.dev_http import DevFacts, DevWallet
from parlour.app import Server
from parlour.errors import Conflict
from parlour.serving import configure_logs, run_until_told
from parlour.settings import SettingsError, load, static_folder
from parlour.testing.anvil import AnvilChain, NoAnvil, RpcFault, fetch_anvil

FUNDS = 100 * 10**18
"""Wei each dev wallet holds: enough for a week of stakes."""
OWNER = "Ada"
"""The dev wallet that owns the demo rooms."""
LOBBY, TABLE, STAKED_TABLE = "lobby", "tic-tac-toe-demo", "tic-tac-toe-stake"


def dev_wallets() -> list[DevWallet]:
    """Three wallets with public keys of their own; `serve` refuses them."""
    wallets = []
    for name in ("Ada", "Grace", "Satoshi"):
        key = keccak(text=f"parlour dev wallet {name}")
        wallets.append(DevWallet(name, str(Account.from_key(key).address), "0x" + key.hex()))
    return wallets


async def run_dev(
    *,
    host: str | None,
    port: int | None,
    games: list[str] | None,
    chain_url: str | None,
    with_chain: bool,
    data: Path,
) -> None:
    """Everything `parlour dev` promises, until Ctrl-C.

    Raises:
        SettingsError: an address that is not loopback (dev has no secrets to protect it).
    """
    if host not in (None, "127.0.0.1", "localhost", "::1"):
        raise SettingsError("`parlour dev` binds loopback only; use `parlour serve` for the world.")
    console = Console(stderr=True, highlight=False)
    configure_logs("warning")
    _make_folder(data)
    async with AsyncExitStack() as stack:
        facts = DevFacts(dev_wallets())
        if with_chain:
            await _open_chain(stack, facts, chain_url, data, console)
        settings = load(
            host=host or "127.0.0.1",
            port=port,
            games=games,
            database_url=f"sqlite+aiosqlite:///{data / 'parlour.db'}",
            chains=[{"chainId": facts.chain_id, "urls": facts.chain_urls}] if facts.rpc_url else [],
        )
        server = await Server.build(settings, facts)
        facts.rooms = await _make_rooms(server, facts)
        await run_until_told(server, lambda: _say_hello(console, server, facts))


class _GivenChain(AnvilChain):
    """A dev chain that somebody else runs, by URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def url(self) -> str:
        return self._url

    async def start(self) -> None:
        """Raises OSError (aiohttp's ClientError) where nobody answers."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self.chain_id = int(await self.rpc("eth_chainId"), 16)
        self.accounts = await self.rpc("eth_accounts")


async def _open_chain(stack: AsyncExitStack, facts: DevFacts, url: str | None, data: Path, console: Console) -> None:
    """A chain by URL, or anvil found or fetched; where there is neither, say so and what to type."""
    try:
        binary = None if url else await fetch_anvil(lambda line: console.print(f"[dim]{line}[/dim]"))
    except NoAnvil as error:
        facts.notes.append(f"No chain: {error}")
        return
    folder = data / "chain"
    _make_folder(folder)
    chain = _GivenChain(url) if url else AnvilChain(binary=binary, state=folder / "state.json")
    await stack.enter_async_context(chain)
    facts.chain_id, facts.rpc_url = chain.chain_id, chain.url
    facts.chain_urls = [chain.url] if url else [chain.ws_url, chain.url]
    try:
        for wallet in facts.wallets:
            await chain.rpc("anvil_setBalance", wallet.address, hex(FUNDS))
        facts.stake = await _stake_contract(chain, folder)
    except RpcFault as error:
        facts.notes.append(f"The chain at {url} gives no free money: {error}")


async def _stake_contract(chain: AnvilChain, folder: Path) -> dict[str, Any] | None:
    """The demo's contract, deployed once per chain."""
    artifact = static_folder() / "contracts" / "Stake.json"
    if not artifact.is_file():
        return None
    contract = json.loads(artifact.read_text())
    kept = folder / "stake.json"
    if kept.is_file():
        address = json.loads(kept.read_text())["address"]
        if await chain.rpc("eth_getCode", address, "latest") not in ("0x", None):
            return {"address": address, "abi": contract["abi"]}
    deployed = await chain.deploy(contract)
    kept.write_text(json.dumps({"address": deployed.address}))
    return {"address": deployed.address, "abi": contract["abi"]}


async def _make_rooms(server: Server, facts: DevFacts) -> list[str]:
    """The demo rooms, made at the first start."""
    owner = next(w.address for w in facts.wallets if w.name == OWNER)
    rooms: list[tuple[str, str, str, dict[str, Any]]] = [
        (LOBBY, "chat", "Lobby", {}),
        (TABLE, "tic-tac-toe", "Tic-tac-toe", {}),
    ]
    made = []
    for room, kind, title, options in rooms:
        try:
            await server.parts.registry.create(owner, kind, room=room, title=title, options=options, limited=False)
        except Conflict:
            pass
        made.append(room)
    return made


def _say_hello(console: Console, server: Server, facts: DevFacts) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("demo", f"{server.url}/")
    table.add_row("console", f"{server.url}/admin/")
    table.add_row("health", f"{server.url}/healthz")
    table.add_row("metrics", f"{server.url}/metrics")
    if facts.rpc_url is not None:
        table.add_row("chain", f"{facts.rpc_url} (id {facts.chain_id})")
    for wallet in facts.wallets:
        table.add_row("wallet", f"{wallet.address}  {wallet.name}")
    console.print("\n[bold]Parlour is open.[/bold] Ctrl-C closes it.\n")
    console.print(table)
    for note in facts.notes:
        console.print(f"\n[yellow]{note}[/yellow]")


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
