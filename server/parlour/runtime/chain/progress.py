"""A follower's counts and heights, for operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parlour.core.chain.blocks import Fork
from parlour.runtime.chain.store import Cursor


@dataclass(slots=True)
class FollowerCounts:
    """Counts since the follower started.

    Attributes:
        blocks, logs: applied blocks, and wanted logs in them.
        reorgs, reorged_blocks: reorgs, and the blocks they undid.
        deepest: blocks of the deepest reorg.
        rejected: answers that were not believed.
        late: logs that only the second reading found.
    """

    blocks: int = 0
    logs: int = 0
    reorgs: int = 0
    reorged_blocks: int = 0
    deepest: int = 0
    rejected: int = 0
    late: int = 0

    def add(self, fork: Fork, logs: int) -> None:
        """Count one step of the chain and its wanted logs."""
        self.blocks += len(fork.applied)
        self.logs += logs
        self.reorgs += bool(fork.reverted)
        self.reorged_blocks += len(fork.reverted)
        self.deepest = max(self.deepest, len(fork.reverted))

    def to_json(self) -> dict[str, Any]:
        """Return the counts under the names that operators see."""
        return {
            "reorgs": self.reorgs,
            "reorgedBlocks": self.reorged_blocks,
            "deepestReorg": self.deepest,
            "blocks": self.blocks,
            "logs": self.logs,
            "lateLogs": self.late,
            "rejectedAnswers": self.rejected,
        }


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
