"""The canonical chain above finality, as one follower knows it: linked headers, and what a new head does to them.

There are three cases: the new branch extends the head; it forks from an earlier block (a reorg); or it forks at or
below the floor, which nobody may roll back (`TooDeep`). A head we know already is no news: the node lags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from parlour.core.chain.quantities import LATEST, hex_bytes, quantity

UNFORESEEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an odd answer leads to that nobody thought of: its step is dropped too, and the chain loaded again."""


class Malformed(Exception):
    """A node's answer is not what was asked for; the message says why. Ask again, or another node."""


class TooDeep(Exception):
    """A branch leaves the known chain below the floor: an operator must decide (chain.md F16, fork below finality)."""


@dataclass(slots=True)
class Header:
    """What a follower keeps of a block.

    Attributes:
        number: its height; genesis is 0.
        hash, parent, receipts_root: 0x hex, lower case.
        time: seconds since 1970, as the block claims.
        bloom: the logs bloom as a 2048-bit number; None where it was not kept.
        transactions: how many the block holds; -1 where unknown.
        branch: how many reorganisations the follower had followed when it applied the block; part of sources.
        raw: the node's answer, transaction hashes included; only until the step with the block is committed.
    """

    number: int
    hash: str
    parent: str
    time: int
    bloom: int | None = None
    transactions: int = -1
    receipts_root: str = ""
    branch: int = 0
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    def ref(self) -> dict[str, Any]:
        """Return `{number, hash}`, as entries and anchors name a block."""
        return {"number": self.number, "hash": self.hash}


BEFORE_GENESIS = Header(-1, "0x" + "00" * 32, "", 0)
"""Stands before block 0: the anchor of a watch that wants genesis too."""


def read_header(raw: Any) -> Header:
    """Read a header from `eth_getBlockBy…` or a newHeads notification; raises Malformed."""
    try:
        transactions = raw.get("transactions")
        return Header(
            number=quantity(raw["number"]),
            hash=hex_bytes(raw["hash"], 32),
            parent=hex_bytes(raw["parentHash"], 32),
            time=quantity(raw["timestamp"], LATEST),
            bloom=int(hex_bytes(raw["logsBloom"], 256), 16) if raw.get("logsBloom") else None,
            transactions=-1 if transactions is None else _count(transactions),
            receipts_root=str(raw.get("receiptsRoot") or "").lower(),
            raw=raw,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a block header: {what_is_odd(error)}") from None


def _count(transactions: Any) -> int:
    if not isinstance(transactions, list):
        raise TypeError("transactions are a list")
    return len(transactions)


def what_is_odd(error: Exception) -> str:
    """Return why reading a node's answer failed, without any of the answer: it may quote a provider's key."""
    return f"no {error.args[0]!r}" if isinstance(error, KeyError) and error.args else type(error).__name__


@dataclass(frozen=True, slots=True)
class Fork:
    """What one step does to the chain: blocks reverted (newest first), then blocks applied (oldest first)."""

    ancestor: Header
    reverted: tuple[Header, ...]
    applied: tuple[Header, ...]

    @property
    def head(self) -> Header:
        """The chain's head after the step."""
        return self.applied[-1] if self.applied else self.ancestor


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
        for header in headers:
            header.raw = None
        self._by_number = {h.number: h for h in headers}
        self._numbers = {h.hash: h.number for h in headers}
        self.head = headers[-1]
        self.finalized = finalized
        self.max_reorg = max_reorg

    @property
    def floor(self) -> int:
        """The lowest number that a reorganisation may leave in place."""
        return max(self.finalized, self.head.number - self.max_reorg, self.lowest)

    @property
    def lowest(self) -> int:
        """The lowest number whose header is still known."""
        return next(iter(self._by_number))

    def knows(self, block: str) -> bool:
        """Return whether a known block has this hash."""
        return block in self._numbers

    def at(self, number: int) -> Header | None:
        """Return the known block of this number, or None."""
        return self._by_number.get(number)

    def headers(self, after: int, upto: int) -> list[Header]:
        """Return the known headers with after < number ≤ upto, ascending."""
        return [h for n in range(after + 1, upto + 1) if (h := self._by_number.get(n)) is not None]

    def fork(self, branch: Sequence[Header]) -> Fork:
        """Return what following `branch` would do; change nothing.

        Args:
            branch: ascending; the parent of its first block is one of ours.

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

    def apply(self, fork: Fork) -> None:
        """Make `fork` the canonical chain."""
        for header in fork.reverted:
            del self._by_number[header.number], self._numbers[header.hash]
        for header in fork.applied:
            header.raw = None
            self._by_number[header.number] = header
            self._numbers[header.hash] = header.number
        self.head = fork.head

    def finalize(self, number: int) -> None:
        """Raise the finalized height; it never moves down."""
        self.finalized = max(self.finalized, number)

    def prune(self, below: int) -> None:
        """Forget headers below `below`; the finalized one always stays."""
        for number in [n for n in self._by_number if n < min(below, self.finalized)]:
            del self._numbers[self._by_number.pop(number).hash]


class Heights(NamedTuple):
    """Where a chain stands: the numbers of its newest, safe and finalized block."""

    head: int
    safe: int
    finalized: int


Levels = dict[str, int]
"""The height each delivery level has reached: `included`, `safe`, `finalized`, and `"<n>"` confirmations."""


def raise_levels(levels: Mapping[str, int], wanted: Iterable[str], ancestor: int, heights: Heights) -> Levels:
    """Return the levels after a step; only a reorg lowers them, to the fork's ancestor at most.

    Args:
        levels: levels before the step, for every wanted name.
        wanted: level names in use.
        ancestor: the highest block the old and the new chain share.
        heights: where the chain stands after the step.
    """
    return {name: max(min(levels[name], ancestor), level_height(name, heights)) for name in wanted}


def level_height(name: str, heights: Heights) -> int:
    """Return the highest block that has reached the level.

    A finalized block counts as confirmed by any number of blocks.
    """
    if name == "included":
        return heights.head
    if name == "finalized":
        return heights.finalized
    if name == "safe":
        return max(heights.safe, heights.finalized)
    return max(heights.head - int(name) + 1, heights.finalized)
