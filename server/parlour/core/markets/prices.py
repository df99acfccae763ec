"""Prices as decimal strings: computed from whole numbers, rounded once."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import NamedTuple

SIGNIFICANT_DIGITS = 18
"""Digits of a price: as many as a token with 18 decimals has, and more than any exchange shows."""
_ROUNDED = Context(prec=SIGNIFICANT_DIGITS)
_Q192 = 1 << 192


class Scale(NamedTuple):
    """How raw amounts of a pair become a price.

    Attributes:
        inverted: the base is the pool's token1.
        base, quote: decimals of the two tokens.
    """

    inverted: bool
    base: int
    quote: int


def price_of(quote: int, base: int, scale: Scale) -> str:
    """Return the price of one base token in quote tokens, from raw amounts: 18 significant digits, no exponent.

    Args:
        quote, base: raw amounts, both above 0.
    """
    return ratio_text(quote * 10**scale.base, base * 10**scale.quote)


def price_of_root(root: int, scale: Scale) -> str:
    """Return the price that a pool's `sqrtPriceX96` (above 0) stands for: root² / 2¹⁹² is token1 per token0, raw."""
    token1, token0 = root * root, _Q192
    return price_of(token0, token1, scale) if scale.inverted else price_of(token1, token0, scale)


def price_of_reserves(reserve0: int, reserve1: int, scale: Scale) -> str:
    """Return the price that a pool's reserves (both above 0) stand for."""
    return price_of(reserve0, reserve1, scale) if scale.inverted else price_of(reserve1, reserve0, scale)


def ratio_text(numerator: int, denominator: int) -> str:
    """Return a ratio of positive whole numbers as a decimal string, rounded half to even."""
    return decimal_text(_ROUNDED.divide(Decimal(numerator), Decimal(denominator)))


def decimal_text(value: Decimal) -> str:
    """Return a number in full, without exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
