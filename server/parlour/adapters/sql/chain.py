"""The ChainStore on SQLite and Postgres: writes go through the process's one writer, a step in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, CursorResult, and_, bindparam, delete, func, insert, select, update

from parlour.adapters.sql.chain_rows import (
    CURSOR_COLUMNS,
    LOG_COLUMNS,
    block_row,
    delivered_row,
    log_row,
    news_row,
    read_log_row,
    read_outbox_row,
    read_sub_row,
    sub_row,
)
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_chain import chain_block, chain_cursor, chain_log, chain_outbox, chain_sub, chain_told
from parlour.adapters.sql.writer import Writer
from parlour.core.chain.blocks import Header
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered
from parlour.core.room import RoomId
from parlour.runtime.chain.store import Cursor, Kept, OutboxRow, Step, Sub
from parlour.runtime.lease import Lease
from parlour.runtime.store import Fenced

T = TypeVar("T")

_CHUNK = 500
"""Values of one IN list: below every database's limit of parameters."""


class SqlChainStore:
    """Implements `runtime.chain.store.ChainStore`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer, self._reader = writer, reader

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """Commit without waiting for the disk.

        A room's own entry waits, and makes every earlier commit durable with it. What a power cut takes back had
        reached no room, and is read from the chain again.
        """
        return await self._writer.write(work, lasting=False)

    # ── leases and cursors ───────────────────────────────────────────────────────────────────────────────────────

    async def acquire(self, chain: int, owner: str, ttl_ms: int, now: int) -> int:
        c = chain_cursor.c

        def work(connection: Connection) -> int:
            found = connection.execute(select(c.lease_owner, c.lease_until, c.fence).where(c.chain == chain)).first()
            if found is None:
                fresh = dict.fromkeys(CURSOR_COLUMNS, 0) | {"genesis": "", "hash": "", "halted": "", "levels": "{}"}
                lease = {"lease_owner": owner, "lease_until": now + ttl_ms, "fence": 1}
                connection.execute(insert(chain_cursor).values(chain=chain, **fresh, **lease))
                return 1
            taken = Lease(found.lease_owner, found.lease_until, found.fence).taken_by(owner, ttl_ms, now)
            if taken is None:
                raise Fenced(f"Another process follows chain {chain}.")
            unchanged = update(chain_cursor).where(c.chain == chain, c.fence == found.fence)
            written = unchanged.values(lease_owner=owner, lease_until=taken.until, fence=taken.fence)
            if connection.execute(written).rowcount == 0:
                raise Fenced(f"Another process follows chain {chain}.")
            return taken.fence

        return await self._write(work)

    async def release(self, chain: int, owner: str) -> None:
        c = chain_cursor.c
        freed = update(chain_cursor).where(c.chain == chain, c.lease_owner == owner).values(lease_owner="")
        await self._write(lambda connection: _run(connection, freed))

    async def cursor(self, chain: int) -> Cursor | None:
        return await self._reader.read(lambda connection: _cursor(connection, chain))

    async def load(self, chain: int) -> Kept | None:
        def work(connection: Connection) -> Kept | None:
            cursor = _cursor(connection, chain)
            if cursor is None:
                return None
            b, t = chain_block.c, chain_told.c
            blocks = connection.execute(
                select(b.number, b.hash, b.parent, b.time).where(b.chain == chain).order_by(b.number)
            )
            headers = [Header(*row) for row in blocks]
            events = connection.execute(select(t.number, t.room, t.watch).where(t.chain == chain).distinct())
            return Kept(cursor, headers, [(row.number, row.room, row.watch) for row in events])

        return await self._reader.read(work)

    async def halt(self, chain: int, reason: str) -> None:
        marked = update(chain_cursor).where(chain_cursor.c.chain == chain).values(halted=reason)
        await self._write(lambda connection: _run(connection, marked))

    # ── a step ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def commit(self, step: Step) -> None:
        logs, news = [log_row(step, log) for log in step.logs], [news_row(step, n) for n in step.news]

        def work(connection: Connection) -> None:
            _move_cursor(connection, step)
            if step.undone:
                _undo(connection, step)
            _add(connection, chain_block, [block_row(step, h) for h in step.headers])
            _add_logs(connection, step, logs)
            _add(connection, chain_told, [delivered_row(step, d) for d in (*step.moved, *step.delivered)])
            _add(connection, chain_outbox, news)
            if step.subs:
                connection.execute(delete(chain_sub).where(chain_sub.c.id.in_([sub.id for sub in step.subs])))
                _add(connection, chain_sub, [sub_row(sub) for sub in step.subs])
            if step.prune is not None:
                for table in (chain_block, chain_log, chain_told):
                    below = and_(table.c.chain == step.cursor.chain, table.c.number < step.prune)
                    connection.execute(delete(table).where(below))

        await self._write(work)

    async def logs(self, chain: int, after: int, upto: int) -> list[Log]:
        c = chain_log.c
        wanted = (
            select(*LOG_COLUMNS)
            .where(c.chain == chain, c.number > after, c.number <= upto)
            .order_by(c.number, c.log_index)
        )  # fmt: skip
        return await self._reader.read(lambda connection: [read_log_row(row) for row in connection.execute(wanted)])

    async def delivered(self, chain: int, blocks: Sequence[str]) -> list[Delivered]:
        t, c = chain_told.c, chain_log.c
        same = and_(t.chain == c.chain, t.number == c.number, t.log_index == c.log_index)

        def work(connection: Connection) -> list[Delivered]:
            found: list[Delivered] = []
            for some in _chunks(blocks):
                wanted = select(t.source, t.watch, t.room, *LOG_COLUMNS).select_from(chain_told.join(chain_log, same))
                rows = connection.execute(wanted.where(c.chain == chain, c.block.in_(some)))
                found += [Delivered(row[0], row[1], row[2], read_log_row(row[3:])) for row in rows]
            return found

        return await self._reader.read(work)

    # ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def subs(self, chain: int) -> list[Sub]:
        wanted = select(chain_sub).where(chain_sub.c.chain == chain)
        return await self._reader.read(lambda connection: [read_sub_row(row) for row in connection.execute(wanted)])

    async def room_subs(self, room: RoomId) -> list[Sub]:
        wanted = select(chain_sub).where(chain_sub.c.room == room)
        return await self._reader.read(lambda connection: [read_sub_row(row) for row in connection.execute(wanted)])

    async def add_sub(self, sub: Sub) -> None:
        await self._write(lambda connection: _add(connection, chain_sub, [sub_row(sub)]))

    async def mark_sub(self, sub: str, state: str, now: int) -> None:
        marked = update(chain_sub).where(chain_sub.c.id == sub).values(state=state, since=now)
        await self._write(lambda connection: _run(connection, marked))

    async def drop_subs(self, subs: Sequence[str]) -> None:
        dropped = delete(chain_sub).where(chain_sub.c.id.in_(list(subs)))
        await self._write(lambda connection: _run(connection, dropped))

    # ── the outbox ───────────────────────────────────────────────────────────────────────────────────────────────

    async def pending(self, chain: int, limit: int, skip: Collection[RoomId] = ()) -> list[OutboxRow]:
        c = chain_outbox.c
        wanted = select(chain_outbox).where(c.chain == chain, c.parked.is_(False)).order_by(c.seq).limit(limit)
        if skip:
            wanted = wanted.where(c.room.not_in(list(skip)[:_CHUNK]))
        rows = await self._reader.read(lambda connection: [read_outbox_row(row) for row in connection.execute(wanted)])
        return [row for row in rows if row.news.room not in skip]

    async def done(self, rows: Sequence[int]) -> None:
        gone = delete(chain_outbox).where(chain_outbox.c.seq == bindparam("row"))
        keys = [{"row": row} for row in rows]
        if keys:
            await self._write(lambda connection: _run(connection, gone, keys))

    async def failed(self, rows: Sequence[int], error: str, park: bool) -> None:
        c = chain_outbox.c
        marked = update(chain_outbox).where(c.seq.in_(list(rows)))
        marked = marked.values(tries=c.tries + 1, error=error, parked=park)
        await self._write(lambda connection: _run(connection, marked))

    async def unpark(self, chain: int) -> int:
        c = chain_outbox.c
        revived = update(chain_outbox).where(c.chain == chain, c.parked.is_(True)).values(parked=False, tries=0)
        return await self._write(lambda connection: _run(connection, revived))

    async def backlog(self, chain: int) -> tuple[int, int]:
        c = chain_outbox.c
        counted = select(c.parked, func.count()).where(c.chain == chain).group_by(c.parked)
        counts = await self._reader.read(lambda connection: {bool(p): n for p, n in connection.execute(counted)})
        return counts.get(False, 0), counts.get(True, 0)


# ── inside a transaction ──────────────────────────────────────────────────────────────────────────────────────────────


def _run(connection: Connection, statement: Any, values: Any = None) -> int:
    result: CursorResult[Any] = connection.execute(statement, values)
    return result.rowcount


def _add(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK))


def _cursor(connection: Connection, chain: int) -> Cursor | None:
    row = connection.execute(select(chain_cursor).where(chain_cursor.c.chain == chain)).mappings().first()
    if row is None or not row["hash"]:
        return None
    return Cursor(chain, levels=orjson.loads(row["levels"]), **{name: row[name] for name in CURSOR_COLUMNS})


def _move_cursor(connection: Connection, step: Step) -> None:
    c, (number, block) = chain_cursor.c, step.expect or (0, "")
    at = [c.chain == step.cursor.chain, c.fence == step.fence, c.number == number, c.hash == block]
    values = {name: getattr(step.cursor, name) for name in CURSOR_COLUMNS}
    moved = update(chain_cursor).where(*at).values(levels=orjson.dumps(step.cursor.levels).decode(), **values)
    if connection.execute(moved).rowcount == 0:
        raise Fenced(f"Another process moved the cursor of chain {step.cursor.chain}.")


def _undo(connection: Connection, step: Step) -> None:
    """Delete everything of the undone blocks; moved events are written anew afterwards."""
    chain, b = step.cursor.chain, chain_block.c
    numbers: list[int] = []
    for some in _chunks(step.undone):
        numbers += connection.execute(select(b.number).where(b.chain == chain, b.hash.in_(some))).scalars()
    for part in _chunks(numbers):
        for table in (chain_told, chain_log, chain_block):
            connection.execute(delete(table).where(table.c.chain == chain, table.c.number.in_(part)))


def _add_logs(connection: Connection, step: Step, rows: Sequence[dict[str, Any]]) -> None:
    """Insert logs; those that another watch's reading stored before are left alone."""
    if step.subs and rows:
        numbers = sorted({row["number"] for row in rows})
        c = chain_log.c
        known: set[tuple[int, int]] = set()
        for some in _chunks(numbers):
            found = connection.execute(
                select(c.number, c.log_index).where(c.chain == step.cursor.chain, c.number.in_(some))
            )
            known |= {(row.number, row.log_index) for row in found}
        rows = [row for row in rows if (row["number"], row["log_index"]) not in known]
    _add(connection, chain_log, rows)
