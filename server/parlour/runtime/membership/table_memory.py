"""Nodes in memory: for the one process of a SQLite file, and for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from parlour.core.audit.record import AuditRecord
from parlour.runtime.clock import Clock
from parlour.runtime.membership.nodes import DEAD_AFTER_MS, Beat, Figures, NameTaken, Node


class MemoryNodes:
    """Its docstrings are those of `NodeTable`.

    Args:
        keep: writes audit rows.
    """

    def __init__(self, clock: Clock, keep: Callable[[AuditRecord], Awaitable[None]]) -> None:
        self._clock = clock
        self._keep = keep
        self._nodes: dict[str, Node] = {}
        self._wishes: dict[str, str] = {}

    async def claim(self, node: Node) -> None:
        now, found = self._clock.now(), self._nodes.get(node.name)
        if found is not None and self._shown(found).alive:
            raise NameTaken(node.name)
        self._nodes[node.name] = replace(node, started_at=now, seen_at=now)
        self._wishes.pop(node.name, None)

    async def beat(self, node: Node, figures: Figures) -> Beat:
        now, found = self._clock.now(), self._nodes.get(node.name)
        if found is None:
            await self.claim(node)
            found = self._nodes[node.name]
        ours = found.boot == node.boot
        if ours:
            self._nodes[node.name] = replace(
                found,
                state=figures.state,
                rooms=figures.rooms,
                connections=figures.connections,
                load=figures.load,
                seen_at=now,
            )
        wish = self._wishes.pop(node.name, "") if ours else ""
        return Beat(ours, wish, [self._shown(each) for each in self._nodes.values()], now)

    async def ask(self, wishes: Mapping[str, str], audit: AuditRecord) -> bool:
        living = {name for name, node in self._nodes.items() if self._shown(node).alive}
        if not wishes.keys() <= living:
            return False
        await self._keep(audit)
        self._wishes.update(wishes)
        return True

    async def leave(self, node: Node) -> None:
        found = self._nodes.get(node.name)
        if found is not None and found.boot == node.boot:
            del self._nodes[node.name]

    def _shown(self, node: Node) -> Node:
        return replace(node, alive=node.seen_at > self._clock.now() - DEAD_AFTER_MS)
