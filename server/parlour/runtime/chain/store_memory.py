"""The ChainStore in memory: the reference for the SQL one, used by simulations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import Header
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered
from parlour.core.room import RoomId
from parlour.runtime.chain.store import Cursor, Kept, OutboxRow, Step, Sub
from parlour.runtime.lease import Lease
from parlour.runtime.store import Fenced


@dataclass(slots=True)
class _Chain:
    cursor: Cursor | None = None
    lease: Lease = field(default_factory=Lease)
    headers: dict[int, Header] = field(default_factory=dict)
    logs: dict[tuple[int, int], Log] = field(default_factory=dict)
    delivered: dict[str, Delivered] = field(default_factory=dict)


class MemoryChainStore:
    """Keeps everything in dictionaries; a `commit` is atomic."""

    def __init__(self) -> None:
        self._chains: dict[int, _Chain] = {}
        self._subs: dict[str, Sub] = {}
        self._rows: dict[int, OutboxRow] = {}
        self._parked: set[int] = set()
        self._chain_of: dict[int, int] = {}
        self._seq = 0

    def _chain(self, chain: int) -> _Chain:
        return self._chains.setdefault(chain, _Chain())

    async def acquire(self, chain: int, owner: str, ttl_ms: int, now: int) -> int:
        kept = self._chain(chain)
        taken = kept.lease.taken_by(owner, ttl_ms, now)
        if taken is None:
            raise Fenced(f"{kept.lease.holder} follows chain {chain}.")
        kept.lease = taken
        return taken.fence

    async def release(self, chain: int, owner: str) -> None:
        kept = self._chain(chain)
        if kept.lease.holder == owner:
            kept.lease = replace(kept.lease, holder=None)

    async def load(self, chain: int) -> Kept | None:
        kept = self._chain(chain)
        if kept.cursor is None:
            return None
        live = sorted({(d.log.number, d.room, d.watch) for d in kept.delivered.values()})
        return Kept(deepcopy(kept.cursor), [kept.headers[n] for n in sorted(kept.headers)], live)

    async def commit(self, step: Step) -> None:
        chain = self._chain(step.cursor.chain)
        at = chain.cursor
        if step.fence != chain.lease.fence or (at and (at.number, at.hash)) != step.expect:
            raise Fenced(f"Another process moved the cursor of chain {step.cursor.chain}.")
        undone = set(step.undone)
        chain.headers = {n: h for n, h in chain.headers.items() if h.hash not in undone}
        chain.logs = {k: log for k, log in chain.logs.items() if log.block not in undone}
        chain.delivered = {s: d for s, d in chain.delivered.items() if d.log.block not in undone}
        if step.cut is not None:
            chain.headers = {n: h for n, h in chain.headers.items() if n <= step.cut}
            chain.logs = {k: log for k, log in chain.logs.items() if log.number <= step.cut}
            chain.delivered = {s: d for s, d in chain.delivered.items() if d.log.number <= step.cut}
        chain.headers |= {h.number: h for h in step.headers}
        chain.logs |= {(log.number, log.index): log for log in step.logs}
        chain.delivered |= {d.source: d for d in (*step.moved, *step.delivered)}
        for news in step.news:
            self._seq += 1
            self._rows[self._seq] = OutboxRow(self._seq, step.cursor.step, 0, news)
            self._chain_of[self._seq] = step.cursor.chain
        if step.prune is not None:
            self._prune(chain, step.prune)
        self._subs |= {sub.id: sub for sub in step.subs}
        chain.cursor = deepcopy(step.cursor)

    def _prune(self, chain: _Chain, below: int) -> None:
        chain.headers = {n: h for n, h in chain.headers.items() if n >= below}
        chain.logs = {k: log for k, log in chain.logs.items() if log.number >= below}
        chain.delivered = {s: d for s, d in chain.delivered.items() if d.log.number >= below}

    async def halt(self, chain: int, reason: str) -> None:
        cursor = self._chain(chain).cursor
        if cursor is not None:
            cursor.halted = reason

    async def logs(self, chain: int, after: int, upto: int) -> list[Log]:
        kept = self._chain(chain).logs
        return [kept[key] for key in sorted(kept) if after < key[0] <= upto]

    async def delivered(self, chain: int, blocks: Sequence[str]) -> list[Delivered]:
        return [d for d in self._chain(chain).delivered.values() if d.log.block in set(blocks)]

    async def delivered_above(self, chain: int, number: int) -> list[Delivered]:
        return [d for d in self._chain(chain).delivered.values() if d.log.number > number]

    async def subs(self, chain: int) -> list[Sub]:
        return [replace(s) for s in self._subs.values() if s.chain == chain]

    async def room_subs(self, room: RoomId) -> list[Sub]:
        return [replace(s) for s in self._subs.values() if s.room == room]

    async def add_sub(self, sub: Sub) -> None:
        self._subs[sub.id] = sub

    async def mark_sub(self, sub: str, state: str, now: int) -> None:
        if sub in self._subs:
            self._subs[sub] = replace(self._subs[sub], state=state, since=now)

    async def drop_subs(self, subs: Sequence[str]) -> None:
        for sub in subs:
            self._subs.pop(sub, None)

    async def pending(self, chain: int, limit: int, after: int = 0) -> list[OutboxRow]:
        return [replace(row) for row in islice((r for r in self._undelivered(chain) if r.seq > after), limit)]

    async def room_pending(self, chain: int, rooms: Mapping[RoomId, int], limit: int) -> list[OutboxRow]:
        found: list[OutboxRow] = []
        for room, paced in rooms.items():
            mine = [row for row in self._undelivered(chain) if row.news.room == room]
            found += [row for row in mine if row.news.lane is Lane.PROMPT][:limit]
            found += [row for row in mine if row.news.lane is Lane.PACED][:paced]
        return [replace(row) for row in found]

    async def find_rows(self, chain: int, room: RoomId, sources: Sequence[str]) -> list[OutboxRow]:
        wanted = set(sources)
        mine = [r for s, r in self._rows.items() if self._chain_of[s] == chain and r.news.room == room]
        return [replace(row, parked=row.seq in self._parked) for row in mine if row.news.source in wanted]

    async def rewrite(self, bodies: Mapping[int, dict[str, Any]]) -> None:
        for seq, body in bodies.items():
            if seq in self._rows:
                self._rows[seq].news = replace(self._rows[seq].news, body=body)

    def _undelivered(self, chain: int) -> Iterator[OutboxRow]:
        return (row for s, row in self._rows.items() if s not in self._parked and self._chain_of[s] == chain)

    async def done(self, rows: Sequence[int]) -> None:
        for row in rows:
            self._rows.pop(row, None)
            self._parked.discard(row)
            self._chain_of.pop(row, None)

    async def failed(self, rows: Sequence[int], error: str, park: bool) -> None:
        for row in rows:
            self._rows[row].tries += 1
            if park:
                self._parked.add(row)

    async def unpark(self, chain: int, audit: AuditRecord | None = None) -> int:
        mine = {row for row in self._parked if self._chain_of[row] == chain}
        self._parked -= mine
        return len(mine)

    async def backlog(self, chain: int) -> tuple[int, int]:
        mine = [row for row in self._rows if self._chain_of[row] == chain]
        parked = sum(row in self._parked for row in mine)
        return len(mine) - parked, parked

    async def cursor(self, chain: int) -> Cursor | None:
        return deepcopy(self._chain(chain).cursor)
