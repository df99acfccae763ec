"""`POST /auth/claim`: the wallet that opens the link of `parlour claim` becomes the first admin."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.secure_channel import check_private
from parlour.adapters.http.answers import json_answer, json_body
from parlour.adapters.http.auth import authenticated
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.limit import Limit
from parlour.adapters.http.routes import SESSION, Route
from parlour.core.audit.record import AuditRecord
from parlour.protocol.http_console import ClaimRequest, RoleReply
from parlour.protocol.requests import parse
from parlour.runtime.clock import Clock
from parlour.runtime.identity.given_roles import ADMIN, GivenRoles
from parlour.runtime.identity.sign_in import SignIn

REASON = "The first admin claimed the server by its one-time link."


class ClaimRoute:
    """The route of the first run."""

    def __init__(
        self, roles: GivenRoles, sign_in: SignIn, limit: Limit, addresses: ClientAddress, clock: Clock
    ) -> None:
        self._roles = roles
        self._sign_in = sign_in
        self._limit = limit
        self._addresses = addresses
        self._clock = clock

    def routes(self) -> list[Route]:
        """List the route."""
        return [Route("POST", "/auth/claim", self.claim, RoleReply, SESSION, body=ClaimRequest)]

    async def claim(self, request: web.Request) -> web.Response:
        """Become the server's first admin by the link of `parlour claim`; over TLS or from this machine only."""
        remote = self._addresses.of(request)
        await self._limit.hit("sign_in", remote)
        check_private(request, self._addresses)
        session = await authenticated(request, self._sign_in)
        asked = parse(ClaimRequest, await json_body(request))
        answer: dict[str, Any] = {"account": session.account, "role": ADMIN}
        now, who = self._clock.now(), session.account
        row = AuditRecord(who, f"claim:{now}", "role.claim", who, REASON, remote, now, after=answer, answer=answer)
        await self._roles.claim(asked.claim, row)
        return json_answer(answer)
