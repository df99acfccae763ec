"""Runs a real `parlour serve` in a process of its own, for tests.

async with ServerProcess() as server:
    ...talk to server.url...
    await server.kill9()
    await server.start()
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Protocol

import aiohttp

from parlour.testing.processes import dies_with_parent, free_port


class ServerFailed(Exception):
    """The server did not start, or did not end in time; the message quotes the end of its log."""


FASTER_THAN_PEOPLE = {
    "PARLOUR_CHANGES_PER_MINUTE": "10000",
    "PARLOUR_READS_BURST": "10000",
    "PARLOUR_UNKNOWN_ROOMS_BURST": "10000",
}
"""Allowances of one account that a test spends in a second, and a person in an hour."""


class Started(Protocol):
    """A process that was started; `subprocess.Popen` is one."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Answer its exit code, and None while it runs."""

    def terminate(self) -> None:
        """Send SIGTERM."""

    def kill(self) -> None:
        """Send SIGKILL."""


def start_process(command: Sequence[str], folder: Path, env: Mapping[str, str], log: Path) -> Started:
    """Start a command in a folder, with nothing but that environment; what it prints is added to the log."""
    with log.open("ab") as printed:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )


class ServerProcess:
    """One server on loopback; its port, its folder and its database stay the same over restarts.

    Args:
        database_url: an SQLAlchemy URL; by default an SQLite file in the server's own temporary folder.
        chains: the items of `PARLOUR_CHAINS`.
        env: more `PARLOUR_*` variables; those of the caller are not passed on.
        command: what to run instead of `runs`, such as a server with a fault on purpose.
        port: by default one that is free.
        probe: what answers 200 once it has started; `/healthz` where it is not to be ready, as with a chain that fails.

    Attributes:
        url: the server's address, such as `http://127.0.0.1:12345`.
        folder: its working folder; removed at the end.
        command: what the next start runs.
        patience_s: seconds within which a server has to be ready, where nobody says otherwise.
        runs: what is run where nobody says otherwise; `serves_below` is the path that it serves.
        makes_database: makes the URL of a server's database where nobody names one, in place of an SQLite file.
        starts: starts the process, as `start_process` does.
    """

    runs: ClassVar[Sequence[str]] = (sys.executable, "-m", "parlour", "serve")
    serves_below: ClassVar[str] = ""
    makes_database: ClassVar[Callable[[], str] | None] = None
    starts: ClassVar[Callable[[Sequence[str], Path, Mapping[str, str], Path], Started]] = start_process
    patience_s: ClassVar[float] = 90.0

    def __init__(
        self,
        database_url: str | None = None,
        *,
        chains: Sequence[Mapping[str, Any]] = (),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        port: int | None = None,
        probe: str = "/readyz",
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="parlour-server-")
        self.folder = Path(self._folder.name)
        self.port = port or free_port()
        self._probe = probe
        self.url = f"http://127.0.0.1:{self.port}{'' if command else self.serves_below}"
        make = type(self).makes_database
        if database_url is None and make is not None:
            database_url = make()
        self.database_url = database_url or f"sqlite+aiosqlite:///{self.folder / 'parlour.db'}"
        self.command: Sequence[str] = command or self.runs
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
        self._env = inherited | {
            "PARLOUR_DATABASE_URL": self.database_url,
            "PARLOUR_HOST": "127.0.0.1",
            "PARLOUR_PORT": str(self.port),
            "PARLOUR_CHAINS": json.dumps([dict(chain) for chain in chains]),
            **FASTER_THAN_PEOPLE,
            **(env or {}),
        }
        self._log_path = self.folder / "server.log"
        self._process: Started | None = None

    async def __aenter__(self) -> ServerProcess:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop()
        finally:
            self._folder.cleanup()

    @property
    def environment(self) -> Mapping[str, str]:
        """What it runs with, for commands that are to find its settings."""
        return self._env

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError while the server is not running."""
        if self._process is None:
            raise RuntimeError("The server is not running.")
        return self._process.pid

    def log(self) -> str:
        """Everything that the server has printed in all its runs."""
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    async def start(self, *, timeout: float | None = None) -> None:
        """Start the server and wait until its probe answers 200.

        Raises:
            ServerFailed: it ended at once, or was not ready in `timeout` seconds.
        """
        timeout = timeout or self.patience_s
        self._process = type(self).starts(self.command, self.folder, self._env, self._log_path)
        try:
            async with asyncio.timeout(timeout):
                await self._ready()
        except TimeoutError:
            await self.kill9()
            raise ServerFailed(f"The server was not ready after {timeout:g} s:\n{self._tail()}") from None

    async def stop(self, *, timeout: float = 60.0) -> int:
        """Send SIGTERM, wait, and answer the exit code (0 where it was not running).

        Raises:
            ServerFailed: it had to be killed after `timeout` seconds, the most a shutdown may take.
        """
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return await self._wait(timeout)
        except TimeoutError:
            await self.kill9()
            raise ServerFailed(f"The server did not end in {timeout:g} s:\n{self._tail()}") from None

    async def kill9(self) -> None:
        """Send SIGKILL and wait; the server can send and store nothing more."""
        if self._process is not None:
            self._process.kill()
            await self._wait(60.0)

    async def restart(self) -> None:
        """Stop cleanly and start again on the same port."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Send SIGSTOP: sockets stay open and nothing is answered until `resume`."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Send SIGCONT after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    async def _ready(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                if self._process is not None and (code := self._process.poll()) is not None:
                    self._process = None
                    raise ServerFailed(f"The server ended at once with code {code}:\n{self._tail()}")
                try:
                    async with http.get(self.url + self._probe) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.03)

    async def _wait(self, timeout: float) -> int:
        assert self._process is not None
        async with asyncio.timeout(timeout):
            while (code := self._process.poll()) is None:  # noqa: ASYNC110 a process has no event to wait for
                await asyncio.sleep(0.01)
        self._process = None
        return code

    def _tail(self) -> str:
        return "\n".join(self.log().splitlines()[-40:])
