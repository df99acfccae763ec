"""The state of a line: who waits, which tables are on, who lately did not come. A fold over `match.*` entries."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from parlour.core.matchmaking.tickets import Ticket
from parlour.core.room import Account, Entry, RoomId

PAUSES_MS = (60_000, 120_000, 300_000)
"""How long somebody waits who did not take a seat: the first time, the second, and from the third on."""
REMEMBERED_MS = 24 * 3_600_000
"""After so long a seat not taken is forgotten."""
WAITS_KEPT = 20
"""Waits of the newest tickets that found a table; their median is what newcomers are told."""


RESTING_KEPT = 200
"""Finished tables whose end rests on blocks that are looked at again after a start: the newest. A chain calls a block
final within minutes, and a table counts only then; what is undone later is undone while a server runs, or never."""


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that was made, until its match is over.

    Attributes:
        tickets: those it was made of, each as `match.sought` has it, with the time it was sought.
        options: of its room.
        players: seat by account.
        confirm_by: when (ms) whoever has no seat is too late.
    """

    made: int
    tickets: tuple[tuple[dict[str, Any], int], ...]
    options: Mapping[str, Any]
    players: Mapping[Account, int]
    ratings: Mapping[Account, int]
    confirm_by: int

    def ticket_of(self, account: Account) -> str:
        """Return the id of an account's ticket."""
        return next(str(body["ticket"]) for body, _ in self.tickets if account in body["accounts"])


class Line:
    """Everything the log of a line has led to.

    Attributes:
        waiting: tickets by id, in the order in which they came.
        tables: by room; those whose match is not over.
        resting: finished tables whose end rests on events of a chain, with the `game.ended` that counts, by seq; None
            where a reorganisation took it back and no other has come.
        absences: when (ms) each account did not take its seat, for a day.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, Ticket] = {}
        self.tables: dict[RoomId, OpenTable] = {}
        self.resting: dict[RoomId, tuple[OpenTable, int | None]] = {}
        self.absences: dict[Account, list[int]] = {}
        self._waits: deque[int] = deque(maxlen=WAITS_KEPT)
        self._holders: dict[Account, str] = {}

    def in_order(self) -> list[Ticket]:
        """Return the tickets in the order in which they are served."""
        return sorted(self.waiting.values(), key=lambda ticket: not ticket.front)

    @property
    def people(self) -> int:
        """How many accounts wait."""
        return len(self._holders)

    @property
    def eta(self) -> int | None:
        """How long (ms) the newest tickets waited, the median; None while none has found a table."""
        return median_low(self._waits) if self._waits else None

    def ticket_of(self, account: Account) -> str | None:
        """Return the id of the ticket that an account waits with."""
        return self._holders.get(account)

    def table_of(self, account: Account, ticket: str) -> RoomId | None:
        """Return the table that a ticket of the account led to, while its match is not over."""
        for room, table in self.tables.items():
            if account in table.players and table.ticket_of(account) == ticket:
                return room
        return None

    def pause_until(self, account: Account) -> int:
        """Return until when (ms) an account may not look for a table; 0 where it may."""
        missed = self.absences.get(account, ())
        return missed[-1] + PAUSES_MS[min(len(missed), len(PAUSES_MS)) - 1] if missed else 0

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, entry: Entry) -> None:
        """Fold one `match.*` entry."""
        body = entry.body
        if not isinstance(body, dict):
            return
        match entry.type:
            case "match.sought":
                self._add(Ticket.of(body, entry.at))
            case "match.withdrawn":
                self._remove(body["ticket"])
            case "match.made":
                self._make(body, entry.at)
            case "match.missed":
                self._miss(body, entry.at)
            case "match.ended":
                self._end(body)

    def _end(self, body: dict[str, Any]) -> None:
        """Take a table out; one whose end a reorganisation may undo is kept in mind."""
        room: RoomId = body["room"]
        table, rested = self.tables.pop(room, None), self.resting.pop(room, None)
        ended = table or (rested and rested[0])
        if body.get("resting") and ended is not None:
            self.resting[room] = ended, body.get("seq")
        for old in list(self.resting)[:-RESTING_KEPT]:
            del self.resting[old]

    def _add(self, ticket: Ticket) -> None:
        self.waiting[ticket.id] = ticket
        self._holders.update(dict.fromkeys(ticket.accounts, ticket.id))

    def _remove(self, ticket: str) -> Ticket | None:
        gone = self.waiting.pop(ticket, None)
        for account in gone.accounts if gone is not None else ():
            self._holders.pop(account, None)
        return gone

    def _make(self, body: dict[str, Any], at: int) -> None:
        tickets = [ticket for each in body["tickets"] if (ticket := self._remove(each)) is not None]
        self._waits.extend(at - ticket.sought for ticket in tickets)
        self.tables[body["room"]] = OpenTable(
            at,
            tuple((ticket.to_json(), ticket.sought) for ticket in tickets),
            body["options"],
            {player["account"]: player["seat"] for player in body["players"]},
            {player["account"]: player["rating"] for player in body["players"] if "rating" in player},
            body["confirmBy"],
        )

    def _miss(self, body: dict[str, Any], at: int) -> None:
        table = self.tables.pop(body["room"], None)
        absent: Collection[Account] = body["absent"]
        self.absences = {
            account: kept
            for account, times in self.absences.items()
            if (kept := [time for time in times if at - time < REMEMBERED_MS])
        }
        for account in absent:
            self.absences.setdefault(account, []).append(at)
        for ticket, sought in table.tickets if table is not None else ():
            waits_again = any(account in self._holders for account in ticket["accounts"])
            if not waits_again and not set(absent) & set(ticket["accounts"]):
                self._add(Ticket.of(ticket, sought, front=True))

    # ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────

    def dump(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {
            "waiting": [[ticket.to_json(), ticket.sought, ticket.front] for ticket in self.waiting.values()],
            "tables": {room: _plain(table) for room, table in self.tables.items()},
            "resting": {room: [_plain(table), end] for room, (table, end) in self.resting.items()},
            "absences": {account: list(times) for account, times in self.absences.items()},
            "waits": list(self._waits),
        }

    @classmethod
    def load(cls, plain: dict[str, Any]) -> Line:
        """Return the line that `dump` wrote."""
        line = cls()
        for ticket, sought, front in plain["waiting"]:
            line._add(Ticket.of(ticket, sought, front=front))
        line.tables = {room: _table(table) for room, table in plain["tables"].items()}
        line.resting = {room: (_table(table), end) for room, (table, end) in plain.get("resting", {}).items()}
        line.absences = {account: list(times) for account, times in plain["absences"].items()}
        line._waits.extend(plain["waits"])
        return line


def _plain(table: OpenTable) -> dict[str, Any]:
    return {
        "made": table.made,
        "tickets": [list(ticket) for ticket in table.tickets],
        "options": dict(table.options),
        "players": dict(table.players),
        "ratings": dict(table.ratings),
        "confirmBy": table.confirm_by,
    }


def _table(plain: dict[str, Any]) -> OpenTable:
    tickets = tuple((ticket, sought) for ticket, sought in plain["tickets"])
    return OpenTable(plain["made"], tickets, plain["options"], plain["players"], plain["ratings"], plain["confirmBy"])
