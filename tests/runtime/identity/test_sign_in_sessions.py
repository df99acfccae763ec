"""Sessions: tokens, how long they live, refreshing, devices."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from parlour.core.identity import siwe
from parlour.core.identity.siwe import rfc3339
from parlour.errors import NotFound, RateLimited, Unauthorized
from parlour.runtime.identity.sign_in import SignIn
from tests.runtime.identity.desk import APP, DEV, HOUR, Desk
from tests.wallets import Wallet


async def test_token_is_known_and_no_other_text_is(desk: Desk) -> None:
    token, session = await desk.enter()
    assert await desk.sign_in.authenticate(token) == session
    assert await (await desk.another_process()).authenticate(token) == session
    for wrong in ("", token + "x", token[:-1], session.id, session.account):
        assert await desk.sign_in.authenticate(wrong) is None


async def test_store_never_sees_a_token(desk: Desk) -> None:
    token, _ = await desk.enter()
    assert token not in repr(vars(desk.store))


async def test_session_lives_as_long_as_message_and_rules_allow(desk: Desk) -> None:
    _, asked = await desk.enter(expiration_time=rfc3339(desk.clock.ms + HOUR))
    assert asked.expires_at == desk.clock.ms + HOUR
    _, capped = await desk.enter(expiration_time=rfc3339(desk.clock.ms + 1000 * HOUR))
    assert capped.expires_at == desk.clock.ms + 24 * HOUR
    token, plain = await desk.enter(expiration_time=None)
    assert plain.expires_at == desk.clock.ms + 24 * HOUR
    desk.clock.advance(24 * HOUR)
    assert await desk.sign_in.authenticate(token) is None


async def test_refresh_replaces_the_token(desk: Desk) -> None:
    token, session = await desk.enter()
    fresh, renewed = await desk.sign_in.refresh(token)
    assert renewed.id == session.id
    assert await desk.sign_in.authenticate(token) is None
    assert await desk.sign_in.authenticate(fresh) == renewed
    with pytest.raises(Unauthorized):
        await desk.sign_in.refresh(token)


async def test_refresh_never_outlives_the_message(desk: Desk) -> None:
    limit = desk.clock.ms + 30 * HOUR
    token, _ = await desk.enter(expiration_time=rfc3339(limit))
    desk.clock.advance(10 * HOUR)
    _, renewed = await desk.sign_in.refresh(token)
    assert renewed.expires_at == limit


async def test_refresh_when_ten_race_succeeds_once(desk: Desk) -> None:
    token, _ = await desk.enter()
    answers = await asyncio.gather(*(desk.sign_in.refresh(token) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, tuple) for answer in answers) == 1


async def test_sign_out_ends_its_session_alone(desk: Desk) -> None:
    wallet = Wallet()
    phone, _ = await desk.enter(wallet)
    laptop, kept = await desk.enter(wallet)
    await desk.sign_in.sign_out(phone)
    assert await desk.sign_in.authenticate(phone) is None
    assert await desk.sign_in.authenticate(laptop) == kept
    with pytest.raises(Unauthorized):
        await desk.sign_in.sign_out(phone)


async def test_session_is_revoked_by_its_account_alone(desk: Desk) -> None:
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


async def test_session_has_the_server_role_that_the_rules_give_now(desk: Desk) -> None:
    token, session = await desk.enter(DEV)
    assert session.rank == 4
    plain = SignIn(desk.store, desk.clock, replace(desk.rules, roles={}))
    found = await plain.authenticate(token)
    assert found is not None
    assert found.rank == 0


async def test_sign_in_that_comes_too_often_is_refused_and_keeps_its_nonce(desk: Desk) -> None:
    async def full(account: str) -> None:
        raise RateLimited

    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    with pytest.raises(RateLimited):
        await SignIn(desk.store, desk.clock, desk.rules, admit=full).verify(text, wallet.sign(text), APP)
    assert await desk.code(text, wallet.sign(text)) == "ok"
