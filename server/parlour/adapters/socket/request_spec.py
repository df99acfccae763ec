"""RequestSpec declares one request that clients may send. Call is one such request while it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from parlour.adapters.engine import Ack
from parlour.adapters.socket.connection_limits import GatewayClient, GatewayLimits
from parlour.adapters.socket.costs import Cost
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.adapters.telemetry.tracing import Tracing
from parlour.errors import NO_SUCH_ROOM_SECONDS, NoSuchRoom, ParlourError
from parlour.protocol.replies import Reply
from parlour.protocol.requests import parse
from parlour.protocol.values import Request
from parlour.runtime.archive.reports import Reports
from parlour.runtime.blocks.lookups import Lookups
from parlour.runtime.blocks.pending import PendingFeeds
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.identity.people import People
from parlour.runtime.inbox.notices import Notices
from parlour.runtime.limits import Limiter
from parlour.runtime.matchmaking.matchmaker import Matchmaker
from parlour.runtime.push.subscriptions import Subscriptions
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.room_ids import is_room_id
from parlour.runtime.server_rooms.direct_rooms import DirectRooms
from parlour.runtime.statuses import Statuses

M = TypeVar("M", bound=Request)


@dataclass(frozen=True, slots=True)
class Backing:
    """What handlers use.

    Attributes:
        rooms: everything there is to ask of rooms.
        limiter: counts per account and per address.
        names: accounts' verified ENS names.
        lookups: transactions, blocks and accounts of the followed chains.
        limits: what one connection may do.
        pending: tells connections of transactions that wait for a block.
        reports: files and shows reports of messages.
        people: profiles and blocks.
        notices: what accounts are told.
        subscriptions: the browsers that accounts are pushed to.
        direct: opens direct rooms.
        statuses: notes who made a request.
        matchmaker: finds tables.
        tracing: makes a span of each request; None where nothing is traced.
    """

    rooms: RoomService
    limiter: Limiter
    names: EnsNames
    telemetry: Telemetry
    limits: GatewayLimits
    lookups: Lookups
    pending: PendingFeeds
    reports: Reports
    people: People
    notices: Notices
    subscriptions: Subscriptions
    direct: DirectRooms
    statuses: Statuses
    matchmaker: Matchmaker
    tracing: Tracing | None = None


class Call(Generic[M]):
    """One request of a client, answered once by `reply`.

    Attributes:
        data: what the client sent.
    """

    __slots__ = (
        "_ack", "_asked_at", "_missed", "_span", "_telemetry", "_weight", "backing", "client", "data", "rooms", "spec",
    )  # fmt: skip

    def __init__(
        self,
        spec: RequestSpec,
        client: GatewayClient,
        backing: Backing,
        data: Any,
        ack: Ack | None,
        missed: Callable[[GatewayClient], None],
    ) -> None:
        """Count the request as outstanding.

        Args:
            ack: None where the client wants no answer.
            missed: called where the request named a room that there is not, or that is somebody else's already: both
                are what guessing the ids of private rooms leads to.
        """
        self.spec = spec
        self.client = client
        self.backing = backing
        self.rooms = backing.rooms
        self.data = data
        self._ack = ack
        self._missed = missed
        self._asked_at = monotonic()
        self._weight = backing.limits.large_weight if spec.large else 1
        self._telemetry = backing.telemetry
        tracing = backing.tracing
        self._span = None if tracing is None else tracing.begin(spec.name, client.trace)
        client.asked(self._weight)

    def told(self) -> dict[str, str]:
        """Return what a log line about the request names: never what a client wrote, but a room's id."""
        room = self.data.get("room") if isinstance(self.data, dict) else None
        names = {"request": self.spec.name, "account": self.client.account, "connection": self.client.connection.id}
        if isinstance(room, str) and is_room_id(room):
            names["room"] = room
        if self._span is not None:
            names["trace"] = self._span.trace_id
        return names

    def parsed(self) -> M:
        """Return the request as its model; raises Invalid."""
        return parse(self.spec.model, self.data)  # type: ignore[return-value]  # M is the spec's model

    def reply(self, answer: dict[str, Any] | ParlourError) -> None:
        """Send the ack: `{ok: true, …}` unchanged, or the error.

        That there is no such room is told after a fixed time at the earliest.
        """
        if isinstance(answer, ParlourError):
            wait = self._asked_at + NO_SUCH_ROOM_SECONDS - monotonic() if isinstance(answer, NoSuchRoom) else 0.0
            if wait > 0:
                asyncio.get_running_loop().call_later(wait, self._refuse, answer)
            else:
                self._refuse(answer)
            return
        spec = self.spec
        self.client.answered(self._weight)
        self._telemetry.answered(spec.name, "ok", monotonic() - self._asked_at)
        if self._span is not None:
            self._span.end("ok")
        if self._ack is not None:
            self._ack(answer, beyond=spec.large)

    def _refuse(self, error: ParlourError) -> None:
        spec = self.spec
        self.client.answered(self._weight)
        self._telemetry.answered(spec.name, error.code, monotonic() - self._asked_at)
        if self._span is not None:
            self._span.end(error.code)
        if isinstance(error, NoSuchRoom) or error.reason == "taken":
            self._missed(self.client)
        if self._ack is not None:
            self._ack({"ok": False, "error": error.to_json()}, beyond=spec.large)


Handler = Callable[[Call[Any]], Awaitable[dict[str, Any]] | None]
"""Answers a request, or raises the ParlourError it is refused with.

What changes or follows a room is a plain function: it reaches the room's mailbox before it returns None, with
`call.reply` to answer, so that a client's order is the room's order. Everything else is a coroutine function, run as a
task; what it returns is the ack beyond `ok`.
"""


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One request (protocol §3). The table in requests.py holds them all.

    Attributes:
        name: the Socket.IO event.
        model: what the client sends.
        reply: what the ack holds; a union where a key of the request chooses.
        mutates: it changes something that lasts; then the model has an `id` for retries, or repeating it is harmless.
        cost: its class (costs.py): how often a connection, an account and a room may ask that.
        large: its answer may be large: a few are under way at once, and they go beyond what a slow reader may owe.
    """

    name: str
    model: type[Request]
    reply: Any
    handler: Handler
    cost: Cost
    mutates: bool = False
    large: bool = False

    def __post_init__(self) -> None:
        """Check that `reply` is a Reply model."""
        for reply in getattr(self.reply, "__args__", (self.reply,)):
            assert issubclass(reply, Reply), f"{self.name} answers no Reply"
