"""Reads the transactions of each new block where a chain's `blocks` is `full`, and tells the chain's room of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.room_news import News
from parlour.core.chain.transaction_signals import transaction_of
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.nodes.node import NodeError
from parlour.runtime.slices import in_slices

Json = dict[str, Any]
Tell = Callable[[int, str, Json], None]
"""Sends a signal to the room of a chain: its id, type and body."""
MOST_AT_ONCE = 8
"""Blocks of one step that are read whole; of more, as after an absence, nobody is told."""
MOST_TOLD = 2_000
"""Transactions of one signal, some 400 kB; `left` counts the others of a larger block."""


class FullBlocks:
    """Implements StepListener; listeners that come after it ask it who sent and got what in the step's blocks."""

    def __init__(self, chain: int, tell: Tell) -> None:
        self._chain, self._tell = chain, tell
        self._read: dict[str, list[Json]] = {}

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Begin with no blocks."""
        self._read = {}

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """Read the step's blocks; return no rows. Raises NodeError."""
        self._read = {}
        if step.whole and 0 < len(step.applied) <= MOST_AT_ONCE:
            raws = await step.node.batch([("eth_getBlockByHash", [h.hash, True]) for h in step.applied])
            for header, raw in zip(step.applied, raws, strict=True):
                if raw is not None and not isinstance(raw, NodeError):
                    with suppress(Malformed):  # nobody is told of this block, and the chain goes on
                        self._read[header.hash] = await _transactions(raw, header)
        return ()

    def touched(self, header: Header) -> set[str] | None:
        """Return who sent or got a transaction in a block of the step under way; None where that is not known."""
        read = self._read.get(header.hash)
        return None if read is None else {each[end] for each in read for end in ("from", "to") if each[end]}

    def committed(self, step: PlannedStep) -> None:
        """Tell the chain's room of the transactions of each new block."""
        for header in step.applied:
            if (read := self._read.get(header.hash)) is not None:
                left = {"left": len(read) - MOST_TOLD} if len(read) > MOST_TOLD else {}
                told = {"chain": self._chain, "block": header.ref(), "of": read[:MOST_TOLD], **left}
                self._tell(self._chain, "chain.transactions", told)


async def _transactions(raw: Any, header: Header) -> list[Json]:
    """Return a block's transactions; raises Malformed."""
    try:
        found = raw["transactions"]
        if raw["hash"].lower() != header.hash or not isinstance(found, list):
            raise Malformed(f"asked for block {header.number} by hash, got another")
    except (KeyError, TypeError, AttributeError):
        raise Malformed(f"block {header.number} is no block") from None
    return [transaction_of(each) async for some in in_slices(found) for each in some]
