"""The seam behind the follower's step: parts of the server that a chain's blocks concern beside the rooms' watches.

A listener (gates, transaction tracking, blocks, balances) is called inside each step, before the step is stored. The
outbox rows it returns are stored in the step's own transaction, under the same fence: all of a step or nothing of it.
It reads the logs it wants by taps (core/chain/taps.py), and keeps what must survive a restart as a `Sub` of its own
kind, or in the logs of rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from parlour.core.chain.blocks import Header, Heights
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import News, Origin
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.nodes.node import Node


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What a step does to the chain; it is not stored yet, and may still be dropped and planned anew.

    Attributes:
        origin: the chain, and the branch once the step is stored; both are part of every `source`.
        head: the newest block after the step.
        ancestor: the highest block that the old and the new chain share.
        undone: blocks that leave the chain, newest first; `Header.branch` is the branch they were applied in.
        applied: blocks that join it, oldest first, with `Header.raw`. After a catch-up by ranges only the last block
            of the range is here (`whole` is false), and `logs` are those of all its blocks.
        undone_logs: stored logs of the undone blocks; read only where there are taps.
        logs: wanted logs of the applied blocks, of watches and taps alike, ascending.
        before, after: the chain's heights before and after the step.
        whole: whether every block of the step is in `applied`.
        node: the endpoint that the step was read from. Ask it at `head.hash`; another one may not know that block yet.
    """

    origin: Origin
    head: Header
    ancestor: Header
    undone: Sequence[Header]
    applied: Sequence[Header]
    undone_logs: Sequence[Log]
    logs: Sequence[Log]
    before: Heights
    after: Heights
    node: Node
    whole: bool = True


class StepListener(Protocol):
    """What is told of every step of a chain. One instance listens to one chain."""

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Begin at a cursor: at the start, and again whenever the follower loads what is stored.

        Args:
            subs: every stored subscription of the chain, of all kinds.
        """

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """Return the outbox rows that the step leads to, each with its lane; change nothing yet.

        A step of many blocks is planned and stored in parts. While this runs the chain stands still, so it asks the
        node for little, and bounds how long it waits.

        Raises:
            NodeError, Malformed: the step is dropped and read again.
            StoreError: the step is dropped, and everything loaded again.
        """

    def committed(self, step: PlannedStep) -> None:
        """Take over a step that was planned last and is stored now."""


class SubListener(StepListener, Protocol):
    """A StepListener that serves subscriptions of one kind.

    Attributes:
        kind: of the subscriptions, as `Sub.kind`.
    """

    kind: str

    async def start(self, sub: Sub, head: Header) -> None:
        """Store a subscription that begins at `head`, as held, and serve it; between two steps. Raises StoreError."""

    def remove(self, watch: str) -> None:
        """Serve this subscription no longer."""


class StepListeners:
    """The listeners of one chain, called in the order in which they were added."""

    def __init__(self) -> None:
        self._all: list[StepListener] = []

    def __len__(self) -> int:
        return len(self._all)

    def add(self, listener: StepListener) -> None:
        """Tell this listener too of every step; before the follower is started."""
        self._all.append(listener)

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Let every listener begin at a cursor."""
        for listener in self._all:
            listener.load(cursor, subs)

    async def plan(self, step: PlannedStep) -> list[News]:
        """Return the rows of all listeners; raises as `StepListener.plan`."""
        return [news for listener in self._all for news in await listener.plan(step)]

    def committed(self, step: PlannedStep) -> None:
        """Let every listener take over a stored step."""
        for listener in self._all:
            listener.committed(step)
