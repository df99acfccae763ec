"""Tells rooms of blocks: watches with `blocks: true`, which chain rooms have too."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from parlour.core.chain.block_news import Listening, block_news, rise
from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.lookups import block_body
from parlour.core.chain.room_news import News, source
from parlour.runtime.blocks.listener import Listener
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.nodes.node import NodeError
from parlour.runtime.nodes.reader import block_call

_KEPT = 1200
"""Blocks remembered for watches that tell them later: `finality` is at most 1,024 confirmations."""
MOST_AT_ONCE = 64
"""Blocks of one step that are asked for one by one; of more, those before the newest become a `chain.gap`."""


class BlockWatches(Listener):
    """Implements StepListener."""

    kind, word = "blocks", "block"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._bodies: OrderedDict[int, tuple[str, dict[str, Any]]] = OrderedDict()

    async def entries(self, step: PlannedStep, listening: Sequence[Listening]) -> list[News]:
        """Return a `chain.block` for each watch and block that reached its level."""
        applied = {h.number: h for h in step.applied}
        news: list[News] = []
        bodies: dict[int, dict[str, Any]] = {}
        for one in listening:
            low, high = rise(one.level, step.before, step.after, step.ancestor.number)
            first = max(low, one.start) + 1
            if high - first >= MOST_AT_ONCE and not step.whole:
                news.append(await self._gap(one, step, first, high - MOST_AT_ONCE))
                first = high - MOST_AT_ONCE + 1
            for number in range(first, high + 1):
                if number not in bodies:
                    bodies[number] = await self._body(step, number, applied.get(number))
                news.append(block_news(one, step.origin, bodies[number], step.after))
        return news

    async def _body(self, step: PlannedStep, number: int, header: Header | None) -> dict[str, Any]:
        """Return a block as entries say it: of this step, remembered, or asked for."""
        if header is not None and header.raw is not None:
            return block_body(header.raw)
        known = self._bodies.get(number)
        if known is not None and number <= step.ancestor.number:
            return known[1]
        (raw,) = await step.node.batch([block_call(number)])
        if isinstance(raw, NodeError):
            raise raw
        body = block_body(raw)
        if header is not None and body["hash"] != header.hash:
            raise Malformed(f"block {number} has two hashes")
        return body

    async def _gap(self, one: Listening, step: PlannedStep, first: int, last: int) -> News:
        """Return `chain.gap` for blocks that passed while nobody followed the chain."""
        ends = [await self._end(step, number) for number in (first, last)]
        body = {
            "watch": one.id, "chain": step.origin.chain, "from": ends[0], "to": ends[1],
            "dropped": last - first + 1, "reason": "catch_up",
        }  # fmt: skip
        key = source(step.origin, ends[0]["hash"], "-", "gap", one.id)
        return News(one.room, one.id, "gap", "chain.gap", key, body)

    async def _end(self, step: PlannedStep, number: int) -> dict[str, Any]:
        return {"number": number, "hash": await self.hash_at(step, number), "logIndex": 0}

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """As Listener.plan; bodies of new blocks are read now, because headers lose them once committed."""
        self._fresh = _bodies_of(step.applied) if self._defers() else {}
        return await super().plan(step)

    def _defers(self) -> bool:
        return any(one.level != "included" for one in self.all.values())

    def committed(self, step: PlannedStep) -> None:
        """Remember the step's blocks for watches that tell them later."""
        super().committed(step)
        for header in step.undone:
            self._bodies.pop(header.number, None)
        for number, body in self._fresh.items():
            self._bodies[number] = (body["hash"], body)
        while len(self._bodies) > _KEPT:
            self._bodies.popitem(last=False)


def _bodies_of(headers: Sequence[Header]) -> Mapping[int, dict[str, Any]]:
    return {h.number: block_body(h.raw) for h in headers if h.raw is not None}
