"""What an API key may ask for over HTTP, scope by scope, and how often anybody may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.app import Server
from parlour.runtime.identity.api_keys import SCOPES
from parlour.runtime.rooms.interface import NewRoom
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet

REQUESTS: list[tuple[str, str, str | None, Any]] = [
    ("GET", "/api/kinds", None, None),
    ("GET", "/api/rooms", "rooms:read", None),
    ("GET", "/api/rooms/open", "rooms:read", None),
    ("GET", "/api/rooms/hidden", "rooms:read", None),
    ("GET", "/api/rooms/open/entries", "entries:read", None),
    ("GET", "/api/rooms/hidden/entries", "entries:read", None),
    ("GET", "/api/rooms/hidden/transcript", "entries:read", None),
    ("GET", "/api/rooms/hidden/state", "entries:read", None),
    ("POST", "/api/rooms/hidden/entries", "entries:post", {"id": "x", "type": "app.x", "body": {}}),
    ("GET", "/api/admin/overview", "admin:read", None),
    ("GET", "/api/admin/chains", "admin:read", None),
    ("GET", "/api/admin/nodes", "admin:read", None),
    (
        "POST",
        "/api/admin/webhooks/hook-none/replay",
        "admin:operate",
        {"room": "lobby", "seq": 1, "reason": "try", "id": "w"},
    ),
    ("POST", "/api/admin/nodes/rebalance", "admin:operate", {"reason": "try", "id": "c"}),
    ("POST", "/api/admin/chains/1/replay", "admin:operate", {"reason": "try", "id": "a"}),
    ("POST", "/api/admin/chains/1/rewind", "admin:operate", {"to": 1, "reason": "try", "id": "b"}),
]
"""Every path with a door, and the scope that opens it; None: open to all."""
ADMIN = ("admin:read", "admin:moderate", "admin:operate", "admin:all")
"""Each of them opens what those before it open."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    server = await Server.build(load(port=0, database_url=url, http_per_minute=20, http_burst=20))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(
    http: aiohttp.ClientSession, server: Server, method: str, path: str, token: str, body: Any = None
) -> tuple[int, str | None]:
    """The status, and the code of a refusal."""
    headers = {"Authorization": f"Bearer {token}"}
    options = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with http.request(method, server.url + path, headers=headers, **options) as answer:
        await answer.read()
        return answer.status, (await answer.json())["error"]["code"] if answer.status >= 400 else None


@pytest.mark.parametrize("scope", SCOPES)
async def test_scope_opens_its_own_doors_and_no_others(server: Server, http: aiohttp.ClientSession, scope: str) -> None:
    for room, visibility in (("open", "public"), ("hidden", "private")):
        await server.parts.rooms.registry.create("ann", NewRoom("chat", room, visibility=visibility))
    token, _ = await server.parts.identity.keys.mint("backend", [scope])
    for method, path, needed, body in REQUESTS:
        status, code = await asked(http, server, method, path, token, body)
        if needed in (None, scope) or (needed in ADMIN and scope in ADMIN[ADMIN.index(needed) :]):
            assert status in (200, 404 if "chains/1" in path or "hook-none" in path else 200), path
        else:
            assert (status, code) == (403, "forbidden"), path
    for method, path in (("GET", "session"), ("POST", "refresh"), ("GET", "sessions"), ("POST", "signout")):
        assert await asked(http, server, method, f"/auth/{path}", token) == (401, "unauthorized"), "it is no session"


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"null", b"\xff", b'{"to": "1"}', b'{"to": true}', b'{"to": -1}'])
async def test_bad_body_is_invalid_and_no_bad_sign_in(server: Server, http: aiohttp.ClientSession, body: bytes) -> None:
    token, _ = await server.parts.identity.keys.mint("backend", ["admin:operate", "entries:post"])
    for path in ("/api/admin/chains/1/rewind", "/api/rooms/open/entries"):
        assert await asked(http, server, "POST", path, token, body) == (400, "invalid"), path


async def test_accounts_and_keys_are_limited_whatever_their_address(
    server: Server, http: aiohttp.ClientSession
) -> None:
    limiter = server.parts.identity.limiter
    person = await sign_in(http, server.url, wallet("ann"))
    key, _ = await server.parts.identity.keys.mint("backend", ["rooms:read", "entries:post"])
    for account in (person["account"], "app:backend"):
        for _ in range(20):
            await limiter.hit("http", account)
    assert await asked(http, server, "GET", "/api/rooms", person["token"]) == (429, "rate_limited")
    assert await asked(http, server, "GET", "/api/rooms", key) == (429, "rate_limited")
    post = {"id": "x", "type": "app.x", "body": {}}
    assert await asked(http, server, "POST", "/api/rooms/open/entries", key, post) == (429, "rate_limited")
    assert await asked(http, server, "GET", "/auth/session", person["token"]) == (200, None)
