"""Rate limits: token buckets for connections, accounts and rooms; sliding windows for addresses and accounts.

And a bound for memory that many rooms share.

Buckets are synchronous, because a post may not await before it is in its room's mailbox. Windows are kept in memory or,
by the `limits` library, shared through Redis.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Protocol
from weakref import ref

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisSentinelStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from parlour.errors import RateLimited
from parlour.runtime.clock import Clock
from parlour.runtime.plugins import need

log = structlog.get_logger()

ANSWER_BYTES = 2 << 20
"""Bodies and options in one answer; beyond, it says that there is more. Stock Python clients end the connection over a
message of 4 MB, and binary bodies grow by a third in base64."""
FAIR_SHARE = 0.1
"""Of a room that is short of its allowance, what one account may take."""
PATIENCE: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
"""For Redis, in seconds."""
REDIS_RETRY_SECONDS = 5.0
"""How long Redis is left alone after it failed; limits are counted per process meanwhile."""


class TokenBucket:
    """`rate` a second, and `burst` at once after a pause. Every post spends from three: no call more than it takes."""

    __slots__ = ("_burst", "_clock", "_rate", "_seen", "_tokens")

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._seen = clock.monotonic()

    @property
    def tokens(self) -> float:
        """What was left after the last `spend`."""
        return self._tokens

    def give_back(self, cost: float = 1.0) -> None:
        """Undo a `spend`."""
        self._tokens += cost

    def spend(self, cost: float = 1.0) -> bool:
        """Spend `cost` and return True, or spend nothing and return False."""
        now = self._clock.monotonic()
        tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        enough = tokens >= cost
        self._tokens = tokens - cost if enough else tokens
        return enough

    def charge(self, cost: float = 1.0) -> None:
        """Spend `cost` even where that leaves a debt, of one more burst at most."""
        self.spend(0.0)
        self._tokens = max(self._tokens - cost, -self._burst)

    def wait_ms(self, cost: float = 1.0) -> int:
        """Return the milliseconds until `spend` can succeed; 0 where it would now."""
        self.spend(0.0)
        missing = cost - self._tokens
        return 0 if missing <= 0 else math.ceil(missing * 1000 / self._rate)


class Buckets:
    """A token bucket for each key; only those used last are kept.

    Args:
        most: buckets kept; a key that was forgotten begins with a full one.
    """

    __slots__ = ("_burst", "_clock", "_kept", "_most", "_rate")

    def __init__(self, rate: float, burst: float, clock: Clock, most: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._most = most
        self._kept: dict[str, TokenBucket] = {}

    def of(self, key: str) -> TokenBucket:
        """Return the bucket of a key."""
        bucket = self._kept.pop(key, None)
        if bucket is None:
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            bucket = TokenBucket(self._rate, self._burst, self._clock)
        self._kept[key] = bucket
        return bucket

    def __len__(self) -> int:
        """Count the buckets kept."""
        return len(self._kept)


class FairBucket:
    """A room's bucket. An account that floods the room is refused before the others are.

    While half of the burst is left nobody is counted. Below that every account has a bucket of its own beside the
    room's, a tenth as large and as fast, until the room has recovered.
    """

    __slots__ = ("_burst", "_clock", "_own", "_rate", "_whole")

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._whole = TokenBucket(rate, burst, clock)
        self._own: dict[str, TokenBucket] = {}

    def spend(self, account: str) -> None:
        """Spend one for an account.

        Raises:
            RateLimited: `room`, with the time until the next fits.
        """
        whole = self._whole
        if not whole.spend():
            raise _too_fast(whole)
        if whole._tokens * 2 >= self._burst:
            if self._own:
                self._own.clear()
            return
        own = self._own.get(account)
        if own is None:
            rate, burst = self._rate * FAIR_SHARE, max(1.0, self._burst * FAIR_SHARE)
            own = self._own[account] = TokenBucket(rate, burst, self._clock)
        if not own.spend():
            whole.give_back()
            raise _too_fast(own)


def _too_fast(bucket: TokenBucket) -> RateLimited:
    return RateLimited("Too much at once in this room; slow down.", reason="room", retry_after=bucket.wait_ms())


@dataclass(frozen=True, slots=True)
class Hourly:
    """So much an hour."""

    per_hour: int

    def windows(self) -> list[RateLimitItem]:
        """Return the one window in which a hit is tried."""
        return [RateLimitItemPerHour(self.per_hour)]


@dataclass(frozen=True, slots=True)
class Allowance:
    """`per_minute` on average, and up to `burst` at once; an excess over one minute is paid back within an hour."""

    per_minute: int
    burst: int

    def windows(self) -> list[RateLimitItem]:
        """Return the windows in which a hit is tried, in order; it has to fit one of them."""
        reserve = self.burst - self.per_minute
        minute: RateLimitItem = RateLimitItemPerMinute(max(1, self.per_minute))
        return [minute, RateLimitItemPerHour(reserve)] if reserve > 0 else [minute]


class Limiter:
    """Counts requests under named rules.

    Args:
        rules: allowance by rule; a rule that is not named is not limited.
        redis_url: `redis://…` shares the counts between processes; without it they are this process's.
    """

    def __init__(self, rules: Mapping[str, Allowance | Hourly], redis_url: str | None = None) -> None:
        self._rules = {name: allowance.windows() for name, allowance in rules.items()}
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis(redis_url)) if redis_url else None
        self._redis_back_at = 0.0

    @property
    def redis(self) -> str:
        """Say how Redis is: `none` where counts are not shared, `up`, or `down` while this process counts alone."""
        if self._shared is None:
            return "none"
        return "up" if time.monotonic() >= self._redis_back_at else "down"

    def change(self, rules: Mapping[str, Allowance | Hourly]) -> None:
        """Count by other allowances from now on."""
        self._rules = {name: allowance.windows() for name, allowance in rules.items()}

    async def hit(self, rule: str, key: str, cost: int = 1) -> None:
        """Count one request, or as many units as it costs.

        Raises:
            RateLimited: too many; `retry_after` says when the next fits.
        """
        windows = self._rules.get(rule)
        if windows is None:
            return
        if self._shared is not None and time.monotonic() >= self._redis_back_at:
            try:
                await self._count(self._shared, windows, (rule, key), cost)
                return
            except RateLimited:
                raise
            except Exception as error:  # whatever Redis does, limits stay on
                self._redis_back_at = time.monotonic() + REDIS_RETRY_SECONDS
                log.warning("limits.redis_failed", error=type(error).__name__, consequence="this process counts alone")
        await self._count(self._local, windows, (rule, key), cost)

    async def _count(
        self, limiter: SlidingWindowCounterRateLimiter, windows: list[RateLimitItem], key: tuple[str, str], cost: int
    ) -> None:
        for window in windows:
            if await limiter.hit(window, *key, cost=cost):
                return
        stats = [await limiter.get_window_stats(window, *key) for window in windows]
        wait = min(reset_time for reset_time, _ in stats) - time.time()
        raise RateLimited(retry_after=max(1, math.ceil(wait * 1000)))


def _redis(url: str) -> Storage:
    need("redis", "PARLOUR_REDIS_URL")
    if url.startswith("redis+sentinel:"):
        unasked: dict[str, Any] = {**PATIENCE, "username": None, "password": None}
        return RedisSentinelStorage(
            f"async+{url}", implementation="redispy", use_replicas=False, sentinel_kwargs=unasked, **PATIENCE
        )
    return RedisStorage(f"async+{url}", implementation="redispy", **PATIENCE)


def limit_key(address: str) -> str:
    """Return the key under which an IP address is counted: IPv6 as its /64, no address as `unknown`."""
    parsed = parse_address(address)
    return "unknown" if parsed is None else address_key(parsed)


def address_key(address: IPv4Address | IPv6Address) -> str:
    """Return the key of a parsed address. An IPv6 customer owns a /64, so a /64 counts as one client."""
    return str(address) if isinstance(address, IPv4Address) else str(IPv6Network((address, 64), strict=False))


def network_key(address: str) -> str:
    """Return the network of an address or of its key: its /24, or an IPv6 address's /48."""
    parsed = parse_address(address.partition("/")[0])
    if parsed is None:
        return "unknown"
    return str(ip_network((parsed, 24 if isinstance(parsed, IPv4Address) else 48), strict=False))


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address, with a zone or without; an IPv4 address mapped into IPv6 becomes that IPv4 address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


class Holder(Protocol):
    """Something that keeps bytes only to be quicker."""

    def let_go(self) -> None:
        """Forget them all, and tell the bound."""


class MemoryBound:
    """Bounds what many holders keep together: past it, those that grew longest ago let go of all they keep.

    Attributes:
        held: bytes that all of them keep.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0
        self._holders: OrderedDict[int, ref[Holder]] = OrderedDict()

    def grew(self, holder: Holder, size: int) -> None:
        """Note that a holder keeps so many bytes more, or fewer where it is negative."""
        self.held += size
        if size <= 0:
            return
        key = id(holder)
        if key in self._holders:
            self._holders.move_to_end(key)
        else:
            self._holders[key] = ref(holder)
        while self.held > self._most and len(self._holders) > 1:
            _, oldest = self._holders.popitem(last=False)
            if (other := oldest()) is not None:
                other.let_go()

    def ended(self, holder: Holder, size: int) -> None:
        """Forget a holder that kept so many bytes."""
        self._holders.pop(id(holder), None)
        self.held -= size
