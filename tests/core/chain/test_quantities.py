"""Numbers and bytes of a node's answers: what is out of bounds is refused, and the rest fits an entry."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.canonical_json import canonical
from parlour.core.chain.quantities import LATEST, LONGEST_WORD, MOST, WORD, hex_bytes, quantity, word


def test_largest_numbers_fit_an_entry() -> None:
    assert (quantity(hex(MOST)), quantity(hex(LATEST), LATEST)) == (MOST, LATEST)
    assert quantity(hex(WORD), WORD) == WORD
    canonical({"number": MOST, "ms": LATEST * 1000, "amount": str(WORD)})


@pytest.mark.parametrize(
    "given", [None, 5, b"0x1", "", "0x", "1", "0xg", "-0x1", "0x-1", " 0x1", "0x1\n", "0x_1", "0x1_0", hex(MOST + 1)]
)
def test_what_is_no_quantity_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="quantity"):
        quantity(given)


def test_bytes_are_lower_case_hex_of_their_size() -> None:
    assert (hex_bytes("0x"), hex_bytes("0xAB", 1)) == ("0x", "0xab")
    for given, size in (("0xABC", None), ("0xAB", 2), ("AB", None), ("0xzz", None), ("0x\0\0", None), ("0x a", None)):
        with pytest.raises(ValueError, match="no bytes"):
            hex_bytes(given, size)


def test_name_of_a_transaction_is_a_short_plain_word() -> None:
    assert (word("0xAB"), word("z" * LONGEST_WORD)) == ("0xab", "z" * LONGEST_WORD)
    for given in ("", "a b", "\0", "z" * (LONGEST_WORD + 1), "é"):
        with pytest.raises(ValueError, match="no transaction"):
            word(given)
