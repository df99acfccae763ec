"""The result of a settled game: who gets how much, and what is signed."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.settlement.result import completed, digest, payouts, unsigned
from parlour.core.settlement.terms import read_terms, table_of
from parlour.runtime.settlement.keys import SettlementKey

ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
ANN, BEN = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
KEY = SettlementKey(b"\x07" * 32)
PREVIOUS = b"\x11" * 32


def result(referee: str | None = KEY.address) -> dict[str, Any]:
    terms = read_terms({"chain": 1, "escrow": ESCROW, "stake": "5"}, referee)
    return unsigned(terms, table_of("duel", "e1"), 2, {ANN: 10, BEN: 0})


@pytest.mark.parametrize(
    ("told", "paid"),
    [
        ({"winner": 1}, [0, 10]),
        ({"winner": None}, [5, 5]),
        ({"winner": None, "aborted": "closed"}, [5, 5]),
        ({"winner": 0, "shares": [1, 3]}, [3, 7]),
        ({"winner": 0, "shares": [0, 0]}, [5, 5]),
        ({"winner": 0, "shares": ["all", 1]}, [10, 0]),
        ({"winner": 0, "shares": [2]}, [10, 0]),
    ],
)
def test_payouts_follow_from_the_result(told: dict[str, Any], paid: list[int]):
    assert payouts(told, [0, 1], 5) == paid


@given(st.lists(st.integers(0, 10**6), max_size=6), st.integers(1, 6), st.integers(1, 2**250))
def test_payouts_are_together_what_was_put_in(shares: list[int], seats: int, stake: int):
    paid = payouts({"winner": 0, "shares": shares}, range(seats), stake)
    assert sum(paid) == stake * seats
    assert min(paid) >= 0


def test_digest_is_that_of_eip712_as_others_compute_it():
    whole = completed(result(), PREVIOUS, KEY)
    signed = Account.sign_message(encode_typed_data(full_message=whole["typedData"]), b"\x07" * 32)
    assert whole["sig"] == "0x" + signed.signature.hex()
    assert digest(whole["typedData"]) == bytes(signed.message_hash)
    assert whole["typedData"]["message"]["transcript"] == "0x" + PREVIOUS.hex()


def test_result_without_its_referees_key_says_unsettled_and_what_to_sign():
    missing = completed(result(), PREVIOUS, None)
    other = completed(result(ANN), PREVIOUS, KEY)
    assert (missing["unsettled"], other["unsettled"]) == ("no_referee_key", "other_referee_key")
    assert digest(missing["typedData"]) == digest(completed(result(), PREVIOUS, KEY)["typedData"])
    assert "sig" not in missing
    assert "sig" not in other
