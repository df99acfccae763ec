"""The ChainStore on SQLite and Postgres: writes go through the process's one writer, a step in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, CursorResult, and_, bindparam, delete, func, insert, select, update

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.news.chain_news import tell_halt, tell_undone
from parlour.adapters.sql.reader import Reader, Together
from parlour.adapters.sql.tables_chain import chain_block, chain_cursor, chain_log, chain_outbox, chain_sub, chain_told
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import Header
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered, News
from parlour.core.room import RoomId
from parlour.runtime.chain.store import Cursor, Kept, OutboxRow, Step, Sub
from parlour.runtime.lease import Lease
from parlour.runtime.store import Fenced

T = TypeVar("T")

_REMOVED = delete(chain_outbox).where(chain_outbox.c.seq == bindparam("row"))
_CHUNK = 500
"""Values of one IN list: below every database's limit of parameters."""


class SqlChainStore:
    """Implements `runtime.chain.store.ChainStore`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer, self._reader = writer, reader
        self._done = Together(self._remove)

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
                select(b.number, b.hash, b.parent, b.time, b.branch).where(b.chain == chain).order_by(b.number)
            )
            headers = [Header(b.number, b.hash, b.parent, b.time, branch=b.branch) for b in blocks]
            events = connection.execute(select(t.number, t.room, t.watch).where(t.chain == chain).distinct())
            return Kept(cursor, headers, [(row.number, row.room, row.watch) for row in events])

        return await self._reader.read(work)

    async def halt(self, chain: int, reason: str) -> None:
        c = chain_cursor.c
        marked = update(chain_cursor).where(c.chain == chain, c.halted != reason).values(halted=reason)

        def work(connection: Connection) -> None:
            if _run(connection, marked):
                tell_halt(connection, chain, reason)

        await self._write(work)

    # ── a step ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def commit(self, step: Step) -> None:
        def work(connection: Connection) -> None:
            _move_cursor(connection, step)
            if step.undone:
                _undo(connection, step)
            if step.cut is not None:
                _delete_above(connection, step.cursor.chain, step.cut)
            _add(connection, chain_block, [block_row(step, h) for h in step.headers])
            _add_logs(connection, step, [log_row(step, log) for log in step.logs])
            _add(connection, chain_told, [delivered_row(step, d) for d in (*step.moved, *step.delivered)])
            _add(connection, chain_outbox, [news_row(step, n) for n in step.news])
            if step.subs:
                connection.execute(delete(chain_sub).where(chain_sub.c.id.in_([sub.id for sub in step.subs])))
                _add(connection, chain_sub, [sub_row(sub) for sub in step.subs])
            if step.audit is not None:
                write_audit(connection, [step.audit])
            if step.prune is not None:
                for table in (chain_block, chain_log, chain_told):
                    below = and_(table.c.chain == step.cursor.chain, table.c.number < step.prune)
                    connection.execute(delete(table).where(below))
            tell_undone(connection, step)

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

    async def delivered_above(self, chain: int, number: int) -> list[Delivered]:
        t, c = chain_told.c, chain_log.c
        same = and_(t.chain == c.chain, t.number == c.number, t.log_index == c.log_index)
        wanted = select(t.source, t.watch, t.room, *LOG_COLUMNS).select_from(chain_told.join(chain_log, same))
        wanted = wanted.where(t.chain == chain, t.number > number)
        return await self._reader.read(
            lambda connection: [Delivered(r[0], r[1], r[2], read_log_row(r[3:])) for r in connection.execute(wanted)]
        )

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

    async def pending(self, chain: int, limit: int, after: int = 0) -> list[OutboxRow]:
        return await self._reader.read(lambda connection: _pending(connection, chain, limit, after))

    async def room_pending(self, chain: int, rooms: Mapping[RoomId, int], limit: int) -> list[OutboxRow]:
        return await self._reader.read(lambda connection: _of_rooms(connection, chain, rooms, limit))

    async def find_rows(self, chain: int, room: RoomId, sources: Sequence[str]) -> list[OutboxRow]:
        return await self._reader.read(lambda connection: _sourced(connection, chain, room, sources))

    async def rewrite(self, bodies: Mapping[int, dict[str, Any]]) -> None:
        c = chain_outbox.c
        changed = update(chain_outbox).where(c.seq == bindparam("row")).values(body=bindparam("new_body"))
        values = [{"row": seq, "new_body": orjson.dumps(body)} for seq, body in bodies.items()]
        if values:
            await self._write(lambda connection: _run(connection, changed, values))

    async def done(self, rows: Sequence[int]) -> None:
        if rows:
            await self._done.ask(rows)

    async def _remove(self, several: Sequence[Sequence[int]]) -> list[None]:
        """Remove the rows of many rooms in one write."""
        keys = [{"row": row} for rows in several for row in rows]
        await self._write(lambda connection: _run(connection, _REMOVED, keys))
        return [None] * len(several)

    async def failed(self, rows: Sequence[int], error: str, park: bool) -> None:
        c = chain_outbox.c
        marked = update(chain_outbox).where(c.seq.in_(list(rows)))
        marked = marked.values(tries=c.tries + 1, error=error, parked=park)
        await self._write(lambda connection: _run(connection, marked))

    async def unpark(self, chain: int, audit: AuditRecord | None = None) -> int:
        c = chain_outbox.c
        parked = update(chain_outbox).where(c.chain == chain, c.parked.is_(True)).values(parked=False, tries=0)

        def work(connection: Connection) -> int:
            revived = _run(connection, parked)
            if audit is not None:
                write_audit(connection, [audit.answered({"revived": revived})])
            return revived

        return await self._write(work)

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


def _delete_above(connection: Connection, chain: int, number: int) -> None:
    for table in (chain_told, chain_log, chain_block):
        connection.execute(delete(table).where(table.c.chain == chain, table.c.number > number))


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


def _pending(connection: Connection, chain: int, limit: int, after: int) -> list[OutboxRow]:
    """Read undelivered rows above a number, in order."""
    c = chain_outbox.c
    wanted = select(chain_outbox).where(c.chain == chain, c.seq > after, c.parked.is_(False))
    return [read_outbox_row(row) for row in connection.execute(wanted.order_by(c.seq).limit(limit))]


def _of_rooms(connection: Connection, chain: int, rooms: Mapping[RoomId, int], limit: int) -> list[OutboxRow]:
    """Read undelivered rows of each room: up to `limit` prompt ones, and as many paced ones as it may get."""
    c = chain_outbox.c
    found: list[OutboxRow] = []
    for room, paced in rooms.items():
        for lane, most in ((Lane.PROMPT, limit), (Lane.PACED, paced)):
            if most > 0:
                wanted = select(chain_outbox).where(c.chain == chain, c.room == room, c.lane == lane)
                rows = connection.execute(wanted.where(c.parked.is_(False)).order_by(c.seq).limit(most))
                found += [read_outbox_row(row) for row in rows]
    return found


def _sourced(connection: Connection, chain: int, room: RoomId, sources: Sequence[str]) -> list[OutboxRow]:
    """Read the rows of a room with these sources; both lists may be long, so they are compared here."""
    c, wanted = chain_outbox.c, set(sources)
    waiting = connection.execute(select(c.seq, c.source).where(c.chain == chain, c.room == room))
    numbers = [row.seq for row in waiting if row.source in wanted]
    found: list[OutboxRow] = []
    for some in _chunks(numbers):
        rows = select(chain_outbox).where(c.seq.in_(some)).order_by(c.seq)
        found += [read_outbox_row(row) for row in connection.execute(rows)]
    return found


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


CURSOR_COLUMNS = ("genesis", "number", "hash", "safe", "finalized", "audited", "branch", "step", "halted")
"""Columns of `chain_cursor` that are fields of Cursor by the same name; `levels` is JSON, the rest is the lease."""
LOG_COLUMNS = (
    chain_log.c.address, chain_log.c.topics, chain_log.c.data, chain_log.c.block, chain_log.c.number,
    chain_log.c.log_index, chain_log.c.tx, chain_log.c.tx_index, chain_log.c.time,
)  # fmt: skip
"""Columns of `chain_log` in the order of Log's fields."""


