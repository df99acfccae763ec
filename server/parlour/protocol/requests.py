"""What a client may ask over the socket (protocol §3). Which handler answers is said in adapters/socket/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from parlour.errors import Invalid
from parlour.protocol.values import (
    AccountId,
    Described,
    EntryType,
    Hash,
    Id,
    JsonObject,
    Part,
    Position,
    Request,
    RoomId,
    Seq,
    Short,
    Text,
    Visibility,
    WatchRequest,
)

M = TypeVar("M", bound=Request)

MAX_SLOW_MS = 86_400_000
"""A day between two messages of an account; a longer pause is a mute."""
MAX_WORDS, MAX_WORD = 200, 64
"""Words of a room, and characters of one; each is looked for in every message."""
MAX_EMOJI = 200
"""Emoji of its own that a room has: every client keeps them all."""
HASH = r"^0x[0-9a-fA-F]{64}$"
EmojiName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_+-]{0,31}$")]
"""What stands between the colons: `party_parrot` of `:party_parrot:`."""


class Word(Part):
    """A word or phrase that a room does something about."""

    match: Annotated[Text, Field(min_length=1, max_length=MAX_WORD)]
    do: Literal["block", "hold", "mask"]


class RulesChange(Part):
    """Rules of a room to set; those that are not named stay."""

    post: Literal["everyone", "members", "editors", "moderators"] | None = None
    """Who writes `chat.*`, `doc.*` and `app.*`."""
    slow: Annotated[int, Field(ge=0, le=MAX_SLOW_MS)] | None = None
    """Milliseconds between two messages of one account."""
    hold: Literal["none", "new", "all"] | None = None
    """Whose messages wait for a moderator."""
    files: bool | None = None
    emoji: Annotated[dict[EmojiName, Annotated[str, Field(pattern=HASH)]], Field(max_length=MAX_EMOJI)] | None = None
    """The room's own emoji: the hash of each one's picture by its name."""
    last_seen: bool | None = None
    words: Annotated[list[Word], Field(max_length=MAX_WORDS)] | None = None
    """Compared in the form of search, no patterns; only moderators see them."""

    def named(self) -> JsonObject:
        """Return the rules that are named, by their names on the wire."""
        return self.model_dump(by_alias=True, exclude_none=True)


class RoomCreate(Request):
    """Create a room; whoever does owns it, and has not joined it."""

    kind: Annotated[str, Field(min_length=1, max_length=64)]
    id: RoomId | None = None
    """The room's id; the same owner, id and settings again answer the same room."""
    title: str | None = None
    options: JsonObject | None = None
    visibility: Visibility | None = None
    gate: JsonObject | None = None
    settle: JsonObject | None = None
    """`{chain, escrow, stake?, arbiters?, quorum?, window?, duration?}`: an escrow pays the room's games out."""
    signed: bool | None = None
    rules: RulesChange | None = None


class RoomList(Request):
    """List rooms, newest activity first; `live` keeps the list up to date by `lobby` events."""

    kind: Short | None = None
    query: Short | None = None
    open: bool | None = None
    """Only rooms whose game somebody who joins now plays."""
    featured: bool | None = None
    """Only rooms that the server's operators recommend."""
    mine: bool | None = None
    live: bool | None = None
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 200))] | None = None


class RoomJoin(Request):
    """Follow a room on this socket, from where the client stands; games seat whoever joins while seats are free."""

    room: RoomId
    since: Annotated[JsonObject | None, Described(Position)] = None
    limit: Annotated[int, Field(ge=0)] | None = None
    """How many of the latest entries to answer where `since` is not recovered."""
    invite: Short | None = None
    as_: Literal["player", "spectator"] | None = None
    vector: bytes | None = None
    proof: Annotated[list[Hash], Field(max_length=64)] | None = None
    """Of a Merkle leaf of the room's gate: that the account is on its list."""
    vault: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")] | None = None
    """An address that delegated to this account, where the room's gate takes delegates."""


class RoomLeave(Request):
    """Stop following a room; a player gives up the seat."""

    room: RoomId
    reason: Short | None = None
    id: Id | None = None


class RoomClose(Request):
    """Close a room for good; its log stays readable."""

    room: RoomId
    reason: Short | None = None
    id: Id | None = None


class RoomHistory(Request):
    """Read stored entries, ascending between exclusive bounds; the latest page unless `after` stands alone."""

    room: RoomId
    before: Seq | None = None
    after: Seq | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    view: Literal["entries", "messages", "pins", "edits"] | None = None
    of: Seq | None = None
    """With `edits`: the message whose earlier texts are asked for."""
    thread: Seq | None = None
    """With `messages`: the root of a thread; the answer is the root and its replies, ascending."""
    threads: bool | None = None
    """With `messages`: false leaves replies in threads out."""
    proof: bool | None = None
    """Whether each entry brings its salt, body hash and epoch along."""


class SeenHead(Request):
    """The head of the log that the author of a signed post had seen."""

    seq: Seq
    hash: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]


