"""docs/protocol.md section 1, sentence by sentence: accounts and sessions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, siwe_text, verify, wallet
from tests.e2e.kit import error_of
from tests.e2e.stock import PythonClient, heard, until
from tests.wallets import ORDER, SolanaWallet, solana_text

ORIGIN = "https://app.example"
CHALLENGE = {
    "nonce",
    "nonceExpiresAt",
    "domain",
    "uri",
    "version",
    "statement",
    "chainIds",
    "issuedAt",
    "expirationTime",
}
SESSION = {"account", "address", "chainId", "method", "sessionKey", "expiresAt"}
DAY = 86_400_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_ORIGINS": f"{ORIGIN},https://other.example", "PARLOUR_SIGN_IN_CHAINS": "1,8453,solana:mainnet"}
    async with ServerProcess(env=env) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def at(seconds: float) -> str:
    """RFC 3339, so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now_ms() -> int:
    return int(time.time() * 1000)


def milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


async def signed_in(http: aiohttp.ClientSession, server: ServerProcess, name: str, **changed: Any) -> dict[str, Any]:
    challenge = await ask_nonce(http, server.url)
    text = siwe_text(challenge, wallet(name).address, **changed)
    return await verify(http, server.url, text, sign(wallet(name), text))


async def get(http: aiohttp.ClientSession, url: str, token: str, method: str = "GET") -> tuple[int, Any]:
    async with http.request(method, url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


# ── nonce, verify, session, refresh ──────────────────────────────────────────────────────────────────────────────────


async def test_a_nonce_comes_with_everything_the_message_needs(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    challenge = await ask_nonce(http, server.url)
    assert challenge.keys() >= CHALLENGE
    assert len(challenge["nonce"]) >= 22
    assert challenge["nonce"].isalnum()
    assert abs(challenge["nonceExpiresAt"] - now_ms() - 300_000) < 10_000
    assert (challenge["domain"], challenge["uri"], challenge["version"]) == ("app.example", ORIGIN, "1")
    assert challenge["chainIds"] == [1, 8453]
    assert abs(milliseconds(challenge["issuedAt"]) - now_ms()) < 10_000
    assert milliseconds(challenge["expirationTime"]) - milliseconds(challenge["issuedAt"]) == DAY


async def test_the_domain_is_that_of_a_listed_origin_else_the_first(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    listed = await ask_nonce(http, server.url, origin="https://other.example")
    assert (listed["domain"], listed["uri"]) == ("other.example", "https://other.example")
    assert (await ask_nonce(http, server.url, origin="https://stranger.example"))["uri"] == ORIGIN


async def test_signing_in_answers_a_session_of_the_named_shape(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    session = await signed_in(http, server, "ann")
    assert session.keys() == SESSION | {"token"}
    assert session["account"] == session["address"] == wallet("ann").address
    assert (session["chainId"], session["method"], session["sessionKey"]) == (1, "eip191", None)
    assert abs(session["expiresAt"] - now_ms() - DAY) < 10_000
    token = session.pop("token")
    assert await get(http, f"{server.url}/auth/session", token) == (200, session)


async def test_refreshing_answers_a_new_token_and_ends_the_old_one(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    old = (await signed_in(http, server, "ann"))["token"]
    status, renewed = await get(http, f"{server.url}/auth/refresh", old, "POST")
    assert (status, renewed.keys()) == (200, SESSION | {"token"})
    assert renewed["token"] != old
    assert (await get(http, f"{server.url}/auth/session", renewed["token"]))[0] == 200
    status, answer = await get(http, f"{server.url}/auth/session", old)
    assert (status, error_of(answer["error"])[0]) == (401, "unauthorized")


async def test_a_session_never_outlives_its_message_nor_the_cap(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    ends = at(3600)
    short = await signed_in(http, server, "ann", expirationTime=ends)
    assert short["expiresAt"] == milliseconds(ends)
    _, renewed = await get(http, f"{server.url}/auth/refresh", short["token"], "POST")
    assert renewed["expiresAt"] == milliseconds(ends)
    long = await signed_in(http, server, "ann", expirationTime=at(30 * 86_400))
    assert abs(long["expiresAt"] - now_ms() - DAY) < 10_000


async def test_signing_in_leaves_no_cookies(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    token = (await signed_in(http, server, "ann"))["token"]
    await get(http, f"{server.url}/auth/refresh", token, "POST")
    assert len(http.cookie_jar) == 0


async def test_a_solana_wallet_signs_in_as_a_solana_account(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    sol = SolanaWallet()
    text = solana_text(await ask_nonce(http, server.url), sol.address)
    session = await verify(http, server.url, text, sol.sign(text))
    assert session["account"] == f"solana:mainnet:{sol.address}"
    assert session["address"] == sol.address


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("malformed", {"version": "2"}),
    ("domain", {"domain": "evil.example"}),
    ("uri", {"uri": "https://evil.example"}),
    ("chain", {"chainId": 424242}),
    ("nonce", {"nonce": "deadbeef" * 4}),
    ("expired", {"expirationTime": "2020-01-01T00:00:00Z"}),
    ("not_yet_valid", {"issuedAt": "2099-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize("first", range(len(FAULTS) + 1))
async def test_the_first_rule_that_fails_names_the_refusal(
    server: ServerProcess, http: aiohttp.ClientSession, first: int
) -> None:
    """Everything after the first fault is wrong too."""
    changed = {key: value for _, change in FAULTS[first:] for key, value in change.items()}
    expected = [*(code for code, _ in FAULTS), "signature"][first]
    text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address, **changed)
    with pytest.raises(SignInFailed) as failed:
        await verify(http, server.url, text, sign(wallet("mallory"), text))
    assert (failed.value.status, failed.value.error["code"]) == (401, expected)
    assert failed.value.error["message"]
    assert failed.value.error["retryable"] is False


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"issuedAt": lambda: at(-11 * 60)}, "expired"),
        ({"issuedAt": lambda: at(6 * 60)}, "not_yet_valid"),
        ({"issuedAt": lambda: at(4 * 60)}, None),
        ({"issuedAt": lambda: at(-4 * 60)}, None),
    ],
)
async def test_clocks_may_differ_by_five_minutes(
    server: ServerProcess, http: aiohttp.ClientSession, changed: dict[str, Any], code: str | None
) -> None:
    values = {key: value() for key, value in changed.items()}
    if code is None:
        assert (await signed_in(http, server, "ann", **values))["account"] == wallet("ann").address
        return
    with pytest.raises(SignInFailed) as failed:
        await signed_in(http, server, "ann", **values)
    assert failed.value.error["code"] == code


async def test_a_refused_attempt_leaves_the_nonce_and_a_success_uses_it_up(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    challenge = await ask_nonce(http, server.url)
    text = siwe_text(challenge, wallet("ann").address)
    for _ in range(2):
        with pytest.raises(SignInFailed) as failed:
            await verify(http, server.url, text, sign(wallet("mallory"), text))
        assert failed.value.error["code"] == "signature"
    await verify(http, server.url, text, sign(wallet("ann"), text))
    with pytest.raises(SignInFailed) as failed:
        await verify(http, server.url, text, sign(wallet("ann"), text))
    assert failed.value.error["code"] == "nonce"


async def test_a_high_s_signature_is_refused_and_a_small_v_is_not(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address)
    raw = bytes.fromhex(sign(wallet("ann"), text)[2:])
    high = raw[:32] + (ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big") + bytes([55 - raw[64]])
    with pytest.raises(SignInFailed) as failed:
        await verify(http, server.url, text, "0x" + high.hex())
    assert failed.value.error["code"] == "signature"
    small = raw[:64] + bytes([raw[64] - 27])
    assert (await verify(http, server.url, text, "0x" + small.hex()))["method"] == "eip191"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"message":"x"}', b'{"message":1,"signature":2}', b"\xff\xfe", b'{"a":NaN}']
)
async def test_a_body_that_is_no_sign_in_is_malformed(
    server: ServerProcess, http: aiohttp.ClientSession, body: bytes
) -> None:
    async with http.post(f"{server.url}/auth/verify", data=body) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, "malformed")


async def test_a_sign_in_too_large_is_413(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    for message in ("x" * 10_000, "x" * 3_000_000):
        async with http.post(f"{server.url}/auth/verify", json={"message": message, "signature": "0x"}) as answer:
            assert (answer.status, error_of((await answer.json())["error"])[0]) == (413, "too_large")


async def test_too_many_sign_ins_from_one_address_are_rate_limited() -> None:
    env = {"PARLOUR_SIGN_INS_PER_MINUTE": "1", "PARLOUR_SIGN_INS_BURST": "2"}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
        for _ in range(2):
            await ask_nonce(http, server.url)
        with pytest.raises(SignInFailed) as failed:
            await ask_nonce(http, server.url)
        assert failed.value.status == 429
        assert error_of(failed.value.error) == ("rate_limited", failed.value.error.get("reason"))
        assert failed.value.error["retryAfter"] > 0
        assert failed.value.error["retryable"] is True


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth/session"),
        ("POST", "/auth/refresh"),
        ("GET", "/auth/sessions"),
        ("DELETE", "/auth/sessions/x"),
        ("POST", "/auth/signout"),
    ],
)
async def test_a_missing_or_wrong_bearer_is_unauthorized(
    server: ServerProcess, http: aiohttp.ClientSession, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}):
        async with http.request(method, server.url + path, headers=headers) as answer:
            assert answer.status == 401
            assert error_of((await answer.json())["error"])[0] == "unauthorized"


# ── devices and signing out ──────────────────────────────────────────────────────────────────────────────────────────


async def connected(server: ServerProcess, token: str) -> PythonClient:
    client = PythonClient(["websocket"])
    await client.connect(server.url, token)
    await until(lambda: heard(client, "welcome"))
    return client


async def assert_closed_for_good(client: PythonClient, reason: str) -> None:
    await until(lambda: heard(client, "disconnect"), 1.5)
    assert heard(client, "closing") == [{"reason": reason, "reconnect": False}]
    await asyncio.sleep(0.3)
    assert len(heard(client, "connect")) == 1, "a stock client does not come back after a DISCONNECT"
    await client.close()


async def test_signing_out_closes_this_sessions_sockets_alone(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    first, second = [(await signed_in(http, server, "ann"))["token"] for _ in range(2)]
    mine, other = await connected(server, first), await connected(server, second)
    assert await get(http, f"{server.url}/auth/signout", first, "POST") == (204, None)
    await assert_closed_for_good(mine, "signed_out")
    assert heard(other, "closing") == []
    await other.close()
    assert (await get(http, f"{server.url}/auth/session", first))[0] == 401
    late = PythonClient(["websocket"])
    with pytest.raises(Exception, match="onnect"):
        await late.connect(server.url, first)
    assert heard(late, "connect_error")[0]["data"]["code"] == "unauthorized"


async def test_i_see_my_devices_and_revoke_one(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    first, second = [(await signed_in(http, server, "dora"))["token"] for _ in range(2)]
    client = await connected(server, second)
    status, mine = await get(http, f"{server.url}/auth/sessions", first)
    assert (status, len(mine["sessions"])) == (200, 2)
    assert all(one.keys() >= SESSION | {"id"} for one in mine["sessions"])
    [other] = [one["id"] for one in mine["sessions"] if not one["current"]]
    stranger = (await signed_in(http, server, "eve"))["token"]
    status, answer = await get(http, f"{server.url}/auth/sessions/{other}", stranger, "DELETE")
    assert (status, error_of(answer["error"])[0]) == (404, "not_found")
    assert (await get(http, f"{server.url}/auth/sessions/{other}", first, "DELETE"))[0] == 204
    await assert_closed_for_good(client, "revoked")
    assert (await get(http, f"{server.url}/auth/session", second))[0] == 401
    assert (await get(http, f"{server.url}/auth/session", first))[0] == 200


async def test_the_socket_closes_at_expires_at(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    session = await signed_in(http, server, "ann", expirationTime=at(1.5))
    client = await connected(server, session["token"])
    await until(lambda: heard(client, "closing"), 4)
    assert 0 <= now_ms() - session["expiresAt"] < 1500
    await assert_closed_for_good(client, "expired")


# ── session keys, CORS ───────────────────────────────────────────────────────────────────────────────────────────────


async def keyed(http: aiohttp.ClientSession, server: ServerProcess, resource: str | None, room: str = "") -> Any:
    key = wallet("a session key").address
    async with http.get(f"{server.url}/auth/nonce?sessionKey={key}{room}") as answer:
        challenge = await answer.json()
    assert key in challenge["statement"]
    resources = [resource.format(key=key)] if resource else []
    text = siwe_text(challenge, wallet("ann").address, resources=resources)
    return await verify(http, server.url, text, sign(wallet("ann"), text))


async def test_a_session_key_is_named_by_statement_and_resources(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    session = await keyed(http, server, "urn:parlour:session-key:{key}")
    assert session["sessionKey"] == wallet("a session key").address
    for resource in (None, "urn:parlour:session-key:" + wallet("another key").address):
        with pytest.raises(SignInFailed) as failed:
            await keyed(http, server, resource)
        assert failed.value.error["code"] == "malformed"
    async with http.get(f"{server.url}/auth/nonce?sessionKey=0x12") as answer:
        assert (answer.status, error_of((await answer.json())["error"])[0]) == (400, "invalid")


async def test_auth_and_api_answer_cors_for_listed_origins_errors_too(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    for path, status in (("/auth/nonce", 200), ("/auth/session", 401), ("/api/kinds", 200), ("/api/nowhere", 404)):
        async with http.get(server.url + path, headers={"Origin": ORIGIN}) as answer:
            assert (answer.status, answer.headers.get("Access-Control-Allow-Origin")) == (status, ORIGIN)
        async with http.get(server.url + path, headers={"Origin": "https://stranger.example"}) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers
        preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        preflight["Access-Control-Request-Headers"] = "authorization,content-type"
        async with http.options(server.url + path, headers=preflight) as answer:
            assert answer.status in (200, 204)
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()


async def test_one_key_is_one_account_on_every_chain(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    there, here = [await signed_in(http, server, "ann", chainId=chain) for chain in (8453, 1)]
    assert (there["account"], there["chainId"]) == (here["account"], 8453)


# ── headers of bytes that are no text ────────────────────────────────────────────────────────────────────────────────


async def said(server: ServerProcess, start: str, *headers: bytes, body: bytes = b"") -> tuple[int, Any]:
    """A request by hand: no client would let us send these."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    length = f"Content-Length: {len(body)}".encode()
    lines = [f"{start} HTTP/1.1".encode(), b"Host: x", b"Connection: close", length, *headers, b"", body]
    writer.write(b"\r\n".join(lines))
    head, _, answer = (await asyncio.wait_for(reader.read(), 60)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(answer)


async def test_a_device_may_call_itself_what_is_no_text(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    for told, listed in ((b"caf\xe9 \xff\xfe", "caf? ??"), ("café".encode(), "café")):
        text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address)
        body = json.dumps({"message": text, "signature": sign(wallet("ann"), text)}).encode()
        status, session = await said(server, "POST /auth/verify", b"User-Agent: " + told, body=body)
        assert status == 200, session
        _, mine = await get(http, f"{server.url}/auth/sessions", session["token"])
        assert mine["sessions"][0]["device"] == listed


@pytest.mark.parametrize("token", [b"\xff\xfe", "é".encode(), b"parlour_\xff"])
@pytest.mark.parametrize(
    "request_line",
    ["GET /auth/session", "POST /auth/refresh", "POST /auth/signout", "GET /api/rooms", "GET /api/admin/overview"],
)
async def test_a_token_that_is_no_text_is_no_token(server: ServerProcess, token: bytes, request_line: str) -> None:
    status, answer = await said(server, request_line, b"Authorization: Bearer " + token)
    assert (status, error_of(answer["error"])[0]) == (401, "unauthorized")
