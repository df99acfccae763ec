"""docs/protocol.md section 1: nonce, sign-in, session keys, refreshing and CORS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, siwe_text, verify, wallet
from tests.e2e.kit import error_of
from tests.e2e.signing_in import DAY, ORIGIN, SESSION, SIGN_IN_ENV, at, milliseconds, now_ms, request, signed_in
from tests.wallets import SolanaWallet, solana_text

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env=SIGN_IN_ENV) as server:
        yield server


async def test_nonce_comes_with_everything_the_message_needs(
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


async def test_domain_is_that_of_a_listed_origin_else_the_first(
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
    assert await request(http, f"{server.url}/auth/session", token) == (200, session)


async def test_refreshing_answers_a_new_token_and_ends_the_old_one(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    old = (await signed_in(http, server, "ann"))["token"]
    status, renewed = await request(http, f"{server.url}/auth/refresh", old, "POST")
    assert (status, renewed.keys()) == (200, SESSION | {"token"})
    assert renewed["token"] != old
    assert (await request(http, f"{server.url}/auth/session", renewed["token"]))[0] == 200
    status, answer = await request(http, f"{server.url}/auth/session", old)
    assert (status, error_of(answer["error"])[0]) == (401, "unauthorized")


async def test_session_never_outlives_its_message_nor_the_cap(
    server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    ends = at(3600)
    short = await signed_in(http, server, "ann", expirationTime=ends)
    assert short["expiresAt"] == milliseconds(ends)
    _, renewed = await request(http, f"{server.url}/auth/refresh", short["token"], "POST")
    assert renewed["expiresAt"] == milliseconds(ends)
    long = await signed_in(http, server, "ann", expirationTime=at(30 * 86_400))
    assert abs(long["expiresAt"] - now_ms() - DAY) < 10_000


async def test_signing_in_leaves_no_cookies(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    token = (await signed_in(http, server, "ann"))["token"]
    await request(http, f"{server.url}/auth/refresh", token, "POST")
    assert len(http.cookie_jar) == 0


async def test_solana_wallet_signs_in_as_a_solana_account(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    sol = SolanaWallet()
    text = solana_text(await ask_nonce(http, server.url), sol.address)
    session = await verify(http, server.url, text, sol.sign(text))
    assert session["account"] == f"solana:mainnet:{sol.address}"
    assert session["address"] == sol.address


async def keyed(http: aiohttp.ClientSession, server: ServerProcess, resource: str | None, room: str = "") -> Any:
    key = wallet("a session key").address
    async with http.get(f"{server.url}/auth/nonce?sessionKey={key}{room}") as answer:
        challenge = await answer.json()
    assert key in challenge["statement"]
    resources = [resource.format(key=key)] if resource else []
    text = siwe_text(challenge, wallet("ann").address, resources=resources)
    return await verify(http, server.url, text, sign(wallet("ann"), text))


async def test_session_key_is_named_by_statement_and_resources(
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
