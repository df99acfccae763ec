"""The rewind: an operator accepts another chain from some block on, even below finality."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import Fork, Header, Malformed
from parlour.core.chain.room_news import Origin, correction_news
from parlour.errors import Invalid, Unavailable
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.store import ChainStore, Step
from parlour.runtime.nodes import reader
from parlour.runtime.nodes.node import Node, NodeError


@dataclass(frozen=True, slots=True)
class Rewind:
    """The transaction of a rewind, the fork that it is, and how many blocks it undoes."""

    step: Step
    fork: Fork
    undone: int


async def plan_rewind(
    store: ChainStore, ledger: Ledger, node: Node, to: int, audit: AuditRecord | None = None
) -> Rewind:
    """Plan to accept the node's chain from block `to` on, another genesis too.

    Events above it are reverted. Watches that began above it begin there: their anchor is no longer on the chain.

    Raises:
        Invalid: `to` lies ahead.
        Unavailable: the node does not answer.
        StoreError: what is kept could not be read.
    """
    cursor = ledger.cursor
    if not 0 <= to <= cursor.number:
        raise Invalid(f"The follower stands at block {cursor.number}; rewind to one from 0 to there.")
    try:
        genesis = await reader.identify(node, cursor.chain, "")
        target = (await reader.headers_by_number(node, [to]))[0]
    except (NodeError, Malformed, reader.ForeignChain) as error:
        raise Unavailable(f"Chain {cursor.chain} could not be read: {error}; try again.") from error
    step, fork = await _plan_step(ledger, store, target, genesis)
    undone = cursor.number - to
    step.audit = None if audit is None else audit.answered({"undone": undone})
    return Rewind(step, fork, undone)


async def _plan_step(ledger: Ledger, store: ChainStore, target: Header, genesis: str) -> tuple[Step, Fork]:
    c = ledger.cursor
    undone = ledger.tracker.headers(target.number, c.number)
    replaced = [h for h in ledger.tracker.headers(target.number - 1, target.number) if h.hash != target.hash]
    cut = target.number - bool(replaced)
    gone = await store.delivered_above(c.chain, cut)
    levels = {name: min(height, target.number) for name, height in ledger.levels().items()}
    cursor = replace(
        c, genesis=genesis, number=target.number, hash=target.hash, safe=min(c.safe, target.number),
        finalized=min(c.finalized, target.number), audited=min(c.audited, target.number), branch=c.branch + 1,
        step=c.step + 1, levels=levels, halted="",
    )  # fmt: skip
    news = correction_news(Origin(c.chain, cursor.branch), target, [], gone)
    fresh = [] if ledger.tracker.knows(target.hash) else [target]
    target.branch = cursor.branch
    gone_blocks = tuple(reversed([*replaced, *undone]))
    hashes = [h.hash for h in gone_blocks]
    subs = [
        replace(sub, record={**sub.record, "from": target.ref()})
        for sub in await store.subs(c.chain)
        if sub.record.get("from", {}).get("number", 0) > target.number
    ]
    step = Step(cursor, ledger.fence, (c.number, c.hash), hashes, fresh, news=news, subs=subs, cut=cut)
    return step, Fork(target, gone_blocks, ())
