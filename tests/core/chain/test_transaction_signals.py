"""Transactions as signals tell them: read without trust, and filtered by who sends and gets them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.transaction_signals import PendingFilter, pending_of, transaction_of

ANN, BEN = "0x00000000000000000000000000000000000000AA", "0x00000000000000000000000000000000000000bb"
RAW: dict[str, Any] = {
    "hash": "0x" + "AB" * 32, "from": ANN.lower(), "to": BEN.lower(), "value": "0x5", "nonce": "0x7",
    "input": "0xA9059CBB" + "00" * 64, "maxFeePerGas": "0x3b9aca00",
}  # fmt: skip


def test_transaction_has_accounts_value_and_selector() -> None:
    told = {"hash": "0x" + "ab" * 32, "from": ANN, "to": BEN, "value": "5", "selector": "0xa9059cbb"}
    assert transaction_of(RAW) == told


def test_transaction_that_makes_a_contract_has_no_receiver() -> None:
    told = transaction_of({**RAW, "to": None, "input": "0x60"})
    assert (told["to"], told["selector"]) == (None, None)


def test_pending_transaction_has_nonce_and_the_fees_it_names() -> None:
    told = pending_of(1, RAW)
    assert (told["chain"], told["nonce"], told["maxFeePerGas"]) == (1, 7, "1000000000")
    assert "gasPrice" not in told


@pytest.mark.parametrize("key", ["hash", "from", "value", "nonce"])
@pytest.mark.parametrize("bad", [None, 5, "zz", {}])
def test_nonsense_of_a_node_is_malformed(key: str, bad: Any) -> None:
    if key == "hash" and bad == "zz":
        return  # a hash is passed on as it is: whoever looks it up finds nothing
    with pytest.raises(Malformed):
        pending_of(1, {**RAW, key: bad})


@given(
    st.frozensets(st.sampled_from([ANN, BEN])), st.frozensets(st.sampled_from([ANN, BEN])),
    st.sampled_from([None, "0xa9059cbb", "0x12345678"]),
)  # fmt: skip
def test_filter_takes_what_meets_each_of_its_conditions(
    to: frozenset[str], senders: frozenset[str], selector: str | None
) -> None:
    wanted = PendingFilter(to, senders, selector)
    meets = (not to or BEN in to) and (not senders or ANN in senders) and selector in (None, "0xa9059cbb")
    assert wanted.takes(pending_of(1, RAW)) == meets
    assert wanted.takes_all == (not to and not senders and selector is None)
