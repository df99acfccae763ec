"""Entries: what a room's log holds (protocol §5).

`BODIES` lists each type's body; a type that stands there is in the documents and in the clients' types.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field, create_model
from typing_extensions import TypeAliasType

from parlour.protocol import (
    chain_entries,
    document_entries,
    game_entries,
    market_entries,
    match_entries,
    room_entries,
)
from parlour.protocol.room_entries import ChatMessage
from parlour.protocol.values import Account, Hash, Hex, JsonObject, Maybe, Millis, RoomId, Seen, Seq, Shape


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
    redacted: Maybe[Literal["hidden", "held", "erased"]] = None
    epoch: Maybe[str] = None
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: Maybe[Hex] = None


class Binary(Shape):
    """Bytes inside an array or an HTTP answer."""

    b64: str


BODIES: dict[str, type[Shape]] = {
    **room_entries.BODIES, **game_entries.BODIES, **chain_entries.BODIES, **market_entries.BODIES,
    **document_entries.BODIES, **match_entries.BODIES,
}  # fmt: skip
"""The body of each entry type; a DApp's own `app.<name>` entries hold what it likes."""
VIEWS: dict[str, type[Shape]] = {"chain": chain_entries.ChainState, "market": market_entries.MarketState}
"""The states of Parlour's own kinds, as joins answer and patches change them; others are in `/api/kinds`."""


AppType = Annotated[str, Field(pattern=r"^app\.[A-Za-z0-9._:-]{1,60}$")]


class AppEntry(EntryHead):
    """A DApp's own entry."""

    type: AppType
    body: JsonObject | Binary | bytes | None
    """A binary body is bytes as an `entry` event, which carries it as an attachment, and `{b64}` elsewhere."""


class DocUpdateEntry(EntryHead):
    """An edit of a document: a Yjs update."""

    type: Literal["doc.update"]
    body: Binary | bytes | None
    """Bytes as an `entry` event, which carries them as an attachment, and `{b64}` elsewhere; null in searches."""


def _entry(type_: str, body: type[Shape]) -> type[EntryHead]:
    """Make the model of an entry of that type."""
    fields: dict[str, Any] = {"type": (Literal[type_], ...), "body": (body | None, ...)}
    return create_model(f"{body.__name__}Entry", __base__=EntryHead, __doc__=body.__doc__, **fields)


ENTRIES: dict[str, type[EntryHead]] = {
    **{type_: _entry(type_, body) for type_, body in BODIES.items()},
    "doc.update": DocUpdateEntry,
}
Entry: Any = TypeAliasType(
    "Entry",
    Annotated[
        Union[(*ENTRIES.values(), AppEntry)],
        Field(description="One numbered, durable line of a room's log; `type` says which body it has."),
    ],
)


class LastReply(Shape):
    """The last reply in a thread."""

    seq: Seq
    at: Millis
    author: Account


class ThreadSummary(Shape):
    """What a thread's root shows of it: how many replies, the last one, and up to five who wrote of late."""

    count: int
    last: LastReply
    by: list[Account]


class Edited(Shape):
    """A message's newest text, and whom and which files that edit names."""

    seq: Seq
    at: Millis
    text: str
    mentions: Maybe[list[Account]] = None
    """Those of the edit, where it names them; else the message's own hold. So do `files`."""
    files: Maybe[list[Hash]] = None


class Resolved(Shape):
    """Who dealt with a comment, and when."""

    seq: Seq
    at: Millis
    by: Account


class Deleted(Shape):
    """When a message was deleted."""

    seq: Seq
    at: Millis


class PinnedMessage(EntryHead):
    """A pinned message, with its newest text; or a DApp's own entry that is pinned."""

    body: ChatMessage | JsonObject | Binary | None
    edited: Maybe[Edited] = None


class FoldedEntry(EntryHead):
    """What is pinned, answered or reacted to, with what later entries made of it."""

    reactions: dict[str, list[Account]]
    """Accounts by emoji: the first 100 of each, and the caller's own."""
    replies: Maybe[ThreadSummary] = None
    """Of a message with a thread."""
    reaction_counts: Maybe[dict[str, int]] = None
    """How many accounts there are, for an emoji with more than 100."""
    edited: Maybe[Edited] = None
    deleted: Maybe[Deleted] = None
    pinned: Maybe[Literal[True]] = None
    resolved: Maybe[Resolved] = None
    """Of a comment that was dealt with."""
    held: Maybe[Literal[True]] = None
    """It waits for a moderator; only its author and moderators get its body."""


class Message(FoldedEntry):
    """A message as a page shows it."""

    type: Literal["chat.message"]
    body: ChatMessage | None


class AppMessage(FoldedEntry):
    """A DApp's own entry where it stands among messages: it began a thread, or it is pinned."""

    type: AppType
    body: JsonObject | Binary | None
