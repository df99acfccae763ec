"""What followers need from a database; `store_memory.py` and `adapters/sql/chain.py` implement it.

Everything one step of a chain leads to commits in one transaction (`Step`): headers, logs, records of what rooms got,
outbox rows and the cursor. The cursor is a compare-and-set on (number, hash) and on the lease's fence, so two processes
never follow one chain (chain.md F20 crashes, F25 two followers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import Header
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered, News
from parlour.core.chain.watches import WatchRecord
from parlour.core.room import RoomId


@dataclass(slots=True)
class Cursor:
    """How far a follower has got on its chain.

    Attributes:
        chain: EIP-155 id.
        genesis: hash of block 0.
        number, hash: the block up to which all effects are stored.
        safe, finalized: heights as far as they count here; `finalized` never moves down.
        audited: blocks up to here were read again after they became final.
        branch: how many reorgs this follower has followed; part of every source.
        step: how many steps were committed.
        levels: height each delivery level has reached (core/chain/blocks.py).
        halted: why an operator must decide, or empty.
    """

    chain: int
    genesis: str
    number: int
    hash: str
    safe: int = 0
    finalized: int = 0
    audited: int = 0
    branch: int = 0
    step: int = 0
    levels: dict[str, int] = field(default_factory=dict)
    halted: str = ""


@dataclass(slots=True)
class Sub:
    """A watch or another subscription of a room, as followers store it.

    Attributes:
        id, room, chain, record: as the room has it; `record` also says what is watched.
        kind: `watch`, or the name under which another part registered its own (runtime/chain/route_kinds.py).
        state: `new` (a follower must still read the blocks up to its head), `held` (its room has not stored
            `room.watched` yet, so nothing may be delivered), `active`.
        since: ms since 1970, when it took this state.
    """

    id: str
    room: RoomId
    chain: int
    record: WatchRecord
    state: str = "held"
    since: int = 0
    kind: str = "watch"


@dataclass(slots=True)
class OutboxRow:
    """News waiting for its room, in the order of `seq`; a parked row waits for an operator."""

    seq: int
    step: int
    tries: int
    news: News
    parked: bool = False

    @property
    def bundle(self) -> int | None:
        """The step of a correction. A step's corrections reach the room together, and before its events."""
        return self.step if self.news.kind in ("revert", "move") else None

    @property
    def first(self) -> bool:
        """Whether it waits for nobody, other rooms included."""
        return self.news.lane is Lane.PROMPT


@dataclass(slots=True)
class Step:
    """One transaction of a follower.

    Attributes:
        cursor: where the follower stands afterwards.
        fence: the lease's fence; another one in the store refuses the step.
        expect: (number, hash) the stored cursor must still have; None inserts the first cursor.
        undone: hashes of blocks that left the chain; their headers, logs and `Delivered` records go.
        cut: headers, logs and records of blocks above this number go too, known by a header or not; None: nothing.
        headers, logs: what is stored anew.
        moved: records of moved events, written after `undone` took effect.
        delivered: records of new events.
        news: rows for the outbox.
        prune: headers, logs and records of blocks below this number go.
        subs: watches that start with this step.
        audit: what an operator did by it.
    """

    cursor: Cursor
    fence: int
    expect: tuple[int, str] | None
    undone: Sequence[str] = ()
    cut: int | None = field(default=None, kw_only=True)
    headers: Sequence[Header] = ()
    logs: Sequence[Log] = ()
    moved: Sequence[Delivered] = ()
    delivered: Sequence[Delivered] = ()
    news: Sequence[News] = ()
    prune: int | None = None
    subs: Sequence[Sub] = ()
    audit: AuditRecord | None = None


@dataclass(slots=True)
class Kept:
    """What a follower loads at its start: cursor, headers ascending, (number, room, watch) of delivered events."""

    cursor: Cursor
    headers: list[Header]
    live: list[tuple[int, RoomId, str]]


class ChainStore(Protocol):
    """Cursors, blocks, watches and outbox of every chain. Every method may raise StoreError."""

    async def acquire(self, chain: int, owner: str, ttl_ms: int, now: int) -> int:
        """Take or renew the lease of a chain and return its fence; raises Fenced while another owner holds it."""

    async def release(self, chain: int, owner: str) -> None:
        """Give the lease back, if this owner holds it."""

    async def load(self, chain: int) -> Kept | None:
        """Return what is kept of a chain; None where it was never followed."""

    async def commit(self, step: Step) -> None:
        """Store all of `step` or nothing.

        Raises:
            Fenced: the fence or the cursor differ.
            StoreError: perhaps not stored: load again before going on.
        """

    async def halt(self, chain: int, reason: str) -> None:
        """Store why the chain is halted; an empty reason ends the halt."""

    async def cursor(self, chain: int) -> Cursor | None:
        """Return how far the chain's follower has got; None where it was never followed."""

    async def logs(self, chain: int, after: int, upto: int) -> list[Log]:
        """Return stored logs with after < number ≤ upto, ascending by (number, index)."""

    async def delivered(self, chain: int, blocks: Sequence[str]) -> list[Delivered]:
        """Return the events of these blocks (by hash) that were delivered to rooms."""

    async def delivered_above(self, chain: int, number: int) -> list[Delivered]:
        """Return the events of blocks above this number that were delivered to rooms."""

    async def subs(self, chain: int) -> list[Sub]:
        """Return every watch on the chain."""

    async def room_subs(self, room: RoomId) -> list[Sub]:
        """Return the watches of a room, on all chains."""

    async def add_sub(self, sub: Sub) -> None:
        """Store a watch for the chain's follower to start."""

    async def mark_sub(self, sub: str, state: str, now: int) -> None:
        """Change the state of a watch, if it is still there."""

    async def drop_subs(self, subs: Sequence[str]) -> None:
        """Remove these watches."""

    async def pending(self, chain: int, limit: int, after: int = 0) -> list[OutboxRow]:
        """Return undelivered rows whose number is above `after`, in order; parked ones are left out."""

    async def room_pending(self, chain: int, rooms: Mapping[RoomId, int], limit: int) -> list[OutboxRow]:
        """Return undelivered rows of these rooms, each room's in order; parked ones are left out.

        Args:
            rooms: how many paced rows of each room are wanted; `limit` bounds the prompt ones.
        """

    async def find_rows(self, chain: int, room: RoomId, sources: Sequence[str]) -> list[OutboxRow]:
        """Return the rows of a room with these sources, parked ones too."""

    async def rewrite(self, bodies: Mapping[int, dict[str, Any]]) -> None:
        """Replace the bodies of rows, by number."""

    async def done(self, rows: Sequence[int]) -> None:
        """Remove these rows: their rooms have stored them, or are gone."""

    async def failed(self, rows: Sequence[int], error: str, park: bool) -> None:
        """Count a try of these rows; `park` sets them aside until an operator revives them."""

    async def unpark(self, chain: int, audit: AuditRecord | None = None) -> int:
        """Put parked rows back into the queue, with no failed tries; return how many there were.

        Args:
            audit: stored with it, answered `{revived}`.
        """

    async def backlog(self, chain: int) -> tuple[int, int]:
        """Return the number of (waiting, parked) rows."""
