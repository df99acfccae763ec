"""Make clients that do not read, and wait for what the server does about them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from parlour.adapters.engine import Engine, EngineConnection
from tests.adapters.engine.lab import RawSocket


def stop_reading(socket: RawSocket) -> None:
    """Let what the server sends stay unread in the kernel."""
    socket.writer.transport.pause_reading()  # type: ignore[attr-defined]


async def flooded(connection: EngineConnection, engine: Engine, *, turns: int, size: int, **options: Any) -> None:
    """Write one event of about `size` bytes in each of that many loop turns."""
    frame = engine.frame("big", "x" * size)
    for _ in range(turns):
        connection.write(frame, **options)
        await asyncio.sleep(0)


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition, five seconds at most."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)
