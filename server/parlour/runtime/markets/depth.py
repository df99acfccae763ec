"""Reads a pool's depth at the block its chain's follower stands on, once for each block and width."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, NamedTuple

from parlour.core.markets.calls import call_of, signed, words
from parlour.core.markets.depth import Liquidity, of_reserves, reach
from parlour.core.markets.options import MarketOptions
from parlour.errors import Illegal, TooLarge, Unavailable
from parlour.runtime.markets.pool_facts import Ask
from parlour.runtime.nodes.node import Absent, NodeError

AT_ONCE = 16
"""Calls under way for one reading; providers limit them by the second."""
MAX_TICKS = 500
"""Initialized ticks that one reading asks for: half a second at 1 ms each."""
KEPT = 256
"""Readings kept; the newest block's are asked for again and again."""


class At(NamedTuple):
    """The block a depth is read at."""

    number: int
    hash: str

    def ref(self) -> dict[str, Any]:
        """Return `{number, hash}`."""
        return self._asdict()


class Depths:
    """Reads pools' liquidity; the same reading is made once, however many ask for it."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[int, str, str, int], asyncio.Future[Liquidity]] = OrderedDict()

    async def liquidity(self, ask: Ask, options: MarketOptions, at: At, within: int) -> Liquidity:
        """Return the liquidity of a pool at a block, as far as `within` basis points from its price.

        Raises:
            Illegal: a pool of v4, or one without liquidity. TooLarge: too many ticks. Unavailable: no answer.
        """
        key = (options.chain, options.pool, at.hash, within)
        reading = self._read.get(key)
        if reading is None:
            reading = self._read[key] = asyncio.ensure_future(_read(ask, options, at, within))
            reading.add_done_callback(lambda done: self._finished(key, done))
            if len(self._read) > KEPT:
                self._read.popitem(last=False)
        return await asyncio.shield(reading)

    def _finished(self, key: tuple[int, str, str, int], reading: asyncio.Future[Liquidity]) -> None:
        """Keep what was read, and no failure."""
        if (reading.cancelled() or reading.exception() is not None) and self._read.get(key) is reading:
            del self._read[key]


async def _read(ask: Ask, options: MarketOptions, at: At, within: int) -> Liquidity:
    pool = _Pool(ask, options.pool, at)
    if options.type == "uniswap-v2":
        reserves = await pool.words("getReserves()", 2)
        if not (reserves[0] and reserves[1]):
            raise _empty()
        return of_reserves(reserves[0], reserves[1])
    if options.type == "uniswap-v4":
        raise Illegal("The depth of a v4 pool is not served.", reason="depth")
    slot, here, spacing = await asyncio.gather(
        pool.words("slot0()", 2), pool.words("liquidity()", 1), pool.words("tickSpacing()", 1)
    )
    if not slot[0]:
        raise _empty()
    low, high = reach(slot[0], within)
    ticks = await _initialized(pool, low, high, signed(spacing[0]))
    nets = await asyncio.gather(*(pool.words("ticks(int24)", 2, tick) for tick in ticks))
    return Liquidity(slot[0], here[0], {tick: signed(net[1]) for tick, net in zip(ticks, nets, strict=True)})


def _empty() -> Illegal:
    return Illegal("The pool holds nothing.", reason="empty")


async def _initialized(pool: _Pool, low: int, high: int, spacing: int) -> list[int]:
    """Return the initialized ticks from `low` to `high`, from the pool's bitmap (v3-core, TickBitmap.sol)."""
    if not 1 <= spacing < 1 << 15:
        raise Unavailable("The pool's tick spacing cannot be read; try again.")
    first, last = low // spacing >> 8, high // spacing >> 8
    bitmaps = await asyncio.gather(*(pool.words("tickBitmap(int16)", 1, word) for word in range(first, last + 1)))
    ticks = [
        ((word << 8) + bit) * spacing
        for word, (bitmap, *_) in enumerate(bitmaps, first)
        for bit in range(256)
        if bitmap >> bit & 1
    ]
    ticks = [tick for tick in ticks if low <= tick <= high]
    if len(ticks) > MAX_TICKS:
        raise TooLarge(f"The pool has {len(ticks)} ticks within that; ask for a smaller `within`.")
    return ticks


class _Pool:
    """A pool's views at one block."""

    def __init__(self, ask: Ask, address: str, at: At) -> None:
        self._ask, self._address = ask, address
        self._block = {"blockHash": at.hash, "requireCanonical": True}
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def words(self, signature: str, least: int, *args: Any) -> list[int]:
        """Return the words of an answer, at least so many; raises Unavailable."""
        async with self._gate:
            try:
                answer = await self._ask("eth_call", [call_of(self._address, signature, *args), self._block])
            except Absent as error:
                raise Unavailable("That block was undone meanwhile; ask again.", retry_after=1000) from error
            except NodeError as error:
                raise Unavailable(f"The pool did not answer {signature}; try again.") from error
        read = words(answer)
        if read is None or len(read) < least:
            raise Unavailable(f"The pool did not answer {signature}; try again.")
        return read