class RoomPost(Request):
    """Write an entry; the same id and content again answer the first one's place."""

    room: RoomId
    id: Id
    type: EntryType
    body: JsonObject | bytes
    sig: Annotated[str, Field(max_length=16_384)] | None = None
    salt: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{32}$")] | None = None
    seen: SeenHead | None = None


class RoomSignal(Request):
    """Pass news to everybody else in a room that this socket has joined; it is never stored."""

    room: RoomId
    type: EntryType
    body: Any = None


class RoomRead(Request):
    """Move one's reading position forward, in the room or in one thread of it."""

    room: RoomId
    seq: Seq
    thread: Seq | None = None
    """The root of the thread that was read; left out, the room and its threads were."""


class RoomMembers(Request):
    """List who belongs to a room, the highest roles first."""

    room: RoomId
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 200))] | None = None


class RoomPresence(Request):
    """Ask who is in a room now, as after a gap in `presence.v`."""

    room: RoomId


class RoomSearch(Request):
    """Find messages, and the document, that hold all words of a query, newest first."""

    room: RoomId
    query: Annotated[Text, Field(min_length=1, max_length=200)]
    from_: AccountId | None = None
    type: EntryType | None = None
    before: Annotated[int, Field(ge=1)] | None = None
    """Only messages with a lower seq."""
    after: Seq | None = None
    """Only messages with a higher seq."""
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 100))] | None = None
    cursor: Short | None = None


class Search(Request):
    """Find messages and documents that hold all words of a query, newest first; in one's own rooms if none is named."""

    query: Annotated[Text, Field(min_length=1, max_length=200)]
    rooms: Annotated[list[RoomId], Field(min_length=1, max_length=200)] | None = None
    from_: AccountId | None = None
    type: EntryType | None = None
    before: Seq | None = None
    """Only messages written before then, in milliseconds since 1970."""
    after: Seq | None = None
    """Only messages written after then."""
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 100))] | None = None
    cursor: Short | None = None


class RoomInvite(Request):
    """Make an invitation; one that names an account is sent to it too."""

    room: RoomId
    account: AccountId | None = None
    uses: Annotated[int, Field(ge=1, le=10_000)] | None = None
    until: Seq | None = None
    id: Id | None = None


class RoomConfigure(Request):
    """Change a room's settings; only the keys that are named."""

    room: RoomId
    title: str | None = None
    visibility: Visibility | None = None
    gate: JsonObject | None = None
    options: JsonObject | None = None
    rules: RulesChange | None = None
    id: Id | None = None


class RoomModerate(Request):
    """Mute, kick, ban an account below one's own role, undo that, give it a role; or release a message that waits."""

    room: RoomId
    account: AccountId | None = None
    """Whom; left out to release a message."""
    action: Literal["mute", "unmute", "kick", "ban", "unban", "role", "release", "dismiss"]
    seq: Seq | None = None
    """Of the message to release."""
    report: Short | None = None
    """To dismiss."""
    role: Short | None = None
    until: Seq | None = None
    reason: Short | None = None
    id: Id | None = None


class RoomReport(Request):
    """Report a message to the moderators, once; nobody in the room learns who did."""

    room: RoomId
    of: Annotated[int, Field(ge=1, le=2**53 - 1)]
    reason: Literal["spam", "abuse", "scam", "other"]
    note: Short | None = None


class RoomReports(Request):
    """List a room's open reports, for its moderators."""

    room: RoomId
    cursor: Short | None = None


class RoomWatch(Request):
    """Let a room hear of events of a contract, or read those again that a gap left out."""

    room: RoomId
    watch: Annotated[JsonObject | None, Described(WatchRequest)] = None
    fill: Seq | None = None
    """In place of `watch`: the seq of a `chain.gap`."""
    id: Id | None = None


class RoomUnwatch(Request):
    """End a watch, by its id."""

    room: RoomId
    watch: Short
    id: Id | None = None


def parse(model: type[M], data: Any) -> M:
    """Read a request as its model.

    Raises:
        Invalid: names the first bad field in `details.path`.
    """
    if not isinstance(data, dict):
        raise Invalid("A request carries one JSON object.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        steps = list(_steps(data, first["loc"], missing=first["type"] == "missing"))
        if first["type"] == "unknown_key":
            steps.append(str(first["ctx"]["key"])[:40])
        path, says = ".".join(steps), first["msg"]
        raise Invalid(f"{path}: {says}{'' if says.endswith('?') else '.'}", details={"path": path}) from None


def check_id(id_: str) -> None:
    """Raise Invalid for an id that only the server's entries have."""
    if id_.startswith("server:"):
        raise Invalid("Ids that start with server: are reserved.", details={"path": "id"})


def _steps(data: Any, loc: Sequence[int | str], *, missing: bool) -> Iterator[str]:
    """Yield where in the request, without what pydantic calls the branches of a union (`body.dict[str,any]`)."""
    for number, part in enumerate(loc, 1):
        there = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int)
        if there or (missing and number == len(loc)):
            yield str(part)
            data = data[part] if there else None
