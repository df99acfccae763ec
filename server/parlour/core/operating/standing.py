"""Standing: whether a room is closed or stands still, and the acts of operators that change it."""

from __future__ import annotations

from typing import Any

from parlour.core.room import (
    ChainUpdate,
    DeadlinePassed,
    Draft,
    Dropped,
    Entry,
    FlushTicks,
    GateUpdate,
    Leave,
    Operate,
    Outcome,
    Post,
    Resumed,
    StopGame,
    Tick,
)
from parlour.errors import Closed, Illegal, Invalid

FROZEN, THAWED = "room.frozen", "room.thawed"
FEATURED, UNFEATURED = "room.featured", "room.unfeatured"
ANNOUNCED, TRANSFERRED = "room.announced", "room.transferred"
WORKS_WHEN_CLOSED = (ChainUpdate, GateUpdate, Leave, Dropped, StopGame, FlushTicks)
"""What a closed room still does."""
STANDS_STILL = (Post, DeadlinePassed, Resumed, Tick)
"""What a frozen room does not do; everything else it does, so people come, leave and are moderated."""


class Standing:
    """A fold over `room.frozen`, `room.thawed`, `room.featured`, `room.unfeatured` and `room.closed`.

    Attributes:
        closed: whether the room has ended.
        frozen_at: since when (ms) it stands still; None where it does not.
        featured: whether lists of featured rooms show it.
    """

    def __init__(self) -> None:
        self.closed = self.featured = False
        self.frozen_at: int | None = None

    def draft(self, command: Operate, owner: str) -> Draft:
        """Return the entry that an act of an operator leads to.

        Raises:
            Illegal: it is so already. Invalid: no such act.
        """
        by: dict[str, Any] = {"by": command.author}
        match command.action:
            case "freeze":
                if self.frozen_at is not None:
                    raise Illegal("This room is frozen already.", reason="frozen")
                return Draft(FROZEN, {**by, "reason": command.reason})
            case "thaw":
                if self.frozen_at is None:
                    raise Illegal("This room is not frozen.", reason="not_frozen")
                return Draft(THAWED, by)
            case "feature":
                if self.featured:
                    raise Illegal("This room is featured already.", reason="featured")
                return Draft(FEATURED, by)
            case "unfeature":
                if not self.featured:
                    raise Illegal("This room is not featured.", reason="not_featured")
                return Draft(UNFEATURED, by)
            case "announce":
                return Draft(ANNOUNCED, {**by, "text": command.text})
            case "transfer":
                if command.to == owner:
                    raise Illegal("That account owns this room already.", reason="owner")
                return Draft(TRANSFERRED, {**by, "from": owner, "to": command.to})
        raise Invalid("Acts are freeze, thaw, feature, unfeature, announce and transfer.", details={"path": "action"})

    def check_thawed(self) -> None:
        """Raise Closed while the room stands still."""
        if self.frozen_at is not None:
            raise Closed("This room is frozen; read it, and write later.", reason="frozen")

    def stand_still(self, command: Post | DeadlinePassed | Resumed | Tick) -> Outcome:
        """Answer what a frozen room does not do; raises Closed for a post."""
        if isinstance(command, Post):
            self.check_thawed()
        return Outcome()

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        if entry.type == FROZEN:
            self.frozen_at = entry.at
        elif entry.type == THAWED:
            self.frozen_at = None
        elif entry.type in (FEATURED, UNFEATURED):
            self.featured = entry.type == FEATURED
        elif entry.type == "room.closed":
            self.closed = True

    def snapshot(self) -> dict[str, Any]:
        """Return what a snapshot says of it."""
        told: dict[str, Any] = {"closed": self.closed}
        if self.frozen_at is not None:
            told["frozenAt"] = self.frozen_at
        if self.featured:
            told["featured"] = True
        return told

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what a snapshot says."""
        self.closed, self.frozen_at = state["closed"], state.get("frozenAt")
        self.featured = state.get("featured", False)
