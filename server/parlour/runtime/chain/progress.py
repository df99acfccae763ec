"""A follower's counts and heights, for operators, and how often it reads the head."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from parlour.core.chain.blocks import Fork, Header
from parlour.runtime.chain.config import DEV_CHAINS, ChainConfig
from parlour.runtime.chain.lease import RENEWAL_S
from parlour.runtime.chain.store import Cursor
from parlour.runtime.nodes.node import Node
from parlour.runtime.nodes.reader import block_call, header_of
from parlour.runtime.timings import SLOW_BUCKETS, Timings

_LONGEST_POLL_S = RENEWAL_S
"""Seconds between two reads of the head at most: each step renews the lease, too."""
_WHOLE_EVERY = 10
"""Reads of the head that show nothing new, of which one asks for the safe and final blocks too."""
_RECENT = 16
"""Reorgs that are remembered: more than the last 64 blocks of a chain that works hold."""


@dataclass(frozen=True, slots=True)
class Reorg:
    """A reorg that was followed: the first block it undid, how many, and when that was stored (ms)."""

    first: int
    blocks: int
    at: int


@dataclass(slots=True)
class FollowerCounts:
    """Counts since the follower started.

    Attributes:
        blocks, logs: applied blocks, and wanted logs in them.
        reorgs, reorged_blocks: reorgs, and the blocks they undid.
        deepest: blocks of the deepest reorg.
        rejected: answers that were not believed.
        late: logs that only the second reading found.
        latency: from the time a followed block claims to its rows being stored.
        recent: the newest reorgs, oldest first.
    """

    blocks: int = 0
    logs: int = 0
    reorgs: int = 0
    reorged_blocks: int = 0
    deepest: int = 0
    rejected: int = 0
    late: int = 0
    latency: Timings = field(default_factory=lambda: Timings(SLOW_BUCKETS))
    recent: deque[Reorg] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def add(self, fork: Fork, logs: int, now: int) -> None:
        """Count one step of the chain and its wanted logs, stored at `now` (ms)."""
        for header in fork.applied:
            self.latency.add(max(0.0, now / 1000 - header.time))
        self.blocks += len(fork.applied)
        self.logs += logs
        self.reorgs += bool(fork.reverted)
        self.reorged_blocks += len(fork.reverted)
        self.deepest = max(self.deepest, len(fork.reverted))
        if fork.reverted:
            self.recent.append(Reorg(fork.reverted[-1].number, len(fork.reverted), now))

    def to_json(self) -> dict[str, Any]:
        """Return the counts under the names that operators see."""
        return {
            "reorgs": self.reorgs,
            "reorgedBlocks": self.reorged_blocks,
            "deepestReorg": self.deepest,
            "recentReorgs": [asdict(each) for each in self.recent],
            "blocks": self.blocks,
            "logs": self.logs,
            "lateLogs": self.late,
            "rejectedAnswers": self.rejected,
        }


class HeadPoll:
    """How often the timer reads the head, and how little it asks: providers count every call.

    Without a `pollInterval` it follows the chain's block time: three reads a block over HTTP, one where heads are
    pushed; at most one in `config.poll` seconds, at least one in five. Dev chains are read as often as may be.
    """

    def __init__(self, config: ChainConfig) -> None:
        self._fixed = config.poll_interval is not None or config.chain_id in DEV_CHAINS
        self._reads = 1 if any(url.startswith("ws") for url in config.urls) else 3
        self._shortest = self.interval = config.poll
        self._block_s: float | None = None
        self._quiet = 0

    def note(self, headers: Sequence[Header]) -> None:
        """Learn the block time from linked headers, ascending; single ones that jump count little."""
        if self._fixed or len(headers) < 2:
            return
        seconds = max(0, headers[-1].time - headers[0].time) / (len(headers) - 1)
        self._block_s = seconds if self._block_s is None else 0.9 * self._block_s + 0.1 * seconds
        longest = max(_LONGEST_POLL_S, self._shortest)
        self.interval = min(longest, max(self._shortest, self._block_s / self._reads))

    async def is_quiet(self, node: Node, head: str) -> bool:
        """Return whether the node's head is still `head`; now and then False without asking, for a whole read.

        Raises:
            NodeError, Malformed: the node cannot answer.
        """
        self._quiet += 1
        if self._quiet % _WHOLE_EVERY == 0:
            return False
        return header_of((await node.batch([block_call("latest")]))[0]).hash == head


def heights_json(cursor: Cursor | None, seen_head: int) -> dict[str, Any]:
    """Return the node's heights and the processed ones, for operators.

    Args:
        cursor: where the follower stands; None before its first step, and while it is halted.
        seen_head: the head a node last showed; -1 before.
    """
    return {
        "head": seen_head if seen_head >= 0 else None,
        "processed": cursor.number if cursor else None,
        "hash": cursor.hash if cursor else None,
        "safe": cursor.safe if cursor else None,
        "finalized": cursor.finalized if cursor else None,
        "audited": cursor.audited if cursor else None,
        "branch": cursor.branch if cursor else None,
        "lagBlocks": max(0, seen_head - cursor.number) if cursor else None,
    }
