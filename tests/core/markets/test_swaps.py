"""Swaps: amounts and prices of real mainnet blocks as known, and what is no trade."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from parlour.core.chain.routes import Route
from parlour.core.markets.pools import POOL_TYPES, SWAP_V3
from parlour.core.markets.prices import Scale
from parlour.core.markets.swaps import is_odd, pool_price, read_swap
from tests.core.markets.kit import DATA, WHO, real_logs

EXPECTED = json.loads((DATA / "expected" / "swaps_mainnet_blocks.json").read_text())
BLOCKS = sorted({swap["block"] for swap in EXPECTED})


@pytest.mark.parametrize("number", BLOCKS)
def test_swaps_of_a_mainnet_block_are_read_as_known(number: int) -> None:
    wanted = {s["logIndex"]: s for s in EXPECTED if s["block"] == number}
    found = 0
    before = None
    for log in real_logs(number):
        for kind in ("v2", "v3"):
            route = _route(POOL_TYPES[f"uniswap-{kind}"].swap)
            if not route.wants(log) or log.index not in wanted or wanted[log.index]["kind"] != kind:
                continue
            known = wanted[log.index]
            args = route.body(log, "included")["args"]
            reserves = _sync(before) if kind == "v2" else None
            swap = read_swap(f"uniswap-{kind}", args, reserves)
            assert (str(swap.net0), str(swap.net1)) == (known["amount0"], known["amount1"])
            assert not is_odd(swap)
            if kind == "v3":
                assert str(swap.root) == known["sqrtPriceX96"]
            if "decimals0" in known:
                _check_price(swap, known)
            found += 1
        before = log
    assert found == len(wanted)


def _route(event: str) -> Route:
    record = {"id": "w", "chain": 1, "event": event, "finality": "included", "confirm": []}
    return Route("r", {**record, "from": {"number": 0, "hash": ""}})


def _sync(log: object) -> dict[str, str]:
    route = _route(POOL_TYPES["uniswap-v2"].before)
    return route.body(log, "included")["args"]  # type: ignore[arg-type, no-any-return]


def _check_price(swap: object, known: dict[str, float]) -> None:
    scale = Scale(False, int(known["decimals0"]), int(known["decimals1"]))
    price = pool_price(swap, scale)  # type: ignore[arg-type]
    assert price is not None
    if (wanted := known.get("poolPriceAfter_token1_per_token0")) is not None:
        assert abs(Fraction(price) / Fraction(wanted) - 1) < Fraction(1, 10**12)


def _v2(*amounts: int) -> dict[str, str]:
    names = ("amount0In", "amount1In", "amount0Out", "amount1Out")
    return {**dict(zip(names, map(str, amounts), strict=True)), "sender": WHO, "to": WHO}


@pytest.mark.parametrize(
    ("amounts", "odd"),
    [
        ((100, 0, 0, 90), False),
        ((100, 5, 0, 90), False),  # part of what was paid out came back, as with fees on transfer
        ((100, 100, 50, 50), True),  # both sides paid in: a gift
        ((0, 0, 0, 0), True),
        ((100, 0, 0, 0), True),
    ],
)
def test_swap_with_both_nets_of_one_sign_is_odd(amounts: tuple[int, int, int, int], odd: bool) -> None:
    assert is_odd(read_swap("uniswap-v2", _v2(*amounts))) is odd


def test_v4_amounts_are_mirrored() -> None:
    args = {"sender": WHO, "amount0": "-100", "amount1": "90", "sqrtPriceX96": str(1 << 96), "fee": "500"}
    swap = read_swap("uniswap-v4", args)
    assert (swap.net0, swap.net1) == (100, -90)
    assert pool_price(swap, Scale(False, 0, 0)) == "1"


def test_v3_without_a_price_has_no_price_after() -> None:
    args = {"sender": WHO, "recipient": WHO, "amount0": "1", "amount1": "-1", "sqrtPriceX96": "0"}
    assert pool_price(read_swap("uniswap-v3", args), Scale(False, 0, 0)) is None
    assert SWAP_V3.startswith("Swap(")
