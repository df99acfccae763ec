"""Candles: trades sorted into intervals by their block's time.

Nothing is ever subtracted. Trades may come late, in any order. For a trade that a reorganisation undid, the room is
folded again without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from parlour.core.markets.prices import decimal_text

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
INTERVALS: Mapping[str, int] = {
    "1m": MINUTE_S, "3m": 3 * MINUTE_S, "5m": 5 * MINUTE_S, "15m": 15 * MINUTE_S, "30m": 30 * MINUTE_S,
    "1h": HOUR_S, "2h": 2 * HOUR_S, "4h": 4 * HOUR_S, "6h": 6 * HOUR_S, "8h": 8 * HOUR_S, "12h": 12 * HOUR_S,
    "1d": DAY_S, "1w": 7 * DAY_S,
}  # fmt: skip
"""Seconds of each interval; names as exchanges have them."""
SHOWN = 500
"""Candles of an interval in a room's state: what a chart shows at once, 60 kB."""
DAY_MINUTES = 1440
"""Minutes whose candles the day's figures are made of."""
_MONDAY_S = 4 * DAY_S
"""1970-01-05: weeks begin on Mondays, as on exchanges."""

Place = tuple[int, int]
"""A trade's block number and log index: the order of trades."""


class Fill(NamedTuple):
    """What a candle takes of a trade; `time` is its block's, in seconds, amounts are raw."""

    place: Place
    time: int
    price: Decimal
    amount: int
    quote: int


@dataclass(slots=True)
class Candle:
    """The trades of one interval.

    Attributes:
        time: when the interval begins, in ms.
        volume, quote: sums of raw amounts.
        first, last: places of the trades that opened and closed it.
    """

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    quote: int
    trades: int
    first: Place
    last: Place
    shown: list[Any] | None = field(default=None, compare=False)

    def add(self, fill: Fill) -> None:
        """Take one more trade, whenever in the interval it was."""
        place, price = fill.place, fill.price
        if place < self.first:
            self.first, self.open = place, price
        if place >= self.last:
            self.last, self.close = place, price
        self._take(price, price, (fill.amount, fill.quote, 1))

    def merge(self, other: Candle) -> None:
        """Take the trades of another candle."""
        if other.first < self.first:
            self.first, self.open = other.first, other.open
        if other.last >= self.last:
            self.last, self.close = other.last, other.close
        self._take(other.high, other.low, (other.volume, other.quote, other.trades))

    def _take(self, high: Decimal, low: Decimal, sums: tuple[int, int, int]) -> None:
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.volume += sums[0]
        self.quote += sums[1]
        self.trades += sums[2]
        self.shown = None

    @staticmethod
    def of(time: int, fill: Fill) -> Candle:
        """Return the candle of one trade."""
        p, place = fill.price, fill.place
        return Candle(time, p, p, p, p, fill.amount, fill.quote, 1, place, place)

    def row(self, status: str) -> list[Any]:
        """Return `[openTime, o, h, l, c, volume, quoteVolume, trades, status]`; the same list while nothing changes."""
        row = self.shown
        if row is None or row[8] != status:
            row = self.shown = [
                self.time, decimal_text(self.open), decimal_text(self.high), decimal_text(self.low),
                decimal_text(self.close), str(self.volume), str(self.quote), self.trades, status,
            ]  # fmt: skip
        return row

    def stored(self) -> list[Any]:
        """Return the candle as JSON, for `read`."""
        prices = [decimal_text(p) for p in (self.open, self.high, self.low, self.close)]
        return [self.time, *prices, str(self.volume), str(self.quote), self.trades, [*self.first], [*self.last]]

    @staticmethod
    def read(stored: list[Any]) -> Candle:
        """Return a candle that was stored."""
        time, *prices = stored[:5]
        volume, quote, trades, first, last = stored[5:]
        o, h, l, c = map(Decimal, prices)  # noqa: E741  # the letters every chart has
        return Candle(time, o, h, l, c, int(volume), int(quote), trades, (first[0], first[1]), (last[0], last[1]))


class Series:
    """The newest candles of one interval; empty intervals have none.

    Args:
        seconds: length of the interval.
        keep: candles that are kept.
    """

    def __init__(self, seconds: int, keep: int = SHOWN) -> None:
        self._step = seconds
        self._offset = _MONDAY_S if seconds == INTERVALS["1w"] else 0
        self._keep = keep
        self._candles: dict[int, Candle] = {}

    def add(self, fill: Fill) -> None:
        """Put a trade into its candle; one that is older than all kept candles is left out."""
        time = ((fill.time - self._offset) // self._step * self._step + self._offset) * 1000
        candle = self._candles.get(time)
        if candle is not None:
            candle.add(fill)
            return
        self._insert(Candle.of(time, fill))

    def _insert(self, candle: Candle) -> None:
        candles = self._candles
        late = bool(candles) and candle.time < next(reversed(candles))
        candles[candle.time] = candle
        if late:
            self._candles = candles = dict(sorted(candles.items()))
        if len(candles) > self._keep:
            del candles[next(iter(candles))]

    def newest(self, most: int = SHOWN) -> list[Candle]:
        """Return the newest candles, ascending."""
        return list(self._candles.values())[-most:]

    def since(self, time: int) -> list[Candle]:
        """Return the candles that begin at `time` (ms) or later, ascending."""
        return [candle for candle in self._candles.values() if candle.time >= time]

    def stored(self) -> list[list[Any]]:
        """Return the candles as JSON, for `load`."""
        return [candle.stored() for candle in self._candles.values()]

    def load(self, stored: Iterable[list[Any]]) -> None:
        """Replace the candles by stored ones."""
        self._candles = {row[0]: Candle.read(row) for row in stored}


def day_figures(minutes: Series) -> dict[str, Any] | None:
    """Return the figures of the 24 hours that end with the newest trade's minute; None before the first trade."""
    newest = minutes.newest(1)
    if not newest:
        return None
    begin = newest[0].time - (DAY_MINUTES - 1) * MINUTE_S * 1000
    first, *others = minutes.since(begin)
    day = Candle.read(first.stored())
    for candle in others:
        day.merge(candle)
    _, opened, high, low, close, volume, quote, trades, _ = day.row("")
    figures = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    return {**figures, "quoteVolume": quote, "trades": trades, "from": begin}
