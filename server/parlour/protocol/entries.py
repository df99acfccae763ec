"""Entries: what a room's log holds, and the body of each type (protocol §5).

`BODIES` is the list; an entry type that stands there is in the documents and in the clients' types.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field, create_model
from typing_extensions import TypeAliasType

from parlour.protocol.values import (
    Account,
    BlockRef,
    Finality,
    Hash,
    Hex,
    JsonObject,
    Maybe,
    Millis,
    Role,
    RoomId,
    Seen,
    Seq,
    Shape,
    Visibility,
    WatchInfo,
)


class EntryHead(Shape):
    """One numbered, durable line of a room's log; `body` is null where it is hidden or was erased."""

    room: RoomId
    seq: Seq
    id: str
    type: str
    author: Account
    at: Millis
    body: Any
    hash: Hash
    sig: Maybe[Hex] = None
    seen: Maybe[Seen] = None
    """The head its author had seen, in signed posts."""
    body_hash: Maybe[Hash] = None
    """Where the body is missing, and where a proof was asked for."""
    redacted: Maybe[Literal["hidden", "erased"]] = None
    epoch: Maybe[str] = None
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: Maybe[Hex] = None


class Binary(Shape):
    """Bytes inside an array or an HTTP answer."""

    b64: str


# ── any room ─────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── games ────────────────────────────────────────────────────────────────────────────────────────────────────────


class GameAction(Shape):
    """What a player did; a bot's has its seat and no author."""

    action: str
    args: Maybe[JsonObject] = None
    seat: Maybe[int] = None
    failed: Maybe[str] = None


class OfSeat(Shape):
    """Something that concerns one seat."""

    seat: int
    failed: Maybe[str] = None
    """The hook that did not come back, so that no replay runs it."""


class GameSeated(OfSeat):
    """An account, or a bot, sat down."""

    account: Account
    bot: Maybe[bool] = None


class GameSeed(Shape):
    """The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end."""

    seed: str


class GameStarted(Shape):
    """A round began; the commitment is the SHA-256 of its seed."""

    round: int
    first: int
    commitment: str
    version: int
    failed: Maybe[str] = None


class GameInput(Shape):
    """One input of a ticking game."""

    tick: int
    seat: int
    action: str
    args: Maybe[JsonObject] = None
    id: Maybe[str] = None
    signed: Maybe[JsonObject] = None


class GameTick(Shape):
    """Ticks of a ticking game with the inputs played in them; no `entry` event."""

    from_: int
    to: int
    inputs: list[GameInput]
    failed: Maybe[str] = None


class GameDropped(OfSeat):
    """A player's last connection vanished; they may come back."""


class GameReturned(OfSeat):
    """A player who had dropped is back."""


class GameLeft(OfSeat):
    """A player left for good."""

    reason: str


class GamePaused(OfSeat):
    """A player paused the game."""


class GameResumed(Shape):
    """Deadlines moved by this; without a seat the server had stood still."""

    paused_ms: Millis
    seat: Maybe[int] = None
    failed: Maybe[str] = None


class GameTimeout(Shape):
    """Time ran out for a seat, for the game's own timer (null), or for those missing a contribution."""

    seat: int | None = None
    missing: Maybe[list[int]] = None
    failed: Maybe[str] = None


class SignedHead(Shape):
    """The server's word for a room's position: EIP-191 over the JCS of the first four keys."""

    room: RoomId
    epoch: str
    seq: Seq
    hash: Hash
    by: str
    sig: Hex


class GameEnded(Shape):
    """How the game ended; `provisional` while a chain event it rests on is not final."""

    result: JsonObject
    seed: str
    provisional: Maybe[Literal[True]] = None
    signed: Maybe[SignedHead] = None
    failed: Maybe[str] = None


class GameMigrated(Shape):
    """A running match was carried over to a newer version of its game; readable by nobody before the end."""

    from_: int
    to: int
    world: str


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────


class Block(BlockRef):
    """A block with its own time, in seconds."""

    time: int


class ChainEvent(Shape):
    """An event of a watched contract; an undecodable one has `topics` and `data` instead of `event` and `args`."""

    watch: str
    chain: int
    address: str
    event: Maybe[str] = None
    args: Maybe[JsonObject] = None
    topics: Maybe[list[str]] = None
    data: Maybe[str] = None
    block: Block
    tx: Hash
    log_index: int
    status: Finality
    late: Maybe[bool] = None


class ChainMoved(Shape):
    """These events stand in another block now, unchanged."""

    chain: int
    of: list[Seq]
    block: Block


class VoidEntry(Shape):
    """An entry that no longer holds, and why."""

    seq: Seq
    reason: str


class ChainReverted(Shape):
    """These events never happened, and what rested on them is void; `block` is the last one both branches share."""

    chain: int
    of: list[Seq]
    block: BlockRef
    void: list[VoidEntry]


class ChainConfirmed(Shape):
    """Everything up to this block has this status."""

    chain: int
    up_to: BlockRef
    status: Finality
    confirmations: Maybe[int] = None


class ChainGap(Shape):
    """Events that a limit held back, instead of silence."""

    watch: str
    chain: int
    from_: BlockRef
    to: BlockRef
    dropped: int
    reason: str


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
    "game.action": GameAction,
    "game.seated": GameSeated,
    "game.seed": GameSeed,
    "game.started": GameStarted,
    "game.tick": GameTick,
    "game.dropped": GameDropped,
    "game.returned": GameReturned,
    "game.left": GameLeft,
    "game.paused": GamePaused,
    "game.resumed": GameResumed,
    "game.timeout": GameTimeout,
    "game.ended": GameEnded,
    "game.migrated": GameMigrated,
    "chain.event": ChainEvent,
    "chain.moved": ChainMoved,
    "chain.reverted": ChainReverted,
    "chain.confirmed": ChainConfirmed,
    "chain.gap": ChainGap,
}
"""The body of each entry type; a DApp's own `app.<name>` entries hold what it likes."""


class AppEntry(EntryHead):
    """A DApp's own entry."""

    type: Annotated[str, Field(pattern=r"^app\.[A-Za-z0-9._:-]{1,60}$")]
    body: JsonObject | Binary | bytes | None
    """A binary body is bytes as an `entry` event, which carries it as an attachment, and `{b64}` elsewhere."""


def _entry(type_: str, body: type[Shape]) -> type[EntryHead]:
    """Make the model of an entry of that type."""
    fields: dict[str, Any] = {"type": (Literal[type_], ...), "body": (body | None, ...)}
    return create_model(f"{body.__name__}Entry", __base__=EntryHead, __doc__=body.__doc__, **fields)


ENTRIES: dict[str, type[EntryHead]] = {type_: _entry(type_, body) for type_, body in BODIES.items()}
Entry: Any = TypeAliasType(
    "Entry",
    Annotated[
        Union[(*ENTRIES.values(), AppEntry)],
        Field(description="One numbered, durable line of a room's log; `type` says which body it has."),
    ],
)


class Edited(Shape):
    """A message's newest text."""

    seq: Seq
    at: Millis
    text: str


class Deleted(Shape):
    """When a message was deleted."""

    seq: Seq
    at: Millis


class Message(EntryHead):
    """A message as a page shows it."""

    type: Literal["chat.message"]
    body: ChatMessage | None
    reactions: dict[str, list[Account]]
    """Accounts by emoji."""
    edited: Maybe[Edited] = None
    deleted: Maybe[Deleted] = None
