"""What the Python client says of a gate."""

from __future__ import annotations

from typing import Any

import pytest

from parlour_client import Forbidden, NotFound, describe_gate, missing_at_gate

TOKEN = "0x" + "11" * 20
LEAF = {"chain": 1, "token": TOKEN, "standard": "erc20", "min": "5"}


def test_refusal_of_a_gate_says_what_is_missing() -> None:
    error = Forbidden("no", reason="gate", details={"need": [LEAF], "have": ["2"]})
    (need,) = missing_at_gate(error)
    assert (need.leaf, need.have) == (LEAF, "2")
    assert str(need) == f"at least 5 of {TOKEN} on chain 1 (you have 2)"


def test_other_errors_miss_nothing_at_a_gate() -> None:
    assert missing_at_gate(Forbidden("no", reason="banned")) == []
    assert missing_at_gate(NotFound("no")) == []


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ({"chain": 1, "token": "native", "standard": "native", "min": "7"}, "at least 7 wei on chain 1"),
        (
            {"chain": 1, "token": TOKEN, "standard": "erc721", "id": ["1", "2"]},
            f"at least 1 of {TOKEN} with id 1 or 2 on chain 1",
        ),
        (
            {"chain": 1, "call": {"to": TOKEN, "function": "staked(address) returns (uint)"}},
            f"at least 1 from staked of {TOKEN}",
        ),
        ({"accounts": [TOKEN]}, "a place on the list of accounts"),
        ({"merkle": {"root": "0x", "leaf": "address"}}, "a proof that the account is on the list"),
    ],
)
def test_leaf_is_said_in_words(leaf: dict[str, Any], words: str) -> None:
    assert describe_gate(leaf) == words
