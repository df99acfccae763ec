"""Logs become values that a room may keep, or are undecodable."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.chain.abi import parse_event
from parlour.core.chain.decoding import Undecodable, make_decoder


def data(types: list[str], *values: Any) -> str:
    return "0x" + encode(types, values).hex()


def test_decoded_values_are_what_a_room_may_keep() -> None:
    event = parse_event(
        "E(address who, bool yes, int24 down, bytes4 four, bytes any, string text, "
        "(uint8 a, string b) pair, uint256[] n)"
    )
    types = ["address", "bool", "int24", "bytes4", "bytes", "string", "(uint8,string)", "uint256[]"]
    values = ("0x" + "ab" * 20, True, -5, b"\x01\x02\x03\x04", b"\xff", "héé", (1, "x"), [1, 2**256 - 1])
    args = make_decoder(event)([event.topic0], data(types, *values))
    assert args == {
        "who": to_checksum_address("0x" + "ab" * 20), "yes": True, "down": "-5", "four": "0x01020304", "any": "0xff",
        "text": "héé", "pair": {"a": "1", "b": "x"}, "n": ["1", str(2**256 - 1)],
    }  # fmt: skip


def test_unnamed_and_repeated_names_get_their_place() -> None:
    event = parse_event("E(uint8, uint8 a, uint8 a)")
    assert make_decoder(event)([event.topic0], data(["uint8"] * 3, 1, 2, 3)) == {"arg0": "1", "a": "2", "arg2": "3"}


def test_arguments_keep_the_order_of_the_signature() -> None:
    event = parse_event("E(uint8 first, uint8 indexed second, uint8 third)")
    args = make_decoder(event)([event.topic0, "0x" + "00" * 31 + "02"], data(["uint8"] * 2, 1, 3))
    assert list(args.items()) == [("first", "1"), ("second", "2"), ("third", "3")]


def test_indexed_string_is_only_its_hash() -> None:
    event = parse_event("E(string indexed s)")
    assert make_decoder(event)([event.topic0, "0x" + "cd" * 32], "0x") == {"s": "0x" + "cd" * 32}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("E(address a)", "ff" * 32), ("E(bool a)", "00" * 31 + "02"), ("E(uint8 a)", "00" * 30 + "0100"),
        ("E(int8 a)", "00" * 31 + "80"), ("E(bytes2 a)", "00" * 31 + "01"), ("E(uint256 a)", "00" * 31),
        ("E(string a)", "ff" * 64), ("E(string a)", "00" * 31 + "20" + "00" * 31 + "02" + "fffe" + "00" * 30),
        ("E(uint256[] a)", "00" * 31 + "20" + "ff" * 32),
    ],
)  # fmt: skip
def test_words_that_do_not_fit_their_type_are_undecodable(text: str, words: str) -> None:
    event = parse_event(text)
    with pytest.raises(Undecodable):
        make_decoder(event)([event.topic0], "0x" + words)


KINDS: dict[str, Any] = {
    "uint256": st.integers(0, 2**256 - 1), "uint8": st.integers(0, 255), "int256": st.integers(-(2**255), 2**255 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1), "bool": st.booleans(), "bytes32": st.binary(min_size=32, max_size=32),
    "bytes3": st.binary(min_size=3, max_size=3),
    "address": st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex()),
}  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6).flatmap(
    lambda kinds: st.tuples(st.just(kinds), st.tuples(*(KINDS[k] for k in kinds)))
))  # fmt: skip
def test_fast_path_agrees_with_eth_abi(case: tuple[list[str], tuple[Any, ...]]) -> None:
    kinds, values = case
    event = parse_event(f"E({', '.join(f'{k} a{n}' for n, k in enumerate(kinds))})")
    slow = parse_event(f"E({', '.join(f'{k} a{n}' for n, k in enumerate(kinds))}, bytes tail)")
    fast = make_decoder(event)([event.topic0], data(kinds, *values))
    other = make_decoder(slow)([slow.topic0], data([*kinds, "bytes"], *values, b""))
    assert fast == {k: v for k, v in other.items() if k != "tail"}


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_undecodable(noise: bytes) -> None:
    for text in ("E(string a, (bytes b, uint8[] c)[] d)", "E(uint8 a, address b)", "E(bytes[2][] x)"):
        event = parse_event(text)
        try:
            make_decoder(event)([event.topic0], "0x" + noise.hex())
        except Undecodable:
            pass
