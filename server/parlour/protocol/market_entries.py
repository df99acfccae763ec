"""Bodies of a market's entries, and its state (protocol §5 "Markets"). Amounts are whole numbers as decimal strings."""

from __future__ import annotations

from typing import Any, Literal

from parlour.protocol.chain_entries import Block, OrderFill
from parlour.protocol.values import Finality, Hash, Maybe, Millis, Shape


class MarketPlace(Shape):
    """Where an entry's event is on the chain."""

    chain: int
    block: Block
    tx: Hash
    log_index: int
    status: Finality
    late: Maybe[bool] = None


class MarketTrade(MarketPlace):
    """A swap of the pool. `id` counts every trade there ever was in the room; those undone keep theirs."""

    id: int
    price: str
    """Executed: quote per base, 18 significant digits."""
    after: Maybe[str] = None
    """The pool's price after it."""
    amount: str
    """Of base, raw."""
    quote: str
    """Of quote, raw."""
    side: Literal["buy", "sell"]
    """The taker's: base left the pool, or came in."""
    maker: str
    """Who holds the pool's tokens."""
    taker: str
    """Who got what the pool gave."""
    sender: str
    """Who called the pool, mostly a router."""


class MarketOdd(MarketPlace):
    """A swap that is no trade: both tokens moved one way, or the log could not be read."""

    reason: Literal["amounts", "undecodable"]
    amounts: Maybe[list[str]] = None
    """What the pool got of token0 and token1, raw; below 0 it gave."""
    topics: Maybe[list[str]] = None
    data: Maybe[str] = None


class MarketFill(OrderFill):
    """An order that was settled in the market's pair."""


BODIES: dict[str, type[Shape]] = {
    "market.trade": MarketTrade,
    "market.odd": MarketOdd,
    "market.fill": MarketFill,
}


class MarketPair(Shape):
    """What is traded; `verified`: a known factory made the pool, and says so."""

    base: str
    quote: str
    decimals: list[int]
    """Of base and quote."""
    symbols: list[str | None]
    """Of base and quote, as the tokens say: anybody may say anything."""
    verified: bool


class MarketLast(Shape):
    """The newest trade by its place in the chain."""

    price: str
    side: Literal["buy", "sell"]
    time: Millis
    id: int


class MarketDay(Shape):
    """The 24 hours up to the newest trade's minute, by block time."""

    open: str
    high: str
    low: str
    close: str
    volume: str
    quote_volume: str
    trades: int
    from_: Millis


class OrderFilled(Shape):
    """What was filled of an order so far, raw; null where the venue does not say."""

    sell: str | None
    buy: str | None
    fills: int


class MarketState(Shape):
    """What a join of a market answers as `state`; patches follow."""

    pair: MarketPair
    last: MarketLast | None
    day: MarketDay | None
    candles: dict[str, list[list[Any]]]
    """By interval, oldest first: `[openTime, open, high, low, close, volume, quoteVolume, trades, status]`."""
    filled: Maybe[dict[str, OrderFilled]] = None
    missing: Maybe[int] = None
    """Events that limits held back (`chain.gap`): the candles lack them."""
    stale: Maybe[Literal[True]] = None
    """Nothing is heard of the chain."""
