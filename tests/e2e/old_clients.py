"""Clients of an older release, each in a process of its own, behind one face."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from parlour.testing.processes import dies_with_parent
from tests.e2e.stock import HERE, until
from tests.missing import missing

RELEASES = HERE.parent / "data" / "releases"


class OldClient:
    """One client that is told what to do.

    Attributes:
        account: who it is, once it has signed in.
        source: the file that it runs.
        told: everything that it has printed, in order.
    """

    def __init__(self, process: asyncio.subprocess.Process, who: LocalAccount) -> None:
        self.account = self.source = ""
        self.told: list[dict[str, Any]] = []
        self._who = who
        self._process = process
        self._numbers = itertools.count(1)
        self._reading = asyncio.create_task(self._read())

    def entries(self, room: str) -> list[dict[str, Any]]:
        return [told["entry"] for told in self.told if told.get("entry", {}).get("room") == room]

    def view(self, room: str) -> Any:
        """Return the newest view that it was told of."""
        return [told["state"]["view"] for told in self.told if told.get("state", {}).get("room") == room][-1]

    async def order(self, do: str, room: str, **more: Any) -> Any:
        """Give an order; return its answer."""
        return await self.answer(self.give(do, room, **more))

    def give(self, do: str, room: str, **more: Any) -> int:
        """Give an order; return its number."""
        number = next(self._numbers)
        self._say({"n": number, "do": do, "room": room, **more})
        return number

    async def answer(self, number: int) -> Any:
        """Wait for the answer of an order."""
        await self.until(lambda: any(told.get("n") == number for told in self.told))
        return next(told["answer"] for told in self.told if told.get("n") == number)

    async def until(self, condition: Any) -> None:
        """Wait for what it tells. Raises AssertionError where it ended."""
        await until(lambda: condition() or self._reading.done())
        assert condition(), f"the old client ended after {self.told[-3:]}"

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 60)
        await self._reading

    def _say(self, told: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            self.told.append(told)
            if "sign" in told:
                message = encode_defunct(hexstr=told["sign"])
                self._say({"signature": "0x" + self._who.sign_message(message).signature.hex().removeprefix("0x")})
            elif "account" in told:
                self.account, self.source = told["account"], told["source"]


@asynccontextmanager
async def old_client(
    language: str, release: str, url: str, who: LocalAccount, folder: Path
) -> AsyncIterator[OldClient]:
    """Start a client of a release and wait until it is connected.

    Args:
        language: `python` or `javascript`.
        folder: where the release's file is unpacked.
    """
    start = {"python": _python, "javascript": _javascript}[language]
    client = OldClient(await start(release, url, who, folder), who)
    await client.until(lambda: client.account)
    try:
        yield client
    finally:
        await client.end()


async def _python(release: str, url: str, who: LocalAccount, folder: Path) -> asyncio.subprocess.Process:
    environment = os.environ | {"PYTHONPATH": str(RELEASES / f"{release}.python.zip")}
    command = [sys.executable, str(HERE / "orders.py"), url, who.key.to_0x_hex()]
    return await _started(command, environment)


async def _javascript(release: str, url: str, who: LocalAccount, folder: Path) -> asyncio.subprocess.Process:
    node = shutil.which("node")
    if node is None:
        missing("node is missing")
    source = folder / f"client-{release}.mjs"
    source.write_bytes(gzip.decompress((RELEASES / f"{release}.client.js.gz").read_bytes()))
    options = ["--no-warnings", "--experimental-websocket"]  # Node 20 has WebSocket behind this switch
    return await _started([node, *options, str(HERE / "orders.mjs"), url, str(source), who.address], os.environ)


async def _started(command: list[str], environment: Any) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=pipe, stdout=pipe, limit=2**24, preexec_fn=dies_with_parent(signal.SIGKILL)
    )
