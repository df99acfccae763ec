"""The rate at which each room takes entries of watches: a token bucket by the server's clock."""

from __future__ import annotations

from collections.abc import Callable

from parlour.core.room import RoomId
from parlour.runtime.clock import Clock

BURST_S = 10.0
"""Seconds of the steady rate that a room may get at once: a busy block is told whole."""
_PORTION_S = 0.1
"""Seconds of the rate that are handed over together once a room waits: ten deliveries a second, not one an entry."""


class RoomPace:
    """Says how many paced rows each room may get now.

    Args:
        rate: rows a second, above 0; a room that was quiet gets ten seconds of it at once.
        least: returns the rate that a room has at least, whatever `rate` says: a market's (Route.rate); 0 for none.
    """

    def __init__(self, rate: float, clock: Clock, least: Callable[[RoomId], float] = lambda room: 0.0) -> None:
        self._rate, self._clock, self._least = rate, clock, least
        self._left: dict[RoomId, tuple[float, float]] = {}

    def left(self, room: RoomId) -> int:
        """Return how many rows the room may get now."""
        return int(self._refilled(room))

    def spend(self, room: RoomId, rows: int) -> None:
        """Note that the room got so many rows."""
        self._left[room] = (self._refilled(room) - rows, self._clock.monotonic())

    def wait(self, room: RoomId) -> float:
        """Return the seconds until the room may get its next portion."""
        rate = self._rate_of(room)
        portion = min(_full(rate), max(1.0, rate * _PORTION_S))
        return max(0.0, (portion - self._refilled(room)) / rate)

    def _rate_of(self, room: RoomId) -> float:
        return max(self._rate, self._least(room))

    def _refilled(self, room: RoomId) -> float:
        rate = self._rate_of(room)
        if room not in self._left:
            return _full(rate)
        left, at = self._left[room]
        left += (self._clock.monotonic() - at) * rate
        if left >= _full(rate):
            del self._left[room]
            return _full(rate)
        return left


def _full(rate: float) -> float:
    return max(1.0, rate * BURST_S)
