"""Decides the states of tracked transactions from the blocks that a chain's follower reads (StepListener).

A block's transaction hashes are compared with one table; only a hit costs a call, for its receipt. Heights move what is
in a block to `safe` and `finalized` without any call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.lanes import Lane
from parlour.core.chain.quantities import quantity
from parlour.core.chain.room_news import News, source
from parlour.core.chain.transactions import TRANSACTION
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.nodes.node import NodeError
from parlour.runtime.tracking.transaction_set import KIND, Tracked, TrackedSet

Change = Callable[[], None]
"""What a step changes here, once it is stored."""


class TransactionTracker:
    """Follows the tracked transactions of one chain.

    Args:
        on_fresh: called where some have to be asked about soon: after a start, a catch-up, a reorganisation.
        on_final: called with those that need no more following.
    """

    def __init__(self, on_fresh: Callable[[], None], on_final: Callable[[Sequence[Tracked]], None]) -> None:
        self.all = TrackedSet()
        self.height = self.safe = self.finalized = 0
        self._on_fresh, self._on_final = on_fresh, on_final
        self._planned: list[Change] = []

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Begin at a cursor with what is stored; where a transaction is has to be asked, unless it is known here.

        A rewind loads too, and then tells what it takes out of blocks.
        """
        before, self.all = self.all, TrackedSet()
        self.height, self.safe, self.finalized = cursor.number, cursor.safe, cursor.finalized
        for sub in subs:
            if sub.kind == KIND:
                self.all.add(before.get(sub.id) or Tracked.of_sub(sub))
        if len(self.all):
            self._on_fresh()

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """Return what the step tells of tracked transactions; raises NodeError and Malformed."""
        self._planned = []
        if not len(self.all):
            return ()
        news = [each for header in step.undone for each in self._undone(step, header)]
        for header in step.applied:
            news += await self._applied(step, header)
        return news + self._risen(step)

    def committed(self, step: PlannedStep) -> None:
        """Take over a stored step."""
        for change in self._planned:
            change()
        self._planned = []
        self.height, self.safe, self.finalized = step.after.head, step.after.safe, step.after.finalized
        if len(self.all) and (step.undone or not step.whole):
            self._on_fresh()

    # ── one step ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _undone(self, step: PlannedStep, header: Header) -> list[News]:
        news = []
        for tracked in self.all.in_block(header.number, header.hash):
            self._planned.append(lambda tracked=tracked: self._left_block(tracked))  # type: ignore[misc]
            if tracked.status != "replaced":
                news.append(_news(step, header.hash, tracked, "orphaned", block=header.ref()))
        return news

    def _left_block(self, tracked: Tracked) -> None:
        self.all.place(tracked, None)
        tracked.status, tracked.safe, tracked.unknown_since = "orphaned", False, None

    async def _applied(self, step: PlannedStep, header: Header) -> list[News]:
        raw = header.raw or {}
        hashes = [hash_ for each in raw.get("transactions") or () if (hash_ := _hash_of(each)) is not None]
        hits = self.all.wanted(hashes)
        if not hits:
            return []
        receipts = await step.node.batch([("eth_getTransactionReceipt", [each]) for each in hits])
        news: list[News] = []
        for hash_, receipt in zip(hits, receipts, strict=True):
            if isinstance(receipt, NodeError):
                raise receipt
            facts = receipt_facts(receipt, header.hash)
            status = facts.pop("status")
            for tracked in self.all.of_hash(hash_):
                depth = max(1, step.after.head - header.number + 1)
                news.append(_news(step, header.hash, tracked, status, block=header.ref(), confirmations=depth, **facts))
                self._planned.append(self._included(tracked, status, header))
        return news

    def _included(self, tracked: Tracked, status: str, header: Header) -> Change:
        def change() -> None:
            self.all.place(tracked, (header.number, header.hash))
            tracked.status, tracked.unknown_since = status, None

        return change

    def _risen(self, step: PlannedStep) -> list[News]:
        """Return what became safe or final by this step, of blocks that were there before it."""
        undone = {header.hash for header in step.undone}
        news: list[News] = []
        for tracked in self.all.up_to(step.after.safe):
            if tracked.status == "included" and not tracked.safe and _stands(tracked, undone):
                news.append(self._rise(step, tracked, "safe"))
        final = [t for t in self.all.up_to(step.after.finalized) if _stands(t, undone)]
        for tracked in final:
            news.append(self._rise(step, tracked, "finalized"))
        if final:
            self._planned.append(lambda: self._let_go(final))
        return news

    def _rise(self, step: PlannedStep, tracked: Tracked, level: str) -> News:
        assert tracked.block is not None, "it is in a block"
        number, hash_ = tracked.block
        block = {"number": number, "hash": hash_}
        if level == "safe":
            self._planned.append(lambda: setattr(tracked, "safe", True))
        depth = step.after.head - number + 1
        if tracked.status in ("failed", "replaced"):
            facts = {**tracked.replaced_by, "final": True}
            return _news(step, hash_, tracked, tracked.status, block=block, confirmations=depth, **facts)
        return _news(step, hash_, tracked, level, block=block, confirmations=depth)

    def _let_go(self, final: Sequence[Tracked]) -> None:
        for tracked in final:
            self.all.remove(tracked)
        self._on_final(final)


def _stands(tracked: Tracked, undone: set[str]) -> bool:
    return tracked.block is not None and tracked.block[1] not in undone


def _hash_of(transaction: Any) -> str | None:
    """Return the hash of a block's transaction, which is the hash itself or a whole one; None where it has none."""
    found = transaction.get("hash") if isinstance(transaction, Mapping) else transaction
    return found if isinstance(found, str) else None


def receipt_facts(receipt: Any, block: str | None) -> dict[str, Any]:
    """Return `{status, index, gasUsed}` of a receipt.

    Args:
        block: hash of the block it must be of; None for any.

    Raises:
        Malformed: it is no receipt, or of another block.
    """
    try:
        if block is not None and receipt["blockHash"].lower() != block:
            raise Malformed("a receipt of another block")
        failed = quantity(receipt.get("status") or "0x1") == 0
        gas = receipt.get("gasUsed")
        return {
            "status": "failed" if failed else "included",
            "index": quantity(receipt["transactionIndex"]),
            "gasUsed": None if gas is None else str(quantity(gas)),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("not a receipt") from error


def _news(step: PlannedStep, at: str, tracked: Tracked, status: str, **facts: Any) -> News:
    key = source(step.origin, at, "-", "tx", f"{status}{'!' if facts.get('final') else ''}:{tracked.id}")
    return News(tracked.room, "", "tx", TRANSACTION, key, tracked.body(status, **facts), Lane.PROMPT)