def block_row(step: Step, header: Header) -> dict[str, Any]:
    """Return the `chain_block` row of a header in a step."""
    place = {"chain": step.cursor.chain, "number": header.number}
    return place | {"hash": header.hash, "parent": header.parent, "time": header.time, "branch": header.branch}


def log_row(step: Step, log: Log) -> dict[str, Any]:
    """Return the `chain_log` row of a log in a step."""
    return {
        "chain": step.cursor.chain, "number": log.number, "log_index": log.index, "block": log.block,
        "address": log.address, "topics": ",".join(log.topics), "data": log.data, "tx": log.tx,
        "tx_index": log.tx_index, "time": log.time,
    }  # fmt: skip


def read_log_row(row: Sequence[Any]) -> Log:
    """Read a log from its LOG_COLUMNS."""
    address, topics, *rest = row
    return Log(address, tuple(topics.split(",")) if topics else (), *rest)


def delivered_row(step: Step, record: Delivered) -> dict[str, Any]:
    """Return the `chain_told` row of a delivered event in a step."""
    place = {"chain": step.cursor.chain, "number": record.log.number, "log_index": record.log.index}
    return place | {"watch": record.watch, "room": record.room, "source": record.source}


def news_row(step: Step, news: News) -> dict[str, Any]:
    """Return the `chain_outbox` row of news in a step."""
    return {
        "chain": step.cursor.chain, "step": step.cursor.step, "room": news.room, "watch": news.watch,
        "kind": news.kind, "type": news.type, "source": news.source, "body": orjson.dumps(news.body),
        "tries": 0, "parked": False, "error": "", "lane": news.lane,
    }  # fmt: skip


def read_outbox_row(row: Any) -> OutboxRow:
    """Read a row of `chain_outbox`."""
    body = orjson.loads(row.body)
    news = News(row.room, row.watch, row.kind, row.type, row.source, body, Lane(row.lane))
    return OutboxRow(row.seq, row.step, row.tries, news, bool(row.parked))


def sub_row(sub: Sub) -> dict[str, Any]:
    """Return the `chain_sub` row of a watch."""
    record = orjson.dumps(sub.record).decode()
    return {
        "id": sub.id, "chain": sub.chain, "room": sub.room, "record": record, "state": sub.state, "since": sub.since,
        "kind": sub.kind,
    }  # fmt: skip


def read_sub_row(row: Any) -> Sub:
    """Read a row of `chain_sub`."""
    return Sub(row.id, row.room, row.chain, orjson.loads(row.record), row.state, row.since, row.kind)
