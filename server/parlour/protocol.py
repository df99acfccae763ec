"""The wire: every request a client may send, as a model (docs/protocol.md is the prose).

Unknown keys are ignored, so that a newer client works with an older server. JSON names are camelCase; `null` counts as
absent; a `limit` above the most there is means the most. `json_schema()` exports the lot, which `/api/asyncapi.json`
serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema

from parlour.errors import Invalid

PROTOCOL = 1

Room = Annotated[str, Field(min_length=1, max_length=128)]
Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""What a database may be asked with: Postgres takes no NUL."""
Id = Annotated[Text, Field(min_length=1, max_length=64)]
AccountId = Annotated[Text, Field(min_length=1, max_length=128)]
Short = Annotated[Text, Field(max_length=500)]


class Request(BaseModel):
    """Base of all requests. `id` makes any mutating request safe to retry (protocol §3)."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class RoomCreate(Request):
    kind: Annotated[str, Field(min_length=1, max_length=64)]
    id: Room | None = None
    title: str | None = None
    options: dict[str, Any] | None = None
    visibility: Literal["public", "private"] | None = None
    gate: dict[str, Any] | None = None
    signed: bool | None = None


class RoomList(Request):
    kind: Short | None = None
    query: Short | None = None
    open: bool | None = None
    mine: bool | None = None
    live: bool | None = None
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 200))] | None = None


class RoomJoin(Request):
    room: Room
    since: dict[str, Any] | None = None
    limit: Annotated[int, Field(ge=0)] | None = None
    invite: Short | None = None
    as_: Literal["player", "spectator"] | None = Field(default=None, alias="as")
    vector: bytes | None = None


class RoomLeave(Request):
    room: Room
    reason: Short | None = None
    id: Id | None = None


class RoomClose(Request):
    room: Room
    reason: Short | None = None
    id: Id | None = None


class RoomHistory(Request):
    room: Room
    before: Seq | None = None
    after: Seq | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    view: Literal["entries", "messages"] | None = None
    proof: bool | None = None


class SeenHead(Request):
    """The head of the log that the author of a signed post had seen."""

    seq: Seq
    hash: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]


class RoomPost(Request):
    room: Room
    id: Id
    type: Annotated[str, Field(min_length=1, max_length=64)]
    body: dict[str, Any] | bytes
    sig: Annotated[str, Field(max_length=16_384)] | None = None
    salt: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{32}$")] | None = None
    seen: SeenHead | None = None


class RoomSignal(Request):
    room: Room
    type: Annotated[str, Field(min_length=1, max_length=64)]
    body: Any = None


class RoomRead(Request):
    room: Room
    seq: Seq


class RoomMembers(Request):
    room: Room
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 200))] | None = None


class RoomPresence(Request):
    room: Room


class RoomSearch(Request):
    room: Room
    query: Annotated[Text, Field(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1), AfterValidator(partial(min, 100))] | None = None


class RoomInvite(Request):
    room: Room
    account: AccountId | None = None
    uses: Annotated[int, Field(ge=1, le=10_000)] | None = None
    until: Seq | None = None
    id: Id | None = None


class RoomConfigure(Request):
    room: Room
    title: str | None = None
    visibility: Literal["public", "private"] | None = None
    gate: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    id: Id | None = None


class RoomModerate(Request):
    room: Room
    account: AccountId
    action: Literal["mute", "unmute", "kick", "ban", "unban", "role"]
    role: Short | None = None
    until: Seq | None = None
    reason: Short | None = None
    id: Id | None = None


class RoomWatch(Request):
    room: Room
    watch: dict[str, Any]
    id: Id | None = None


class RoomUnwatch(Request):
    room: Room
    watch: Short
    id: Id | None = None


class MatchFind(Request):
    kind: Short
    options: dict[str, Any] | None = None


class MatchCancel(Request):
    ticket: Short


REQUESTS: dict[str, type[Request]] = {
    "room:create": RoomCreate,
    "room:list": RoomList,
    "room:join": RoomJoin,
    "room:leave": RoomLeave,
    "room:close": RoomClose,
    "room:history": RoomHistory,
    "room:post": RoomPost,
    "room:signal": RoomSignal,
    "room:read": RoomRead,
    "room:members": RoomMembers,
    "room:presence": RoomPresence,
    "room:search": RoomSearch,
    "room:invite": RoomInvite,
    "room:configure": RoomConfigure,
    "room:moderate": RoomModerate,
    "room:watch": RoomWatch,
    "room:unwatch": RoomUnwatch,
    "match:find": MatchFind,
    "match:cancel": MatchCancel,
}


class Said(BaseModel):
    """Base of what the server says; described for clients, never used to make it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Seats(Said):
    taken: int = Field(description="Seats kept for the game's own bots count as taken.")
    total: int


class GameFacts(Said):
    """What lists show of a game: public facts alone."""

    status: Literal["waiting", "drawing", "playing", "paused", "ended", "incompatible"]
    seats: Seats
    open: bool = Field(description="Whether somebody who joins now plays.")


class RoomObject(Said):
    """A room in acks and lists."""

    id: Room
    kind: str
    title: str
    visibility: Literal["public", "private"]
    owner: str
    created_at: int = Field(description="Milliseconds since 1970 UTC.")
    members: int
    signed: bool
    options: dict[str, Any]
    game: GameFacts | None = Field(default=None, description="Of rooms that play a game.")


class LobbyEvent(Said):
    """What changed in a live list."""

    rooms: list[RoomObject] = Field(description="New in the list, or changed.")
    gone: list[str] = Field(description="Ids of rooms no longer in it; each was shown to this connection before.")


EVENTS: dict[str, type[Said]] = {"lobby": LobbyEvent}
"""Events of the server that are described as models; docs/protocol.md section 4 has them all."""


def parse(model: type[Request], data: Any) -> Any:
    """The request as a model.

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


def _steps(data: Any, loc: Sequence[int | str], *, missing: bool) -> Iterator[str]:
    """Where in the request, without what pydantic calls the branches of a union (`body.dict[str,any]`)."""
    for number, part in enumerate(loc, 1):
        there = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int)
        if there or (missing and number == len(loc)):
            yield str(part)
            data = data[part] if there else None


def json_schema() -> dict[str, Any]:
    """JSON Schema of every request, and of events, by event name."""
    _, schema = models_json_schema([(model, "validation") for model in (*REQUESTS.values(), *EVENTS.values())])
    return {
        "protocol": PROTOCOL,
        "requests": {event: f"#/$defs/{model.__name__}" for event, model in REQUESTS.items()},
        "events": {event: f"#/$defs/{model.__name__}" for event, model in EVENTS.items()},
        "$defs": schema["$defs"],
    }
