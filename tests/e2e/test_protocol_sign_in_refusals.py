"""docs/protocol.md section 1: what a sign-in is refused for, and in which order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, siwe_text, verify, wallet
from tests.e2e.kit import error_of
from tests.e2e.signing_in import SIGN_IN_ENV, at, signed_in
from tests.wallets import ORDER


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env=SIGN_IN_ENV) as server:
        yield server


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
async def test_first_rule_that_fails_names_the_refusal(
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


async def test_refused_attempt_leaves_the_nonce_and_a_success_uses_it_up(
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


async def test_high_s_signature_is_refused_and_a_small_v_is_not(
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
async def test_body_that_is_no_sign_in_is_malformed(
    server: ServerProcess, http: aiohttp.ClientSession, body: bytes
) -> None:
    async with http.post(f"{server.url}/auth/verify", data=body) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, "malformed")


async def test_sign_in_too_large_is_413(server: ServerProcess, http: aiohttp.ClientSession) -> None:
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
async def test_missing_or_wrong_bearer_is_unauthorized(
    server: ServerProcess, http: aiohttp.ClientSession, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}):
        async with http.request(method, server.url + path, headers=headers) as answer:
            assert answer.status == 401
            assert error_of((await answer.json())["error"])[0] == "unauthorized"
