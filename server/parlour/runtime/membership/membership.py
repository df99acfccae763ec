"""Membership: keeps this process on the list of nodes, knows the others, and does what operators ask of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.errors import NotFound, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.membership.nodes import BEAT_S, DRAIN, RELEASE, Beat, Figures, NameTaken, Node, NodeTable, surplus
from parlour.runtime.store import StoreError

log = structlog.get_logger()

RETRY_MS = 2_000
"""After a heartbeat the list is right again."""


class Membership:
    """This process among the nodes of its database.

    Args:
        me: as it lists itself.
        figures: what it tells with each heartbeat.

    Attributes:
        nodes: every node by its name, as of the last heartbeat.
        now: the database's time at the last heartbeat (ms).
        on_drain: called when an operator asks this node to hand its rooms over.
        on_release: called with how many rooms nobody uses here it should give up.
        on_replaced: called when another process took the name: this one stood still too long.
    """

    def __init__(self, me: Node, table: NodeTable, figures: Callable[[], Figures], clock: Clock) -> None:
        self.me = me
        self.nodes: Mapping[str, Node] = {me.name: me}
        self.now = 0
        self.on_drain: Callable[[], None] = lambda: None
        self.on_release: Callable[[int], None] = lambda rooms: None
        self.on_replaced: Callable[[], None] = lambda: None
        self._table = table
        self._figures = figures
        self._clock = clock
        self._beating: asyncio.Task[None] | None = None
        self._replaced = False

    async def join(self) -> None:
        """List this process.

        Raises:
            NameTaken: a live process has its name. StoreError.
        """
        await self._table.claim(self.me)
        self._note(await self._table.beat(self.me, self._figures()))

    def start(self) -> None:
        """Beat until `leave`."""
        self._beating = asyncio.get_running_loop().create_task(self._run(), name="heartbeat of the node")

    async def leave(self) -> None:
        """Stop, and take this process off the list."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._table.leave(self.me)

    def living(self) -> Sequence[Node]:
        """Return the nodes that live, this one among them, by name."""
        return [node for _, node in sorted(self.nodes.items()) if node.alive]

    async def refresh(self) -> Sequence[Node]:
        """Beat now; return every node by name, dead ones too. Raises StoreError."""
        self._note(await self._table.beat(self.me, self._figures()))
        return [node for _, node in sorted(self.nodes.items())]

    async def drain(self, name: str, audit: AuditRecord) -> None:
        """Ask a node to hand its rooms over; raises NotFound, StoreError."""
        if not await self._table.ask({name: DRAIN}, audit):
            raise NotFound("No live node has that name.", reason="node")
        await self.refresh()

    async def rebalance(self, audit: AuditRecord) -> Mapping[str, int]:
        """Ask nodes with more rooms than their share to give some up; return how many each. Raises StoreError."""
        asked = surplus(await self.refresh())
        wishes = {name: f"{RELEASE} {rooms}" for name, rooms in asked.items()}
        if not await self._table.ask(wishes, audit.answered({"asked": dict(asked)})):
            raise Unavailable("A node has just ended; try again.", retry_after=RETRY_MS)
        await self.refresh()
        return asked

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            try:
                await self.refresh()
            except (StoreError, NameTaken) as error:
                log.warning("node.not_heard", error=type(error).__name__)

    def _note(self, beat: Beat) -> None:
        self.nodes, self.now = {node.name: node for node in beat.nodes}, beat.now
        if not beat.ours and not self._replaced:
            self._replaced = True
            log.error("node.replaced", node=self.me.name, cause="this process stood still, and another took its name")
            self.on_replaced()
        word, _, rooms = beat.wish.partition(" ")
        if word == DRAIN:
            self.on_drain()
        elif word == RELEASE:
            self.on_release(int(rooms))
