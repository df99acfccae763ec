"""The first run: the link of `parlour claim` makes one wallet the admin, once; roles that admins give hold at once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from parlour.app import Server
from parlour.commands.cli import cli
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/parlour.db"


@pytest.fixture
async def server(url: str) -> AsyncIterator[Server]:
    server = await Server.build(load(port=0, database_url=url))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def token(http: aiohttp.ClientSession, server: Server, name: str) -> str:
    told: dict[str, Any] = await sign_in(http, server.url, wallet(name))
    return str(told["token"])


async def post(
    http: aiohttp.ClientSession, server: Server, path: str, token: str, body: Any, **headers: str
) -> tuple[int, Any]:
    headers["Authorization"] = f"Bearer {token}"
    async with http.post(server.url + path, headers=headers, json=body) as answer:
        return answer.status, await answer.json()


async def overview(http: aiohttp.ClientSession, server: Server, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with http.get(server.url + "/api/admin/overview", headers=headers) as answer:
        return answer.status


async def secret_of(server: Server, *, replace: bool = True) -> str:
    secret = await server.parts.identity.roles.new_claim(replace=replace)
    assert secret is not None
    return secret


async def test_link_makes_the_first_wallet_admin_and_works_once(server: Server, http: aiohttp.ClientSession) -> None:
    ann, bea = await token(http, server, "ann"), await token(http, server, "bea")
    older, secret = await secret_of(server), await secret_of(server)
    assert await server.parts.identity.roles.new_claim(replace=False) is None, "one for all nodes"
    for wrong in (older, "guessed", "ü"):
        assert (await post(http, server, "/auth/claim", ann, {"claim": wrong}))[0] == 403
    assert await overview(http, server, ann) == 403
    status, answer = await post(http, server, "/auth/claim", ann, {"claim": secret})
    assert (status, answer) == (200, {"account": wallet("ann").address, "role": "admin"})
    assert await overview(http, server, ann) == 200
    assert (await post(http, server, "/auth/claim", bea, {"claim": secret}))[0] == 403
    assert await server.parts.identity.roles.new_claim(replace=True) is None
    headers = {"Authorization": f"Bearer {ann}"}
    async with http.get(server.url + "/api/admin/audit?what=role.claim", headers=headers) as trail:
        [row] = (await trail.json())["rows"]
    assert (row["by"], row["whom"]) == (wallet("ann").address,) * 2


async def test_link_is_refused_where_others_could_read_it(server: Server, http: aiohttp.ClientSession) -> None:
    ann, secret = await token(http, server, "ann"), await secret_of(server)
    for headers in ({"Host": "chat.example"}, {"Host": "chat.example", "X-Forwarded-Proto": "https"}):
        status, answer = await post(http, server, "/auth/claim", ann, {"claim": secret}, **headers)
        assert (status, answer["error"]["reason"]) == (403, "insecure")
    assert (await post(http, server, "/auth/claim", ann, {}))[0] == 400
    assert (await post(http, server, "/auth/claim", "no-token", {"claim": secret}))[0] == 401


async def test_link_is_over_after_a_quarter_of_an_hour(
    server: Server, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    ann, secret = await token(http, server, "ann"), await secret_of(server)
    with sqlite3.connect(tmp_path / "parlour.db") as database:
        [[stored, until]] = database.execute("SELECT hash, until FROM claim").fetchall()
        assert secret.encode() not in stored
        assert 0 < until - server.parts.process.clock.now() <= 15 * 60_000
        database.execute("UPDATE claim SET until = 1")
    assert (await post(http, server, "/auth/claim", ann, {"claim": secret}))[0] == 403


async def test_role_holds_at_once_for_sessions_and_sockets(server: Server, http: aiohttp.ClientSession) -> None:
    ann, bea = await token(http, server, "ann"), await token(http, server, "bea")
    await post(http, server, "/auth/claim", ann, {"claim": await secret_of(server)})
    path = f"/api/admin/people/{wallet('bea').address.lower()}/role"
    asked = {"role": "viewer", "reason": "she watches", "id": "r1"}
    assert (await post(http, server, path, bea, asked))[0] == 403
    for _ in range(2):
        status, answer = await post(http, server, path, ann, asked)
        assert (status, answer) == (200, {"account": wallet("bea").address, "role": "viewer"})
    assert await overview(http, server, bea) == 200
    assert (await post(http, server, path, ann, {**asked, "role": "admin"}))[0] == 409
    assert server.parts.identity.sign_in.rank(wallet("bea").address) == SERVER_ROLES["viewer"]
    assert (await post(http, server, path, ann, {**asked, "role": None, "id": "r2"}))[0] == 200
    assert await overview(http, server, bea) == 403
    for wrong in ({**asked, "role": "king", "id": "r3"}, {"reason": "x", "id": "r3"}):
        assert (await post(http, server, path, ann, wrong))[0] == 400
    assert (await post(http, server, "/api/admin/people/nobody/role", ann, {**asked, "id": "r4"}))[0] == 400


async def test_key_is_told_to_a_retry_and_stored_nowhere(
    server: Server, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    ann = await token(http, server, "ann")
    await post(http, server, "/auth/claim", ann, {"claim": await secret_of(server)})
    asked = {"name": "ci", "scopes": ["admin:read"], "days": 2, "reason": "builds", "id": "k1"}
    status, made = await post(http, server, "/api/admin/keys", ann, asked)
    assert (status, made["key"]["scopes"]) == (200, ["admin:read"])
    assert made["key"]["expiresAt"] - made["key"]["createdAt"] == 2 * 86_400_000
    assert await overview(http, server, made["token"]) == 200
    assert await post(http, server, "/api/admin/keys", ann, asked) == (200, made)
    assert (await post(http, server, "/api/admin/keys", ann, {**asked, "id": "k2"}))[0] == 409, "the name is taken"
    for wrong in ({"scopes": []}, {"scopes": ["nonsense"]}, {"name": ""}, {"name": "Ü"}, {"days": 0}, {"days": "x"}):
        assert (await post(http, server, "/api/admin/keys", ann, {**asked, "id": "k3", **wrong}))[0] == 400, wrong
    headers = {"Authorization": f"Bearer {ann}"}
    revoke = {"headers": headers, "json": {"reason": "done", "id": "k4"}}
    for _ in range(2):
        async with http.delete(server.url + "/api/admin/keys/ci", **revoke) as answer:
            assert answer.status == 200
    assert await overview(http, server, made["token"]) == 401
    async with http.get(server.url + "/api/admin/audit?what=key.", headers=headers) as trail:
        assert [row["what"] for row in (await trail.json())["rows"]] == ["key.revoke", "key.mint"]
    await server.stop()
    assert made["token"].encode() not in (tmp_path / "parlour.db").read_bytes()


def test_commands_claim_and_verify_work_on_the_database(url: str) -> None:
    def run(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli, [*words, "--database-url", url])
        return ran.exit_code, ran.output

    code, printed = run("claim")
    assert code == 0, printed
    assert "/admin/#claim=" in printed
    assert run("token", "mint", "ci", "--scope", "admin:read")[0] == 0
    assert run("verify", "audit") == (0, "ok    0 rows; 1 wait to be sealed\n")
