"""The canonical chain above finality, as one follower knows it: linked headers, and what a new head does to them.

Three cases only: the new branch extends the head; it forks from an earlier block (a reorg); or it forks at or below the
floor, which nobody may roll back (`TooDeep`). A known head is not news: the node is behind (chain.md §0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


class Malformed(Exception):
    """A node's answer that is not what it was asked for; the message says in which way. Ask again, or another node."""


class TooDeep(Exception):
    """A branch that leaves the known chain at or below the floor: an operator must decide (F16)."""


@dataclass(slots=True)
class Header:
    """What a follower keeps of a block.

    Attributes:
        hash, parent, receipts_root: 0x hex, lower case.
        time: seconds since 1970, as the block claims.
        bloom: the logs bloom as a 2048-bit number; None where it was not kept.
        transactions: how many the block holds; -1 where unknown.
    """

    number: int
    hash: str
    parent: str
    time: int
    bloom: int | None = None
    transactions: int = -1
    receipts_root: str = ""

    def ref(self) -> dict[str, Any]:
        """`{number, hash}`, as entries and anchors name a block."""
        return {"number": self.number, "hash": self.hash}


BEFORE_GENESIS = Header(-1, "0x" + "00" * 32, "", 0)
"""Stands before block 0: the anchor of a watch that wants genesis too."""


def read_header(raw: Any) -> Header:
    """A header from `eth_getBlockBy…` or a newHeads notification; raises Malformed."""
    try:
        transactions = raw.get("transactions")
        return Header(
            number=int(raw["number"], 16),
            hash=_hash(raw["hash"]),
            parent=_hash(raw["parentHash"]),
            time=int(raw["timestamp"], 16),
            bloom=int(raw["logsBloom"], 16) if raw.get("logsBloom") else None,
            transactions=-1 if transactions is None else len(transactions),
            receipts_root=str(raw.get("receiptsRoot") or "").lower(),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a block header: {error!r}") from error


def _hash(value: str) -> str:
    if len(value) != 66 or not value.startswith("0x"):
        raise ValueError(f"{value[:80]!r} is not a 32-byte hash")
    int(value, 16)
    return value.lower()


@dataclass(frozen=True, slots=True)
class Fork:
    """What one step does to the chain: blocks undone (newest first), then blocks added (oldest first)."""

    ancestor: Header
    reverted: tuple[Header, ...]
    applied: tuple[Header, ...]

    @property
    def head(self) -> Header:
        return self.applied[-1]


class BlockTracker:
    """Headers from the floor up to the head, each the parent of the next.

    Args:
        headers: ascending and linked; the last one is the head.
        finalized: the number of the highest block that cannot be undone any more.
        max_reorg: blocks a reorg may replace at most, even above `finalized`.
    """

    def __init__(self, headers: Sequence[Header], finalized: int, max_reorg: int) -> None:
        if not headers:
            raise ValueError("A tracker starts from one header at least.")
        self._by_number = {h.number: h for h in headers}
        self._numbers = {h.hash: h.number for h in headers}
        self.head = headers[-1]
        self.finalized = finalized
        self.max_reorg = max_reorg

    @property
    def floor(self) -> int:
        """The lowest number a reorg may still build upon."""
        return max(self.finalized, self.head.number - self.max_reorg, self.lowest)

    @property
    def lowest(self) -> int:
        return next(iter(self._by_number))

    def knows(self, block: str) -> bool:
        return block in self._numbers

    def at(self, number: int) -> Header | None:
        return self._by_number.get(number)

    def headers(self, after: int, upto: int) -> list[Header]:
        """Known canonical headers with after < number ≤ upto, ascending."""
        return [h for n in range(after + 1, upto + 1) if (h := self._by_number.get(n)) is not None]

    def fork(self, branch: Sequence[Header]) -> Fork:
        """What following `branch` (ascending, its first block's parent is known) would do; changes nothing.

        Raises:
            Malformed: the branch is not linked, or its parent is unknown.
            TooDeep: it forks below the floor.
        """
        ancestor = self._ancestor(branch)
        if ancestor.number < self.floor:
            raise TooDeep(
                f"The branch of block {branch[-1].number} leaves our chain after block {ancestor.number}, "
                f"below {self.floor}, which counts as final."
            )
        undone = [self._by_number[n] for n in range(self.head.number, ancestor.number, -1)]
        return Fork(ancestor, tuple(undone), tuple(branch))

    def _ancestor(self, branch: Sequence[Header]) -> Header:
        for parent, child in pairwise(branch):
            if child.parent != parent.hash or child.number != parent.number + 1:
                raise Malformed(f"block {child.number} does not follow block {parent.number}")
        number = self._numbers.get(branch[0].parent)
        if number is None or number + 1 != branch[0].number:
            raise Malformed(f"the parent of block {branch[0].number} is unknown")
        return self._by_number[number]

    def take(self, fork: Fork) -> None:
        """Make `fork` the canonical chain."""
        for header in fork.reverted:
            del self._by_number[header.number], self._numbers[header.hash]
        for header in fork.applied:
            self._by_number[header.number] = header
            self._numbers[header.hash] = header.number
        self.head = fork.head

    def finalize(self, number: int) -> None:
        """Finality never moves down (chain.md §5.3)."""
        self.finalized = max(self.finalized, number)

    def prune(self, below: int) -> None:
        """Forget headers below `below`; the finalized one always stays."""
        for number in [n for n in self._by_number if n < min(below, self.finalized)]:
            del self._numbers[self._by_number.pop(number).hash]


Levels = dict[str, int]
"""The height each delivery level has reached: `included`, `safe`, `finalized`, and `"<n>"` confirmations."""


def raise_levels(
    levels: Mapping[str, int], wanted: Iterable[str], *, ancestor: int, head: int, safe: int, finalized: int
) -> Levels:
    """The heights after a step. A reorg lowers them to the fork's ancestor at most; nothing else ever lowers them.

    Args:
        levels: heights before the step, for every wanted level.
        wanted: level names in use.
        ancestor: the highest block the old and the new chain share.
    """
    heights: Levels = {}
    for name in wanted:
        now = level_height(name, head=head, safe=safe, finalized=finalized)
        heights[name] = max(min(levels[name], ancestor), now)
    return heights


def level_height(name: str, *, head: int, safe: int, finalized: int) -> int:
    """Blocks up to this number have reached the level. What is final has any number of confirmations."""
    named = {"included": head, "safe": max(safe, finalized), "finalized": finalized}
    return named[name] if name in named else max(head - int(name) + 1, finalized)
