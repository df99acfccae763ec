"""Which signatures prove an account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parlour.core.identity import siwe
from tests.runtime.identity.desk import DEV, Desk
from tests.wallets import ORDER, Wallet


async def test_signature_of_a_stranger_is_refused_and_consumes_no_nonce(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    for _ in range(5):
        assert await desk.code(text, Wallet().sign(text)) == "signature"
    assert await desk.code(text, wallet.sign(text + " ")) == "signature"
    assert await desk.code(text, wallet.sign(text)) == "ok"


async def test_signature_with_a_high_s_is_refused(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    plain = bytes.fromhex(wallet.sign(text)[2:])
    s = ORDER - int.from_bytes(plain[32:64], "big")
    twin = plain[:32] + s.to_bytes(32, "big") + bytes([55 - plain[64]])
    assert await desk.code(text, "0x" + twin.hex()) == "signature"
    assert await desk.code(text, "0x" + plain.hex()) == "ok"


async def test_signature_in_compact_form_is_accepted(desk: Desk) -> None:
    wallet = Wallet()
    text = siwe.build(await desk.message(wallet))
    plain = bytes.fromhex(wallet.sign(text)[2:])
    packed = int.from_bytes(plain[32:64], "big") | (plain[64] - 27) << 255
    assert await desk.code(text, "0x" + (plain[:32] + packed.to_bytes(32, "big")).hex()) == "ok"


@pytest.mark.parametrize("signature", ["0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "00" * 64])
async def test_signature_that_is_none_is_refused(desk: Desk, signature: str) -> None:
    assert await desk.code(siwe.build(await desk.message(Wallet())), signature) == "signature"


async def test_signature_by_a_key_that_everybody_has_is_refused(desk: Desk) -> None:
    public = Desk(rules=replace(desk.rules, refused_accounts=frozenset({DEV.address.lower()})))
    text = siwe.build(await public.message(DEV))
    assert await public.code(text, DEV.sign(text)) == "signature"
