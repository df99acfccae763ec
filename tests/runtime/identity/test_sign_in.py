"""Signing in: every rule by its code and in its order, nonces used once, secrets kept out of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from parlour.core.identity import siwe, solana
from parlour.core.identity.siwe import Message, milliseconds, rfc3339
from parlour.errors import RateLimited
from parlour.runtime.identity.session_keys import HOUR_MS
from parlour.runtime.identity.session_store import Nonce
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from tests.runtime.identity.desk import APP, HOUR, OTHER, Desk
from tests.wallets import SolanaWallet, Wallet, message_for, solana_text


async def test_nonce_brings_all_a_client_needs_for_its_message(desk: Desk) -> None:
    answer = await desk.sign_in.nonce(OTHER)
    nonce = answer.pop("nonce")
    assert len(nonce) == 32
    assert int(nonce, 16) >= 0
    assert answer == {
        "nonceExpiresAt": desk.clock.ms + 300_000,
        "domain": "other.example:8443",
        "uri": OTHER,
        "version": "1",
        "statement": "Sign in to Parlour.",
        "chainIds": [1, 31337],
        "solanaChains": ["mainnet"],
        "issuedAt": rfc3339(desk.clock.ms),
        "expirationTime": rfc3339(desk.clock.ms + 24 * HOUR_MS),
    }


@pytest.mark.parametrize("origin", [None, "https://unlisted.example", "null"])
async def test_nonce_for_an_unlisted_origin_is_for_the_first_listed_one(desk: Desk, origin: str | None) -> None:
    assert (await desk.sign_in.nonce(origin))["uri"] == APP


async def test_nonces_never_repeat(desk: Desk) -> None:
    assert len({(await desk.sign_in.nonce(None))["nonce"] for _ in range(1000)}) == 1000


async def test_nonce_is_refused_when_too_many_are_outstanding(desk: Desk) -> None:
    full = Desk(rules=replace(desk.rules, nonce_cap=2))
    for _ in range(2):
        await full.sign_in.nonce(None)
    with pytest.raises(RateLimited):
        await full.sign_in.nonce(None)
    full.clock.advance(300_000)
    await full.sign_in.nonce(None)


# ── one wrong field at a time, in the order of protocol §1 ─────────────────────────────────────────────────────────


Spoil = Callable[[Message], Message]


def moved(field: str, ms: int) -> Spoil:
    return lambda m: replace(m, **{field: rfc3339(milliseconds(m.issued_at) + ms)})


WRONG: list[tuple[str, str, Spoil]] = [
    ("malformed", "version", lambda m: replace(m, version="2")),
    ("malformed", "address in lower case", lambda m: replace(m, address=m.address.lower())),
    ("malformed", "nonce of seven characters", lambda m: replace(m, nonce="1234567")),
    ("malformed", "time", lambda m: replace(m, issued_at="yesterday")),
    ("malformed", "statement of two lines", lambda m: replace(m, statement="a\nb")),
    ("malformed", "chain id of no digits", lambda m: replace(m, chain_id="one")),
    ("domain", "another domain", lambda m: replace(m, domain="evil.example")),
    ("domain", "subdomain", lambda m: replace(m, domain="www.app.example")),
    ("domain", "another port", lambda m: replace(m, domain="app.example:444")),
    ("domain", "empty port", lambda m: replace(m, domain="app.example:")),
    ("domain", "a user before it", lambda m: replace(m, domain="app.example@evil.example")),
    ("domain", "a user before the right one", lambda m: replace(m, domain="user@app.example")),
    ("domain", "other case", lambda m: replace(m, domain="App.Example")),
    ("domain", "another scheme", lambda m: replace(m, scheme="http")),
    ("uri", "another host", lambda m: replace(m, uri="https://evil.example")),
    ("uri", "another scheme", lambda m: replace(m, uri="http://app.example")),
    ("uri", "another port", lambda m: replace(m, uri="https://app.example:8443")),
    ("uri", "a user before it", lambda m: replace(m, uri="https://app.example@evil.example")),
    ("uri", "no host", lambda m: replace(m, uri="urn:app.example")),
    ("uri", "a longer host", lambda m: replace(m, uri="https://app.example.evil.example")),
    ("chain", "unlisted chain", lambda m: replace(m, chain_id="5")),
    ("chain", "leading zeros", lambda m: replace(m, chain_id="0001")),
    ("chain", "more digits than a machine word", lambda m: replace(m, chain_id="1" * 200)),
    ("nonce", "unknown nonce", lambda m: replace(m, nonce="0" * 32)),
    ("nonce", "nonce in capitals", lambda m: replace(m, nonce="A" + m.nonce)),
    ("expired", "issued an hour ago", moved("issued_at", -HOUR)),
    ("expired", "expired a second ago", moved("expiration_time", -1000)),
    ("expired", "expires now", moved("expiration_time", 0)),
    ("not_yet_valid", "issued in an hour", moved("issued_at", HOUR)),
    ("not_yet_valid", "valid in an hour", moved("not_before", HOUR)),
]


@pytest.mark.parametrize(("code", "name", "spoil"), WRONG, ids=[f"{code}-{name}" for code, name, _ in WRONG])
async def test_sign_in_with_one_wrong_field_is_refused_with_its_code(
    desk: Desk, code: str, name: str, spoil: Spoil
) -> None:
    wallet = Wallet()
    text = siwe.build(spoil(await desk.message(wallet)))
    assert await desk.code(text, wallet.sign(text)) == code


@pytest.mark.parametrize("first", range(len(WRONG)))
async def test_sign_in_with_several_wrong_fields_is_refused_by_the_first_rule(desk: Desk, first: int) -> None:
    """Each wrong field together with a wrong one of every later code."""
    order = ["malformed", "domain", "uri", "chain", "nonce", "expired", "not_yet_valid"]
    code, _, spoil = WRONG[first]
    wallet = Wallet()
    message = await desk.message(wallet)
    for later in order[order.index(code) + 1 :]:
        if (code, later) != ("expired", "not_yet_valid"):
            message = next(s for c, _, s in WRONG if c == later)(message)
    text = siwe.build(spoil(message))
    assert await desk.code(text, Wallet().sign(text)) == code


GOOD: list[tuple[str, Spoil]] = [
    ("as it was issued", lambda m: m),
    ("the scheme before the domain", lambda m: replace(m, scheme="https")),
    ("a path in the URI", lambda m: replace(m, uri="https://app.example/login?next=/#top")),
    ("the other listed domain", lambda m: replace(m, domain="other.example:8443", uri=OTHER)),
    ("another chain of the list", lambda m: replace(m, chain_id="31337")),
    ("issued four minutes ahead", moved("issued_at", 240_000)),
    ("issued nine minutes ago", moved("issued_at", -540_000)),
    ("valid from this moment", moved("not_before", 0)),
    ("valid in four minutes", moved("not_before", 240_000)),
    ("no expiration", lambda m: replace(m, expiration_time=None)),
    ("no statement", lambda m: replace(m, statement=None)),
    ("its own statement", lambda m: replace(m, statement="")),
    ("resources and a request id", lambda m: replace(m, request_id="", resources=("https://a.example",))),
    ("nanoseconds", lambda m: replace(m, issued_at=m.issued_at[:-1] + "000000Z")),
]


@pytest.mark.parametrize(("name", "change"), GOOD, ids=[name for name, _ in GOOD])
async def test_sign_in_with_a_legal_variation_is_accepted(desk: Desk, name: str, change: Spoil) -> None:
    wallet = Wallet()
    text = siwe.build(change(await desk.message(wallet)))
    assert await desk.code(text, wallet.sign(text)) == "ok"


async def test_sign_in_with_an_old_nonce_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    desk.clock.advance(300_000)
    assert await desk.code(text, wallet.sign(text)) == "nonce"


async def test_nonce_belongs_to_the_origin_it_was_issued_for(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, OTHER))
    assert await desk.code(text, wallet.sign(text), APP) == "nonce"
    assert await desk.code(text, wallet.sign(text), OTHER) == "ok"


async def test_sign_in_from_an_unlisted_page_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, None))
    assert await desk.code(text, wallet.sign(text), "https://evil.example") == "domain"
    assert await desk.code(text, wallet.sign(text), None) == "ok"


# ── once ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_message_signs_in_once(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    assert await desk.code(text, wallet.sign(text)) == "ok"
    assert await desk.code(text, wallet.sign(text)) == "nonce"


class YieldingStore(MemorySessionStore):
    """Lets every other task run between a look at a nonce and its use."""

    async def nonce(self, value: str) -> Nonce | None:
        found = await super().nonce(value)
        await asyncio.sleep(0)
        return found


async def race(rounds: int) -> None:
    for _ in range(rounds):
        desk, wallet = Desk(store=YieldingStore()), Wallet()
        text = siwe.build(await desk.message(wallet))
        signature = wallet.sign(text)
        codes = await asyncio.gather(*(desk.code(text, signature) for _ in range(100)))
        assert sorted(codes) == ["nonce"] * 99 + ["ok"]
        assert len(await desk.sign_in.sessions(wallet.address)) == 1


async def test_sign_in_when_a_hundred_race_succeeds_once() -> None:
    await race(10)


@pytest.mark.long
async def test_sign_in_when_a_hundred_race_succeeds_once_a_hundred_times() -> None:
    await race(100)


# ── Solana ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_solana_wallet_signs_in_and_refreshes(desk: Desk) -> None:
    wallet = SolanaWallet()
    text = solana_text(await desk.sign_in.nonce(APP), wallet.address)
    token, session = await desk.sign_in.verify(text, wallet.sign(text), APP)
    assert (session.account, session.chain_id) == (f"solana:mainnet:{wallet.address}", "mainnet")
    assert (await desk.sign_in.refresh(token))[1].id == session.id


async def test_solana_sign_in_obeys_the_same_rules(desk: Desk) -> None:
    wallet = SolanaWallet()

    async def code(signer: SolanaWallet = wallet, **changes: Any) -> str:
        text = solana_text(await desk.sign_in.nonce(APP), wallet.address, **changes)
        return await desk.code(text, signer.sign(text))

    assert await code(domain="evil.example") == "domain"
    assert await code(uri="https://evil.example") == "uri"
    assert await code(chain_id="devnet") == "chain"
    assert await code(chain_id="1") == "chain"
    assert await code(nonce="0" * 32) == "nonce"
    assert await code(SolanaWallet()) == "signature"
    assert await code(chain_id="solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp") == "ok"


async def test_solana_is_refused_when_it_is_turned_off(desk: Desk) -> None:
    wallet = SolanaWallet()
    closed = Desk(rules=replace(desk.rules, solana_chains=()))
    text = solana.build(
        message_for(await closed.sign_in.nonce(APP), wallet.address, namespace="solana", chain_id="mainnet")
    )
    assert await closed.code(text, wallet.sign(text)) == "chain"


# ── logs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_logs_hold_no_token_and_no_signature(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    signature = wallet.sign(text)
    with capture_logs() as said:
        token, _ = await desk.sign_in.verify(text, signature, APP)
        fresh, _ = await desk.sign_in.refresh(token)
        await desk.code(text, signature)
        await desk.sign_in.sign_out(fresh)
    assert [line["event"] for line in said] == ["sign_in.opened"]
    for secret in (token, fresh, signature, signature[2:]):
        assert secret not in repr(said)
