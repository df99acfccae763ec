"""The second halves of surrogate pairs: a struct that begins at one of them cuts an emoji in two."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from parlour.core.documents.updates import Id


class Pairs:
    """A set of clocks by client, four bytes each. A client's are added in the order of its clocks."""

    def __init__(self) -> None:
        self._clocks: dict[int, array[int]] = {}

    def __contains__(self, id: Id) -> bool:
        clocks = self._clocks.get(id[0])
        if clocks is None:
            return False
        place = bisect_left(clocks, id[1])
        return place < len(clocks) and clocks[place] == id[1]

    def __bool__(self) -> bool:
        return bool(self._clocks)

    def add(self, ids: Iterable[Id]) -> None:
        """Add ids; those before the last one of their client were added before."""
        for client, clock in ids:
            clocks = self._clocks.setdefault(client, array("I"))
            if not clocks or clock > clocks[-1]:
                clocks.append(clock)

    def dump(self) -> list[list[int]]:
        """Return `[client, clock]` of each, ascending."""
        return [[client, clock] for client in sorted(self._clocks) for clock in self._clocks[client]]

    @classmethod
    def load(cls, ids: Iterable[list[int]]) -> Pairs:
        """Return what `dump` was taken of."""
        pairs = cls()
        pairs.add((client, clock) for client, clock in ids)
        return pairs
