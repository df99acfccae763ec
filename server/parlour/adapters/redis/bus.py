"""The bus over Redis pub/sub: one connection listens, another publishes, many messages in one write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

from parlour.adapters.redis.connection import RedisConnection, command
from parlour.runtime.cluster.bus import OnMessage, OnState

log = structlog.get_logger()


class RedisBus:
    """Implements Bus over Redis or Valkey.

    Args:
        url: `redis://…` or `rediss://…`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._out = RedisConnection(url, (), lambda push: None, self._changed)
        self._in: RedisConnection | None = None
        self._on_message: OnMessage = lambda channel, message: None
        self._on_state: OnState = lambda connected: None
        self._was = False
        self._waiting: list[bytes] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        return self._out.connected and self._in is not None and self._in.connected

    @property
    def problem(self) -> str:
        return self._out.problem or ("" if self._in is None else self._in.problem)

    def start(self, channels: Sequence[str], on_message: OnMessage, on_state: OnState) -> None:
        self._on_message, self._on_state = on_message, on_state
        self._in = RedisConnection(self._url, channels, self._pushed, self._changed)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(each.run(), name="redis bus") for each in (self._in, self._out)]

    def publish(self, channel: str, message: bytes) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(command(b"PUBLISH", channel, message))

    async def close(self) -> None:
        self._flush()
        self._on_message, self._on_state = lambda channel, message: None, lambda connected: None
        await self._out.taken()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._out.write(b"".join(waiting))

    def _pushed(self, push: Any) -> None:
        self._on_message(push[1].decode(), push[2])

    def _changed(self, _: bool) -> None:
        now = self.connected
        if now is not self._was:
            self._was = now
            if now:
                log.info("bus.connected")
            else:
                log.warning("bus.lost", problem=self.problem)
            self._on_state(now)
