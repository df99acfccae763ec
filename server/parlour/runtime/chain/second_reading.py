"""The second reading: final blocks are read once more, and logs that the first reading missed are delivered late.

It covers nodes that left some logs of a block out (chain.md F6, some logs missing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.logs import Log
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.store import Cursor, Step
from parlour.runtime.nodes.node import Node
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import Finality

_BLOCKS, _SECONDS = 32, 2.0
"""Final blocks are read again once there are so many of them, or after so many seconds."""


class SecondReading:
    """Reads the final blocks of one chain again."""

    def __init__(self, config: ChainConfig, context: ChainContext, ranges: RangeReader) -> None:
        self._config, self._ranges = config, ranges
        self._store, self._clock = context.store, context.clock
        self._read_at = context.clock.monotonic()

    def is_due(self, cursor: Cursor) -> bool:
        """Return whether enough blocks became final since the last reading."""
        unread = cursor.finalized - cursor.audited
        return unread > 0 and (unread >= _BLOCKS or self._clock.monotonic() - self._read_at >= _SECONDS)

    async def missed_logs(self, ledger: Ledger, node: Node) -> list[Log]:
        """Read the blocks that became final; return wanted logs that are not stored.

        Raises:
            Malformed: an answer is about another branch than ours, or contradicts itself.
            NodeError: the node cannot answer.
            StoreError: the stored logs could not be read.
        """
        self._read_at = self._clock.monotonic()
        c = ledger.cursor
        if ledger.routes.idle:
            return []
        stored = {(log.number, log.index) for log in await self._store.logs(c.chain, c.audited, c.finalized)}
        missed: list[Log] = []
        finality = Finality(ledger.tagged, self._config.depth)
        async for _, logs in self._ranges.read(node, ledger.routes, c.audited + 1, c.finalized, finality):
            for log in logs:
                if (log.number, log.index) not in stored:
                    _check_ours(ledger, log)
                    missed.append(log)
        return [log for log in missed if ledger.routes.wants_late(log)]


def _check_ours(ledger: Ledger, log: Log) -> None:
    known = ledger.tracker.at(log.number)
    if known is not None and known.hash != log.block:
        raise Malformed(f"block {log.number} is final under two hashes")


async def plan_second_reading(ledger: Ledger, late: Sequence[Log], upto: int) -> Step:
    """Return the transaction that delivers `late` logs and marks the blocks up to `upto` as read twice."""
    c, levels = ledger.cursor, ledger.levels()
    due = [(r, log) for log in late for r in ledger.routes.match(log) if r.start < log.number <= levels[r.level]]
    news, records = await ledger.events(due, ledger.origin, levels, late=True)
    cursor = replace(c, audited=upto, step=c.step + 1)
    prune = ledger.prune_below(cursor)
    return Step(cursor, ledger.fence, (c.number, c.hash), logs=late, delivered=records, news=news, prune=prune)
