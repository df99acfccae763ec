"""A real EVM dev chain for tests and `parlour dev`: anvil, found or fetched, started and ended cleanly.

    async with AnvilChain() as chain:
        stake = await chain.deploy(artifact)
        receipt = await chain.transact(stake, "put", 7, value=10**15)

The platform package's binary is run directly: npm's node wrapper leaks its child.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from parlour.testing.processes import dies_with_parent

ANVIL_VERSION = "1.7.1"
DEV_MNEMONIC = "test test test test test test test test test test test junk"
"""anvil's (and hardhat's) public default; its accounts hold money on dev chains only."""


class NoAnvil(Exception):
    """There is no anvil here; the message holds the line to type."""


class RpcFault(Exception):
    """The chain answered with a JSON-RPC error."""


def platform_package() -> str:
    """The npm package that holds anvil's binary for this machine, such as `@foundry-rs/anvil-linux-amd64`.

    Raises:
        NoAnvil: foundry publishes none for it.
    """
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    if system is None or machine is None:
        raise NoAnvil(f"foundry publishes no anvil for {sys.platform} on {platform.machine()}.")
    return f"@foundry-rs/anvil-{system}-{machine}"


def cache_folder() -> Path:
    """Where fetched binaries live: `$XDG_CACHE_HOME/parlour/anvil-<version>`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "parlour" / f"anvil-{ANVIL_VERSION}"


def find_anvil() -> Path | None:
    """`PARLOUR_ANVIL`, `PATH`, `.tools/` under the current folder or a parent of it or of this file, the cache."""
    if named := os.environ.get("PARLOUR_ANVIL"):
        return Path(named) if os.access(named, os.X_OK) else None
    if found := shutil.which("anvil"):
        return Path(found)
    try:
        inside = Path("node_modules") / platform_package() / "bin" / "anvil"
    except NoAnvil:
        return None
    here = Path.cwd()
    places = [p / ".tools" for p in (here, *here.parents, *Path(__file__).resolve().parents)]
    candidates = (place / inside for place in (*places, cache_folder()))
    return next((p for p in candidates if os.access(p, os.X_OK)), None)


async def fetch_anvil(progress: Callable[[str], None] = lambda line: None, timeout: float = 180.0) -> Path:
    """Find anvil, or install its platform package once through npm into the cache folder.

    Args:
        progress: told in one human line each what is happening.
        timeout: seconds npm may take.

    Raises:
        NoAnvil: npm is missing or failed; the message says what to type.
    """
    if found := find_anvil():
        return found
    package, folder = f"{platform_package()}@{ANVIL_VERSION}", cache_folder()
    line = f"npm i --no-save --prefix {folder} {package}"
    npm = shutil.which("npm")
    if npm is None:
        raise NoAnvil(f"There is neither anvil nor npm here. With npm installed: {line}")
    progress(f"Fetching anvil {ANVIL_VERSION} through npm (43 MB, once) …")
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        npm, "i", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), package,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, said = await asyncio.wait_for(process.communicate(), timeout)
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise NoAnvil(f"npm did not finish within {timeout:.0f} s. By hand: {line}") from None
    found = find_anvil()
    if process.returncode != 0 or found is None:
        tail = said.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise NoAnvil(f"npm could not install anvil ({tail[0]}). By hand: {line}")
    progress("anvil is ready.")
    return found


@cache
def dev_keys(count: int = 10) -> tuple[bytes, ...]:
    """The private keys (32 bytes each) of the well-known dev accounts."""
    Account.enable_unaudited_hdwallet_features()
    return tuple(
        bytes(Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}").key) for i in range(count)
    )


def abi_type(item: dict[str, Any]) -> str:
    """The canonical type of an ABI parameter: tuples become `(…)`."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(abi_type(c) for c in item["components"]) + ")" + kind[5:]


@dataclass(frozen=True)
class Deployed:
    """A contract on a dev chain: EIP-55 address and its ABI."""

    address: str
    abi: Sequence[dict[str, Any]]

    def encode(self, function: str, args: Sequence[Any]) -> str:
        item = self.function(function, len(args))
        types = [abi_type(i) for i in item["inputs"]]
        selector = keccak(text=f"{item['name']}({','.join(types)})")[:4]
        return "0x" + (selector + encode(types, args)).hex()

    def function(self, name: str, arity: int | None = None) -> dict[str, Any]:
        for item in self.abi:
            if item["type"] == "function" and item["name"] == name and arity in (None, len(item["inputs"])):
                return dict(item)
        raise LookupError(f"The contract has no function {name} with {arity} arguments.")


def _genesis_time(state: Path) -> int:
    """The genesis block's time, kept beside the state: anvil makes genesis anew at some restarts, and then the same."""
    kept = state.with_suffix(".genesis")
    if not kept.exists():
        kept.write_text(str(int(time.time())))
    return int(kept.read_text())


