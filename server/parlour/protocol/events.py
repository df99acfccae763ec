"""What the server says by itself (protocol §4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from parlour.protocol.entries import Entry
from parlour.protocol.inbox import Notice
from parlour.protocol.matchmaking import MatchFound, MatchStatus
from parlour.protocol.values import Account, Maybe, Millis, RoomId, RoomInfo, Seq, Shape, ShownData, ShownStatus


class About(Shape):
    """What the server calls itself."""

    name: str
    version: str


class Limits(Shape):
    """What one client may do (protocol §2); each is a setting of the server."""

    message_bytes: int
    body_bytes: int
    update_bytes: int
    update_bytes_per_second: int
    posts_per_second: float
    posts_burst: int
    signals_per_second: float
    signals_burst: int
    room_posts_per_second: float
    room_posts_burst: int
    room_signals_per_second: float
    room_signals_burst: int
    joins_per_second: float
    joins_burst: int
    reads_per_second: float
    reads_burst: int
    lookups_per_second: float
    lookups_burst: int
    searches_per_minute: int
    changes_per_minute: int
    rooms_per_minute: int
    rooms_burst: int
    direct_rooms_per_hour: int
    invitations_per_hour: int
    profiles_per_minute: int
    matches_per_minute: int
    reports_per_hour: int
    unknown_rooms_per_minute: int
    unknown_rooms_burst: int
    outstanding: int
    send_queue_bytes: int
    replay_entries: int
    replay_bytes: int
    rooms_owned: int
    file_bytes: int
    files_owned: int
    avatar_bytes: int
    uploads_per_minute: int
    upload_bytes_per_hour: int
    sign_ins_per_minute: int
    sign_ins_burst: int
    watches_per_room: int
    tracked_per_room: int
    tracks_per_minute: int
    events_per_second: float


class Welcome(Shape):
    """The first event on every socket."""

    protocol: int
    account: Account
    """Empty for a guest, as `address` is; a guest's `chainId` is null."""
    address: str
    chain_id: int | str | None
    guest: Maybe[int] = None
    """A guest's number in this process, from 1: what it is called, as in `Guest 12`."""
    connection: str
    """This socket's public id: the one that signals name."""
    time: Millis
    server: About
    limits: Limits
    push: Maybe[str] = None
    """The server's key for push services (base64url), where it sends pushes; `applicationServerKey` of `subscribe`."""
    features: Maybe[list[str]] = None
    """The optional features that the handshake asked for and this server serves."""


class PatchValue(Shape):
    """Put a value there (RFC 6902)."""

    op: Literal["add", "replace", "test"]
    path: str
    value: Any


class PatchRemove(Shape):
    """Take a value away (RFC 6902)."""

    op: Literal["remove"]
    path: str


class PatchMove(Shape):
    """Take a value from elsewhere (RFC 6902)."""

    op: Literal["move", "copy"]
    path: str
    from_: str


PatchOperation = TypeAliasType(
    "PatchOperation", Annotated[PatchValue | PatchRemove | PatchMove, Field(description="One step of RFC 6902.")]
)


class StatePatch(Shape):
    """What changed of a computed state since `base` (RFC 6902)."""

    room: RoomId
    seq: Seq
    base: Seq
    patch: list[PatchOperation]


class StateSteps(Shape):
    """What was added to the numbers of a computed state since `base`; only for clients that asked for `steps`."""

    room: RoomId
    seq: Seq
    base: Seq
    steps: str
    """Base64 VLQ, in the order of the numbers."""


class StateWhole(Shape):
    """A computed state as a whole."""

    room: RoomId
    seq: Seq
    state: Any


StateEvent = TypeAliasType(
    "StateEvent",
    Annotated[StatePatch | StateSteps | StateWhole, Field(description="What a room's computed state is now.")],
)


class PresenceEvent(Shape):
    """Who came and left since step `v - 1`; `count` alone in rooms that are too large for names."""

    room: RoomId
    v: int
    joined: Maybe[list[Account]] = None
    left: Maybe[list[Account]] = None
    count: int
    status: Maybe[dict[str, ShownStatus]] = None
    """By account, of those whose status changed."""
    data: Maybe[dict[str, ShownData | None]] = None
    """By connection, of those that show something else; null for one that is gone."""


class Sender(Shape):
    """Whose signal it is."""

    account: Account
    connection: str


class Signal(Shape):
    """News that is not stored; null `from`: the room itself."""

    room: RoomId
    from_: Sender | None
    type: str
    body: Any


class ReadEvent(Shape):
    """How far an account has read."""

    room: RoomId
    account: Account
    seq: Seq


class RoomEnd(Shape):
    """The room was closed, or this account lost its right to it."""

    room: RoomId
    reason: str | None


class Closing(Shape):
    """Why the server is about to close this socket, and whether to come back."""

    reason: Literal["signed_out", "revoked", "expired", "draining", "slow", "replaced", "dropped"]
    reconnect: bool
    retry_after: Maybe[Millis] = None


class LobbyEvent(Shape):
    """What changed in a live list."""

    rooms: list[RoomInfo]
    """New in the list, or changed."""
    gone: list[RoomId]
    """Ids of rooms no longer in it; each was shown to this connection before."""


class FrameEvent(Shape):
    """Several events in one packet, in their order; only for clients that asked for `frames`."""

    packets: list[tuple[str, Any]]
    """Of each event its name and its object."""


class AckEvent(Shape):
    """The ack of a request that was sent with a number; only for clients that asked for `frames`."""

    n: int
    """The request's number."""
    answer: dict[str, Any]
    """What its ack callback would get."""


EVENTS: dict[str, Any] = {
    "welcome": Welcome,
    "entry": Entry,
    "state": StateEvent,
    "presence": PresenceEvent,
    "signal": Signal,
    "read": ReadEvent,
    "notice": Notice,
    "match:status": MatchStatus,
    "match:found": MatchFound,
    "lobby": LobbyEvent,
    "room:closed": RoomEnd,
    "room:removed": RoomEnd,
    "closing": Closing,
    "frame": FrameEvent,
    "ack": AckEvent,
}
"""Every event of the server and what it carries."""
