"""Looking for a table: a ticket in the line of a game, over every reconnect (protocol section 15)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from parlour_client.errors import ParlourError
from parlour_client.listeners import Guard
from parlour_client.ports import Requests
from parlour_client.types_gen import MatchedPlayer, MatchFound
from parlour_client.wire import given


@dataclass(frozen=True, slots=True)
class Match:
    """A table that was found; joining its room takes the kept seat.

    Attributes:
        confirm_by: until when (ms since 1970).
    """

    ticket: str
    room: str
    seat: int
    players: list[MatchedPlayer]
    confirm_by: int


class Matching:
    """Finds tables, as a client does; its `_searches` are the client's."""

    _searches: Searches

    async def find_match(
        self,
        kind: str,
        *,
        options: Mapping[str, Any] | None = None,
        want: Mapping[str, Any] | None = None,
        rating: Mapping[str, int] | None = None,
        bots_after: float | None = None,
        party: str | None = None,
        timeout: float | None = None,
    ) -> Match:
        """Look for a table and wait until one is found; whoever stops waiting leaves the line.

        Args:
            options: of the table.
            want: what the others' options may be: a value, a range `[min, max]`, or one of several values.
            rating: how far from this account's rating: `{within, widenPerSecond, most}`.
            bots_after: seconds after which bots may fill the table.
            party: the room of a party that looks together; its leader asks.
            timeout: seconds to wait; None for ever.

        Raises:
            ParlourError: the server refuses. TimeoutError: no table was found in time.
        """
        bots = None if bots_after is None else {"after": round(bots_after * 1000)}
        wish = given(options=options, want=want, rating=rating, bots=bots, party=party)
        return await self._searches.find(kind, wish, timeout)


class Searches:
    """The searches of a client: asked again on every new socket, by the same id, which is the same ticket."""

    def __init__(self, requests: Requests, guard: Guard) -> None:
        self._requests, self._guard = requests, guard
        self._open: list[_Search] = []

    async def find(self, kind: str, wish: dict[str, Any], timeout: float | None) -> Match:
        """Wait for a table; whoever stops waiting leaves the line. Raises ParlourError, TimeoutError."""
        search = _Search({"kind": kind, "id": uuid4().hex, **wish})
        self._open.append(search)
        try:
            async with asyncio.timeout(timeout):
                await self._ask(search)
                return await search.found
        finally:
            self._open.remove(search)
            if search.ticket is not None and not (search.found.done() and not search.found.cancelled()):
                with suppress(ParlourError):
                    await self._requests.request("match:cancel", {"ticket": search.ticket})

    async def _ask(self, search: _Search) -> None:
        await self._requests.request("match:find", search.asked, settle=search.settled)

    def reconnected(self) -> None:
        """Ask for every search on a new socket: a table may have been found meanwhile."""
        for search in self._open:
            if search.ticket is not None:
                self._guard.start(self._ask(search), "parlour match")

    def receive(self, found: MatchFound) -> None:
        """Hand a table to whoever waits for it."""
        for search in self._open:
            if search.ticket == found["ticket"] and not search.found.done():
                table = found["ticket"], found["room"], found["seat"], found["players"], found["confirmBy"]
                search.found.set_result(Match(*table))

    def fail(self, error: ParlourError) -> None:
        """End every search: the connection is closed for good."""
        for search in self._open:
            if not search.found.done():
                search.found.set_exception(error)


class _Search:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.ticket: str | None = None
        self.found: asyncio.Future[Match] = asyncio.get_running_loop().create_future()

    def settled(self, answer: dict[str, Any]) -> None:
        self.ticket = answer.get("ticket")
