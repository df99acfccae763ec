"""The kind market: trades with gapless ids, candles that follow reorganisations, statuses, and fills."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.markets.room import MarketRoom
from parlour.core.room import Configure, Unwatch
from parlour.errors import Illegal, Invalid
from tests.core.markets.kit import POOL, TOKEN0, TOKEN1, WHO, Market, options, swap_event

SELL, BUY = (2_000_000, -(10**15)), (-1_000_000, 10**15)


def test_swap_becomes_a_trade_with_exact_amounts() -> None:
    entry = Market().swap(10, 3, (2_000_000, -(10**15)))
    assert entry.type == "market.trade"
    assert entry.body == {
        "id": 1, "price": "0.0005", "after": "0.000000000001", "amount": "2000000", "quote": "1000000000000000",
        "side": "sell", "maker": POOL, "taker": WHO, "sender": WHO,
        "chain": 1, "block": {"number": 10, "hash": f"0x{10:064x}", "time": 120}, "tx": f"0x{10003:064x}",
        "logIndex": 3, "status": "included",
    }  # fmt: skip


def test_base_chosen_as_token1_turns_price_and_side() -> None:
    entry = Market(base="token1").swap(10, 3, (2_000_000, -(10**15)))
    assert (entry.body["price"], entry.body["side"], entry.body["amount"]) == ("2000", "buy", "1000000000000000")


def test_odd_swap_is_told_and_is_no_trade() -> None:
    market = Market()
    odd = market.swap(10, 1, (5, 5))
    raw = swap_event(10, 2, SELL)
    raw = {key: value for key, value in raw.items() if key != "args"} | {"topics": ["0x1"], "data": "0x"}
    (undecodable,) = market.hear(raw)
    assert (odd.type, odd.body["reason"], odd.body["amounts"]) == ("market.odd", "amounts", ["5", "5"])
    assert (undecodable.type, undecodable.body["reason"], undecodable.body["data"]) == (
        "market.odd",
        "undecodable",
        "0x",
    )
    assert market.view()["last"] is None
    assert market.swap(10, 3, SELL).body["id"] == 1


def test_reverted_trade_leaves_its_candle_and_its_id_stays_used() -> None:
    market = Market(intervals=["1m"])
    kept = market.swap(1, 0, SELL, time=60)
    gone = market.swap(2, 0, (4_000_000, -(10**15)), time=70)
    market.chain_reverted(gone)
    assert market.view()["last"]["id"] == kept.body["id"] == 1
    assert [row[1:8] for row in market.view()["candles"]["1m"]] == [
        ["0.0005", "0.0005", "0.0005", "0.0005", "2000000", str(10**15), 1]
    ]
    assert market.swap(2, 0, BUY, time=80).body["id"] == 3
    assert market.replayed().trades == 3


def test_late_trade_is_put_where_it_belongs() -> None:
    market = Market(intervals=["1m"])
    market.swap(2, 0, (4_000_000, -(10**15)), time=70)
    late = market.swap(1, 0, SELL, time=61, late=True)
    assert (late.body["late"], late.body["id"]) == (True, 2)
    (row,) = market.view()["candles"]["1m"]
    assert (row[1], row[4]) == ("0.0005", "0.00025")
    assert market.view()["last"]["id"] == 1


def test_candle_has_the_status_of_its_newest_trade() -> None:
    market = Market(intervals=["1m"])
    market.swap(1, 0, SELL, time=1)
    market.swap(9, 0, SELL, time=100)
    market.confirmed("safe", 5)
    assert [row[8] for row in market.view()["candles"]["1m"]] == ["safe", "included"]
    market.confirmed("finalized", 9)
    assert [row[8] for row in market.view()["candles"]["1m"]] == ["finalized", "finalized"]


def test_view_names_the_pair_as_its_base_was_chosen() -> None:
    assert Market(base="token1").view()["pair"] == {
        "base": TOKEN1, "quote": TOKEN0, "decimals": [18, 6], "symbols": ["WETH", "USDC"], "verified": True,
    }  # fmt: skip


def cow(order: str, sell: str = TOKEN0, buy: str = TOKEN1) -> dict[str, Any]:
    args = {"owner": WHO, "sellToken": sell, "buyToken": buy, "sellAmount": "5", "buyAmount": "7"}
    event = swap_event(4, 1, SELL, watch="w2")
    return {**event, "event": "Trade", "args": {**args, "feeAmount": "1", "orderUid": order}}


def test_cow_fill_of_the_pair_is_told_and_summed() -> None:
    market = Market(fills=["cow"])
    (first,) = market.hear(cow("0x01"))
    assert market.hear(cow("0x02", sell=POOL)) == []
    (second,) = market.hear(cow("0x01"))
    assert first.type == "market.fill"
    assert (first.body["sell"], first.body["fee"]) == ({"token": TOKEN0, "amount": "5"}, "1")
    assert (first.body["partial"], second.body["partial"]) == (False, True)
    assert market.view()["filled"] == {"0x01": {"sell": "10", "buy": "14", "fills": 2}}


def test_uniswapx_fill_is_told_beside_a_trade_of_the_pool() -> None:
    market = Market(fills=["uniswapx"])
    args = {"orderHash": "0x0a", "filler": POOL, "swapper": WHO, "nonce": "1"}
    fill = {**swap_event(4, 1, SELL, watch="w2"), "event": "Fill", "args": args}
    assert market.hear(fill) == []
    trade, told = market.hear(swap_event(5, 0, SELL), {**fill, "tx": swap_event(5, 0, SELL)["tx"]})
    assert trade.type == "market.trade"
    assert (told.body["venue"], told.body["owner"], told.body["sell"]) == ("uniswapx", WHO, None)


def test_options_of_a_market_stay() -> None:
    market = Market()
    with pytest.raises(Illegal, match="fixed"):
        market.submit(Configure("owner", options={"base": "token1"}))
    with pytest.raises(Illegal, match="needs that watch"):
        market.submit(Unwatch("owner", watch="w1"))


@pytest.mark.parametrize(
    "bad",
    [
        {"intervals": ["7m"]}, {"intervals": []}, {"intervals": ["1m", "1m"]}, {"pool": "0x12"}, {"poolId": "0x1"},
        {"type": "uniswap-v4"}, {"type": "curve"}, {"history": -1}, {"fills": ["0x"]}, {"color": "red"},
        {"chain": 5, "fills": ["uniswapx"]},
    ],
)  # fmt: skip
def test_bad_options_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        MarketRoom.check_options(options(**bad))
    assert refused.value.details["path"].startswith("options")  # type: ignore[index]


def test_market_without_facts_cannot_be_created() -> None:
    bare = MarketRoom.check_options({"chain": 1, "pool": POOL})
    with pytest.raises(Illegal):
        MarketRoom.created("owner", "", "public", bare, False)


# ── histories ────────────────────────────────────────────────────────────────────────────────────────────────────────

BLOCK = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans()), max_size=3)
STEP = st.tuples(st.integers(0, 4), st.lists(BLOCK, min_size=1, max_size=4))


def _swaps(number: int, branch: int, trades: list[tuple[int, int, bool]]) -> list[dict[str, Any]]:
    hashed = {"number": number, "hash": f"0x{branch:02x}{number:062x}", "time": number * 25}
    signs = [(a * 1000, -b * 1000) if paid else (-a * 1000, b * 1000) for a, b, paid in trades]
    return [swap_event(number, n, amounts, block=hashed) for n, amounts in enumerate(signs)]


@given(st.lists(STEP, max_size=8), st.booleans())
@settings(max_examples=60)
def test_any_reorganisations_leave_what_the_canonical_chain_has(
    steps: list[tuple[int, list[Any]]], reopened: bool
) -> None:
    market, chain = Market(intervals=["1m", "5m"]), list[list[dict[str, Any]]]()
    told: list[list[Any]] = []
    for branch, (undo, blocks) in enumerate(steps):
        gone = [entry for block in told[max(0, len(told) - undo) :] for entry in block]
        keep = max(0, len(chain) - undo)
        del chain[keep:], told[keep:]
        if gone:
            market.chain_reverted(*gone)
        for trades in blocks:
            chain.append(_swaps(len(chain) + 1, branch, trades))
            told.append(market.hear(*chain[-1]))
    straight = Market(intervals=["1m", "5m"])
    for block in chain:
        straight.hear(*block)
    room = market.replayed() if reopened else market.room
    assert without_ids(room.view(None)) == without_ids(straight.view())
    ids = [entry.body["id"] for entry in market.log if entry.type == "market.trade"]
    assert ids == list(range(1, len(ids) + 1))


def without_ids(view: dict[str, Any]) -> dict[str, Any]:
    last = view["last"] and {key: value for key, value in view["last"].items() if key != "id"}
    return {**view, "last": last}


@given(st.lists(BLOCK, min_size=1, max_size=6), st.data())
@settings(max_examples=30)
def test_snapshot_and_later_entries_equal_the_whole_fold(blocks: list[Any], data: Any) -> None:
    market = Market(fills=["cow"])
    for number, trades in enumerate(blocks, 1):
        market.hear(*_swaps(number, 0, trades), cow(f"0x{number % 2}"))
    at = data.draw(st.integers(1, len(market.log)))
    assert market.restored(at).snapshot() == market.replayed().snapshot()
    assert market.restored(at).view(None) == market.view()
