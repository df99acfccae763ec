"""AdminDoor: the one way into `/api/admin/*`. It judges the role, and of a change the reason, the id and the retry.

    door.view("/api/admin/chains", self.chains, ChainsReply)
    door.change(Change("POST", "/api/admin/rooms/{room}/close", "room.close", "operator", CloseRequest), self.close, R)

A view's handler takes the request and answers. A change's handler takes the request and an `Act`; it hands
`act.row(...)` to the method that makes the change, which writes the row in the change's own transaction, and returns
the JSON object to answer. For a room that is `RoomRequest(command, request_id=act.id, audit=act.row())`; for SQL it is
`write_audit(connection, [row])`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

import orjson
import structlog
from aiohttp import web

from parlour.adapters.console.operators import SCOPES, Operator, Operators
from parlour.adapters.http.answers import json_answer, json_body
from parlour.adapters.http.routes import Access, Handler, Route
from parlour.core.audit.record import AuditRecord
from parlour.errors import Conflict
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.requests import check_id, parse
from parlour.protocol.values import Shape
from parlour.runtime.audit.trail import AuditTrail, Earlier
from parlour.runtime.clock import Clock
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.store import Repeated

log = structlog.get_logger()

B = TypeVar("B", bound=ChangeRequest)
Json = dict[str, Any]

_OPERATOR = web.RequestKey("operator", Operator)


@dataclass(frozen=True, slots=True)
class Act(Generic[B]):
    """A change that its operator may make and that was not made yet.

    Attributes:
        body: the request's.
        whom: what the path names; "" where it names nothing.
    """

    operator: Operator
    body: B
    what: str
    whom: str
    at: int
    asked: bytes

    @property
    def id(self) -> str:
        """Return the request's id, which makes a retry safe."""
        return self.body.id

    @property
    def caller(self) -> Caller:
        """Return the operator as rooms know it."""
        return self.operator.caller

    def row(
        self,
        *,
        whom: str | None = None,
        before: Json | None = None,
        after: Json | None = None,
        answer: Json | None = None,
    ) -> AuditRecord:
        """Return the audit row to write with the change.

        Args:
            whom: what is changed, where the path does not name it.
            answer: what the request is answered; None where whoever makes the change says it (`AuditRecord.answered`).
        """
        by, body = self.operator, self.body
        return AuditRecord(
            by.account, body.id, self.what, whom or self.whom, body.reason, by.remote, self.at,
            self.asked, before, after, answer,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change(Generic[B]):
    """The declaration of a route that changes something.

    Attributes:
        what: the name of the change in audit rows, such as `room.close`.
        keys: whether API keys whose scope stands for the role may ask for it; never for roles and keys.
    """

    method: str
    path: str
    what: str
    role: str
    body: type[B]
    keys: bool = True


Again = Callable[[Act[B], Json], Json]
"""Completes the stored answer of a request that was done before."""
ChangeHandler = Callable[[web.Request, Act[B]], Awaitable[Json]]


class AdminDoor:
    """Makes the routes of `/api/admin/*`, each with the door before it."""

    def __init__(self, operators: Operators, trail: AuditTrail, clock: Clock) -> None:
        self._operators = operators
        self._trail = trail
        self._clock = clock

    def view(
        self,
        path: str,
        handler: Handler,
        reply: Any,
        query: type[Shape] | None = None,
        *,
        role: str = "viewer",
        media: str = "application/json",
    ) -> Route:
        """Make a GET route that operators from a role on may ask for."""
        access = _access(role)

        @wraps(handler)
        async def shown(request: web.Request) -> web.StreamResponse:
            request[_OPERATOR] = await self._operators.admit(request, access)
            return await handler(request)

        return Route("GET", path, shown, reply, access, query, media=media)

    def change(
        self,
        change: Change[B],
        handler: ChangeHandler[B],
        reply: Any,
        query: type[Shape] | None = None,
        *,
        again: Again[B] = lambda act, answer: answer,
    ) -> Route:
        """Make a route that changes something, once for each id.

        Args:
            again: adds to the answer of a retry what is not stored in audit rows.
        """
        access = _access(change.role, keys=change.keys)

        @wraps(handler)
        async def changed(request: web.Request) -> web.StreamResponse:
            act = await self._admit(request, change, access)
            earlier = await self._earlier(act)
            if earlier is None:
                try:
                    answer = await handler(request, act)
                    log.info("operator.acted", what=act.what, whom=act.whom, by=act.operator.account, id=act.id)
                    return json_answer(answer)
                except Repeated:
                    earlier = await self._earlier(act)
                    if earlier is None:
                        raise
            if not earlier.same:
                raise Conflict("That id belongs to another request of yours.", details={"path": "id"})
            return json_answer(again(act, earlier.answer))

        return Route(change.method, change.path, changed, reply, access, query, body=change.body)

    async def _admit(self, request: web.Request, change: Change[B], access: Access) -> Act[B]:
        operator = await self._operators.admit(request, access)
        raw = await json_body(request)
        body = parse(change.body, raw)
        check_id(body.id)
        whom = next(iter(request.match_info.values()), "")
        asked = orjson.dumps([request.path.lower(), raw], option=orjson.OPT_SORT_KEYS)
        return Act(operator, body, change.what, whom, self._clock.now(), asked)

    async def _earlier(self, act: Act[B]) -> Earlier | None:
        return await self._trail.earlier(act.operator.account, act.id, act.what, act.asked)


def operator_of(request: web.Request) -> Operator:
    """Return who asks for a view."""
    return request[_OPERATOR]


def _access(role: str, *, keys: bool = True) -> Access:
    return Access(session=True, scope=SCOPES[role] if keys else None, role=role)
