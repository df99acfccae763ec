"""The options of a market: what its creator asks for, and the facts the server read from the chain (protocol §5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field

from parlour.core.markets.candles import INTERVALS
from parlour.core.markets.pools import POOL_TYPES
from parlour.core.markets.prices import Scale
from parlour.core.markets.trades import Pool
from parlour.core.orders.venues import Venue, fill_watches, is_known
from parlour.core.rooms.state import Address, Options, parsed
from parlour.errors import Invalid

MAX_INTERVALS = 8
"""Intervals of one market; each holds 500 candles in the state."""
MAX_HISTORY = 100_000
"""Blocks of history that may be asked for; the chain's `maxBackfill` may allow less."""
DEFAULT_INTERVALS = ("1m", "5m", "1h", "1d")

Interval = Annotated[str, AfterValidator(lambda name: _interval(name))]


def _interval(name: str) -> str:
    if name not in INTERVALS:
        raise ValueError(f"an interval is one of {', '.join(INTERVALS)}")
    return name


class Facts(Options):
    """What the chain says of a pool, read once when the market is made.

    Attributes:
        tokens, decimals, symbols: of token0 and token1; a symbol is None where it is not 1 to 32 printable characters.
        factory: who made the pool, as it says itself; None where it does not say.
        verified: that factory is a known one and says so too.
    """

    tokens: tuple[Address, Address]
    decimals: tuple[int, int]
    symbols: tuple[str | None, str | None] = (None, None)
    factory: Address | None = None
    verified: bool = False


class MarketOptions(Options):
    """What `room:create` takes in `options` for a market.

    Attributes:
        pool: the pool's contract; of v4 the PoolManager.
        pool_id: of v4, 32 bytes.
        base: which of its tokens the price is of.
        history: how many blocks before the head are read too.
        fills: venues whose settled orders for this pair are told.
        facts: set by the server.
    """

    chain: Annotated[int, Ge(1)]
    pool: Address
    type: Literal["uniswap-v2", "uniswap-v3", "uniswap-v4", "auto"] = "auto"
    pool_id: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")] | None = Field(None, alias="poolId")
    base: Literal["token0", "token1"] = "token0"
    intervals: tuple[Interval, ...] = DEFAULT_INTERVALS
    history: Annotated[int, Ge(0), Le(MAX_HISTORY)] = 0
    fills: tuple[Venue, ...] = ()
    facts: Facts | None = None

    def pool_read(self) -> Pool:
        """Return what reading the pool's swaps takes; the facts must be there."""
        assert self.facts is not None
        inverted = self.base == "token1"
        d0, d1 = self.facts.decimals
        return Pool(self.type, self.pool, Scale(inverted, *((d1, d0) if inverted else (d0, d1))))


def read_options(options: dict[str, Any]) -> MarketOptions:
    """Read a market's options; raises Invalid, with the path of the bad one."""
    read = parsed(MarketOptions, options, "options")
    if not 1 <= len(read.intervals) <= MAX_INTERVALS or len(set(read.intervals)) != len(read.intervals):
        raise _invalid(f"intervals names 1 to {MAX_INTERVALS} different intervals", "intervals")
    if (read.type == "uniswap-v4") != (read.pool_id is not None):
        raise _invalid("poolId belongs to type uniswap-v4, and that needs it", "poolId")
    if not all(is_known(venue, read.chain) for venue in read.fills):
        raise _invalid("name the reactor's address: {venue: 'uniswapx', address}", "fills")
    return read


def options_json(options: MarketOptions) -> dict[str, Any]:
    """Return options as they are stored."""
    return options.model_dump(mode="json", by_alias=True, exclude_none=True)


def _invalid(message: str, key: str) -> Invalid:
    return Invalid(f"{message[:1].upper()}{message[1:]}.", details={"path": f"options.{key}"})


def wanted_watches(options: MarketOptions) -> list[dict[str, Any]]:
    """Return the watches a market needs: of its pool, and of the venues whose fills it tells.

    `for` says what the market uses the events for; `before` is read along with each event (core/markets/route.py).
    """
    of_type = POOL_TYPES[options.type]
    levels = {"finality": "included", "confirm": ["safe", "finalized"]}
    pool: dict[str, Any] = {"chain": options.chain, "address": options.pool, "event": of_type.swap, **levels}
    if options.pool_id is not None:
        pool["where"] = {"id": options.pool_id.lower()}
    if of_type.before:
        pool["before"] = of_type.before
    watches = [{**pool, "for": "swaps"}]
    for venue, watch in fill_watches(options.fills, options.chain):
        watches.append({**watch, **levels, "for": venue})
    return watches
