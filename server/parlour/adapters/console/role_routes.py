"""Server roles over `/api/admin/*`: who has one, and giving or taking one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.core.identity.accounts import normal_account
from parlour.protocol.http_console import RoleReply, RoleRequest, RolesReply
from parlour.runtime.identity.given_roles import GivenRoles


class RoleRoutes:
    """The routes of server roles."""

    def __init__(self, roles: GivenRoles, door: AdminDoor) -> None:
        self._roles = roles
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        give = Change("POST", "/api/admin/people/{account}/role", "role.give", "admin", RoleRequest, keys=False)
        return [
            self._door.view("/api/admin/roles", self.roles, RolesReply),
            self._door.change(give, self.give_role, RoleReply),
        ]

    async def roles(self, request: web.Request) -> web.Response:
        """List the accounts with a server role, and whether a setting gives it."""
        listed = [
            {"account": account, "role": role, "setting": fixed}
            for account, (role, fixed) in sorted(self._roles.all().items())
        ]
        return json_answer({"roles": listed})

    async def give_role(self, request: web.Request, act: Act[RoleRequest]) -> dict[str, Any]:
        """Give an account a server role, or `null` for none; roles of PARLOUR_ROLES stay as they are."""
        account = normal_account(request.match_info["account"])
        before = self._roles.all().get(account, (None, False))[0]
        answer = {"account": account, "role": act.body.role}
        row = act.row(whom=account, before={"role": before}, after={"role": act.body.role}, answer=answer)
        await self._roles.give(account, act.body.role, row)
        return answer
