"""What requests cost: each has a class, and each class an allowance per connection, account and room."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from parlour.adapters.socket.connection_limits import GatewayClient, GatewayLimits
from parlour.errors import RateLimited
from parlour.runtime.clock import Clock
from parlour.runtime.limits import Buckets, TokenBucket

Cost = Literal["post", "signal", "join", "read", "search", "lookup", "change", "create"]
"""The classes: what is sent through rooms, follows them, reads or searches the store, asks a chain's node, changes a
room, makes one."""

PER_CONNECTION = ("post", "signal")
"""Their settings are those of one connection; an account has so much for `CONNECTIONS` of them."""
CONNECTIONS = 4
"""Connections of one account, its tabs and phones, that may use their whole allowance at once."""
GUESTS = 10
"""Guests behind one IP address that may use the whole allowance of a connection at once."""
CROWD = 25
"""Accounts that may use their whole allowance in one room at once."""
PAUSE_SECONDS = 0.25
"""How long a client that goes on after many refusals is not read; it then costs less than one that keeps the limits."""
IN_ROOMS: tuple[Cost, ...] = ("join", "read", "search", "lookup", "change")
"""Classes counted for each room too; its posts and signals are counted by the room itself, repeats aside."""


def spend_bytes(client: GatewayClient, size: int) -> None:
    """Count the bytes of a document's update; raises RateLimited."""
    bucket = client.buckets["bytes"]
    if not bucket.spend(size):
        raise RateLimited("Too many bytes at once; slow down.", reason="bytes", retry_after=bucket.wait_ms(size))


class Costs:
    """The buckets of a gateway.

    One request spends from those of its connection, its account (its IP address for a guest) and its room, or from
    none of them.
    """

    def __init__(self, limits: GatewayLimits, clock: Clock) -> None:
        self._clock = clock
        self._rates = _rates(limits)
        self._accounts = {
            cost: self._buckets(cost, CONNECTIONS if cost in PER_CONNECTION else 1) for cost in self._rates
        }
        self._guests = {cost: self._buckets(cost, GUESTS) for cost in self._rates}
        self._rooms = {cost: self._buckets(cost, CROWD) for cost in IN_ROOMS}
        self._misses = (limits.unknown_rooms_per_minute / 60, limits.unknown_rooms_burst)
        self._bytes = (limits.update_bytes_per_second, 2 * limits.update_bytes_per_second)
        self._refusals = (limits.refusals_per_second, limits.refusals_burst)
        self._address_misses = Buckets(self._misses[0] * GUESTS, self._misses[1] * GUESTS, clock)

    def connection(self) -> dict[str, TokenBucket]:
        """Make the buckets of a new connection."""
        buckets = {cost: TokenBucket(*rate, self._clock) for cost, rate in self._rates.items()}
        others = {"unknown": self._misses, "refused": self._refusals, "bytes": self._bytes}
        return buckets | {name: TokenBucket(*rate, self._clock) for name, rate in others.items()}

    def spend(self, cost: Cost, client: GatewayClient, data: Any) -> None:
        """Count one request.

        Raises:
            RateLimited: with the time until it fits; `reason` is `room` where it is the room's allowance, and
            `unknown_rooms` where the connection asked for too many rooms that there are not.
        """
        if client.missed:
            self._check_misses(client)
        own, account = client.buckets[cost], client.connection.account
        whole = self._accounts[cost].of(account) if account else self._guests[cost].of(client.address)
        if not own.spend():
            raise RateLimited(retry_after=own.wait_ms())
        if not whole.spend():
            own.give_back()
            raise RateLimited(retry_after=whole.wait_ms())
        if cost in IN_ROOMS:
            room = data.get("room") if isinstance(data, dict) else None
            if isinstance(room, str):
                self._spend_in_room(cost, room, (own, whole))

    def _spend_in_room(self, cost: Cost, room: str, spent: tuple[TokenBucket, ...]) -> None:
        bucket = self._rooms[cost].of(room[:128].lower())
        if not bucket.spend():
            for each in spent:
                each.give_back()
            raise RateLimited("Too much at once in this room; slow down.", reason="room", retry_after=bucket.wait_ms())

    def refused(self, client: GatewayClient) -> None:
        """Count a refusal; a client that goes on after many is not read for a while."""
        if client.buckets["refused"].spend() or client.paused:
            return
        client.paused = True
        client.connection.hold()
        self._clock.call_later(PAUSE_SECONDS, partial(_read_on, client))

    def missed(self, client: GatewayClient) -> None:
        """Count a request for a room that does not exist, or that the client may not know of."""
        client.missed = True
        client.buckets["unknown"].charge()
        self._address_misses.of(client.address).charge()

    def _check_misses(self, client: GatewayClient) -> None:
        """Refuse a client that asked for too many unknown rooms.

        Where its address has, a connection is refused once it missed itself: others behind the same address are not.
        """
        own = client.buckets["unknown"]
        wait = own.wait_ms()
        if own.tokens >= self._misses[1]:
            client.missed = False
            return
        wait = wait or self._address_misses.of(client.address).wait_ms()
        if wait:
            raise RateLimited(
                "Too many requests for rooms that do not exist; slow down.", reason="unknown_rooms", retry_after=wait
            )

    def _buckets(self, cost: Cost, times: int) -> Buckets:
        rate, burst = self._rates[cost]
        return Buckets(rate * times, burst * times, self._clock)


def _read_on(client: GatewayClient) -> None:
    client.paused = False
    if client.connected:
        client.connection.release()


def _rates(limits: GatewayLimits) -> dict[Cost, tuple[float, int]]:
    """Return the rate per second and the burst of each class, for one account or connection."""
    return {
        "post": (limits.posts_per_second, limits.posts_burst),
        "signal": (limits.signals_per_second, limits.signals_burst),
        "join": (limits.joins_per_second, limits.joins_burst),
        "read": (limits.reads_per_second, limits.reads_burst),
        "search": (limits.searches_per_minute / 60, limits.searches_per_minute),
        "lookup": (limits.lookups_per_second, limits.lookups_burst),
        "change": (limits.changes_per_minute / 60, limits.changes_per_minute),
        "create": (limits.rooms_per_minute / 60, limits.rooms_burst),
    }
