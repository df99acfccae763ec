"""The console's cookie: served to its own page with the CSRF token, and refused in every other way, on every route."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from parlour.adapters.console.cookie_session import COOKIE, CSRF
from tests.e2e.test_admin_door import World, asked, world

__all__ = ["world"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def begun(world: World, role: str = "admin", **headers: str) -> tuple[str, str]:
    """The cookie and the CSRF token of a new console session."""
    headers = {"Authorization": f"Bearer {world.tokens[role]}", "Origin": world.server.url, **headers}
    async with (
        aiohttp.ClientSession() as http,
        http.post(world.server.url + "/auth/console", headers=headers) as answer,
    ):
        assert answer.status == 200
        cookie = answer.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert not cookie["secure"]
        told: dict[str, Any] = await answer.json()
        assert told["role"] == role
        return cookie.value, told["csrf"]


async def test_cookie_with_token_and_own_origin_is_served_on_every_route(world: World) -> None:
    cookie, csrf = await begun(world)
    for route in world.routes:
        headers = {"Cookie": f"{COOKIE}={cookie}", CSRF: csrf, "Origin": world.server.url}
        assert (await asked(world, route, None, **headers))[0] in (200, 400, 404), route


async def test_cookie_without_its_token_or_from_another_page_is_refused(world: World) -> None:
    cookie, csrf = await begun(world)
    _, foreign = await begun(world, "operator")
    own, here = {"Origin": world.server.url}, {"Cookie": f"{COOKIE}={cookie}"}
    wrong: list[tuple[dict[str, str], str]] = [
        (own, "csrf"),
        ({**own, CSRF: ""}, "csrf"),
        ({**own, CSRF: foreign}, "csrf"),
        ({CSRF: csrf, "Origin": "https://evil.example"}, "origin"),
        ({CSRF: csrf, "Origin": "null"}, "origin"),
        ({CSRF: csrf, "Origin": world.server.url + "0"}, "origin"),
        ({CSRF: csrf, "Sec-Fetch-Site": "cross-site"}, "origin"),
    ]
    for route in world.routes:
        for headers, reason in wrong:
            status, error = await asked(world, route, None, **here, **headers)
            assert (status, error["reason"]) == (403, reason), (route, headers)


async def test_change_by_cookie_without_an_origin_is_refused(world: World) -> None:
    cookie, csrf = await begun(world)
    for route in world.routes:
        status, error = await asked(world, route, None, Cookie=f"{COOKIE}={cookie}", **{CSRF: csrf})
        assert status != 401, route
        assert (error.get("reason") == "origin") is route.changes, route


async def test_cookie_is_never_read_where_a_token_is_sent(world: World) -> None:
    cookie, csrf = await begun(world)
    headers = {"Cookie": f"{COOKIE}={cookie}", CSRF: csrf, "Origin": world.server.url}
    for route in world.routes:
        status, _ = await asked(world, route, "member", **headers)
        assert status == 403, route
        assert (await asked(world, route, "admin", Cookie=f"{COOKIE}=x", Origin=world.server.url))[0] != 403, route


async def test_cookie_of_a_lesser_role_is_refused(world: World) -> None:
    cookie, csrf = await begun(world, "viewer")
    headers = {"Cookie": f"{COOKIE}={cookie}", CSRF: csrf, "Origin": world.server.url}
    for route in world.routes:
        status, error = await asked(world, route, None, **headers)
        assert (status == 403) is (route.role != "viewer"), (route, error)


async def test_console_session_is_begun_read_and_ended_by_its_own_page_alone(world: World) -> None:
    url, token = world.server.url + "/auth/console", world.tokens["moderator"]
    async with aiohttp.ClientSession() as http:
        for headers in ({}, {"Origin": "https://evil.example"}):
            async with http.post(url, headers={"Authorization": f"Bearer {token}", **headers}) as answer:
                assert answer.status == 403
                assert COOKIE not in answer.cookies
        async with http.get(url) as answer:
            assert answer.status == 401
        cookie, csrf = await begun(world, "moderator")
        mine = {"Cookie": f"{COOKIE}={cookie}"}
        async with http.get(url, headers=mine) as answer:
            assert (await answer.json())["csrf"] == csrf
        async with http.get(url, headers={**mine, "Sec-Fetch-Site": "same-site"}) as answer:
            assert answer.status == 403
        async with http.delete(url, headers={**mine, "Origin": world.server.url}) as answer:
            assert answer.status == 403
        async with http.delete(url, headers={**mine, "Origin": world.server.url, CSRF: csrf}) as answer:
            assert answer.status == 204
        async with http.get(url, headers=mine) as answer:
            assert answer.status == 401


async def test_proxy_that_is_not_ours_is_not_believed(world: World) -> None:
    headers = {"Origin": world.server.url.replace("http:", "https:"), "X-Forwarded-Proto": "https"}
    headers["Authorization"] = f"Bearer {world.tokens['viewer']}"
    async with world.http.post(world.server.url + "/auth/console", headers=headers) as answer:
        assert answer.status == 403
