"""The kind `queue`: the line of people who look for a table of one game. Its log is the line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from parlour.core.matchmaking.commands import Ended, Make, Missed, Seek, Withdraw
from parlour.core.matchmaking.line import Line
from parlour.core.matchmaking.seats import seat
from parlour.core.matchmaking.tickets import Ticket
from parlour.core.room import Account, Command, Draft, Entry, Moderate, Notice, Outcome, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.state import Options, parsed
from parlour.errors import Illegal, NotFound, RateLimited

TABLE_PREFIX = "match-"
"""How ids of tables begin; the rest is 32 hex characters of chance."""


class QueueOptions(Options):
    """What a line is created with: the kind of its tables."""

    kind: str


class QueueRoom(Hall):
    """The line of one kind; everybody may read it, and only the server writes there.

    Attributes:
        line: what the log has led to.
    """

    kind: ClassVar[str] = "queue"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.line = Line()
        self._version = object()

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(QueueOptions, options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        return {**super().described(), "description": "Who looks for a table of one game.", "view": {"type": "object"},
                "options": QueueOptions.model_json_schema()}  # fmt: skip

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle_own(self, command: Command) -> Outcome:
        decide = _DECIDES.get(type(command))
        return super().handle_own(command) if decide is None else decide(self, command)

    def _seek(self, command: Seek) -> Outcome:
        """Put a ticket into the line; raises Forbidden, Illegal or RateLimited where one of its accounts may not."""
        for account in command.ticket.accounts:
            self.access.check_join(account, command.rank if account == command.author else 0, command.at)
            self._check_free(account, command.author)
            until = self.line.pause_until(account)
            if command.at < until:
                raise RateLimited("You did not take your last seat; wait a while.", reason="match",
                                  retry_after=until - command.at)  # fmt: skip
        sought = Draft("match.sought", command.ticket.to_json(), command.author)
        return Outcome([sought], reply=self._place(command.ticket.id, len(command.ticket.accounts)))

    def _check_free(self, account: Account, author: Account) -> None:
        """Raise Illegal where an account waits; who asks is told its own ticket, to go on or to cancel it elsewhere."""
        held = self.line.ticket_of(account)
        if held is not None:
            own = {"ticket": held} if account == author else None
            text = "That account waits for a table of this kind already."
            raise Illegal(text, reason="already_waiting", details=own)

    def _place(self, ticket: str, more: int = 0) -> dict[str, Any]:
        eta = self.line.eta
        return {"ticket": ticket, "waiting": self.line.people + more, **({} if eta is None else {"eta": eta})}

    def _withdraw(self, command: Withdraw) -> Outcome:
        """Take a ticket out of the line; raises NotFound where its holder has no such ticket."""
        ticket = self.line.waiting.get(command.ticket)
        if ticket is None or (command.author and command.author not in ticket.accounts):
            raise NotFound("You wait with no such ticket.", reason="ticket")
        return Outcome([_withdrawn(ticket, command.reason)])

    def _make(self, command: Make) -> Outcome:
        """Make the tables whose tickets all still wait."""
        waiting, gone, drafts = self.line.waiting, set[str](), list[Draft]()
        for number, group in enumerate(command.groups):
            if gone.isdisjoint(group) and all(each in waiting for each in group):
                gone.update(group)
                entropy = sha256(command.entropy + number.to_bytes(4, "big")).digest()
                drafts.append(_made([waiting[each] for each in group], command, entropy))
        notices = [
            Notice(player["account"], "match", number)
            for number, draft in enumerate(drafts)
            if isinstance(draft.body, dict)
            for player in draft.body["players"]
        ]
        return Outcome(drafts, notices=notices)

    def _missed(self, command: Missed) -> Outcome:
        """Close a table that somebody did not come to; those who came wait at the front again."""
        if command.table not in self.line.tables:
            return Outcome()
        return Outcome([Draft("match.missed", {"room": command.table, "absent": list(command.absent)})])

    def _ended(self, command: Ended) -> Outcome:
        line, room = self.line, command.table
        known = room in line.resting and line.resting[room][1] == command.end
        if room not in line.tables and (known or room not in line.resting):
            return Outcome()
        said: dict[str, Any] = {} if command.end is None else {"seq": command.end}
        if command.resting:
            said["resting"] = True
        return Outcome([Draft("match.ended", {"room": room, **said})])

    def handle_removed(self, command: Moderate) -> list[Draft]:
        """Take the ticket of a banned or kicked account out of the line."""
        held = self.line.ticket_of(command.account)
        return [] if held is None else [_withdrawn(self.line.waiting[held], "banned")]

    def repeats(self, command: Command, entry: Entry) -> bool:
        if not isinstance(command, Seek) or not isinstance(entry.body, dict):
            return super().repeats(command, entry)
        asked = command.ticket.to_json()
        return all(asked.get(key) == entry.body.get(key) for key in ("options", "want", "rating", "bots", "party"))

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_kind(self, entry: Entry) -> None:
        if entry.type.startswith("match."):
            self.line.apply(entry)
            self._version = object()

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "line": self.line.dump()}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.line = Line.load(state["line"])

    # ── what everybody sees ──────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        line = self.line
        return {"kind": self.options.get("kind"), "waiting": line.people, "tables": len(line.tables), "eta": line.eta}

    def view_key(self, viewer: Account | None) -> Hashable:
        return None

    @property
    def view_version(self) -> object | None:
        return self._version


def _withdrawn(ticket: Ticket, reason: str) -> Draft:
    return Draft("match.withdrawn", {"ticket": ticket.id, "reason": reason})


def _made(tickets: Sequence[Ticket], command: Make, entropy: bytes) -> Draft:
    """Return the entry of a table: its room, its options, its players and until when they may come."""
    oldest, lineup = min(tickets, key=lambda ticket: ticket.sought), command.lineup
    players = [
        {
            "account": account,
            "seat": number,
            **({} if (rating := _rating_of(tickets, account)) is None else {"rating": rating}),
        }
        for account, number in sorted(seat(lineup, tickets, entropy), key=lambda seated: seated[1])
    ]
    bots = lineup.most - len(players) if lineup.has_bot and all(t.takes_bots(command.at) for t in tickets) else 0
    return Draft(
        "match.made",
        {
            "room": TABLE_PREFIX + entropy.hex()[:32],
            "tickets": [ticket.id for ticket in tickets],
            "options": {**oldest.options, **({"bots": bots} if bots else {})},
            "players": players,
            "confirmBy": command.at + command.confirm_ms,
        },
    )


def _rating_of(tickets: Sequence[Ticket], account: Account) -> int | None:
    return next((ticket.ratings[account] for ticket in tickets if account in ticket.ratings), None)


_DECIDES: dict[type[Command], Callable[[QueueRoom, Any], Outcome]] = {
    Seek: QueueRoom._seek,
    Withdraw: QueueRoom._withdraw,
    Make: QueueRoom._make,
    Missed: QueueRoom._missed,
    Ended: QueueRoom._ended,
}
