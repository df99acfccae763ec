"""Makes the rooms of matched tables, tells their players, and finds out what became of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from parlour.core.games.room import GameRoom
from parlour.core.matchmaking.line import OpenTable
from parlour.core.room import Account, Entry, Join, RoomId, dead_seqs
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.hooks import title_of
from parlour.errors import Closed, Forbidden, Illegal
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry

log = structlog.get_logger()

Create = Callable[[NewRoom], Awaitable[Any]]
"""Creates a room without an owner; asked again for the same room it does nothing. Raises ParlourError, StoreError."""
PAGE = 1000
"""Entries read at once of a finished log, where nobody remembers its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a table.

    Attributes:
        missed: it was closed before it began.
        absent: who had no seat by then, if their time was over.
        end: the `game.ended` of its first match, once it is final.
        resting: that end rests on events of a chain.
    """

    missed: bool = False
    absent: tuple[Account, ...] = ()
    end: Entry | None = None
    resting: bool = False


class Tables:
    """The tables that lines have made."""

    def __init__(self, registry: RoomRegistry, create: Create) -> None:
        self._registry, self._create = registry, create
        self._clock, self._notify = registry.context.clock, registry.context.notify

    async def open(self, queue: RoomId, kind: str, room: RoomId, table: OpenTable, *, seated: bool) -> None:
        """Make the room of a table and tell its players; doing it again changes nothing.

        Args:
            seated: whether players get their seats at once, without being there.
        """
        facts = {"queue": queue, "players": players_of(table), "confirmBy": table.confirm_by}
        title = f"{title_of(kind)} match"
        await self._create(NewRoom(kind, room, title, options=dict(table.options), match=facts))
        for account in table.players if seated else ():
            await self._seat(room, account)
        for account in table.players:
            self.tell(room, table, account)

    async def _seat(self, room: RoomId, account: Account) -> None:
        """Let a player take the seat; one who may not, or a table that is over, keeps nobody else waiting."""
        try:
            await self._registry.ask(room, RoomRequest(Join(author=account)))
        except (Closed, Forbidden, Illegal) as refusal:
            log.info("match.not_seated", room=room, refused=refusal.code)

    def tell(self, room: RoomId, table: OpenTable, account: Account) -> None:
        """Tell a player which table and seat are kept."""
        found = {
            "ticket": table.ticket_of(account),
            "room": room,
            "seat": table.players[account],
            "players": players_of(table),
            "confirmBy": table.confirm_by,
        }
        self._notify(account, "match:found", found)

    async def outcome(self, room: RoomId, table: OpenTable) -> Outcome | None:
        """Return what became of a table; None while its match is on, or its end is not final.

        Raises:
            NoSuchRoom: the room was never made. Unavailable, StoreError.
        """
        host = await self._registry.reach(room)
        closed, began, seated, settled = await host.read_state(_standing)
        if began:
            end, resting = await self._end_of(host.id)
            if end is not None:
                return Outcome(end=end, resting=resting) if settled or closed else None
        if not closed:
            return None
        late = self._clock.now() >= table.confirm_by
        absent = tuple(account for account in table.players if late and account not in seated)
        return Outcome() if began else Outcome(missed=True, absent=absent)

    async def _end_of(self, room: RoomId) -> tuple[Entry | None, bool]:
        """Return the first `game.ended` of a room that stands, and whether events of a chain came to the room."""
        after, ends, dead, resting = 0, list[Entry](), set[int](), False
        while page := await self._registry.context.store.entries(room, after, PAGE):
            after = page[-1].seq
            ends += [entry for entry in page if entry.type == "game.ended"]
            dead |= dead_seqs(page)
            resting = resting or any(entry.type == "chain.event" for entry in page)
        return next((entry for entry in ends if entry.seq not in dead), None), resting


def players_of(table: OpenTable) -> list[dict[str, Any]]:
    """Return who sits where, as `match:found` and the table's room have it."""
    return [
        {"account": account, "seat": seat, **({"rating": table.ratings[account]} if account in table.ratings else {})}
        for account, seat in table.players.items()
    ]


def _standing(hall: Hall) -> tuple[bool, bool, frozenset[Account], bool]:
    """Return of a table whether it is closed, whether its match began, who has a seat, and whether it rests on no
    block that may be undone."""
    if not isinstance(hall, GameRoom) or hall.match is None:
        return hall.closed, False, frozenset(), True
    return hall.closed, hall.match.log.world.round > 0, frozenset(hall.seated()), hall.settled
