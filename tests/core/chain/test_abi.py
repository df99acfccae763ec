"""Event signatures: read from text and JSON, and written back."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.chain.abi import parse_event, read_abi, watch_warning
from parlour.errors import Invalid


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("Transfer(address indexed from, address indexed to, uint256 value)", "Transfer(address,address,uint256)"),
        ("event Transfer(address,address,uint);", "Transfer(address,address,uint256)"),
        ("  Nothing()  ", "Nothing()"),
        ("Row((uint8 a, string b)[2][] indexed rows, bytes data)", "Row((uint8,string)[2][],bytes)"),
        ("Call(function f, int x, bytes32[] y)", "Call(function,int256,bytes32[])"),
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
def test_text_that_is_no_signature_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Invalid, match="The event cannot be read") as refused:
        parse_event(text)
    assert refused.value.details == {"path": "watch.event"}


def test_topic0_is_the_hash_of_the_signature() -> None:
    transfer = parse_event("Transfer(address indexed from, address indexed to, uint256 value)")
    assert transfer.topic0 == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def test_uploaded_abi_gives_its_events() -> None:
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
def test_abi_without_a_usable_event_is_refused(abi: Any) -> None:
    with pytest.raises(Invalid):
        read_abi(abi)


def test_list_of_signatures_gives_the_event_of_each() -> None:
    texts = ["Made(address pool)", "Swap(uint256 amount)"]
    assert [event.name for event in read_abi(texts)] == ["Made", "Swap"]
    with pytest.raises(Invalid):
        read_abi(["Made(address pool)", "nonsense"])


def test_function_parameter_is_hashed_as_solc_does() -> None:
    topic0 = "0x9c807cc7256adaa6c5c633a24e023f599d6d1aac079f350dcf809ea738278f5f"
    assert parse_event("E(function)").topic0 == parse_event("E(function indexed f)").topic0 == topic0


def test_event_that_cannot_be_read_leaves_the_others_of_its_abi() -> None:
    odd = {"type": "event", "name": "Odd", "inputs": [{"name": "x", "type": "fixed168x10"}]}
    good = {"type": "event", "name": "Good", "inputs": [{"name": "x", "type": "uint256"}]}
    assert [event.name for event in read_abi([odd, good])] == ["Good"]
    with pytest.raises(Invalid, match="fixed168x10"):
        read_abi([odd])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dup(uint256 arg1, uint256)", ("arg1", "arg1_")),
        ("Dup(uint256, uint256 arg0)", ("arg0_", "arg0")),
        ("Dup(uint256 a, uint256 a)", ("a", "arg1")),
        ("Dup(uint256, uint256)", ("arg0", "arg1")),
    ],
)
def test_each_parameter_has_a_key_of_its_own(text: str, names: tuple[str, ...]) -> None:
    assert parse_event(text).names == names


@pytest.mark.parametrize(
    ("abi", "warning"),
    [
        ("Transfer(address,address,uint256)", "indexed"),
        ("Transfer(address indexed from, address indexed to, uint256 value)", None),
        ("Paused()", None),
        (["Paused()", "Transfer(address,address,uint256)"], "indexed"),
        (["Made(address indexed pool)"], None),
        ({"type": "event", "name": "A", "inputs": [{"name": "x", "type": "uint256"}]}, None),
        ([{"type": "event", "name": "A", "inputs": [{"name": "x", "type": "uint256"}]}], None),
    ],
)
def test_signature_without_indexed_parameters_is_warned_of(abi: Any, warning: str | None) -> None:
    assert watch_warning(abi) == warning
