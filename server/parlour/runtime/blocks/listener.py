"""What listens to a chain's blocks rather than to its logs: watches of blocks, and of balances.

Both are `Sub`s of their own kind. Another process may store them; they are read again every two seconds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from parlour.core.chain.block_news import Listening, rise, risen_news, undone_news
from parlour.core.chain.blocks import Header
from parlour.core.chain.room_news import News
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import ChainStore, Cursor, Sub
from parlour.runtime.clock import Clock
from parlour.runtime.nodes import reader

ADOPT_S = 2.0
"""Seconds between reads of the watches that other processes stored or removed."""
_HASHES = 4096
"""Block hashes remembered, to name the block a level has reached; older ones are asked for."""


class Listener(ABC):
    """A StepListener of one chain for one kind of subscription.

    Attributes:
        kind: of its subs; `block` or `balance` in sources.
        all: the watches that have started, by id.
    """

    kind: str
    word: str

    def __init__(self, chain: int, store: ChainStore, clock: Clock) -> None:
        self._chain, self._store, self._clock = chain, store, clock
        self.all: dict[str, Listening] = {}
        self._hashes: dict[int, str] = {}
        self._adopted_at = clock.monotonic()

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────────────

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Begin with the stored watches of this kind."""
        self._hashes = {cursor.number: cursor.hash}
        self._take(subs)

    def _take(self, subs: Sequence[Sub]) -> None:
        mine = {sub.id: sub for sub in subs if sub.kind == self.kind}
        moved = {sub.id for sub in mine.values() if sub.id in self.all and self.all[sub.id].record != sub.record}
        for gone in (self.all.keys() - mine.keys()) | moved:  # a rewind lets a watch begin elsewhere
            self.remove(gone)
        for sub in mine.values():
            if sub.id not in self.all:
                self.add(sub)

    def add(self, sub: Sub) -> None:
        """Listen for this watch from the next step on."""
        self.all[sub.id] = Listening(sub.id, sub.room, sub.record)

    def remove(self, watch: str) -> None:
        """Listen for this watch no longer."""
        self.all.pop(watch, None)

    async def start(self, sub: Sub, head: Header) -> None:
        """Store a watch that begins at `head`, as held, and listen for it; between two steps. Raises StoreError."""
        sub.record = {**sub.record, "from": head.ref()}
        await self._store.add_sub(sub)
        self.add(sub)

    async def _adopt(self) -> None:
        now = self._clock.monotonic()
        if now - self._adopted_at >= ADOPT_S:
            self._adopted_at = now
            self._take(await self._store.subs(self._chain))

    # ── a step ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """Return reverts, then new entries, then confirmations; raises as StepListener.plan."""
        await self._adopt()
        if not self.all:
            return []
        listening = list(self.all.values())
        news = undone_news(listening, self.word, step.origin, step.ancestor, step.undone)
        news += await self.entries(step, listening)
        return news + await self._confirmed(step, listening)

    @abstractmethod
    async def entries(self, step: PlannedStep, listening: Sequence[Listening]) -> list[News]:
        """Return the entries that the step leads to."""

    async def _confirmed(self, step: PlannedStep, listening: Sequence[Listening]) -> list[News]:
        reached: dict[str, tuple[int, int, str]] = {}
        for name in {str(level) for one in listening for level in one.record["confirm"]}:
            low, high = rise(name, step.before, step.after, step.ancestor.number)
            if high > low and any(high > one.start for one in listening):
                reached[name] = (low, high, await self.hash_at(step, high))
        return risen_news(listening, step.origin, reached)

    async def hash_at(self, step: PlannedStep, number: int) -> str:
        """Return the hash of a canonical block; asks the node where it is not remembered."""
        for header in (step.head, step.ancestor, *step.applied):
            if header.number == number:
                return header.hash
        known = self._hashes.get(number) if number <= step.ancestor.number else None
        return known or (await reader.headers_by_number(step.node, [number]))[0].hash

    def committed(self, step: PlannedStep) -> None:
        """Remember the step's blocks."""
        for header in step.undone:
            self._hashes.pop(header.number, None)
        for header in step.applied:
            self._hashes[header.number] = header.hash
        while len(self._hashes) > _HASHES:
            del self._hashes[next(iter(self._hashes))]
