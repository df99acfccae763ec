"""Questions of a bot that wait for somebody's next message."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from parlour_client.bot.clock import Clock
from parlour_client.entries import Entry


class Questions:
    """Hands a message to the handler that asked for it, in the order of the questions.

    Args:
        clock: measures how long an answer may take.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[tuple[str, str], deque[asyncio.Future[Entry]]] = {}

    async def answer(self, room: str, account: str, timeout: float) -> Entry:
        """Wait for the account's next message in a room. Raises TimeoutError."""
        waiting = self._open.setdefault((room, account), deque())
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        waiting.append(future)
        alarm: asyncio.Future[Any] = asyncio.ensure_future(self._clock.sleep(timeout))
        both: list[asyncio.Future[Any]] = [future, alarm]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                raise TimeoutError(f"{account} did not answer in {timeout:g} s.")
            return future.result()
        finally:
            alarm.cancel()
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._open.pop((room, account), None)

    def take(self, entry: Entry) -> bool:
        """Answer the oldest question to this author here; returns whether there was one."""
        waiting = self._open.get((entry.room, entry.author))
        if not waiting or entry.type != "chat.message":
            return False
        waiting.popleft().set_result(entry)
        return True
