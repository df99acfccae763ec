"""The records of what accounts are told: notices, and messages that are spread to many. Data alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from parlour.core.room import Account, RoomId

ABOUT_A_MESSAGE = ("direct", "mention", "thread", "message")
"""Types of notices about a message: an account gets one of them for each message, whatever speaks for several."""


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """News for one account, kept until it is old.

    Attributes:
        id: unique for the account; it sorts by time.
        room, seq: what it is about.
        type: as protocol §3 has them.
        author: who caused it; "" for the server and the chain.
        at: when (ms).
        thread: the root of the thread that it is about.
        invite: the secret of an invitation, which lets this account in and no other.
        request: whether it is a stranger's message in a direct room (core/rooms/direct.py).
        read: whether the account has read it.
    """

    account: Account
    id: str
    room: RoomId
    seq: int
    type: str
    author: Account
    at: int
    thread: int | None = None
    invite: str | None = None
    request: bool = False
    read: bool = False

    def to_json(self) -> dict[str, Any]:
        """Make the object of a `notice` event (protocol §4)."""
        told: dict[str, Any] = {"id": self.id, "room": self.room, "seq": self.seq, "type": self.type}
        told["from"] = self.author
        if self.thread is not None:
            told["thread"] = self.thread
        if self.invite is not None:
            told["invite"] = self.invite
        return told | {"request": True} if self.request else told


@dataclass(frozen=True, slots=True)
class Spread:
    """A message that more accounts are told of than its transaction tells: behind the commit, page by page.

    Attributes:
        room, seq, at, author: of the entry.
        to: `here` (who is in the room now), `room` (whoever belongs to it), `thread` (who follows it) or `whole` (who
            wants to hear of every message); in this order, for an account is told once.
        thread: the root of the thread that it is in.
        told: accounts that were told already, its author among them.
        after: the last account that was looked at; they are taken in alphabetical order.
    """

    room: RoomId
    seq: int
    at: int
    author: Account
    to: str
    thread: int | None = None
    told: tuple[Account, ...] = ()
    after: Account = ""


def notice_of(account: Account, type_: str, about: Spread) -> NoticeRecord:
    """Make the notice of a message that is spread."""
    id_ = notice_id(about.at, about.room, about.seq, type_)
    return NoticeRecord(account, id_, about.room, about.seq, type_, about.author, about.at, about.thread)


def notice_id(at: int, room: RoomId, seq: int, type_: str) -> str:
    """Return the id of a notice: its time, then what it is about; the same news for one account has the same id."""
    topic = "" if type_ in ABOUT_A_MESSAGE else type_
    return f"{at:012x}{sha256(f'{room.lower()} {seq} {topic}'.encode()).hexdigest()[:12]}"
