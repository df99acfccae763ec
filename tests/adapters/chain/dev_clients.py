"""Dev chains: anvil, and from npm Hardhat 2, Hardhat 3 (on Node 22) and Ganache, installed for a test run."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aiohttp
from eth_utils.address import to_checksum_address

from parlour.testing.anvil import AnvilChain
from parlour.testing.processes import dies_with_parent, free_port
from tests.anvil import need_anvil

PACKAGES = {
    "hardhat2": ("hardhat@2.29.1",),
    "hardhat3": ("node@22", "hardhat@3.18.0"),
    "ganache": ("ganache@7.9.2",),
}
"""What each client is installed from; Hardhat 3 needs Node 22, also while it is installed."""
_CONFIGS = {
    "hardhat2": ("hardhat.config.cjs", 'module.exports = { solidity: "0.8.28" };\n'),
    "hardhat3": ("hardhat.config.ts", "export default { networks: {} };\n"),
    "ganache": ("ganache.txt", ""),
}
_START_S = 60.0
"""Seconds a client may take to answer: a hang guard."""


@cache
def install(client: str, folder: Path) -> Path:
    """Install a client by npm into a folder of its own; return the folder.

    Raises:
        RuntimeError: npm failed.
    """
    home = folder / client
    home.mkdir(parents=True)
    kind = "module" if client == "hardhat3" else "commonjs"
    (home / "package.json").write_text(json.dumps({"name": client, "version": "1.0.0", "type": kind}))
    name, config = _CONFIGS[client]
    (home / name).write_text(config)
    for package in PACKAGES[client]:
        _npm(home, package)
    return home


def _npm(home: Path, package: str) -> None:
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", package],
        cwd=home, env=_environment(home), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"npm could not install {package}: {done.stderr[-500:]}")


def _environment(home: Path) -> dict[str, str]:
    own = str(home / "node_modules" / ".bin")
    return {**os.environ, "PATH": f"{own}:{os.environ['PATH']}", "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "1"}


@dataclass(eq=False, repr=False)
class DevClient(AnvilChain):
    """One of these clients on loopback, with the calls that all dev chains share.

    Attributes:
        client: a key of PACKAGES.
        home: where it is installed.
    """

    client: str = ""
    home: Path | None = None

    def _command(self) -> list[str]:
        assert self.home is not None
        modules = self.home / "node_modules"
        node = str(modules / ".bin" / "node") if self.client == "hardhat3" else shutil.which("node") or "node"
        if self.client == "ganache":
            script, host = modules / "ganache" / "dist" / "node" / "cli.js", ["--host", "127.0.0.1"]
            more = ["--port", str(self.port), "--chain.chainId", str(self.chain_id), "--wallet.deterministic"]
            return [node, str(script), *host, *more]
        inside = "internal/cli/bootstrap.js" if self.client == "hardhat2" else "dist/src/cli.js"
        script = modules / "hardhat" / inside
        return [node, str(script), "node", "--hostname", "127.0.0.1", "--port", str(self.port)]

    async def start(self) -> None:
        self.port = self.port or free_port()
        assert self.home is not None
        self._process = await asyncio.create_subprocess_exec(
            *self._command(), cwd=self.home, env=_environment(self.home),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True,
        )  # fmt: skip
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        async with asyncio.timeout(_START_S):
            while not (accounts := await self._accounts()):
                assert self._process.returncode is None, f"{self.client} ended at once"
                await asyncio.sleep(0.1)
        self.accounts = [to_checksum_address(a) for a in accounts]

    async def _accounts(self) -> list[str]:
        try:
            found: list[str] = await self.rpc("eth_accounts")
        except (aiohttp.ClientError, OSError):
            return []
        return found

    async def mine(self, n: int = 1) -> None:
        if self.client == "ganache":
            await self.rpc("evm_mine", {"blocks": n})
        else:
            await self.rpc("hardhat_mine", hex(n))


def dev_chain(name: str, folder: Path) -> AnvilChain:
    """Return a dev chain that is to be started.

    Args:
        name: `anvil`, or a key of PACKAGES.
        folder: where clients from npm are installed.
    """
    if name == "anvil":
        need_anvil()
        return AnvilChain()
    return DevClient(client=name, home=install(name, folder))
