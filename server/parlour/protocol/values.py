"""Values that requests, replies, events and entries share, and the bases of their models.

JSON names are camelCase. In a request `null` counts as absent, and unknown keys are ignored, so that a newer client
works with an older server; but for those of a `Part`.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

T = TypeVar("T")


def wire_name(name: str) -> str:
    """Return a field's JSON name: camelCase, without the underscore that keeps it from being a Python keyword."""
    return to_camel(name.rstrip("_"))


class _Present:
    """Marks a key that is left out where it has no value; it is never null."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        branches = [branch for branch in schema.pop("anyOf", ()) if branch != {"type": "null"}]
        return {**schema, **(branches[0] if len(branches) == 1 else {"anyOf": branches})}


class Described:
    """Shows a loosely checked JSON object as the model that says what it should hold.

    Args:
        model: whose schema stands in the documents; what a client sends is only checked to be an object.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        checked, shown = handler(source), handler.generate_schema(self._model)
        if checked["type"] == "nullable":
            shown = core_schema.nullable_schema(shown)
        return core_schema.json_or_python_schema(json_schema=shown, python_schema=checked)


Maybe = Annotated[T | None, _Present()]
"""A key of a reply or an event that may be missing."""

RoomId = TypeAliasType(
    "RoomId",
    Annotated[str, Field(min_length=1, max_length=128, description="1–128 of A-Z a-z 0-9 . _ : -, in any case.")],
)
Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""What a database may be asked with: Postgres takes no NUL."""
Id = Annotated[Text, Field(min_length=1, max_length=64)]
AccountId = Annotated[Text, Field(min_length=1, max_length=128)]
Short = Annotated[Text, Field(max_length=500)]
EntryType = Annotated[str, Field(min_length=1, max_length=64)]

Account = TypeAliasType(
    "Account",
    Annotated[
        str,
        Field(
            description='An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or "" for the server, the chain '
            "and guests."
        ),
    ],
)
Hex = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]*$")]
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
"""32 bytes as `0x` hex."""
Millis = Annotated[int, Field(ge=0)]
"""Milliseconds: since 1970 UTC for a time, else a duration."""
JsonObject = dict[str, Any]
Visibility = Literal["public", "private"]
Role = TypeAliasType("Role", Literal["owner", "moderator", "editor", "member", "muted", "guest"])
Finality = TypeAliasType("Finality", Literal["included", "safe", "finalized"])


class Request(BaseModel):
    """Base of all requests; keys it does not know are ignored."""

    model_config = ConfigDict(
        strict=True,
        alias_generator=wire_name,
        populate_by_name=True,
        extra="ignore",
        defer_build=True,
    )


class Part(Request):
    """Base of parts of a request in which a misspelt key would be a wish that nobody heard: it is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, given: Any) -> Any:
        """Refuse a key that has a value and is not known, and name the nearest one; null counts as absent."""
        if not isinstance(given, dict):
            return given
        known = {wire_name(name): name for name in cls.model_fields}
        for key, value in given.items():
            if value is not None and key not in known and key not in cls.model_fields:
                near = get_close_matches(str(key), known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise PydanticCustomError("unknown_key", "There is no such key; {hint}", {"key": key, "hint": hint})
        return {key: value for key, value in given.items() if value is not None or key in known}


class Shape(BaseModel):
    """Base of what the server says. It describes: answers are made as plain dicts, and never checked on their way."""

    model_config = ConfigDict(alias_generator=wire_name, populate_by_name=True, defer_build=True)


class Position(Shape):
    """Where a client stands in a room's log; the hash finds a log that was replaced."""

    epoch: str
    seq: Seq
    hash: Maybe[Hash] = None


class Seen(Shape):
    """The head of the log that the author of a signed post had seen."""

    seq: Seq
    hash: Hash


class BlockRef(Shape):
    """A block of a chain."""

    number: int
    hash: Hash


class BalanceOf(Shape):
    """Whose balance: of a token (ERC-20, ERC-721), or of the chain's coin."""

    account: str
    token: Maybe[str] = None


class WatchRequest(Shape):
    """What of a chain a room wants to hear of: events of contracts, blocks, or a balance; a misspelt key is refused."""

    chain: int
    address: Maybe[str | list[str]] = None
    """One contract or up to 32; operators may leave it out."""
    event: Maybe[str | list[str]] = None
    """A human-readable signature, such as `Transfer(address indexed from, address indexed to, uint256 value)`."""
    topics: Maybe[list[list[str] | None]] = None
    """In place of `event`: what each of up to four topics may be, null for anything; for anonymous events too."""
    where: Maybe[JsonObject] = None
    """Values of indexed parameters."""
    finality: Maybe[Finality | int] = None
    confirm: Maybe[list[Finality | int]] = None
    from_block: Maybe[int] = None
    blocks: Maybe[Literal[True]] = None
    """In place of `event`: every block, as `chain.block`."""
    balance: Maybe[BalanceOf] = None
    """In place of `event`: a balance whenever it changes, as `chain.balance`."""
    factory: Maybe[str] = None
    """In place of `address` and `event`, by operators: the pools that this contract makes, which then have markets."""


class WatchInfo(Shape):
    """A watch as the room keeps it; events strictly after `from` are delivered."""

    id: str
    chain: int
    address: Maybe[str | list[str]] = None
    event: Maybe[str | list[str]] = None
    topics: Maybe[list[list[str] | None]] = None
    where: Maybe[JsonObject] = None
    finality: Finality | int
    confirm: list[Finality | int]
    from_: BlockRef
    blocks: Maybe[Literal[True]] = None
    balance: Maybe[BalanceOf] = None
    for_: Maybe[str | JsonObject] = None
    """What the room's kind uses the events for, where it made the watch itself."""
    before: Maybe[str] = None
    """An event that is read along where it stands directly before a watched one."""


class Seats(Shape):
    """How many seats a game has; those kept for its own bots count as taken."""

    taken: int
    total: int


class GameFacts(Shape):
    """What lists show of a game: public facts alone."""

    status: Literal["waiting", "drawing", "playing", "paused", "ended", "incompatible"]
    seats: Seats
    open: bool
    """Whether somebody who joins now plays."""


class RuledWord(Shape):
    """A word or phrase that a room does something about."""

    match: str
    do: Literal["block", "hold", "mask"]


class RoomRules(Shape):
    """What a room's owner set for everybody."""

    post: Literal["everyone", "members", "editors", "moderators"]
    slow: Millis
    """Between two messages of one account; moderators are exempt."""
    hold: Literal["none", "new", "all"]
    files: bool
    emoji: dict[str, Hash]
    last_seen: bool
    words: Maybe[list[RuledWord]] = None
    """For moderators alone."""


class RoomInfo(Shape):
    """A room in acks and lists."""

    id: RoomId
    kind: str
    title: str
    visibility: Visibility
    owner: Account
    created_at: Millis
    members: int
    signed: bool
    options: JsonObject
    rules: Maybe[RoomRules] = None
    game: Maybe[GameFacts] = None
    """Of rooms that play a game."""
    gate: Maybe[bool | JsonObject] = None
    """Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists."""
    frozen: Maybe[Literal[True]] = None
    """Of rooms that stand still: an operator froze them."""
    featured: Maybe[Literal[True]] = None
    """Of rooms that the server's operators recommend."""


class ShownStatus(Shape):
    """What an account says of itself, or when it was seen last where it is away and the room tells that."""

    status: Maybe[Literal["active", "idle", "busy"]] = None
    text: Maybe[str] = None
    until: Maybe[Millis] = None
    last_seen: Maybe[Millis] = None


class ShownData(Shape):
    """What a connection shows by the signal `presence`; bytes as `{b64}`."""

    account: Account
    body: Any


class PresenceSnapshot(Shape):
    """Who is in a room as of step `v`; rooms that are too large for names tell the count alone."""

    v: int
    members: Maybe[list[Account]] = None
    count: int
    status: Maybe[dict[str, ShownStatus]] = None
    """By account, of those who say something."""
    data: Maybe[dict[str, ShownData]] = None
    """By connection, the newest, up to 64 kB."""


class ErrorBody(Shape):
    """Why a request was refused."""

    code: str
    reason: Maybe[str] = None
    message: str
    """One sentence for people."""
    retryable: bool
    """Whether the same request may succeed later."""
    retry_after: Maybe[Millis] = None
    details: Maybe[JsonObject] = None
