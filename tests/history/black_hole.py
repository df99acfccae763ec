"""A TCP proxy that can swallow everything: connections stay open, new ones are accepted, and no byte passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.redis_server import RedisServer


class BlackHole:
    """Passes bytes to a port of loopback, until `swallow`.

    Attributes:
        port: where it listens.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self._passing = asyncio.Event()
        self._passing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """The first database of the Redis behind it."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def swallow(self) -> None:
        """Pass nothing more, and say nothing of it."""
        self._passing.clear()

    def pass_again(self) -> None:
        """Pass what comes, and first what waited."""
        self._passing.set()

    async def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passing.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        for one, other in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def redis_behind_a_hole() -> AsyncIterator[tuple[RedisServer, BlackHole]]:
    """Run a Redis, and a way to it that can be shut."""
    redis = RedisServer()
    try:
        redis.start()
        hole = BlackHole(redis.port)
        await hole.start()
        try:
            yield redis, hole
        finally:
            await hole.close()
    finally:
        redis.close()
