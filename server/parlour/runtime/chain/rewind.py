"""The rewind: an operator accepts another chain from some block on, even below finality."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.room_news import Origin, correction_news
from parlour.errors import Invalid, Unavailable
from parlour.runtime.chain import reader
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.node import Node, NodeError
from parlour.runtime.chain.store import ChainStore, Step


@dataclass(frozen=True, slots=True)
class Rewind:
    """The transaction of a rewind, and how many blocks it undoes."""

    step: Step
    undone: int


async def plan_rewind(config: ChainConfig, store: ChainStore, node: Node, fence: int, to: int) -> Rewind:
    """Plan to accept the node's chain from block `to` on, another genesis too.

    Events above it are reverted.

    Raises:
        Invalid: `to` lies ahead, or the chain was never followed.
        Unavailable: the node does not answer.
        StoreError: what is kept could not be read.
    """
    kept = await store.load(config.chain_id)
    if kept is None:
        raise Invalid("This chain was never followed.")
    if not 0 <= to <= kept.cursor.number:
        raise Invalid(f"The follower stands at block {kept.cursor.number}; rewind to one from 0 to there.")
    try:
        genesis = await reader.identify(node, config.chain_id, "")
        target = (await reader.headers_by_number(node, [to]))[0]
    except (NodeError, Malformed, reader.ForeignChain) as error:
        raise Unavailable(f"Chain {config.chain_id} could not be read: {error}; try again.") from error
    ledger = Ledger(config, store, kept, await store.subs(config.chain_id), fence)
    return Rewind(await _plan_step(ledger, store, target, genesis), kept.cursor.number - to)


async def _plan_step(ledger: Ledger, store: ChainStore, target: Header, genesis: str) -> Step:
    c = ledger.cursor
    undone = ledger.tracker.headers(target.number, c.number)
    replaced = [h for h in ledger.tracker.headers(target.number - 1, target.number) if h.hash != target.hash]
    gone = await store.delivered(c.chain, [h.hash for h in (*undone, *replaced)])
    levels = {name: min(height, target.number) for name, height in ledger.levels().items()}
    cursor = replace(
        c, genesis=genesis, number=target.number, hash=target.hash, safe=min(c.safe, target.number),
        finalized=min(c.finalized, target.number), audited=min(c.audited, target.number), branch=c.branch + 1,
        step=c.step + 1, levels=levels, halted="",
    )  # fmt: skip
    news = correction_news(Origin(c.chain, cursor.branch), target, [], gone)
    fresh = [] if ledger.tracker.knows(target.hash) else [target]
    hashes = [h.hash for h in (*undone, *replaced)]
    return Step(cursor, ledger.fence, (c.number, c.hash), hashes, fresh, news=news)
