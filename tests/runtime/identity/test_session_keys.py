"""Session keys: one signature signs in and delegates, and never more than the user read."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.identity import siwe
from parlour.core.identity.siwe import rfc3339
from parlour.errors import Invalid
from tests.runtime.identity.desk import APP, DEV, HOUR, KEY, Desk
from tests.wallets import Wallet, message_for


async def keyed(desk: Desk, wallet: Wallet, room: str | None = None, **changes: Any) -> str:
    answer = await desk.sign_in.nonce(APP, KEY.lower(), room)
    urn = f"urn:parlour:session-key:{KEY}" + (f"?room={room}" if room else "")
    return siwe.build(message_for(answer, wallet.address, **{"resources": (urn,), **changes}))


async def test_statement_names_the_key_and_its_end_in_words(desk: Desk) -> None:
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
async def test_signature_signs_in_and_delegates_at_once(desk: Desk, room: str | None) -> None:
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


async def test_key_may_be_narrowed_to_a_room_by_the_client(desk: Desk) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, resources=(f"urn:parlour:session-key:{KEY}?room=duel-7",))
    _, session = await desk.sign_in.verify(text, wallet.sign(text), APP)
    assert session.key_room == "duel-7"


async def test_key_never_outlives_what_the_wallet_signed(desk: Desk) -> None:
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
async def test_delegation_needs_both_the_words_and_the_resource(desk: Desk, changes: dict[str, Any]) -> None:
    wallet = Wallet()
    text = await keyed(desk, wallet, **changes)
    assert await desk.code(text, wallet.sign(text)) == "malformed"


async def test_nonce_for_an_empty_key_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.sign_in.nonce(APP, "")


async def test_key_that_the_user_was_not_asked_about_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet, resources=(f"urn:parlour:session-key:{KEY}",)))
    assert await desk.code(text, wallet.sign(text)) == "malformed"


async def test_key_for_one_room_is_not_widened(desk: Desk) -> None:
    wallet = Wallet()
    for urn in (f"urn:parlour:session-key:{KEY}", f"urn:parlour:session-key:{KEY}?room=duel-8"):
        text = await keyed(desk, wallet, "duel-7", resources=(urn,))
        assert await desk.code(text, wallet.sign(text)) == "malformed"
