"""The door before `/api/admin/*`, tried on every route that is served: who is let in, and what a change must bring."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from parlour.app import Server
from parlour.runtime.identity.api_keys import SCOPES
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLES = ("viewer", "moderator", "operator", "admin")
KEYS = dict(zip(ROLES, ("admin:read", "admin:moderate", "admin:operate", "admin:all"), strict=True))
ADMIN = "/api/admin"
NAMED = {"chain": "1", "room": "no-such-room", "account": wallet("ann").address}
"""What parts of paths are called with; others get `x`."""


class Asked(NamedTuple):
    """A route of the operators' API as its document has it; `template` is its path below /api/admin."""

    method: str
    template: str
    path: str
    role: str
    keys: bool
    changes: bool


class World(NamedTuple):
    """A server, one HTTP session, and a token for each role, each scope and a member."""

    server: Server
    http: aiohttp.ClientSession
    tokens: dict[str, str]
    routes: list[Asked]


def described(document: dict[str, Any]) -> Iterator[Asked]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if path.startswith(ADMIN):
                found = re.search(r"server role `(\w+)`", operation.get("description", ""))
                assert found, f"{method} {path} names no role"
                keys = any("apiKey" in way for way in operation["security"])
                here = re.sub(r"\{(\w+)\}", lambda part: NAMED.get(part[1], "x"), path)
                yield Asked(method.upper(), path.removeprefix(ADMIN), here, found[1], keys, method != "get")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('door')}/parlour.db"
    roles = {wallet(role).address: role for role in ROLES}
    server = await Server.build(load(port=0, database_url=url, roles=roles, http_per_minute=9_999, http_burst=9_999))
    await server.start()
    async with aiohttp.ClientSession() as http:
        tokens = {role: (await sign_in(http, server.url, wallet(role)))["token"] for role in (*ROLES, "member")}
        for scope in SCOPES:
            tokens[scope], _ = await server.parts.identity.keys.mint(scope.replace(":", "-"), [scope])
        async with http.get(server.url + "/api/openapi.json") as answer:
            routes = list(described(await answer.json()))
        yield World(server, http, tokens, routes)
    await server.stop()


async def asked(
    world: World, route: Asked, token: str | None, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """The status, and the error where there is one."""
    if token is not None:
        headers["Authorization"] = f"Bearer {world.tokens[token]}"
    url = world.server.url + route.path
    async with world.http.request(route.method, url, headers=headers, json=body if route.changes else None) as answer:
        error = (await answer.json()).get("error", {}) if answer.content_type == "application/json" else {}
        return answer.status, error


async def test_document_names_every_admin_route_that_is_served(world: World) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in world.server.parts.pages.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(ADMIN) and route.method != "HEAD"
    }
    assert served == {(each.method, ADMIN + each.template) for each in world.routes}


async def test_every_route_refuses_whoever_has_no_role(world: World) -> None:
    assert len(world.routes) > 5
    for route in world.routes:
        assert (await asked(world, route, None))[0] == 401, route
        assert (await asked(world, route, None, Cookie="parlour_dev_console=x"))[0] == 401, route
        status, error = await asked(world, route, "member")
        assert (status, error["reason"]) == (403, "role"), route


async def test_act_of_an_operator_is_logged_once_without_the_reason(world: World) -> None:
    whom = wallet("bea").address
    acts = {f"/api/admin/people/{whom}/role": {"role": "viewer"}, f"/api/admin/people/{whom}/mute": {}}
    with capture_logs() as lines:
        for path, body in acts.items():
            route = Asked("POST", path, path, "admin", False, True)
            for _ in range(2):
                asking = body | {"id": path[-4:], "reason": "because of what she said"}
                assert (await asked(world, route, "admin", asking))[0] == 200
            assert (await asked(world, route, "viewer", {"id": "x", "reason": "no"}))[0] == 403
    told = [(line["what"], line["whom"], line["by"]) for line in lines if line["event"] == "operator.acted"]
    assert told == [(what, whom, wallet("admin").address) for what in ("role.give", "person.mute")]
    assert "because" not in str(lines)


async def test_every_route_takes_its_role_and_refuses_lesser_ones(world: World) -> None:
    for route in world.routes:
        for role in ROLES:
            status, _ = await asked(world, route, role)
            if ROLES.index(role) < ROLES.index(route.role):
                assert status == 403, (route, role)
            else:
                assert status in (200, 400, 404), (route, role, status)


async def test_every_route_takes_the_scope_of_its_role_and_no_lesser_one(world: World) -> None:
    enough = {role: {KEYS[each] for each in ROLES[ROLES.index(role) :]} for role in ROLES}
    for route in world.routes:
        for scope in SCOPES:
            status, _ = await asked(world, route, scope)
            assert (status == 403) is not (route.keys and scope in enough[route.role]), (route, scope, status)


async def test_every_change_needs_a_reason_and_an_id(world: World) -> None:
    wrong: list[tuple[Any, str]] = [
        ({"id": "a"}, "reason"),
        ({"id": "a", "reason": ""}, "reason"),
        ({"id": "a", "reason": "x" * 501}, "reason"),
        ({"id": "a", "reason": "a\0b"}, "reason"),
        ({"reason": "spam"}, "id"),
        ({"reason": "spam", "id": ""}, "id"),
        ({"reason": "spam", "id": 7}, "id"),
    ]
    for route in world.routes:
        for body, path in wrong if route.changes else ():
            status, error = await asked(world, route, "admin", body)
            assert (status, error["code"], error["details"]["path"]) == (400, "invalid", path), (route, body)


async def test_every_change_refuses_a_body_that_is_no_object(world: World) -> None:
    for route in world.routes:
        for body in ([], None, "x", 7) if route.changes else ():
            assert (await asked(world, route, "admin", body))[0] == 400, (route, body)
