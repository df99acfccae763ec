"""The end of a session is heard in every process, once, and within a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from parlour.core.identity import siwe
from parlour.core.identity.siwe import rfc3339
from parlour.runtime.foreign_changes import follow
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeClock, settle
from tests.runtime.identity.desk import APP, HOUR, Desk
from tests.wallets import Wallet, message_for


def heard(sign_in: SignIn) -> list[tuple[str, str]]:
    """Collect the ends that listeners hear from now on."""
    ends: list[tuple[str, str]] = []
    sign_in.on_revoked(lambda session_id, reason: ends.append((session_id, reason)))
    return ends


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock=clock)


@pytest.fixture
async def elsewhere(desk: Desk, clock: FakeClock) -> AsyncIterator[SignIn]:
    """Another process that follows the store's changes."""
    there = await desk.another_process()
    following = asyncio.create_task(follow({"sessions": there.look}, clock))
    await settle()
    yield there
    following.cancel()


async def test_end_is_heard_at_once_in_the_same_process(desk: Desk) -> None:
    ends = heard(desk.sign_in)
    wallet = Wallet()
    token, out = await desk.enter(wallet)
    _, revoked = await desk.enter(wallet)
    await desk.sign_in.sign_out(token)
    await desk.sign_in.revoke(wallet.address, revoked.id)
    assert ends == [(out.id, "signed_out"), (revoked.id, "revoked")]


async def test_end_is_heard_within_a_second_and_once_elsewhere(desk: Desk, clock: FakeClock, elsewhere: SignIn) -> None:
    wallet = Wallet()
    token, session = await desk.enter(wallet)
    ends = heard(elsewhere)
    assert await elsewhere.authenticate(token) is not None
    await clock.advance(0.1)
    await desk.sign_in.revoke(wallet.address, session.id)
    await clock.advance(1)
    assert ends == [(session.id, "revoked")]
    assert await elsewhere.authenticate(token) is None
    await clock.advance(60)
    assert ends == [(session.id, "revoked")]


async def test_token_is_refused_when_its_session_ends_during_the_look_up(desk: Desk) -> None:
    """What the store answered a moment before the end comes back a moment after everybody heard of it."""
    token, session = await desk.enter()

    class Slow(MemorySessionStore):
        async def by_token(self, token_hash: bytes) -> Session | None:
            found = await desk.store.by_token(token_hash)
            await there.revoke(session.account, session.id)
            return found

        async def by_id(self, session_id: str) -> Session | None:
            return await desk.store.by_id(session_id)

        async def end(self, session_id: str, by: str, now: int) -> bool:
            return await desk.store.end(session_id, by, now)

    there = SignIn(Slow(), desk.clock, desk.rules)
    ends = heard(there)
    assert await there.authenticate(token) is None
    assert ends == [(session.id, "revoked")]
    assert await there.authenticate(token) is None


async def test_expiry_is_heard_once_and_not_of_a_refreshed_session(
    desk: Desk, clock: FakeClock, elsewhere: SignIn
) -> None:
    token, session = await desk.enter(expiration_time=rfc3339(clock.now() + 2 * HOUR))
    brief = SignIn(desk.store, clock, replace(desk.rules, session_hours=1))
    wallet, a_day = Wallet(), rfc3339(clock.now() + 24 * HOUR)
    text = siwe.build(message_for(await brief.nonce(APP), wallet.address, expiration_time=a_day))
    short_token, short = await brief.verify(text, wallet.sign(text), APP)
    ends = heard(elsewhere)
    await elsewhere.authenticate(token)
    await elsewhere.authenticate(short_token)
    await desk.sign_in.refresh(short_token)
    clock.spend(2 * HOUR / 1000)
    await clock.advance(2)
    assert ends == [(session.id, "expired")]
    clock.spend(22 * HOUR / 1000)
    await clock.advance(2)
    assert ends[1:] == [(short.id, "expired")]


class FailingStore(MemorySessionStore):
    """A database that is away while `broken`, and counts how often it is asked for a session."""

    broken, asked = False, 0

    async def by_id(self, session_id: str) -> Session | None:
        self.asked += 1
        if self.broken:
            raise StoreError("away")
        return await super().by_id(session_id)


async def test_expiry_during_an_outage_is_heard_after_it(clock: FakeClock) -> None:
    store = FailingStore()
    desk = Desk(clock=clock, store=store)
    _, session = await desk.enter(expiration_time=rfc3339(clock.now() + HOUR))
    ends = heard(desk.sign_in)
    following = asyncio.create_task(follow({"sessions": desk.sign_in.look}, clock))
    await settle()
    store.broken = True
    clock.spend(HOUR / 1000)
    await clock.advance(2)
    assert ends == []
    store.broken = False
    await clock.advance(1)
    following.cancel()
    assert ends == [(session.id, "expired")]


async def test_session_when_it_was_refreshed_is_looked_up_at_its_last_end_alone(clock: FakeClock) -> None:
    store = FailingStore()
    desk = Desk(clock=clock, store=store)
    brief, wallet = SignIn(store, clock, replace(desk.rules, session_hours=1)), Wallet()
    a_day = rfc3339(clock.now() + 24 * HOUR)
    text = siwe.build(message_for(await brief.nonce(APP), wallet.address, expiration_time=a_day))
    token, session = await brief.verify(text, wallet.sign(text), APP)
    for _ in range(3):
        clock.spend(60)
        token, _ = await brief.refresh(token)
    ends, store.asked = heard(brief), 0
    clock.spend(2 * HOUR / 1000)
    await brief.look()
    assert (ends, store.asked) == ([(session.id, "expired")], 1)


async def test_token_that_was_replaced_is_refused_in_every_process(
    desk: Desk, clock: FakeClock, elsewhere: SignIn
) -> None:
    token, _ = await desk.enter()
    assert await elsewhere.authenticate(token) is not None
    await clock.advance(0.1)
    await desk.sign_in.refresh(token)
    await clock.advance(1)
    assert await elsewhere.authenticate(token) is None


async def test_memory_is_not_trusted_when_changes_were_not_read_for_long(desk: Desk, clock: FakeClock) -> None:
    token, _ = await desk.enter()
    there = await desk.another_process()
    assert await there.authenticate(token) is not None
    await desk.sign_in.sign_out(token)
    clock.spend(6)
    assert await there.authenticate(token) is None


async def test_listener_that_raises_keeps_no_other_from_hearing(desk: Desk) -> None:
    def broken(session_id: str, reason: str) -> None:
        raise RuntimeError("a bug")

    desk.sign_in.on_revoked(broken)
    ends = heard(desk.sign_in)
    token, session = await desk.enter()
    with capture_logs() as said:
        await desk.sign_in.sign_out(token)
    assert ends == [(session.id, "signed_out")]
    assert [line["event"] for line in said] == ["sign_in.listener_failed"]
