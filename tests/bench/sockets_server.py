"""Serves the bare engine for the generator: `python -m tests.bench.sockets_server PORT`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from aiohttp import web

from parlour.adapters.engine import Engine, EngineConnection, loop_factory, tune_gc
from tests.bounds import engine_limits


class Rooms:
    """Answers the generator: `join` enters a room, `msg` goes to all of it, `echo` is acknowledged with itself."""

    def __init__(self) -> None:
        self.engine: Engine
        self._rooms: dict[str, set[EngineConnection]] = {}

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Let every socket in."""
        connection.data = None

    def event(
        self, connection: EngineConnection, name: str, args: list[Any], ack: Callable[[Any], None] | None
    ) -> None:
        """Answer one event."""
        if name == "msg":
            frame = self.engine.frame("msg", args[0])
            for member in self._rooms[args[0]["r"]]:
                member.write(frame)
        elif name == "join":
            connection.data = args[0]
            self._rooms.setdefault(args[0], set()).add(connection)
        if ack is not None:
            ack(args[0])

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        """Take the socket out of its room."""
        if connection.data is not None:
            self._rooms[connection.data].discard(connection)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    rooms = Rooms()
    rooms.engine = Engine({"/": rooms}, limits=engine_limits())
    app = web.Application()
    rooms.engine.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await rooms.engine.listen(runner, "127.0.0.1", port)
    tune_gc()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as running:
        running.run(serve(int(sys.argv[1])))
