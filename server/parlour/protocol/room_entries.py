"""Bodies of entries that any room may hold: its settings, its people, its chat (protocol §5)."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.match_entries import MatchFacts
from parlour.protocol.values import (
    Account,
    BlockRef,
    Hash,
    Hex,
    JsonObject,
    Maybe,
    Millis,
    Role,
    RoomId,
    RuledWord,
    Seq,
    Shape,
    Visibility,
    WatchInfo,
)


class RoomCreated(Shape):
    """The first entry of every room."""

    kind: str
    owner: Account
    title: str
    visibility: Visibility
    options: JsonObject
    signed: bool
    rules: Maybe[JsonObject] = None
    """Those that differ from a new room's, without words."""
    gate: Maybe[JsonObject] = None
    settle: Maybe[JsonObject] = None
    version: Maybe[int] = None
    """Of the game, in rooms that play one."""
    match: Maybe[MatchFacts] = None
    """Of a table that matchmaking made."""


class RoomConfigured(Shape):
    """Settings that were changed."""

    by: Account
    title: Maybe[str] = None
    visibility: Maybe[Visibility] = None
    options: Maybe[JsonObject] = None
    rules: Maybe[JsonObject] = None
    """Those that changed, without words."""
    gate: JsonObject | None = None
    """Another gate, or null where the room has none any more; missing where it stays as it is."""


class RoomWords(Shape):
    """The words of a room were set; only moderators get the body."""

    by: Account
    words: list[RuledWord]


class RoomClosed(Shape):
    """The room was closed for good."""

    by: Account
    reason: str | None


class RoomFrozen(Shape):
    """The room stands still: nobody posts, and a game's clocks do not run."""

    by: Account
    reason: str | None


class RoomThawed(Shape):
    """The room goes on; a game's clocks were moved by as long as it stood still."""

    by: Account


class RoomFeatured(Shape):
    """Operators of the server recommend the room to everybody."""

    by: Account


class RoomUnfeatured(Shape):
    """They recommend it no longer."""

    by: Account


class RoomAnnounced(Shape):
    """Operators of the server say something to everybody here."""

    by: Account
    text: str


class RoomTransferred(Shape):
    """The room has another owner; the one before is a moderator now."""

    by: Account
    from_: Account
    to: Account


class RoomOpened(Shape):
    """An administrator of the server reads the room for a day, though nobody else reads along."""

    by: Account
    reason: str


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


class GateFact(MemberBody):
    """What a right at a gate rests on; none of it where an account list or a proof decides."""

    chain: Maybe[int] = None
    block: Maybe[BlockRef] = None
    leaf: Maybe[JsonObject] = None


class MemberAdmitted(GateFact):
    """The room's gate lets the account in, by this leaf as of this block."""

    vault: Maybe[str] = None
    """Whose tokens it may use."""
    proved: Maybe[list[str]] = None
    """Roots of Merkle trees that the account proved to be in."""


class MemberRemoved(GateFact):
    """The account was put out and may come back; by the gate (`reason` is `gate`) as of a block."""


class MemberRestored(GateFact):
    """A mute or a ban was taken back, or the block is undone that ended the right at the gate."""

    from_: Literal["mute", "ban", "gate"]


class Anchor(Shape):
    """A place in a document: Yjs relative positions, which the server does not read."""

    root: str
    from_: Hex
    to: Hex


class TransactionCard(Shape):
    """A transaction that a message is about."""

    chain: int
    tx: Hash


class AddressCard(Shape):
    """An account or a contract that a message is about."""

    chain: int
    address: Hex


class RoomCard(Shape):
    """A room that a message is about; whoever may not join it is shown nothing of it."""

    room: RoomId


class ChatMessage(Shape):
    """A message."""

    text: str
    """Empty only beside `files`."""
    reply_to: Maybe[Seq] = None
    thread: Maybe[Seq] = None
    mentions: Maybe[list[Account]] = None
    files: Maybe[list[Hash]] = None
    """Up to 10 that its author uploaded to this room (protocol §7 "Files")."""
    anchor: Maybe[Anchor] = None
    """Makes it a comment on a place in the room's document."""
    card: Maybe[TransactionCard | AddressCard | RoomCard] = None
    """What is shown beside the text."""


class ChatEdit(Shape):
    """A message's new text."""

    of: Seq
    text: str
    mentions: Maybe[list[Account]] = None
    files: Maybe[list[Hash]] = None


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


class ChatResolve(Shape):
    """A comment was dealt with, or is open again."""

    of: Seq
    on: bool


class DmAccepted(Shape):
    """The account takes messages of this direct room."""

    account: Account


class ChatHeld(Shape):
    """A message or an edit waits for a moderator; its body is `held` to all but its author and moderators."""

    of: Seq
    author: Account
    why: str
    """`all`, `new`, `word`, or what a moderation service said."""


class ChatReleased(Shape):
    """A message that waited is there for everybody; history has its body."""

    of: Seq
    by: Account


BODIES: dict[str, type[Shape]] = {
    "room.created": RoomCreated,
    "room.configured": RoomConfigured,
    "room.words": RoomWords,
    "room.closed": RoomClosed,
    "room.opened": RoomOpened,
    "room.frozen": RoomFrozen,
    "room.thawed": RoomThawed,
    "room.featured": RoomFeatured,
    "room.unfeatured": RoomUnfeatured,
    "room.announced": RoomAnnounced,
    "room.transferred": RoomTransferred,
    "room.watched": RoomWatched,
    "room.unwatched": RoomUnwatched,
    "member.role": MemberRole,
    "member.muted": MemberMuted,
    "member.banned": MemberBanned,
    "member.admitted": MemberAdmitted,
    "member.removed": MemberRemoved,
    "member.restored": MemberRestored,
    "dm.accepted": DmAccepted,
    "chat.message": ChatMessage,
    "chat.edit": ChatEdit,
    "chat.delete": ChatDelete,
    "chat.reaction": ChatReaction,
    "chat.pin": ChatPin,
    "chat.resolve": ChatResolve,
    "chat.held": ChatHeld,
    "chat.released": ChatReleased,
}
