"""A list of rooms that is kept up to date (protocol §8 "Live lists")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from parlour_client.errors import ParlourError

if TYPE_CHECKING:
    from parlour_client.client import Parlour

log = logging.getLogger("parlour")


class Lobby:
    """Made by `Parlour.lobby`. `async for rooms in lobby` yields the list now, and again whenever it has changed.

    Who reads slowly gets the newest list and skips those between.

    Attributes:
        rooms: the public rooms that match, new ones first.
    """

    def __init__(self, parlour: Parlour, wanted: dict[str, Any]) -> None:
        self.rooms: list[dict[str, Any]] = []
        self._parlour = parlour
        self._wanted = {key: value for key, value in wanted.items() if value is not None}
        self._answered = False
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._error: ParlourError | None = None
        self._over = False

    def __aiter__(self) -> AsyncIterator[list[dict[str, Any]]]:
        return self

    async def __anext__(self) -> list[dict[str, Any]]:
        """The list as it is now, once it differs from the one before.

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
        """Ask for the list on the present socket; raises ParlourError where it is refused."""
        self._answered = False
        await self._parlour.request("room:list", {**self._wanted, "live": True}, settle=self._begin)

    # ── called by Parlour, always in the order of the wire ───────────────────────────────────────────────────────

    def receive(self, event: dict[str, Any]) -> None:
        """Fold one `lobby` event; what comes before the answer belongs to an older list."""
        if not self._answered:
            return
        gone, changed = set(event["gone"]), {room["id"]: room for room in event["rooms"]}
        kept = [changed.pop(room["id"], room) for room in self.rooms if room["id"] not in gone]
        self._show([*reversed(changed.values()), *kept])

    def reconnected(self) -> None:
        """Ask again in the background, unless that is being done."""
        self._answered = False
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask_again(), name="parlour lobby")

    def fail(self, error: ParlourError) -> None:
        self._error = error
        self.stop()

    def stop(self) -> None:
        """Hear no more; a waiting reader ends."""
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

    def _begin(self, ack: dict[str, Any]) -> None:
        self._answered = True
        self._show(ack["rooms"])

    def _show(self, rooms: list[dict[str, Any]]) -> None:
        self.rooms = rooms
        self._news.set()