def _mend(state: Path) -> None:
    """A state torn by a kill gives way to the one before it; the chain is then a little shorter."""
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


class AnvilChain:
    """One anvil process on loopback.

    Args:
        port: 0 picks a free one.
        state: a file that the chain is loaded from and saved to (every second, and at its end).
        block_time: seconds between blocks; None mines a block for each transaction.
        chain_id: decimal EIP-155 id.
        slots: slots in an epoch: `safe` is latest - slots, `finalized` latest - 2·slots.
        automine: False mines only on `mine()`.
        extra: further command-line arguments.
    """

    def __init__(
        self,
        port: int = 0,
        state: Path | None = None,
        *,
        block_time: float | None = None,
        chain_id: int = 31337,
        slots: int = 32,
        automine: bool = True,
        binary: Path | None = None,
        extra: Sequence[str] = (),
    ) -> None:
        self.port, self.state, self.chain_id = port, state, chain_id
        self._block_time, self._slots, self._automine = block_time, slots, automine
        self._binary, self._extra = binary, extra
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._ids = 0
        self.accounts: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
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
        args = ["-p", str(self.port), "--chain-id", str(self.chain_id), "--slots-in-an-epoch", str(self._slots)]
        if self._block_time is not None:
            args += ["-b", f"{self._block_time:g}"]
        if not self._automine:
            args += ["--no-mining"]
        if self.state is not None:
            args += ["--state", str(self.state), "-s", "1", "--preserve-historical-states"]
            args += ["--timestamp", str(_genesis_time(self.state))]
        return [*args, *self._extra]

    async def start(self) -> None:
        """Start the process and wait until it answers (about 100 ms).

        Raises:
            NoAnvil: no binary, or it did not start.
        """
        binary = self._binary or find_anvil()
        if binary is None:
            raise NoAnvil(
                f"anvil is missing. To install it: npm i --no-save --prefix .tools {platform_package()}@{ANVIL_VERSION}"
            )
        if self.state is not None:
            _mend(self.state)
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
        said: list[str] = []
        while line := (await self._process.stdout.readline()).decode(errors="replace"):
            said.append(line.strip())
            if match := re.search(r"Listening on \S*:(\d+)", line):
                self._drain = asyncio.create_task(self._swallow(self._process.stdout))
                return int(match.group(1))
        raise NoAnvil("anvil ended at once: " + " / ".join(s for s in said[-3:] if s))

    async def _swallow(self, output: asyncio.StreamReader) -> None:
        while await output.read(65536):
            pass

    async def stop(self) -> None:
        """End the process (it saves its state first) and forget the connection."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL: what was not yet saved is lost."""
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
        """SIGSTOP: the socket stays open and nothing answers (F12)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call.

        Raises:
            RpcFault: the chain answered with an error.
        """
        if self._session is None:
            raise RuntimeError("The chain is not running.")
        self._ids += 1
        body = {"jsonrpc": "2.0", "id": self._ids, "method": method, "params": list(params)}
        async with self._session.post(self.url, json=body) as answer:
            said = await answer.json()
        if "error" in said:
            raise RpcFault(f"{method}: {said['error'].get('message')}")
        return said["result"]

    async def mine(self, n: int = 1) -> None:
        await self.rpc("anvil_mine", hex(n))

    async def reorg(self, depth: int, transactions: Sequence[tuple[Any, int]] = ()) -> None:
        """Replace the last `depth` blocks; `transactions` are (raw or request, offset of the new block)."""
        await self.rpc("anvil_reorg", depth, [list(t) for t in transactions])

    async def rollback(self, depth: int) -> None:
        """Drop the last `depth` blocks without a word to anybody (F2)."""
        await self.rpc("anvil_rollback", depth)

    async def height(self) -> int:
        return int(await self.rpc("eth_blockNumber"), 16)

    async def head(self) -> dict[str, Any]:
        block: dict[str, Any] = await self.rpc("eth_getBlockByNumber", "latest", False)
        return block

    async def send(self, request: dict[str, Any], *, sender: int = 0) -> str:
        """Send a transaction from an unlocked dev account; answers its hash without waiting."""
        tx: str = await self.rpc(
            "eth_sendTransaction", {"from": self.accounts[sender], "gas": hex(5_000_000), **request}
        )
        return tx

    async def receipt(self, tx: str, timeout: float = 10.0) -> dict[str, Any]:
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
        """`eth_call` at latest: the decoded value, or a tuple of several."""
        item = contract.function(function, len(args))
        said = await self.rpc("eth_call", {"to": contract.address, "data": contract.encode(function, args)}, "latest")
        values = decode([abi_type(o) for o in item["outputs"]], bytes.fromhex(said[2:]))
        return values[0] if len(values) == 1 else values
