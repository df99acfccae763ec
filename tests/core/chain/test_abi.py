"""Event signatures: read, written back, and decoded."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.chain.abi import parse_event, read_abi
from parlour.core.chain.decoding import Undecodable, make_decoder
from parlour.core.chain.topics import where_topics
from parlour.errors import Invalid


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("Transfer(address indexed from, address indexed to, uint256 value)", "Transfer(address,address,uint256)"),
        ("event Transfer(address,address,uint);", "Transfer(address,address,uint256)"),
        ("  Nothing()  ", "Nothing()"),
        ("Row((uint8 a, string b)[2][] indexed rows, bytes data)", "Row((uint8,string)[2][],bytes)"),
        ("Call(function f, int x, bytes32[] y)", "Call(bytes24,int256,bytes32[])"),
        ("$weird_1(tuple(address who, (bool yes) inner) t)", "$weird_1((address,(bool)))"),
    ],
)
def test_signatures_read_as_solidity_writes_them(text: str, signature: str) -> None:
    event = parse_event(text)
    assert event.signature == signature
    assert parse_event(event.text) == event


@pytest.mark.parametrize(
    "text",
    [
        "", "Transfer", "Transfer(", "Transfer(uint", "Transfer(uint7 a)", "Transfer(uint264 a)", "Transfer(bytes33 b)",
        "Transfer(bytes0 b)", "Transfer(adress a)", "Transfer(uint indexed a b)", "Transfer(uint a indexed)",
        "Transfer(uint a) anonymous", "Transfer(uint a) x", "1x(uint a)", "T(uint a,)", "T(,)", "T(uint[-1] a)",
        "T(((((((((((uint))))))))))", "T(uint indexed a, uint indexed b, uint indexed c, uint indexed d)",
        "T(" + "uint a," * 70 + "uint b)", "Té(uint a)", "T((uint indexed a) b)", "T(" + "a" * 5000 + ")",
    ],
)  # fmt: skip
def test_what_is_not_a_signature_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Invalid, match="The event cannot be read") as refused:
        parse_event(text)
    assert refused.value.details == {"path": "watch.event"}


def test_topic0_is_the_hash_of_the_signature() -> None:
    transfer = parse_event("Transfer(address indexed from, address indexed to, uint256 value)")
    assert transfer.topic0 == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def test_an_uploaded_abi_gives_its_events() -> None:
    abi = [
        {"type": "function", "name": "f", "inputs": []},
        {"type": "event", "name": "A", "inputs": [{"name": "x", "type": "uint256", "indexed": True}]},
        {"type": "event", "name": "B", "anonymous": True, "inputs": []},
        {
            "type": "event", "name": "C",
            "inputs": [{"name": "t", "type": "tuple[]", "components": [{"name": "y", "type": "bool"}]}],
        },
    ]  # fmt: skip
    assert [e.text for e in read_abi(abi)] == ["A(uint256 indexed x)", "C((bool y)[] t)"]
    assert [e.name for e in read_abi(abi[1])] == ["A"]


@pytest.mark.parametrize(
    "abi",
    [
        [], {}, 7, None, [{"type": "function"}], [{"type": "event"}], [{"type": "event", "name": "A", "inputs": [{}]}],
        [{"type": "event", "name": "A", "inputs": [{"type": "tuple"}]}],
        [{"type": "event", "name": "a b", "inputs": []}],
        [{"type": "event", "name": f"E{n}", "inputs": []} for n in range(33)], [{}] * 600,
    ],
)  # fmt: skip
def test_an_abi_without_a_usable_event_is_refused(abi: Any) -> None:
    with pytest.raises(Invalid):
        read_abi(abi)


def data(types: list[str], *values: Any) -> str:
    return "0x" + encode(types, values).hex()


def test_values_become_what_a_room_may_keep() -> None:
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


def test_an_indexed_string_is_only_its_hash() -> None:
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


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6).flatmap(
    lambda kinds: st.tuples(st.just(kinds), st.tuples(*(KINDS[k] for k in kinds)))
))  # fmt: skip
def test_the_fast_path_agrees_with_eth_abi(case: tuple[list[str], tuple[Any, ...]]) -> None:
    kinds, values = case
    event = parse_event(f"E({', '.join(f'{k} a{n}' for n, k in enumerate(kinds))})")
    slow = parse_event(f"E({', '.join(f'{k} a{n}' for n, k in enumerate(kinds))}, bytes tail)")
    fast = make_decoder(event)([event.topic0], data(kinds, *values))
    other = make_decoder(slow)([slow.topic0], data([*kinds, "bytes"], *values, b""))
    assert fast == {k: v for k, v in other.items() if k != "tail"}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_undecodable(noise: bytes) -> None:
    for text in ("E(string a, (bytes b, uint8[] c)[] d)", "E(uint8 a, address b)", "E(bytes[2][] x)"):
        event = parse_event(text)
        try:
            make_decoder(event)([event.topic0], "0x" + noise.hex())
        except Undecodable:
            pass


TRANSFER = parse_event("Transfer(address indexed from, address indexed to, uint256 value)")


def test_a_filter_becomes_topics() -> None:
    topics = where_topics([TRANSFER], {"to": ["0x" + "11" * 20, "0x" + "22" * 20]})
    assert topics == [None, frozenset({"0x" + "00" * 12 + "11" * 20, "0x" + "00" * 12 + "22" * 20})]
    text = parse_event("N(string indexed s, bool indexed b, int8 indexed i)")
    words = where_topics([text], {"s": "hi", "b": True, "i": "-1"})
    assert words[0] == frozenset({"0x7624778dedc75f8b322b9fa1632a610d40b85e106c7d9bf0e743a9ce291b9c6f"})
    assert words[2] == frozenset({"0x" + "ff" * 32})


@pytest.mark.parametrize(
    "where",
    [{"value": 1}, {"nobody": 1}, {"from": "0x12"}, {"from": []}, {"from": 7}, {"from": None}, {"from": {"a": 1}}],
)
def test_a_filter_that_cannot_match_is_refused_by_name(where: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="where"):
        where_topics([TRANSFER], where)


def test_a_filter_needs_exactly_one_event() -> None:
    with pytest.raises(Invalid, match="exactly one"):
        where_topics([TRANSFER, parse_event("A()")], {"from": "0x" + "11" * 20})
