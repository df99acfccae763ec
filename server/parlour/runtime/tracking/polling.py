"""Asks endpoints about transactions that are in no block: pending, unknown, replaced. Batched, every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from parlour.core.chain.blocks import Malformed, what_is_odd
from parlour.core.chain.quantities import hex_bytes, quantity
from parlour.core.chain.transactions import replacement_kind
from parlour.core.room import ChainUpdate, Draft, RoomId
from parlour.errors import Closed, NotFound, ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import Call, Node, NodeError
from parlour.runtime.store import StoreError
from parlour.runtime.tracking.block_states import TransactionTracker, receipt_facts
from parlour.runtime.tracking.transaction_set import Tracked

log = structlog.get_logger()

AT_ONCE = 1_000
"""Transactions asked about at a stretch; the node client makes batches of it."""

Deliver = Callable[[RoomId, ChainUpdate], Awaitable[Any]]
"""Submits news to a room; returns once it is stored."""
Canonical = Callable[[int], str | None]
"""Returns the hash of the block of this height on the chain as it is followed, where it is known."""


class PendingPoll:
    """Asks about the transactions of one chain that are in no block.

    Args:
        nodes: the endpoints to ask, the preferred one first.
        drop_ms: how long a transaction may be unknown everywhere before it counts as dropped.
        on_gone: called with tracks whose room or deadline has passed.
    """

    def __init__(
        self, tracker: TransactionTracker, nodes: Callable[[], Sequence[Node]], canonical: Canonical, deliver: Deliver,
        clock: Clock, *, every_s: float, drop_ms: int, on_gone: Callable[[Sequence[Tracked]], None],
    ) -> None:  # fmt: skip
        self._tracker, self._nodes, self._canonical, self._deliver = tracker, nodes, canonical, deliver
        self._clock, self._every, self._drop_ms, self._on_gone = clock, every_s, drop_ms, on_gone
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Ask now, because there are new transactions or some left their block."""
        self._wake.set()

    async def run(self) -> None:
        """Ask for ever: when woken, and every few seconds."""
        while True:
            self._wake.clear()
            await self.poll()
            waiting = asyncio.ensure_future(self._wake.wait())
            sleeping = asyncio.ensure_future(self._clock.sleep(self._every))
            await asyncio.wait((waiting, sleeping), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            sleeping.cancel()

    async def poll(self) -> None:
        """Ask once about everything that is in no block of the chain as it is followed."""
        self._leave_lost_blocks()
        outside = self._tracker.all.outside()
        for start in range(0, len(outside), AT_ONCE):
            try:
                await self._ask(outside[start : start + AT_ONCE])
            except (NodeError, Malformed) as error:
                log.info("tracking.asked_in_vain", reason=str(error))
                return

    def _leave_lost_blocks(self) -> None:
        """Take transactions out of blocks that left the chain by a step that this process did not see."""
        tracker = self._tracker
        for tracked in tracker.all.inside():
            if tracked.block is not None and self._canonical(tracked.block[0]) not in (tracked.block[1], None):
                tracker.all.place(tracked, None)

    async def _ask(self, some: Sequence[Tracked]) -> None:
        seen = await self._batch([("eth_getTransactionByHash", [each.hash]) for each in some], others=True)
        unmined: list[Tracked] = []
        for tracked, answer in zip(some, seen, strict=True):
            if isinstance(answer, dict):
                _learn(tracked, answer)
            if isinstance(answer, dict) and answer.get("blockHash"):
                try:
                    await self._found(tracked, answer)
                except Malformed as error:  # of this one; the others' answers may be as they should
                    log.info("tracking.odd_answer", hash=tracked.hash, reason=str(error))
                continue
            unmined.append(tracked)
            tracked.unknown_since = None if isinstance(answer, dict) else tracked.unknown_since or self._clock.now()
            if isinstance(answer, dict):
                await self._tell(tracked, tracked.draft("pending"))
        await self._check_nonces([t for t in unmined if t.sender is not None and t.nonce is not None])
        for tracked in unmined:
            if tracked.block is None:
                await self._check_unknown(tracked)

    async def _batch(self, calls: Sequence[Call], *, others: bool = False) -> list[Any]:
        """Ask the first endpoint that answers; with `others` ask the others what that one does not know."""
        failure: NodeError | None = None
        answers: list[Any] | None = None
        for node in self._nodes():
            missing = range(len(calls)) if answers is None else [n for n, a in enumerate(answers) if a is None]
            if not missing:
                break
            try:
                found = await node.batch([calls[n] for n in missing])
            except NodeError as error:
                failure = error
                continue
            answers = answers or [None] * len(calls)
            for number, answer in zip(missing, found, strict=True):
                answers[number] = None if isinstance(answer, NodeError) else answer
            if not others:
                break
        if answers is None:
            raise failure or NodeError("no endpoint")
        return answers

    async def _found(self, tracked: Tracked, answer: dict[str, Any]) -> None:
        """Note a transaction that is in a block already: it was there before it was tracked, or before a restart."""
        try:
            number, hash_ = quantity(answer["blockNumber"]), hex_bytes(answer["blockHash"], 32)
        except (KeyError, ValueError, AttributeError) as error:
            raise Malformed(f"not a transaction: {what_is_odd(error)}") from None
        if self._canonical(number) not in (hash_, None) or number > self._tracker.height:
            return  # the follower will come to that block, or it is one that is gone
        (receipt,) = await self._batch([("eth_getTransactionReceipt", [tracked.hash])])
        facts = receipt_facts(receipt, hash_)
        status = facts.pop("status")
        tracked.status = status
        self._tracker.all.place(tracked, (number, hash_))
        depth = self._tracker.height - number + 1
        block = {"number": number, "hash": hash_}
        drafts = [tracked.draft(status, block=block, confirmations=depth, **facts)]
        final = number <= self._tracker.finalized
        if final and status == "failed":
            drafts.append(tracked.draft("failed", block=block, confirmations=depth, final=True))
        elif final or number <= self._tracker.safe:
            drafts.append(tracked.draft("finalized" if final else "safe", block=block, confirmations=depth))
            tracked.safe = True
        if await self._tell(tracked, *drafts, status=status) and final:
            self._tracker.all.remove(tracked)
            self._on_gone([tracked])

    async def _check_nonces(self, some: Sequence[Tracked]) -> None:
        """Find out whose nonce was used by another transaction."""
        if not some:
            return
        counts = await self._batch([("eth_getTransactionCount", [t.sender, "latest"]) for t in some])
        for tracked, count in zip(some, counts, strict=True):
            if _nonce(count) > (tracked.nonce or 0):
                await self._find_replacement(tracked)

    async def _find_replacement(self, tracked: Tracked) -> None:
        """Find the block in which the nonce was used, by halving, and read that block whole."""
        low, high = max(-1, tracked.since_block - 1), self._tracker.height
        if low >= 0 and await self._count_at(tracked, low) > (tracked.nonce or 0):
            low = -1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if await self._count_at(tracked, middle) > (tracked.nonce or 0) else (middle, high)
            )
        (block,) = await self._batch([("eth_getBlockByNumber", [hex(high), True])])
        if not isinstance(block, dict) or self._canonical(high) not in (str(block.get("hash")).lower(), None):
            return
        transactions = block.get("transactions")
        rivals = (tx for tx in transactions if _is_rival(tracked, tx)) if isinstance(transactions, list) else iter(())
        other = next(rivals, None)
        if other is None or other["hash"].lower() == tracked.hash:
            return
        how = replacement_kind(tracked.view, other)
        facts = {"replacedBy": other["hash"].lower(), "replacement": how}
        hash_ = str(block.get("hash")).lower()
        draft = tracked.draft("replaced", block={"number": high, "hash": hash_}, **facts)
        if await self._tell(tracked, draft, status="replaced"):
            tracked.replaced_by = facts
            self._tracker.all.place(tracked, (high, hash_))

    async def _count_at(self, tracked: Tracked, number: int) -> int:
        (count,) = await self._batch([("eth_getTransactionCount", [tracked.sender, hex(number)])])
        return _nonce(count)

    async def _check_unknown(self, tracked: Tracked) -> None:
        now = self._clock.now()
        if tracked.deadline is not None and now >= tracked.deadline:
            await self._tell(tracked, tracked.draft("dropped", reason="deadline", final=True))
            self._tracker.all.remove(tracked)
            self._on_gone([tracked])
        elif tracked.unknown_since is not None and now - tracked.unknown_since >= self._drop_ms:
            await self._tell(tracked, tracked.draft("dropped", reason="unknown"))

    async def _tell(self, tracked: Tracked, *drafts: Draft, status: str | None = None) -> bool:
        """Let the room store what is new; return whether it has."""
        assert isinstance(drafts[0].body, dict)
        told = status or drafts[0].body["status"]
        if tracked.status == told and status is None:
            return True
        try:
            await self._deliver(tracked.room, ChainUpdate(drafts=list(drafts)))
        except (NotFound, Closed):
            self._tracker.all.remove(tracked)
            self._on_gone([tracked])
            return False
        except (ParlourError, StoreError) as error:
            log.info("tracking.not_told", room=tracked.room, reason=str(error))
            return False
        tracked.status = told
        return True


def _learn(tracked: Tracked, answer: dict[str, Any]) -> None:
    """Note who sent it and with which nonce."""
    tracked.view = answer
    try:
        tracked.sender, tracked.nonce = hex_bytes(answer["from"], 20), quantity(answer["nonce"])
    except (KeyError, ValueError, AttributeError):
        return


def _nonce(count: Any) -> int:
    """Return how many transactions an account has sent; 0 where the answer does not say."""
    try:
        return quantity(count)
    except ValueError:
        return 0


def _is_rival(tracked: Tracked, tx: Any) -> bool:
    """Return whether it is a transaction of the same sender and nonce."""
    try:
        hex_bytes(tx["hash"], 32)
        return bool(tx["from"].lower() == tracked.sender and quantity(tx["nonce"]) == tracked.nonce)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
