"""Runs anvil, a real EVM dev chain, for tests and `parlour dev`.

async with AnvilChain() as chain:
    stake = await chain.deploy(artifact)
    receipt = await chain.transact(stake, "put", 7, value=10**15)
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_utils.address import to_checksum_address

from parlour.testing.anvil_binary import ANVIL_VERSION, NoAnvil, fetch_anvil, find_anvil, platform_package
from parlour.testing.contracts import Deployed, abi_type
from parlour.testing.processes import dies_with_parent

__all__ = [
    "ANVIL_VERSION",
    "DEV_MNEMONIC",
    "AnvilChain",
    "Deployed",
    "NoAnvil",
    "RpcFault",
    "dev_keys",
    "fetch_anvil",
    "find_anvil",
    "platform_package",
]

DEV_MNEMONIC = "test test test test test test test test test test test junk"
"""The public default of anvil and hardhat; its accounts hold money on dev chains only."""


class RpcFault(Exception):
    """The chain answered with a JSON-RPC error."""


@cache
def dev_keys(count: int = 10) -> tuple[bytes, ...]:
    """Return the private keys (32 bytes each) of the well-known dev accounts."""
    Account.enable_unaudited_hdwallet_features()
    return tuple(
        bytes(Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}").key) for i in range(count)
    )


def _genesis_time(state: Path, age_s: int) -> int:
    """Return the genesis block's time, from a file beside the state.

    Anvil makes genesis anew at some restarts; with the same time it gets the same hash.
    """
    kept = state.with_suffix(".genesis")
    if not kept.exists():
        kept.write_text(str(int(time.time()) - age_s))
    return int(kept.read_text())


def _mend_state(state: Path) -> None:
    """Replace a state that a kill left half written by the previous one.

    The chain is then a little shorter.
    """
    before = state.with_suffix(".before")
    try:
        json.loads(state.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:
        state.unlink()
        if before.exists():
            shutil.copyfile(before, state)
    else:
        shutil.copyfile(state, before)


async def _discard(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


@dataclass(eq=False, repr=False)
class AnvilChain:
    """One anvil process on loopback.

    Attributes:
        port: 0 picks a free one; the one in use once started.
        state: a file that the chain is loaded from and saved to (every second, and at its end).
        block_time: seconds between blocks; None mines a block for each transaction.
        chain_id: EIP-155 id.
        age_s: seconds that genesis lies back at the first start, where there is a state.
        slots: slots in an epoch: `safe` is latest - slots, `finalized` latest - 2·slots.
        automine: False mines only on `mine()`.
        binary: anvil itself; None looks for it.
        extra: further command-line arguments.
        accounts: the dev accounts, once started.
    """

    port: int = 0
    state: Path | None = None
    _: KW_ONLY
    block_time: float | None = None
    chain_id: int = 31337
    age_s: int = 0
    slots: int = 32
    automine: bool = True
    binary: Path | None = None
    extra: Sequence[str] = ()
    accounts: list[str] = field(default_factory=list, init=False)
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _drain: asyncio.Task[None] | None = field(default=None, init=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _ids: int = field(default=0, init=False)

    @property
    def url(self) -> str:
        """The URL of its HTTP side."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """The URL of its WebSocket side."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError where it does not run."""
        if self._process is None:
            raise RuntimeError("The chain is not running.")
        return self._process.pid

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The private keys of `accounts`, in the same order."""
        return dev_keys(10)

    async def __aenter__(self) -> AnvilChain:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.stop()

    def _arguments(self) -> list[str]:
        args = ["-p", str(self.port), "--chain-id", str(self.chain_id), "--slots-in-an-epoch", str(self.slots)]
        if self.block_time is not None:
            args += ["-b", f"{self.block_time:g}"]
        if not self.automine:
            args += ["--no-mining"]
        if self.state is not None:
            args += ["--state", str(self.state), "-s", "1", "--preserve-historical-states"]
            args += ["--timestamp", str(_genesis_time(self.state, self.age_s))]
        return [*args, *self.extra]

    async def start(self) -> None:
        """Start the process and wait until it answers (about 100 ms).

        Raises:
            NoAnvil: no binary, or it did not start.
        """
        binary = self.binary or find_anvil()
        if binary is None:
            raise NoAnvil(
                f"anvil is missing. To install it: npm i --no-save --prefix .tools {platform_package()}@{ANVIL_VERSION}"
            )
        if self.state is not None:
            _mend_state(self.state)
        self._process = await asyncio.create_subprocess_exec(
            str(binary), *self._arguments(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True,
        )  # fmt: skip
        try:
            self.port = await asyncio.wait_for(self._listening(), 20.0)
        except (TimeoutError, NoAnvil):
            await self.stop()
            raise
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        if self.state is not None:
            await self.rpc("evm_setTime", int(time.time()))
        self.accounts = [to_checksum_address(a) for a in await self.rpc("eth_accounts")]

    async def _listening(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        lines: list[str] = []
        while line := (await self._process.stdout.readline()).decode(errors="replace"):
            lines.append(line.strip())
            if match := re.search(r"Listening on \S*:(\d+)", line):
                self._drain = asyncio.create_task(_discard(self._process.stdout))
                return int(match.group(1))
        raise NoAnvil("anvil ended at once: " + " / ".join(s for s in lines[-3:] if s))

    async def stop(self) -> None:
        """End the process, which saves its state first, and close the connection."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the process by SIGKILL: what was not yet saved is lost."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            try:
                await asyncio.wait_for(self._process.wait(), 5.0)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._drain is not None:
            await self._drain
            self._drain = None
        self._process = None

    def pause(self) -> None:
        """Freeze the process by SIGSTOP: the socket stays open and nothing answers (chain.md F12)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Continue a frozen process by SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def rpc(self, method: str, *params: Any) -> Any:
        """Make one JSON-RPC call and return its result.

        Raises:
            RpcFault: the chain answered with an error.
        """
        if self._session is None:
            raise RuntimeError("The chain is not running.")
        self._ids += 1
        body = {"jsonrpc": "2.0", "id": self._ids, "method": method, "params": list(params)}
        async with self._session.post(self.url, json=body) as answer:
            reply = await answer.json()
        if "error" in reply:
            raise RpcFault(f"{method}: {reply['error'].get('message')}")
        return reply["result"]

    async def mine(self, n: int = 1) -> None:
        """Mine `n` blocks."""
        await self.rpc("anvil_mine", hex(n))

    async def reorg(self, depth: int, transactions: Sequence[tuple[Any, int]] = ()) -> None:
        """Replace the last `depth` blocks; `transactions` are (raw or request, offset of the new block)."""
        await self.rpc("anvil_reorg", depth, [list(t) for t in transactions])

    async def rollback(self, depth: int) -> None:
        """Drop the last `depth` blocks without pushing a head (chain.md F2, a silent rollback)."""
        await self.rpc("anvil_rollback", depth)

    async def snapshot(self) -> str:
        """Remember this state of the chain for `revert`."""
        mark: str = await self.rpc("evm_snapshot")
        return mark

    async def revert(self, mark: str) -> None:
        """Go back to a snapshot, final blocks or not, and push nothing; a snapshot serves once."""
        await self.rpc("evm_revert", mark)

    async def replace(self, tx: str, **change: Any) -> str:
        """Send a transaction in place of a pending one of the same nonce, for a higher fee; return its hash.

        Args:
            change: fields that differ, such as `to` and `value` as hex; without any it is only repriced.
        """
        old = await self.rpc("eth_getTransactionByHash", tx)
        same = {name: old[name] for name in ("from", "to", "value", "nonce", "gas")} | {"data": old["input"]}
        fee = 2 * int(old.get("maxFeePerGas") or old["gasPrice"], 16)
        fees = {"maxFeePerGas": hex(fee), "maxPriorityFeePerGas": hex(fee)}
        sent: str = await self.rpc("eth_sendTransaction", {**same, **fees, **change})
        return sent

    async def cancel(self, tx: str) -> str:
        """Replace a pending transaction by one that does nothing, as wallets cancel; return the new hash."""
        sender = (await self.rpc("eth_getTransactionByHash", tx))["from"]
        return await self.replace(tx, to=sender, value="0x0", data="0x")

    async def forget(self, tx: str) -> None:
        """Take a pending transaction out of the node's pool, as if it had never arrived."""
        await self.rpc("anvil_dropTransaction", tx)

    async def height(self) -> int:
        """Return the newest block's number."""
        return int(await self.rpc("eth_blockNumber"), 16)

    async def head(self) -> dict[str, Any]:
        """Return the newest block as the node sends it."""
        block: dict[str, Any] = await self.rpc("eth_getBlockByNumber", "latest", False)
        return block

    async def send(self, request: dict[str, Any], *, sender: int = 0) -> str:
        """Send a transaction from an unlocked dev account; return its hash without waiting."""
        tx: str = await self.rpc(
            "eth_sendTransaction", {"from": self.accounts[sender], "gas": hex(5_000_000), **request}
        )
        return tx

    async def receipt(self, tx: str, timeout: float = 10.0) -> dict[str, Any]:
        """Wait for a transaction's receipt; raises TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while (found := await self.rpc("eth_getTransactionReceipt", tx)) is None:  # noqa: ASYNC110 a poll by nature
                await asyncio.sleep(0.005)
        receipt: dict[str, Any] = found
        return receipt

    async def deploy(self, artifact: dict[str, Any], *args: Any, sender: int = 0) -> Deployed:
        """Deploy `{abi, bytecode}` (bytecode hex, or solc's `{object}`)."""
        code = artifact["bytecode"]
        code = (code["object"] if isinstance(code, dict) else code).removeprefix("0x")
        inputs: list[dict[str, Any]] = next((i["inputs"] for i in artifact["abi"] if i["type"] == "constructor"), [])
        data = "0x" + code + encode([abi_type(i) for i in inputs], args).hex()
        receipt = await self.receipt(await self.send({"data": data}, sender=sender))
        return Deployed(to_checksum_address(receipt["contractAddress"]), artifact["abi"])

    async def transact(
        self, contract: Deployed, function: str, *args: Any, sender: int = 0, value: int = 0, wait: bool = True
    ) -> dict[str, Any]:
        """Call a function by transaction.

        Returns:
            The receipt (`status` may be `0x0`), or `{transactionHash}` alone with `wait=False`.
        """
        request = {"to": contract.address, "data": contract.encode(function, args), "value": hex(value)}
        tx = await self.send(request, sender=sender)
        return await self.receipt(tx) if wait else {"transactionHash": tx}

    async def call(self, contract: Deployed, function: str, *args: Any) -> Any:
        """Call a function at the newest block; return the decoded value, or a tuple of several."""
        item = contract.function(function, len(args))
        result = await self.rpc("eth_call", {"to": contract.address, "data": contract.encode(function, args)}, "latest")
        values = decode([abi_type(o) for o in item["outputs"]], bytes.fromhex(result[2:]))
        return values[0] if len(values) == 1 else values
