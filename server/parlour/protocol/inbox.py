"""Requests about what an account is told: notices, how much of a room it wants to hear, direct rooms."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from parlour.protocol.replies import Reply
from parlour.protocol.values import Account, AccountId, Maybe, Millis, Request, RoomId, RoomInfo, Seq, Shape, Short

NoticeType = Literal[
    "direct",
    "mention",
    "thread",
    "message",
    "invitation",
    "turn",
    "match",
    "settlement",
    "report",
    "gate",
    "transaction",
]
"""What happened; `message` where one asked to hear of every message of a room."""


class Notice(Shape):
    """Something for an account, on every socket of it, and kept in its list."""

    id: str
    """Unique for the account; sorts by time."""
    room: RoomId
    seq: Seq
    type: NoticeType
    from_: Account
    thread: Maybe[Seq] = None
    """The root of the thread that it is about."""
    invite: Maybe[str] = None
    """With `type: "invitation"`."""
    request: Maybe[Literal[True]] = None
    """A stranger's message in a direct room that one has not accepted."""


class KeptNotice(Notice):
    """A notice in the list."""

    at: Millis
    read: bool


class NoticesList(Request):
    """List what one was told, the newest first."""

    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 100))] | None = None


class NoticesRead(Request):
    """Mark what one was told as read, up to a notice."""

    up_to: Annotated[Short, Field(min_length=1)]
    """Its id."""


class RoomNotify(Request):
    """Say how much one wants to hear of a room, or of a thread in it."""

    room: RoomId
    thread: Seq | None = None
    """The root; to follow a thread one has no part in too."""
    level: Literal["all", "mentions", "none"]
    until: Seq | None = None
    """When (ms) that ends by itself."""


class DmOpen(Request):
    """Open the direct room with these accounts: the same people, the same room."""

    accounts: Annotated[list[AccountId], Field(min_length=1, max_length=9)]


class DmAnswer(Request):
    """Accept a direct room, or decline it."""

    room: RoomId
    accept: bool


class NoticesReply(Reply):
    """A page of notices, newest first; `unread` counts all of them, up to 1,000."""

    notices: list[KeptNotice]
    cursor: str | None
    unread: int


class DmReply(Reply):
    """The direct room."""

    room: RoomInfo
