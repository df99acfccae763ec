"""A throwaway redis-server for tests, on loopback and without files, that can be stopped and killed."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlour.testing.processes import dies_with_parent, free_port
from tests.missing import missing


class RedisServer:
    """One server; its port stays the same over restarts.

    Args:
        options: further arguments, such as `--requirepass`.
    """

    def __init__(self, *options: str) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("redis-server is missing")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.TemporaryDirectory(prefix="parlour-redis-")
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            self._command,
            cwd=Path(self._folder.name),
            stdout=subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < until, "redis-server does not listen"
                time.sleep(0.02)

    def kill(self) -> None:
        """Send SIGKILL and wait."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Send SIGSTOP: connections stay open and nothing is answered until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Send SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it for good."""
        self.kill()
        self._folder.cleanup()


class RedisSentinel(RedisServer):
    """A Sentinel that watches one master, by the name `rooms`, and decides alone."""

    def __init__(self, master: RedisServer) -> None:
        super().__init__()
        config = Path(self._folder.name) / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\nsentinel monitor rooms 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds rooms 500\nsentinel failover-timeout rooms 2000\n"
        )
        self._command = [self._command[0], str(config), "--sentinel"]


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    """A running server that the tests of a module share."""
    server = RedisServer()
    server.start()
    yield server
    server.close()
