"""Keeps one line: makes tables of those who wait, tells them how it stands, sees every table to its end.

Everything is decided by what the line's log says, so that a pass after a crash does what the one before left undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from parlour.core.matchmaking.commands import Ended, Make, Missed, Withdraw
from parlour.core.matchmaking.line import Line, OpenTable
from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.pairing import pair
from parlour.core.matchmaking.party import PartyRoom
from parlour.core.matchmaking.room import QueueRoom
from parlour.core.matchmaking.tickets import Ticket
from parlour.core.room import Account, Command, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.hooks import title_of
from parlour.errors import NoSuchRoom, ParlourError
from parlour.runtime.live_room.context import Blockers, RoomRequest
from parlour.runtime.matchmaking.boards import Boards
from parlour.runtime.matchmaking.networks import Flag, Networks, note_of
from parlour.runtime.matchmaking.tables import Outcome, Tables
from parlour.runtime.matchmaking.wishes import MatchLimits
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry

log = structlog.get_logger()

PREFIX = "queue:"
STATUS_S = 5.0
"""Seconds between two `match:status` of one ticket."""
ASYNCHRONOUS_MS = 24 * 3_600_000
"""How long players of a game that is played over days have to look at it."""
SETTLE_S = 1.0
"""Seconds between two looks at tables that may be over."""
PAIRED_AGAIN = 4
"""How often a pass is repeated because two at a table turned out to block each other."""


class Present(Protocol):
    """Knows who is connected; runtime/open_connections.py implements it."""

    def is_here(self, account: Account) -> bool:
        """Return whether an account has a connection."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the lines of a process share.

    Attributes:
        boards: where the ends of rated matches are counted.
        blockers: which of some accounts block an account.
    """

    registry: RoomRegistry
    tables: Tables
    boards: Boards
    present: Present
    blockers: Blockers
    limits: MatchLimits
    flag: Flag


class LineKeeper:
    """Keeps the line of one kind, while this process runs the matchmaking.

    Attributes:
        room: the line's id.
        idle: whether nobody waits and no table is on.
        networks: from where those who wait asked.
    """

    def __init__(self, kind: str, lineup: Lineup, around: Surroundings) -> None:
        self.room = PREFIX + kind
        self.idle = False
        self._kind, self._lineup, self._around = kind, lineup, around
        self._registry, self._tables = around.registry, around.tables
        self._notify = around.registry.context.notify
        self._clock = around.registry.context.clock
        self._open: set[RoomId] = set()
        self._noted: set[RoomId] | None = None
        self._settled_at = float("-inf")
        self._apart: dict[Account, set[Account]] = {}
        self._away_since: dict[Account, float] = {}
        self._told: dict[str, tuple[float, dict[str, Any]]] = {}
        self.networks = Networks()

    async def ask(self, command: Command, request_id: str | None = None) -> dict[str, Any]:
        """Let the line decide a command, and make its room first where there is none; raises the refusal."""
        try:
            return await self._registry.ask(self.room, RoomRequest(command, request_id=request_id))
        except NoSuchRoom:
            await self.create()
            return await self._registry.ask(self.room, RoomRequest(command, request_id=request_id))

    async def withdraw(self, account: Account, ticket: str) -> None:
        """Take an account's ticket out of the line; raises NotFound where it waits with no such ticket."""
        await self._registry.ask(self.room, RoomRequest(Withdraw(account, ticket=ticket)))

    async def withdraw_party(self, party: RoomId, account: Account) -> None:
        """Take a party's ticket out of the line because an account left it; raises NoSuchRoom."""
        line = await self.line()
        held = line.waiting.get(line.ticket_of(account) or "")
        if held is not None and (held.party or "").lower() == party.lower():
            await self.ask(Withdraw(ticket=held.id))

    async def create(self) -> None:
        """Make the line's room; raises ParlourError."""
        title = f"{title_of(self._kind)}: who plays next"
        wanted = NewRoom(QueueRoom.kind, self.room, title, options={"kind": self._kind})
        await self._registry.create("", wanted, reserved=True)

    async def line(self) -> Line:
        """Return the line as it stands; raises NoSuchRoom where nobody has looked for a table yet."""
        host = await self._registry.reach(self.room)
        return await host.read_state(_line_of)

    def note(self, table: RoomId) -> None:
        """Note that a table may be over."""
        if self._noted is not None:
            self._noted.add(table)
        self.idle = False

    def note_all(self) -> None:
        """Note that any table may be over."""
        self._noted, self.idle = None, False

    async def serve(self) -> None:
        """Do whatever the line needs now; raises ParlourError or StoreError where it cannot be done now."""
        line = await self.line()
        if self._noted is None:
            await self._withdraw_broken(line)
        await self._withdraw_absent(line)
        await self._make_tables(line)
        await self._open_tables(line)
        await self._settle_tables(line)
        self._tell_waiting(line)
        waiting = (account for ticket in line.waiting.values() for account in ticket.accounts)
        self.networks.forget_others([*waiting, *(each for table in line.tables.values() for each in table.players)])
        self.idle = not line.waiting and not line.tables

    # ── who waits ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _withdraw_broken(self, line: Line) -> None:
        """Take tickets out whose party is not whole any more: whoever noted that may have ended with it."""
        for ticket in list(line.waiting.values()):
            if ticket.party is not None and not set(ticket.accounts) <= await self._people(ticket.party):
                await self.ask(Withdraw(ticket=ticket.id))

    async def _people(self, party: RoomId) -> set[Account]:
        try:
            host = await self._registry.reach(party)
        except NoSuchRoom:
            return set()
        return await host.read_state(lambda hall: set(hall.people) if isinstance(hall, PartyRoom) else set())

    async def _withdraw_absent(self, line: Line) -> None:
        """Take tickets out whose holders have been away too long; nobody has to be there for a game over days."""
        if self._lineup.asynchronous:
            return
        now = self._clock.monotonic()
        absent = {a for ticket in line.waiting.values() for a in ticket.accounts if not self._around.present.is_here(a)}
        self._away_since = {account: self._away_since.get(account, now) for account in absent}
        long_ago = now - self._around.limits.match_away_seconds
        for ticket in list(line.waiting.values()):
            if any(self._away_since.get(account, now) <= long_ago for account in ticket.accounts):
                await self.ask(Withdraw(ticket=ticket.id, reason="gone"))

    def _tell_waiting(self, line: Line) -> None:
        """Send `match:status` to those for whom something changed."""
        now, at = self._clock.monotonic(), self._clock.now()
        told = self._told
        self._told = {ticket: told[ticket] for ticket in line.waiting if ticket in told}
        for ticket in line.waiting.values():
            when, before = told.get(ticket.id, (now, {}))
            status = status_of(line, ticket, at)
            if ticket.id not in told:
                self._told[ticket.id] = now, status
            elif status != before and now - when >= STATUS_S:
                self._told[ticket.id] = now, status
                for account in ticket.accounts:
                    self._notify(account, "match:status", status)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _make_tables(self, line: Line) -> None:
        groups = await self._groups(line)
        if groups:
            ms = ASYNCHRONOUS_MS if self._lineup.asynchronous else round(self._around.limits.match_seconds * 1000)
            ids = [[ticket.id for ticket in group] for group in groups]
            await self.ask(Make(groups=ids, lineup=self._lineup, confirm_ms=ms))

    async def _groups(self, line: Line) -> list[list[Ticket]]:
        """Return the tables that can be made now, where nobody blocks anybody."""
        here = {account for ticket in line.waiting.values() for account in ticket.accounts}
        self._apart = {account: others for account, others in self._apart.items() if account in here}
        for _ in range(PAIRED_AGAIN):
            groups = pair(line.in_order(), self._lineup, self._clock.now(), self._apart)
            if not [None for group in groups if await self._keep_apart(group)]:
                return groups
        return []

    async def _keep_apart(self, group: list[Ticket]) -> bool:
        """Find out who of a table blocks whom, keep them apart from now on, and return whether somebody does."""
        accounts = [account for ticket in group for account in ticket.accounts]
        found = False
        for account in accounts:
            for other in await self._around.blockers(account, [each for each in accounts if each != account]):
                found = True
                self._apart.setdefault(account, set()).add(other)
                self._apart.setdefault(other, set()).add(account)
        return found

    async def _open_tables(self, line: Line) -> None:
        """Make the rooms of new tables; after a start of all tables, which does nothing where they are there."""
        for room, table in list(line.tables.items()):
            if room not in self._open:
                try:
                    await self._tables.open(self.room, self._kind, room, table, seated=self._lineup.asynchronous)
                except ParlourError as error:  # the other tables do not wait for this one
                    log.warning("match.table_not_opened", room=room, error=type(error).__name__)
                else:
                    await self._flag_shared(room, table)
                    self._open.add(room)
        self._open &= line.tables.keys()

    async def _flag_shared(self, room: RoomId, table: OpenTable) -> None:
        """Report a rated table whose opponents share a network; they play all the same."""
        if self._lineup.rating is not None:
            for accounts in self.networks.shared(table):
                await self._around.flag(room, note_of(accounts))

    async def _settle_tables(self, line: Line) -> None:
        """See which tables are over: those that were noted, and after a start all of them.

        It waits a moment after the last time, so that a board changes once a second however many matches end.
        """
        now = self._clock.monotonic()
        noted = (set(line.tables) if self._noted is None else self._noted) & line.tables.keys()
        if now < self._settled_at + SETTLE_S:
            return
        resting = (set(line.resting) if self._noted is None else self._noted) & line.resting.keys()
        self._settled_at, self._noted = now, set()
        try:
            await self._settle({room: line.tables[room] for room in sorted(noted)})
            for room in sorted(resting):
                await self._look_again(room, *line.resting[room])
        except BaseException:
            if self._noted is not None:
                self._noted |= noted | resting
            raise

    async def _settle(self, tables: Mapping[RoomId, OpenTable]) -> None:
        """Count the matches that are over, and take their tables out of the line."""
        found = [(room, table, await self._outcome(room, table)) for room, table in tables.items()]
        outcomes = [(room, table, outcome) for room, table, outcome in found if outcome is not None]
        for room, _, outcome in outcomes:
            if outcome.end is not None and outcome.resting:  # first: what is counted is looked at again after a start
                await self.ask(Ended(table=room, end=outcome.end.seq, resting=True))
        ends = [(table, outcome.end) for _, table, outcome in outcomes if outcome.end is not None]
        await self._around.boards.count(self._kind, ends)
        for room, _, outcome in outcomes:
            if outcome.missed:
                await self.ask(Missed(table=room, absent=outcome.absent))
            elif not outcome.resting:
                await self.ask(Ended(table=room, end=None if outcome.end is None else outcome.end.seq))

    async def _look_again(self, room: RoomId, table: OpenTable, counted: int | None) -> None:
        """Make the boards say what a table's log says now: a reorganisation may have undone the end that counted.

        Each step changes nothing where it was done before, so it does not matter where a crash came in between.
        """
        outcome = await self._outcome(room, table)
        end = None if outcome is None else outcome.end
        seq = None if end is None else end.seq
        if seq != counted:
            if counted is not None:
                await self._around.boards.take_back(self._kind, room, [counted])
            await self.ask(Ended(table=room, end=seq, resting=True))
        if end is not None:
            await self._around.boards.count(self._kind, [(table, end)])

    async def _outcome(self, room: RoomId, table: OpenTable) -> Outcome | None:
        """Return what became of a table; one that cannot be read now is noted again, and no other waits for it."""
        try:
            return await self._tables.outcome(room, table)
        except ParlourError as error:
            log.warning("match.table_unknown", room=room, error=type(error).__name__)
            self.note(room)
            return None


def status_of(line: Line, ticket: Ticket, at: int) -> dict[str, Any]:
    """Return how a ticket stands, as `match:status` says it."""
    eta = {} if line.eta is None else {"eta": line.eta}
    within = round(ticket.window.after(at - ticket.sought))
    return {"ticket": ticket.id, "waiting": line.people, "within": within, **eta}


def _line_of(hall: Hall) -> Line:
    if not isinstance(hall, QueueRoom):
        raise NoSuchRoom()
    return hall.line
