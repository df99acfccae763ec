"""Says how deep the shared types of a document are inside each other.

Nobody refuses an edit for it: an edit names its neighbour and not its parent, so only the whole document tells. But
pycrdt deletes and writes out by recursion, and 20,000 elements inside each other end the process: whoever hands it a
document asks here first.
"""

from __future__ import annotations

from bisect import bisect_right

from parlour.core.documents.updates import Id, Struct, read_update

MOST_NESTED = 200
"""Types inside each other in what is written out: a list in a list in a list … has two for each level."""
_FIRST_CHILDREN = (b"\x07", b"\x27")
"""How a struct begins that is a type and the first one in its parent (yjs, `Item.write`): each level has one."""


def is_nested_too_deeply(update: bytes) -> bool:
    """Return whether a whole document has more than `MOST_NESTED` types inside each other."""
    if sum(map(update.count, _FIRST_CHILDREN)) < MOST_NESTED:
        return False
    return nesting(update) > MOST_NESTED


def nesting(update: bytes) -> int:
    """Return how many levels a whole document has; what stands in a root is on the first."""
    runs = read_update(update).runs
    levels = _Levels(runs)
    return max((levels.of((client, at)) for client, run in runs.items() for at in range(len(run))), default=0)


class _Levels:
    """Finds the level of each struct from its neighbour's or its parent's, each once."""

    def __init__(self, runs: dict[int, list[Struct]]) -> None:
        self._runs = runs
        self._clocks = {client: [struct.clock for struct in run] for client, run in runs.items()}
        self._known: dict[tuple[int, int], int] = {}

    def of(self, place: tuple[int, int]) -> int:
        """Return the level of a struct, named by its client and its place in the client's run."""
        path: list[tuple[tuple[int, int], int]] = []
        level = self._known.get(place)
        while level is None:
            above, deeper = _above(self._runs[place[0]][place[1]])
            path.append((place, deeper))
            if above is None:
                level = 0
                break
            place = above[0], bisect_right(self._clocks[above[0]], above[1]) - 1
            level = self._known.get(place)
        for each, deeper in reversed(path):
            level = self._known[each] = level + deeper
        return level


def _above(struct: Struct) -> tuple[Id | None, int]:
    """Return what a struct's level follows from, and how much deeper than that it is."""
    beside = struct.origin or struct.right
    if beside is not None:
        return beside, 0
    return (struct.needs[0] if struct.needs else None), 1
