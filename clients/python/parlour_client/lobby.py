"""A list of rooms that is kept up to date (protocol section 8, "Live lists")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from parlour_client.errors import Internal, ParlourError
from parlour_client.listeners import Guard
from parlour_client.ports import Requests
from parlour_client.types_gen import RoomInfo

log = logging.getLogger("parlour")

CANCEL_TIMEOUT_S = 2.0
"""For telling the server; a list nobody reads costs it little, so the block does not wait longer."""


class Lobby:
    """Made by `Parlour.lobby`. `async for rooms in lobby` yields the list now, and again whenever it has changed.

    A slow reader gets the newest list and skips those between.

    Attributes:
        rooms: the public rooms that match, new ones first.

    Args:
        requests: sends.
        guard: runs what asks again.
        wanted: `kind`, `query`, `open`, `featured` and `limit` of `room:list`.
    """

    def __init__(self, requests: Requests, guard: Guard, wanted: dict[str, Any]) -> None:
        self.rooms: list[RoomInfo] = []
        self._requests = requests
        self._guard = guard
        self._wanted = wanted
        self._answered = False
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._error: ParlourError | None = None
        self._over = False

    def __aiter__(self) -> AsyncIterator[list[RoomInfo]]:
        return self

    async def __anext__(self) -> list[RoomInfo]:
        """Return the list as it is now, once it differs from the one before.

        Raises:
            StopAsyncIteration: the block is over, or another list took its place.
            ParlourError: the connection ended for good.
        """
        await self._news.wait()
        if self._over:
            raise self._error or StopAsyncIteration
        self._news.clear()
        return self.rooms

    async def ask(self) -> None:
        """Ask for the list; raises ParlourError where it is refused."""
        self._answered = False
        await self._requests.request("room:list", {**self._wanted, "live": True}, settle=self._begin)

    async def cancel(self) -> None:
        """Tell the server to send no more of this list, unless it sends none (it was refused, or the socket ended)."""
        if self._answered and self._requests.connected:
            with suppress(ParlourError):
                await self._requests.request("room:list", {"live": False, "limit": 1}, timeout=CANCEL_TIMEOUT_S)

    # ── in the order of the wire ─────────────────────────────────────────────────────────────────────────────────

    def receive(self, event: dict[str, Any]) -> None:
        """Fold one `lobby` event; those before the answer belong to an older list."""
        if not self._answered:
            return
        gone, changed = set(event["gone"]), {room["id"]: room for room in event["rooms"]}
        kept = [changed.pop(room["id"], room) for room in self.rooms if room["id"] not in gone]
        self._show([*reversed(changed.values()), *kept])

    def reconnected(self) -> None:
        """Ask again in the background, unless that is being done: a list lives as long as its socket."""
        self._answered = False
        if self._task is None or self._task.done():
            self._task = self._guard.start(self._ask_again(), "parlour lobby")

    def fail(self, error: ParlourError) -> None:
        """End the list with an error for its reader."""
        self._error = error
        self.stop()

    def stop(self) -> None:
        """Hear no more: a waiting reader ends."""
        if self._task:
            self._task.cancel()
        self._over = True
        self._news.set()

    async def _ask_again(self) -> None:
        while not self._answered:
            try:
                await self.ask()
            except ParlourError as error:
                if not error.retryable:
                    self.fail(error)
                    return
                log.warning("the list of rooms could not be asked for yet: %s", error)
            except Exception as defect:  # an answer we cannot read must not leave a reader waiting for ever
                self.fail(Internal(f"The list of rooms could not be asked for again: {defect!r}."))
                raise

    def _begin(self, ack: dict[str, Any]) -> None:
        self._answered = True
        self._show(ack["rooms"])

    def _show(self, rooms: list[RoomInfo]) -> None:
        self.rooms = rooms
        self._news.set()
