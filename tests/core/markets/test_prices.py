"""Prices: exact to 18 digits, whatever the amounts."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.markets.prices import Scale, price_of, price_of_reserves, price_of_root

AMOUNTS = st.integers(1, 2**255)
DECIMALS = st.integers(0, 36)


@given(AMOUNTS, AMOUNTS, DECIMALS, DECIMALS)
def test_price_is_the_ratio_rounded_to_18_digits(quote: int, base: int, d_base: int, d_quote: int) -> None:
    text = price_of(quote, base, Scale(False, d_base, d_quote))
    exact = Fraction(quote, 10**d_quote) / Fraction(base, 10**d_base)
    assert abs(Fraction(text) - exact) <= exact * Fraction(1, 2 * 10**17)
    assert "e" not in text.lower()
    assert len(text.replace(".", "").strip("0")) <= 18


def test_price_of_whole_numbers_has_no_fraction() -> None:
    assert price_of(2000 * 10**6, 10**18, Scale(False, 18, 6)) == "2000"
    assert price_of(1, 4, Scale(False, 0, 0)) == "0.25"
    assert price_of(10**30, 1, Scale(False, 0, 0)) == "1" + "0" * 30


@given(st.integers(2**33, 2**159))
def test_price_of_a_root_is_its_square(root: int) -> None:
    exact = Fraction(root * root, 1 << 192)
    assert abs(Fraction(price_of_root(root, Scale(False, 0, 0))) - exact) <= exact / 10**17
    assert abs(Fraction(price_of_root(root, Scale(True, 0, 0))) - 1 / exact) <= 1 / exact / 10**17


def test_price_of_reserves_follows_the_base() -> None:
    assert price_of_reserves(3, 6, Scale(False, 0, 0)) == "2"
    assert price_of_reserves(3, 6, Scale(True, 0, 0)) == "0.5"
