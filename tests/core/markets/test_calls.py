"""Answers of tokens and pools that say too much, too little, or the wrong thing."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from parlour.core.markets.calls import address_in, call_of, decimals_in, signed, symbol_in, words


def hexed(kind: str, value: Any) -> str:
    return "0x" + encode([kind], [value]).hex()


def test_call_is_selector_and_arguments() -> None:
    call = call_of("0x01", "balanceOf(address)", "0x" + "11" * 20)
    assert call["data"] == "0x70a08231" + "00" * 12 + "11" * 20
    assert call_of("0x01", "decimals()")["data"] == "0x313ce567"


@pytest.mark.parametrize("answer", ["0x", "", None, 5, "0x12", "0x" + "zz" * 32, "0x" + "00" * 70_000])
def test_odd_answer_is_none(answer: Any) -> None:
    assert words(answer) is None
    assert address_in(answer) is None
    assert decimals_in(answer) is None
    assert symbol_in(answer) is None


def test_symbol_is_a_string_or_32_bytes() -> None:
    assert symbol_in(hexed("string", "USDC")) == "USDC"
    assert symbol_in("0x" + b"MKR".ljust(32, b"\0").hex()) == "MKR"
    assert symbol_in(hexed("string", "")) is None
    assert symbol_in(hexed("string", "x" * 33)) is None
    assert symbol_in(hexed("string", "a\nb")) is None
    assert symbol_in("0x" + b"\xff\xfe".ljust(32, b"\0").hex()) is None


def test_decimals_beyond_a_byte_are_none() -> None:
    assert decimals_in(hexed("uint256", 18)) == 18
    assert decimals_in(hexed("uint256", 2**256 - 1)) is None


def test_zero_address_is_none() -> None:
    assert address_in(hexed("address", "0x" + "00" * 20)) is None
    assert address_in(hexed("uint256", 1 << 160)) is None
    assert address_in(hexed("address", "0x" + "ab" * 20)) == "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"


def test_negative_word_is_read() -> None:
    assert signed(2**256 - 5) == -5
    assert signed(5) == 5
