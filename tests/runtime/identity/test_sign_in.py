"""The sign-in desk: every rule by its code and in its order, nonces used once, sessions that end everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from coincurve import PrivateKey
from structlog.testing import capture_logs

from parlour.core.identity import siwe, solana
from parlour.core.identity.sign_in import SignInRules
from parlour.core.identity.siwe import Message, milliseconds, rfc3339
from parlour.errors import Invalid, NotFound, RateLimited, SignInRefused, Unauthorized
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.session_store import Nonce
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import HOUR_MS, Session, SignIn
from parlour.runtime.store import StoreError
from tests.bounds import sign_in_rules
from tests.wallets import ORDER, SolanaWallet, Wallet, message_for, solana_text

APP, OTHER = "https://app.example", "https://other.example:8443"
KEY = Wallet().address
DEV = Wallet(PrivateKey.from_int(7))


class HandClock(SystemClock):
    """Time moves by hand; a sleep ends when the test says so."""

    def __init__(self) -> None:
        self.ms = 1_795_000_000_000

    def now(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def advance(self, ms: float) -> None:
        self.ms += int(ms)


@dataclass
class Desk:
    """A sign-in desk and its clock, with honest clients."""

    clock: HandClock = field(default_factory=HandClock)
    store: MemorySessionStore = field(default_factory=MemorySessionStore)
    rules: SignInRules = field(
        default_factory=lambda: sign_in_rules(
            origins=(APP, OTHER), chains=(1, 31337), roles={DEV.address: "admin"}, refused_accounts=frozenset()
        )
    )

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.store, self.clock, self.rules)

    async def message(self, wallet: Wallet, origin: str | None = APP, **changes: Any) -> Message:
        return message_for(await self.sign_in.nonce(origin), wallet.address, **changes)

    async def enter(self, wallet: Wallet | None = None, **changes: Any) -> tuple[str, Session]:
        wallet = wallet or Wallet()
        text = siwe.build(await self.message(wallet, **changes))
        return await self.sign_in.verify(text, wallet.sign(text), APP)

    async def code(self, text: str, signature: str, origin: str | None = APP) -> str:
        """The code of the refusal, or `ok`."""
        try:
            await self.sign_in.verify(text, signature, origin)
        except SignInRefused as refused:
            return refused.code
        return "ok"

    async def another_process(self) -> SignIn:
        """Another desk over the same store."""
        return SignIn(self.store, self.clock, self.rules)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ── the nonce ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_nonce_brings_all_a_client_needs_for_its_message(desk: Desk) -> None:
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
async def test_an_unlisted_origin_is_served_as_the_first_listed_one(desk: Desk, origin: str | None) -> None:
    assert (await desk.sign_in.nonce(origin))["uri"] == APP


async def test_nonces_never_repeat(desk: Desk) -> None:
    assert len({(await desk.sign_in.nonce(None))["nonce"] for _ in range(1000)}) == 1000


async def test_outstanding_nonces_are_capped(desk: Desk) -> None:
    full = Desk(rules=replace(desk.rules, nonce_cap=2))
    for _ in range(2):
        await full.sign_in.nonce(None)
    with pytest.raises(RateLimited):
        await full.sign_in.nonce(None)
    full.clock.advance(300_000)
    await full.sign_in.nonce(None)


# ── one wrong field at a time, in the order of protocol §1 ───────────────────────────────────────────────────────

HOUR = HOUR_MS
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
async def test_one_wrong_field_is_refused_with_its_code(desk: Desk, code: str, name: str, spoil: Spoil) -> None:
    wallet = Wallet()
    text = siwe.build(spoil(await desk.message(wallet)))
    assert await desk.code(text, wallet.sign(text)) == code


@pytest.mark.parametrize("first", range(len(WRONG)))
async def test_the_first_rule_that_fails_names_the_refusal(desk: Desk, first: int) -> None:
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
async def test_a_legal_variation_signs_in(desk: Desk, name: str, change: Spoil) -> None:
    wallet = Wallet()
    text = siwe.build(change(await desk.message(wallet)))
    assert await desk.code(text, wallet.sign(text)) == "ok"


async def test_a_nonce_too_old_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    desk.clock.advance(300_000)
    assert await desk.code(text, wallet.sign(text)) == "nonce"


async def test_a_nonce_belongs_to_the_origin_it_was_issued_for(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, OTHER))
    assert await desk.code(text, wallet.sign(text), APP) == "nonce"
    assert await desk.code(text, wallet.sign(text), OTHER) == "ok"


async def test_a_page_that_is_not_listed_signs_nobody_in(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, None))
    assert await desk.code(text, wallet.sign(text), "https://evil.example") == "domain"
    assert await desk.code(text, wallet.sign(text), None) == "ok"


# ── the signature ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_strangers_signature_is_refused_and_burns_no_nonce(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    for _ in range(5):
        assert await desk.code(text, Wallet().sign(text)) == "signature"
    assert await desk.code(text, wallet.sign(text + " ")) == "signature"
    assert await desk.code(text, wallet.sign(text)) == "ok"


async def test_a_high_s_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    plain = bytes.fromhex(wallet.sign(text)[2:])
    s = ORDER - int.from_bytes(plain[32:64], "big")
    twin = plain[:32] + s.to_bytes(32, "big") + bytes([55 - plain[64]])
    assert await desk.code(text, "0x" + twin.hex()) == "signature"
    assert await desk.code(text, "0x" + plain.hex()) == "ok"


async def test_a_compact_signature_signs_in(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    plain = bytes.fromhex(wallet.sign(text)[2:])
    packed = int.from_bytes(plain[32:64], "big") | (plain[64] - 27) << 255
    assert await desk.code(text, "0x" + (plain[:32] + packed.to_bytes(32, "big")).hex()) == "ok"


@pytest.mark.parametrize("signature", ["0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "00" * 64])
async def test_junk_is_refused_as_a_signature(desk: Desk, signature: str) -> None:
    assert await desk.code(siwe.build(await desk.message(Wallet())), signature) == "signature"


async def test_a_key_that_everybody_has_signs_nobody_in(desk: Desk) -> None:
    public = Desk(rules=replace(desk.rules, refused_accounts=frozenset({DEV.address.lower()})))
    text = siwe.build(await public.message(DEV))
    assert await public.code(text, DEV.sign(text)) == "signature"


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_signs_in_once(desk: Desk) -> None:
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


async def test_of_a_hundred_racing_sign_ins_one_succeeds() -> None:
    await race(10)


@pytest.mark.long
async def test_of_a_hundred_racing_sign_ins_one_succeeds_a_hundred_times() -> None:
    await race(100)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_token_is_known_and_no_other(desk: Desk) -> None:
    token, session = await desk.enter()
    assert await desk.sign_in.authenticate(token) == session
    assert await (await desk.another_process()).authenticate(token) == session
    for wrong in ("", token + "x", token[:-1], session.id, session.account):
        assert await desk.sign_in.authenticate(wrong) is None


async def test_the_store_never_sees_a_token(desk: Desk) -> None:
    token, _ = await desk.enter()
    assert token not in repr(vars(desk.store))


async def test_a_session_lives_as_long_as_the_message_or_the_rules_allow(desk: Desk) -> None:
    _, asked = await desk.enter(expiration_time=rfc3339(desk.clock.ms + HOUR))
    assert asked.expires_at == desk.clock.ms + HOUR
    _, capped = await desk.enter(expiration_time=rfc3339(desk.clock.ms + 1000 * HOUR))
    assert capped.expires_at == desk.clock.ms + 24 * HOUR
    token, plain = await desk.enter(expiration_time=None)
    assert plain.expires_at == desk.clock.ms + 24 * HOUR
    desk.clock.advance(24 * HOUR)
    assert await desk.sign_in.authenticate(token) is None


async def test_a_refresh_rotates_the_token(desk: Desk) -> None:
    token, session = await desk.enter()
    fresh, renewed = await desk.sign_in.refresh(token)
    assert renewed.id == session.id
    assert await desk.sign_in.authenticate(token) is None
    assert await desk.sign_in.authenticate(fresh) == renewed
    with pytest.raises(Unauthorized):
        await desk.sign_in.refresh(token)


async def test_a_refresh_never_outlives_the_message(desk: Desk) -> None:
    limit = desk.clock.ms + 30 * HOUR
    token, _ = await desk.enter(expiration_time=rfc3339(limit))
    desk.clock.advance(10 * HOUR)
    _, renewed = await desk.sign_in.refresh(token)
    assert renewed.expires_at == limit


async def test_of_racing_refreshes_one_succeeds(desk: Desk) -> None:
    token, _ = await desk.enter()
    answers = await asyncio.gather(*(desk.sign_in.refresh(token) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, tuple) for answer in answers) == 1


async def test_signing_out_ends_this_session_alone(desk: Desk) -> None:
    wallet = Wallet()
    phone, _ = await desk.enter(wallet)
    laptop, kept = await desk.enter(wallet)
    await desk.sign_in.sign_out(phone)
    assert await desk.sign_in.authenticate(phone) is None
    assert await desk.sign_in.authenticate(laptop) == kept
    with pytest.raises(Unauthorized):
        await desk.sign_in.sign_out(phone)


async def test_my_devices_are_mine_to_revoke(desk: Desk) -> None:
    wallet = Wallet()
    phone, session = await desk.enter(wallet)
    _, laptop = await desk.enter(wallet)
    _, foreign = await desk.enter()
    assert {one.id for one in await desk.sign_in.sessions(wallet.address)} == {session.id, laptop.id}
    for unknown in (foreign.id, "nothing"):
        with pytest.raises(NotFound):
            await desk.sign_in.revoke(wallet.address, unknown)
    await desk.sign_in.revoke(wallet.address, session.id)
    assert await desk.sign_in.authenticate(phone) is None
    assert await desk.sign_in.revoke_all(wallet.address) == 1
    assert await desk.sign_in.sessions(wallet.address) == []


async def test_a_server_role_comes_from_the_rules(desk: Desk) -> None:
    token, session = await desk.enter(DEV)
    assert session.rank == 4
    plain = SignIn(desk.store, desk.clock, replace(desk.rules, roles={}))
    found = await plain.authenticate(token)
    assert found is not None
    assert found.rank == 0


async def test_an_account_that_signs_in_too_often_is_refused_and_keeps_its_nonce(desk: Desk) -> None:
    async def full(account: str) -> None:
        raise RateLimited

    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    with pytest.raises(RateLimited):
        await SignIn(desk.store, desk.clock, desk.rules, admit=full).verify(text, wallet.sign(text), APP)
    assert await desk.code(text, wallet.sign(text)) == "ok"


# ── the end of a session is heard everywhere ─────────────────────────────────────────────────────────────────────


def heard(sign_in: SignIn) -> list[tuple[str, str]]:
    ends: list[tuple[str, str]] = []
    sign_in.on_revoked(lambda session_id, reason: ends.append((session_id, reason)))
    return ends


async def test_this_process_hears_at_once(desk: Desk) -> None:
    ends = heard(desk.sign_in)
    wallet = Wallet()
    token, out = await desk.enter(wallet)
    _, revoked = await desk.enter(wallet)
    await desk.sign_in.sign_out(token)
    await desk.sign_in.revoke(wallet.address, revoked.id)
    assert ends == [(out.id, "signed_out"), (revoked.id, "revoked")]


async def test_another_process_hears_within_a_second_and_only_once() -> None:
    desk = Desk(clock=SystemClock())  # type: ignore[arg-type]  # real time: this is about a second
    wallet = Wallet()
    token, session = await desk.enter(wallet)
    there = await desk.another_process()
    ends = heard(there)
    assert await there.authenticate(token) is not None
    watching = asyncio.create_task(there.watch())
    try:
        await asyncio.sleep(0.1)
        await desk.sign_in.revoke(wallet.address, session.id)
        async with asyncio.timeout(60):
            while not ends:
                await asyncio.sleep(0.01)
        assert await there.authenticate(token) is None
        await asyncio.sleep(0.9)
    finally:
        watching.cancel()
    assert ends == [(session.id, "revoked")]


async def test_who_is_just_coming_in_while_the_session_ends_does_not(desk: Desk) -> None:
    """What the store said a moment before its end comes back a moment after everybody was told."""
    token, session = await desk.enter()

    class Slow(MemorySessionStore):
        async def by_token(self, token_hash: bytes) -> Session | None:
            found = await desk.store.by_token(token_hash)
            await elsewhere.revoke(session.account, session.id)
            return found

        async def by_id(self, session_id: str) -> Session | None:
            return await desk.store.by_id(session_id)

        async def end(self, session_id: str, by: str, now: int) -> bool:
            return await desk.store.end(session_id, by, now)

    elsewhere = SignIn(Slow(), desk.clock, desk.rules)
    told: list[str] = []
    elsewhere.on_revoked(lambda ended, reason: told.append(ended))
    assert await elsewhere.authenticate(token) is None
    assert told == [session.id]
    assert await elsewhere.authenticate(token) is None


async def test_an_expired_session_is_told_once_and_a_refreshed_one_is_not(desk: Desk) -> None:
    token, session = await desk.enter(expiration_time=rfc3339(desk.clock.ms + 2 * HOUR))
    there = SignIn(desk.store, desk.clock, replace(desk.rules, session_hours=1))
    short_token, short = await desk.enter()
    ends = heard(there)
    await there.authenticate(token)
    await there.authenticate(short_token)
    await desk.sign_in.refresh(short_token)
    desk.clock.advance(2 * HOUR)
    for _ in range(3):
        await there._live.look()
    assert ends == [(session.id, "expired")]
    desk.clock.advance(22 * HOUR)
    await there._live.look()
    assert ends[1:] == [(short.id, "expired")]


class FailingStore(MemorySessionStore):
    """A database that is away while `broken`."""

    broken = False

    async def by_id(self, session_id: str) -> Session | None:
        if self.broken:
            raise StoreError("away")
        return await super().by_id(session_id)


async def test_an_outage_loses_no_expiry() -> None:
    store = FailingStore()
    desk = Desk(store=store)
    _, session = await desk.enter(expiration_time=rfc3339(desk.clock.ms + HOUR))
    ends = heard(desk.sign_in)
    desk.clock.advance(HOUR)
    store.broken = True
    with pytest.raises(StoreError):
        await desk.sign_in._live.look()
    store.broken = False
    await desk.sign_in._live.look()
    assert ends == [(session.id, "expired")]


async def test_a_rotated_token_dies_in_every_process(desk: Desk) -> None:
    token, _ = await desk.enter()
    there = await desk.another_process()
    assert await there.authenticate(token) is not None
    desk.clock.advance(1)
    await desk.sign_in.refresh(token)
    await there._live.look()
    assert await there.authenticate(token) is None


async def test_old_knowledge_is_not_trusted_when_nobody_watches(desk: Desk) -> None:
    token, _ = await desk.enter()
    there = await desk.another_process()
    assert await there.authenticate(token) is not None
    await desk.sign_in.sign_out(token)
    desk.clock.advance(6_000)
    assert await there.authenticate(token) is None


async def test_a_listener_that_fails_keeps_no_other_from_hearing(desk: Desk) -> None:
    def broken(session_id: str, reason: str) -> None:
        raise RuntimeError("a bug")

    desk.sign_in.on_revoked(broken)
    ends = heard(desk.sign_in)
    token, session = await desk.enter()
    with capture_logs() as said:
        await desk.sign_in.sign_out(token)
    assert ends == [(session.id, "signed_out")]
    assert [line["event"] for line in said] == ["sign_in.listener_failed"]


# ── session keys ─────────────────────────────────────────────────────────────────────────────────────────────────


async def keyed(desk: Desk, wallet: Wallet, room: str | None = None, **changes: Any) -> str:
    answer = await desk.sign_in.nonce(APP, KEY.lower(), room)
    urn = f"urn:parlour:session-key:{KEY}" + (f"?room={room}" if room else "")
    return siwe.build(message_for(answer, wallet.address, **{"resources": (urn,), **changes}))


async def test_the_statement_names_the_key_and_its_end_in_words(desk: Desk) -> None:
    answer = await desk.sign_in.nonce(APP, KEY)
    until = rfc3339(desk.clock.ms + 24 * HOUR)[:16].replace("T", " ") + " UTC"
    assert answer["statement"].startswith("Sign in to Parlour. ")
    assert KEY in answer["statement"]
    assert until in answer["statement"]
    scoped = await desk.sign_in.nonce(APP, KEY, "duel-7")
    assert "in the room duel-7" in scoped["statement"]
    with pytest.raises(Invalid):
        await desk.sign_in.nonce(APP, "0x1234")


@pytest.mark.parametrize("room", [None, "duel-7"])
async def test_one_signature_signs_in_and_delegates(desk: Desk, room: str | None) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, room)
    signature = wallet.sign(text)
    token, session = await desk.sign_in.verify(text, signature, APP)
    assert (session.session_key, session.key_room) == (KEY, room)
    assert session.key_until is not None
    assert 0 <= desk.clock.ms + 24 * HOUR - session.key_until < 60_000
    assert session.to_json()["sessionKey"] == KEY
    desk.clock.advance(5)
    await desk.sign_in.sign_out(token)
    assert await desk.sign_in.delegations(wallet.address) == [
        {
            "account": wallet.address,
            "sessionKey": KEY,
            "message": text,
            "signature": signature,
            "from": session.created_at,
            "until": session.key_until,
            "revokedAt": session.created_at + 5,
        }
    ]


async def test_a_client_may_narrow_the_key_to_a_room(desk: Desk) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, resources=(f"urn:parlour:session-key:{KEY}?room=duel-7",))
    _, session = await desk.sign_in.verify(text, wallet.sign(text), APP)
    assert session.key_room == "duel-7"


async def test_a_key_never_outlives_what_the_wallet_signed(desk: Desk) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, expiration_time=rfc3339(desk.clock.ms + HOUR))
    _, session = await desk.sign_in.verify(text, wallet.sign(text), APP)
    assert session.key_until == desk.clock.ms + HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"resources": None},
        {"resources": ()},
        {"resources": ("https://a.example",)},
        {"resources": (f"urn:parlour:session-key:{DEV.address}",)},
        {"resources": (f"urn:parlour:session-key:{KEY}", f"urn:parlour:session-key:{DEV.address}")},
        {"statement": None},
        {"statement": "Sign in to Parlour."},
    ],
)
async def test_a_delegation_needs_both_the_words_and_the_resource(desk: Desk, changes: dict[str, Any]) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, **changes)
    assert await desk.code(text, wallet.sign(text)) == "malformed"


async def test_an_empty_session_key_is_none(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.sign_in.nonce(APP, "")


async def test_a_key_nobody_was_asked_about_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, resources=(f"urn:parlour:session-key:{KEY}",)))
    assert await desk.code(text, wallet.sign(text)) == "malformed"


async def test_a_key_for_one_room_is_not_widened(desk: Desk) -> None:
    wallet = Wallet()
    for urn in (f"urn:parlour:session-key:{KEY}", f"urn:parlour:session-key:{KEY}?room=duel-8"):
        text = await keyed(desk, wallet, "duel-7", resources=(urn,))
        assert await desk.code(text, wallet.sign(text)) == "malformed"


# ── Solana ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_solana_wallet_signs_in_and_refreshes(desk: Desk) -> None:
    wallet = SolanaWallet()
    text = solana_text(await desk.sign_in.nonce(APP), wallet.address)
    token, session = await desk.sign_in.verify(text, wallet.sign(text), APP)
    assert (session.account, session.chain_id) == (f"solana:mainnet:{wallet.address}", "mainnet")
    assert (await desk.sign_in.refresh(token))[1].id == session.id


async def test_a_solana_sign_in_obeys_the_same_rules(desk: Desk) -> None:
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


async def test_solana_can_be_turned_off(desk: Desk) -> None:
    wallet = SolanaWallet()
    closed = Desk(rules=replace(desk.rules, solana_chains=()))
    text = solana.build(
        message_for(await closed.sign_in.nonce(APP), wallet.address, namespace="solana", chain_id="mainnet")
    )
    assert await closed.code(text, wallet.sign(text)) == "chain"


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
