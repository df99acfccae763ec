"""Bodies of entries that any room may hold: its settings, its people, its chat (protocol §5)."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.values import Account, JsonObject, Maybe, Millis, Role, Seq, Shape, Visibility, WatchInfo


class RoomCreated(Shape):
    """The first entry of every room."""

    kind: str
    owner: Account
    title: str
    visibility: Visibility
    options: JsonObject
    signed: bool
    version: Maybe[int] = None
    """Of the game, in rooms that play one."""


class RoomConfigured(Shape):
    """Settings that were changed."""

    by: Account
    title: Maybe[str] = None
    visibility: Maybe[Visibility] = None
    options: Maybe[JsonObject] = None


class RoomClosed(Shape):
    """The room was closed for good."""

    by: Account
    reason: str | None


class RoomWatched(Shape):
    """The room hears of these events from now on."""

    watch: WatchInfo
    by: Account


class RoomUnwatched(Shape):
    """The watch of that id ended."""

    watch: str
    by: Account


class MemberBody(Shape):
    """What was done to an account, and by whom (`""` for an invitation)."""

    account: Account
    by: Account
    reason: Maybe[str] = None


class MemberRole(MemberBody):
    """The account was given a role."""

    role: Role


class MemberMuted(MemberBody):
    """The account may not write, for good or until then."""

    until: Maybe[Millis] = None


class MemberBanned(MemberBody):
    """The account may not come in, for good or until then."""

    until: Maybe[Millis] = None


class MemberRemoved(MemberBody):
    """The account was put out and may come back."""


class MemberRestored(MemberBody):
    """A mute or a ban was taken back."""

    from_: Literal["mute", "ban"]


class ChatMessage(Shape):
    """A message."""

    text: str
    reply_to: Maybe[Seq] = None
    thread: Maybe[Seq] = None
    mentions: Maybe[list[Account]] = None


class ChatEdit(Shape):
    """A message's new text."""

    of: Seq
    text: str


class ChatDelete(Shape):
    """A message was deleted: its text is gone from the server."""

    of: Seq
    reason: Maybe[str] = None


class ChatReaction(Shape):
    """An emoji put on a message, or taken off it."""

    of: Seq
    emoji: str
    on: bool


class ChatPin(Shape):
    """A message was pinned, or is no longer."""

    of: Seq
    on: bool


BODIES: dict[str, type[Shape]] = {
    "room.created": RoomCreated,
    "room.configured": RoomConfigured,
    "room.closed": RoomClosed,
    "room.watched": RoomWatched,
    "room.unwatched": RoomUnwatched,
    "member.role": MemberRole,
    "member.muted": MemberMuted,
    "member.banned": MemberBanned,
    "member.removed": MemberRemoved,
    "member.restored": MemberRestored,
    "chat.message": ChatMessage,
    "chat.edit": ChatEdit,
    "chat.delete": ChatDelete,
    "chat.reaction": ChatReaction,
    "chat.pin": ChatPin,
}
