"""Ranges of clocks: which clocks of each client are deleted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from parlour.core.documents.encoding import read_uint, write_uint


class Ranges:
    """Sets of clocks by client, as sorted ranges that neither overlap nor touch."""

    def __init__(self) -> None:
        self._starts: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}
        self._count = 0

    def __len__(self) -> int:
        """Count the ranges."""
        return self._count

    def holds(self, client: int, clock: int, length: int) -> bool:
        """Return whether all of these clocks are in the set."""
        starts = self._starts.get(client)
        if not starts:
            return False
        place = bisect_right(starts, clock) - 1
        return place >= 0 and self._ends[client][place] >= clock + length

    def add(self, client: int, clock: int, length: int) -> None:
        """Add clocks."""
        starts = self._starts.setdefault(client, [])
        ends = self._ends.setdefault(client, [])
        end = clock + length
        low, high = bisect_left(ends, clock), bisect_right(starts, end)
        if low < high:
            clock, end = min(clock, starts[low]), max(end, ends[high - 1])
        starts[low:high], ends[low:high] = [clock], [end]
        self._count += 1 - (high - low)

    def dump(self) -> bytes:
        """Write the set as the delete set of an update."""
        parts = [write_uint(len(self._starts))]
        for client in sorted(self._starts, reverse=True):
            starts, ends = self._starts[client], self._ends[client]
            parts += (write_uint(client), write_uint(len(starts)))
            for start, end in zip(starts, ends, strict=True):
                parts += (write_uint(start), write_uint(end - start))
        return b"".join(parts)

    @classmethod
    def load(cls, raw: bytes) -> Ranges:
        """Read what `dump` wrote."""
        ranges = cls()
        clients, at = read_uint(raw, 0)
        for _ in range(clients):
            client, at = read_uint(raw, at)
            count, at = read_uint(raw, at)
            starts, ends = [], []
            for _ in range(count):
                start, at = read_uint(raw, at)
                length, at = read_uint(raw, at)
                starts.append(start)
                ends.append(start + length)
            ranges._starts[client], ranges._ends[client] = starts, ends
            ranges._count += count
        return ranges
