"""Signatures of functions that a gate calls, and their call data."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from parlour.core.gates.function import parse_function
from parlour.errors import Invalid

ME = "0x" + "11" * 20


@pytest.mark.parametrize(
    ("text", "inputs", "output"),
    [
        ("stakedOf(address who) view returns (uint256)", ("address",), "uint256"),
        ("function f(uint a, bytes4) external view returns (uint)", ("uint256", "bytes4"), "uint256"),
        ("isMember(address) returns (bool member);", ("address",), "bool"),
        ("total() pure returns (uint8)", (), "uint8"),
    ],
)
def test_signature_is_read(text: str, inputs: tuple[str, ...], output: str) -> None:
    function = parse_function(text, "function")
    assert (function.inputs, function.output) == (inputs, output)


@pytest.mark.parametrize(
    "text",
    [
        "", None, 7, "f", "f()", "f() returns ()", "f() returns (uint256, uint256)", "f() returns (int256)",
        "f(address[]) returns (bool)", "f(uint7) returns (bool)", "f() payable returns (bool)", "f() returns (bytes32)",
        "f(" + ",".join(["uint"] * 9) + ") returns (bool)", "x" * 600,
    ],
)  # fmt: skip
def test_signature_that_a_gate_cannot_call_is_refused(text: Any) -> None:
    with pytest.raises(Invalid):
        parse_function(text, "function")


def test_call_data_holds_the_account_where_it_stands() -> None:
    function = parse_function("f(uint256 id, address who, string name, bytes2 b) view returns (bool)", "function")
    data = function.call_data(["7", "$account", "gold", "0x0102"], ME)
    expected = encode(["uint256", "address", "string", "bytes2"], [7, ME, "gold", b"\x01\x02"])
    assert data == function.selector + expected


def test_selector_is_that_of_the_canonical_signature() -> None:
    assert parse_function("balanceOf(address a) returns (uint)", "f").selector.hex() == "70a08231"


@pytest.mark.parametrize("args", [[], ["$account", "1"], ["nobody"], [5], None, [True]])
def test_arguments_that_do_not_fit_are_refused(args: Any) -> None:
    function = parse_function("f(address who) returns (bool)", "function")
    with pytest.raises(Invalid):
        function.check(args, "args")
