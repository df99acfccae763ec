"""A wire between a browser and a server that is long, and loses segments as TCP does: what comes after one waits."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

RESEND_S = 0.2
"""What a lost segment costs beside the way there and back: the shortest time after which Linux sends one again."""


class SlowWire:
    """A TCP proxy on loopback.

    Attributes:
        port: of the server, to be set before anybody connects.

    Args:
        trip: seconds there and back.
        loss: the share of segments that have to be sent again.
    """

    def __init__(self, trip: float, loss: float, seed: int = 1) -> None:
        self.port = 0
        self._trip, self._loss, self._chance = trip, loss, Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> SlowWire:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", self.port)
        for source, target in ((reader, beyond), (beyond_reader, writer)):
            waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
            for work in (self._read(source, waiting), self._deliver(waiting, target)):
                task = asyncio.create_task(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _read(self, source: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                is_lost = self._chance.random() < self._loss
                waiting.put_nowait((clock() + self._trip / 2 + is_lost * (self._trip + RESEND_S), data))
        waiting.put_nowait((clock(), b""))

    async def _deliver(self, waiting: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(ConnectionError):
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - clock()))
                if not data:
                    break
                target.write(data)
                await target.drain()
        target.close()
