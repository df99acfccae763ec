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
    Id,
    JsonObject,
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


class RoomCreate(Request):
    """Create a room; whoever does owns it, and has not joined it."""

    kind: Annotated[str, Field(min_length=1, max_length=64)]
    id: RoomId | None = None
    """The room's id; the same owner, id and settings again answer the same room."""
    title: str | None = None
    options: JsonObject | None = None
    visibility: Visibility | None = None
    gate: JsonObject | None = None
    signed: bool | None = None


class RoomList(Request):
    """List rooms, newest activity first; `live` keeps the list up to date by `lobby` events."""

    kind: Short | None = None
    query: Short | None = None
    open: bool | None = None
    """Only rooms whose game somebody who joins now plays."""
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
    view: Literal["entries", "messages"] | None = None
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
    """Move one's reading position forward."""

    room: RoomId
    seq: Seq


class RoomMembers(Request):
    """List who belongs to a room, the highest roles first."""

    room: RoomId
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 200))] | None = None


class RoomPresence(Request):
    """Ask who is in a room now, as after a gap in `presence.v`."""

    room: RoomId


class RoomSearch(Request):
    """Find messages that hold all words of a query, newest first."""

    room: RoomId
    query: Annotated[Text, Field(min_length=1, max_length=200)]
    before: Annotated[int, Field(ge=1)] | None = None
    """Only messages with a lower seq: that of the last one found asks for the next page; the last page is empty."""
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 100))] | None = None


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
    id: Id | None = None


class RoomModerate(Request):
    """Mute, kick, ban an account below one's own role, undo that, or give it a role."""

    room: RoomId
    account: AccountId
    action: Literal["mute", "unmute", "kick", "ban", "unban", "role"]
    role: Short | None = None
    until: Seq | None = None
    reason: Short | None = None
    id: Id | None = None


class RoomWatch(Request):
    """Let a room hear of events of a contract."""

    room: RoomId
    watch: Annotated[JsonObject, Described(WatchRequest)]
    id: Id | None = None


class RoomUnwatch(Request):
    """End a watch, by its id."""

    room: RoomId
    watch: Short
    id: Id | None = None


class MatchFind(Request):
    """Look for players; this version has no matchmaking and refuses."""

    kind: Short
    options: JsonObject | None = None


class MatchCancel(Request):
    """Stop looking for players."""

    ticket: Short


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
        path = ".".join(_steps(data, first["loc"], missing=first["type"] == "missing"))
        raise Invalid(f"{path}: {first['msg']}.", details={"path": path}) from None


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
