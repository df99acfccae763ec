"""Tickets: who waits in a line, since when, and whom they would play with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from parlour.core.room import Account, RoomId

UNRATED = 1500
"""Where a newcomer stands, and everybody in a game without ratings."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far from one's own rating the others may be: it widens with the time waited.

    Attributes:
        within: points at first.
        widen: points a second.
        most: points at most.
    """

    within: int = 100
    widen: int = 10
    most: int = 600

    def after(self, waited_ms: int) -> float:
        """Return how many points it is wide, to each side, after so long a wait."""
        return min(self.most, self.within + self.widen * waited_ms / 1000)


DEFAULT = Window()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in a line, of one account or of a party that stays together.

    Attributes:
        id: the same for the same account, line and request.
        ratings: by account, where the kind is rated.
        options: of the table they ask for, complete.
        want: what the others' options may be.
        sought: since when (ms).
        bots_after: after how long a wait (ms) bots may fill the table; None for never.
        party: the party's room.
        front: they were matched with somebody who did not come, and are served first.
        rating: the mean of its players' ratings.
    """

    id: str = ""
    accounts: tuple[Account, ...] = ()
    sought: int = 0
    ratings: Mapping[Account, int] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    want: Mapping[str, Any] = field(default_factory=dict)
    window: Window = DEFAULT
    bots_after: int | None = None
    party: RoomId | None = None
    front: bool = False
    rating: float = field(default=UNRATED, init=False)

    def __post_init__(self) -> None:
        """Work the mean out once: every pass over the line asks for it."""
        if self.ratings:
            mean = sum(self.ratings.get(each, UNRATED) for each in self.accounts) / len(self.accounts)
            object.__setattr__(self, "rating", mean)

    def takes_bots(self, now: int) -> bool:
        """Return whether bots may fill its table by now."""
        return self.bots_after is not None and now - self.sought >= self.bots_after

    def to_json(self) -> dict[str, Any]:
        """Return it as `match.sought` has it; `sought` is the time of that entry."""
        window = {"within": self.window.within, "widenPerSecond": self.window.widen, "most": self.window.most}
        return {
            "ticket": self.id,
            "accounts": list(self.accounts),
            "options": dict(self.options),
            "rating": window,
            **({"ratings": dict(self.ratings)} if self.ratings else {}),
            **({"want": dict(self.want)} if self.want else {}),
            **({} if self.bots_after is None else {"bots": {"after": self.bots_after}}),
            **({} if self.party is None else {"party": self.party}),
        }

    @staticmethod
    def of(body: Mapping[str, Any], sought: int, *, front: bool = False) -> Ticket:
        """Read what `to_json` wrote."""
        window = body["rating"]
        return Ticket(
            body["ticket"],
            tuple(body["accounts"]),
            sought,
            body.get("ratings", {}),
            body["options"],
            body.get("want", {}),
            Window(window["within"], window["widenPerSecond"], window["most"]),
            body["bots"]["after"] if "bots" in body else None,
            body.get("party"),
            front,
        )


def ticket_id(line: RoomId, account: Account, request_id: str) -> str:
    """Return the id of a ticket: 32 hex characters, the same whenever the same request is sent again."""
    return sha256("\n".join((line.lower(), account, request_id)).encode()).hexdigest()[:32]
