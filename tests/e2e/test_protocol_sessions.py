"""docs/protocol.md section 1: devices, signing out, the end of a session, and headers that are no text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import ask_nonce, sign, siwe_text, wallet
from tests.e2e.kit import error_of
from tests.e2e.signing_in import SESSION, SIGN_IN_ENV, at, now_ms, request, signed_in
from tests.e2e.stock import PythonClient, heard, until


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env=SIGN_IN_ENV) as server:
        yield server


async def connected(server: ServerProcess, token: str) -> PythonClient:
    client = PythonClient(["websocket"])
    await client.connect(server.url, token)
    await until(lambda: heard(client, "welcome"))
    return client


async def assert_closed_for_good(client: PythonClient, reason: str) -> None:
    await until(lambda: heard(client, "disconnect"))
    assert heard(client, "closing") == [{"reason": reason, "reconnect": False}]
    await asyncio.sleep(0.3)
    assert len(heard(client, "connect")) == 1, "a stock client does not come back after a DISCONNECT"
    await client.close()


async def test_signing_out_closes_this_sessions_sockets_alone(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    first, second = [(await signed_in(http, server, "ann"))["token"] for _ in range(2)]
    mine, other = await connected(server, first), await connected(server, second)
    assert await request(http, f"{server.url}/auth/signout", first, "POST") == (204, None)
    await assert_closed_for_good(mine, "signed_out")
    assert heard(other, "closing") == []
    await other.close()
    assert (await request(http, f"{server.url}/auth/session", first))[0] == 401
    late = PythonClient(["websocket"])
    with pytest.raises(Exception, match="onnect"):
        await late.connect(server.url, first)
    assert heard(late, "connect_error")[0]["data"]["code"] == "unauthorized"


async def test_i_see_my_devices_and_revoke_one(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    first, second = [(await signed_in(http, server, "dora"))["token"] for _ in range(2)]
    client = await connected(server, second)
    status, mine = await request(http, f"{server.url}/auth/sessions", first)
    assert (status, len(mine["sessions"])) == (200, 2)
    assert all(one.keys() >= SESSION | {"id"} for one in mine["sessions"])
    [other] = [one["id"] for one in mine["sessions"] if not one["current"]]
    stranger = (await signed_in(http, server, "eve"))["token"]
    status, answer = await request(http, f"{server.url}/auth/sessions/{other}", stranger, "DELETE")
    assert (status, error_of(answer["error"])[0]) == (404, "not_found")
    assert (await request(http, f"{server.url}/auth/sessions/{other}", first, "DELETE"))[0] == 204
    await assert_closed_for_good(client, "revoked")
    assert (await request(http, f"{server.url}/auth/session", second))[0] == 401
    assert (await request(http, f"{server.url}/auth/session", first))[0] == 200


async def test_socket_closes_at_expires_at(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    session = await signed_in(http, server, "ann", expirationTime=at(1.5))
    client = await connected(server, session["token"])
    await until(lambda: heard(client, "closing"))
    assert now_ms() >= session["expiresAt"]
    await assert_closed_for_good(client, "expired")


async def said(server: ServerProcess, start: str, *headers: bytes, body: bytes = b"") -> tuple[int, Any]:
    """A request by hand: no client would let us send these."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    length = f"Content-Length: {len(body)}".encode()
    method, path = start.split(" ")
    lines = [
        f"{method} {urlsplit(server.url).path}{path} HTTP/1.1".encode(),
        b"Host: x",
        b"Connection: close",
        length,
        *headers,
        b"",
        body,
    ]
    writer.write(b"\r\n".join(lines))
    head, _, answer = (await asyncio.wait_for(reader.read(), 60)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(answer)


async def test_device_may_call_itself_what_is_no_text(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    for told, listed in ((b"caf\xe9 \xff\xfe", "caf? ??"), ("café".encode(), "café")):
        text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address)
        body = json.dumps({"message": text, "signature": sign(wallet("ann"), text)}).encode()
        status, session = await said(server, "POST /auth/verify", b"User-Agent: " + told, body=body)
        assert status == 200, session
        _, mine = await request(http, f"{server.url}/auth/sessions", session["token"])
        assert mine["sessions"][0]["device"] == listed


@pytest.mark.parametrize("token", [b"\xff\xfe", "é".encode(), b"parlour_\xff"])
@pytest.mark.parametrize(
    "request_line",
    ["GET /auth/session", "POST /auth/refresh", "POST /auth/signout", "GET /api/rooms", "GET /api/admin/overview"],
)
async def test_token_that_is_no_text_is_no_token(server: ServerProcess, token: bytes, request_line: str) -> None:
    status, answer = await said(server, request_line, b"Authorization: Bearer " + token)
    assert (status, error_of(answer["error"])[0]) == (401, "unauthorized")
