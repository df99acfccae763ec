"""Filters on indexed parameters become topics."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.chain.abi import parse_event
from parlour.core.chain.topics import where_topics
from parlour.errors import Invalid

TRANSFER = parse_event("Transfer(address indexed from, address indexed to, uint256 value)")


def test_filter_becomes_topics() -> None:
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
def test_filter_that_cannot_match_is_refused_by_name(where: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="where"):
        where_topics([TRANSFER], where)


def test_filter_needs_exactly_one_event() -> None:
    with pytest.raises(Invalid, match="exactly one"):
        where_topics([TRANSFER, parse_event("A()")], {"from": "0x" + "11" * 20})
