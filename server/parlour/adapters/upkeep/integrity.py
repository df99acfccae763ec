"""Checks a database for `parlour doctor`: that every log is complete and its hash chain holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, func, or_, select, text

from parlour.adapters.sql import migrations
from parlour.adapters.sql.database import is_sqlite
from parlour.adapters.sql.rooms import SqlStore, newest_activity, open_store
from parlour.adapters.sql.rows import ENTRIES, read_entry
from parlour.adapters.sql.tables_chain import chain_block, chain_cursor, chain_outbox
from parlour.adapters.sql.tables_rooms import entry, room, snapshot
from parlour.core.log.formats import FIRST, FORMATS
from parlour.core.log.hash_chain import first_break
from parlour.core.rooms.reserved import RESERVED, reserved_of
from parlour.runtime.clock import CLOCK_TOLERANCE_MS
from parlour.runtime.store import StoreError

T = TypeVar("T")
PAGE = 2_000
"""Entries read at once."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; `detail` is a sentence for the operator."""

    check: str
    ok: bool
    detail: str


async def check(url: str) -> list[Finding]:
    """Check migrations, the file or server itself, then every log: gaps, hash chain, head, floor, snapshots, format.

    Reads the whole database; a server may run meanwhile.

    Raises:
        MigrationError, StoreError: the database cannot be reached.
    """
    state = await migrations.status(url)
    if state.current is None:
        return [Finding("migrations", True, "the database is empty; `parlour serve` fills it at its start")]
    if state.pending:
        return [Finding("migrations", False, f"pending: {', '.join(state.pending)}; run `parlour migrate`")]
    findings = [Finding("migrations", True, f"at {state.current}")]
    store = await open_store(url)
    try:
        findings.append(await store.query(_file if is_sqlite(url) else _durability))
        findings.append(await store.query(_clock))
        findings.append(await store.query(_old_ids))
        return [*findings, *await _logs(store), await store.query(_cursors)]
    finally:
        await store.close()


def _clock(connection: Connection) -> Finding:
    """Compare the newest entry with this machine's clock: entries from the future delay every deadline."""
    ahead = newest_activity(connection) - time.time_ns() // 1_000_000
    if ahead < CLOCK_TOLERANCE_MS:
        return Finding("clock", True, "no entry is newer than this machine's clock")
    return Finding("clock", False, f"the newest entry is {ahead / 1000:.0f} s in the future; set this machine's clock")


def _old_ids(connection: Connection) -> Finding:
    """Name rooms whose ids begin like a prefix that was reserved after they were made; they stay what they are."""
    begin = or_(*(room.c.key.like(each.prefix + "%") for each in RESERVED))
    rooms = connection.execute(select(room.c.id, room.c.owner).where(begin).order_by(room.c.key))
    old = [id_ for id_, owner in rooms if reserved_of(id_, owner) is None]
    named = f"{', '.join(old[:5])}{' …' if len(old) > 5 else ''}"
    return Finding(
        "room ids", True, f"ordinary rooms under reserved ids: {named}" if old else "none is reserved by now"
    )


def _file(connection: Connection) -> Finding:
    faults = list(connection.exec_driver_sql("PRAGMA quick_check(5)").scalars())
    return Finding("file", faults == ["ok"], "; ".join(faults))


def _durability(connection: Connection) -> Finding:
    """Check that Postgres syncs its commits, because an ack promises that its entry is durable."""
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if connection.scalar(text(f"SHOW {name}")) == "off"
    ]
    return Finding("durability", not off, f"off: {', '.join(off)}" if off else "commits are synced")


def _cursors(connection: Connection) -> Finding:
    """Check that followers' cursors have stored, linked headers, and that outbox rows are for existing rooms."""
    wrong = []
    header, parent = chain_block, chain_block.alias("parent")
    for chain, number, hash_, halted in connection.execute(
        select(chain_cursor.c.chain, chain_cursor.c.number, chain_cursor.c.hash, chain_cursor.c.halted)
    ):
        if halted:
            wrong.append(f"chain {chain} is halted: {halted}")
        stored = connection.scalar(select(header.c.hash).where(header.c.chain == chain, header.c.number == number))
        if hash_ and stored not in (None, hash_):
            wrong.append(f"chain {chain} stands at block {number} of another branch than the stored one")
    below = (parent.c.chain == header.c.chain) & (parent.c.number == header.c.number - 1)
    broken = select(header.c.chain, header.c.number).join(parent, below).where(header.c.parent != parent.c.hash)
    wrong += [f"block {number} of chain {chain} does not link" for chain, number in connection.execute(broken.limit(5))]
    name = func.lower(chain_outbox.c.room)
    made_late = or_(*(name.like(each.prefix + "%") for each in RESERVED))
    lost = select(name).where(name.not_in(select(room.c.key)), ~made_late).distinct().limit(5)
    wrong += [f"news for {each}, which does not exist" for each in connection.scalars(lost)]
    return Finding("cursors", not wrong, "; ".join(wrong) or "every chain stands on what was stored")


async def _logs(store: SqlStore) -> list[Finding]:
    keys = await store.query(lambda connection: list(connection.scalars(select(room.c.key).order_by(room.c.key))))
    broken = [Finding(f"room {key}", False, wrong) for key in keys for wrong in await _room(store, key)]
    strays = await store.query(_strays)
    if strays:
        broken.append(Finding("rooms", False, f"entries without a room: {', '.join(strays[:5])}"))
    return broken or [Finding("rooms", True, f"{len(keys)} logs are whole and their hash chains hold")]


def _strays(connection: Connection) -> list[str]:
    known = select(room.c.key)
    return list(connection.scalars(select(entry.c.room).where(entry.c.room.not_in(known)).distinct().limit(6)))


async def _room(store: SqlStore, key: str) -> list[str]:
    """Return the faults of a room's log; entries added meanwhile are left to the next check."""
    try:
        return await _read_log(store, key)
    except StoreError as error:
        return [str(error)]


async def _read_log(store: SqlStore, key: str) -> list[str]:
    record = await store.query(lambda connection: connection.execute(select(room).where(room.c.key == key)).one())
    seq, previous, needed = record.floor - 1, record.floor_hash, FIRST
    while seq < record.head:
        page = await store.query(_page(key, seq, record.head))
        if not page or page[0].seq != seq + 1 or page[-1].seq != seq + len(page):
            return [f"entry {_first_gap([each.seq for each in page], seq + 1)} is missing"]
        broken = first_break(page, previous)
        if broken is not None:
            return [f"the hash chain breaks at entry {broken}"]
        seq, previous, needed = page[-1].seq, page[-1].hash, max(needed, FORMATS.needed(page))
    wrong = [] if previous == record.head_hash else [f"the head's hash is not that of entry {record.head}"]
    if record.format > FORMATS.newest:
        wrong.append(f"it needs format {record.format}, and this release reads up to {FORMATS.newest}")
    elif needed > record.format:
        wrong.append(f"its log needs format {needed}, and its row says {record.format}")
    return wrong + await store.query(lambda connection: _beside(connection, key, record))


def _page(key: str, after: int, head: int) -> Callable[[Connection], list[Any]]:
    query = ENTRIES.where(room.c.key == key, entry.c.seq > after, entry.c.seq <= head).order_by(entry.c.seq).limit(PAGE)
    return lambda connection: [read_entry(row) for row in connection.execute(query)]


def _first_gap(seqs: list[int], expected: int) -> int:
    return next((n for n, seq in enumerate(seqs, expected) if seq != n), expected + len(seqs))


def _beside(connection: Connection, key: str, record: Any) -> list[str]:
    last_of = select(func.max(entry.c.seq)).where(entry.c.room == key).scalar_subquery()
    head, floor, last = connection.execute(select(room.c.head, room.c.floor, last_of).where(room.c.key == key)).one()
    wrong = []
    if (last or floor - 1) != head:
        wrong.append(f"the head is {head}, the last entry {last}")
    seqs = list(connection.scalars(select(snapshot.c.seq).where(snapshot.c.room == key)))
    if floor > 1 and floor - 1 not in seqs:
        wrong.append(f"the snapshot below the floor {floor} is missing")
    if any(seq > head for seq in seqs):
        wrong.append(f"a snapshot is ahead of the head {head}")
    for seq, state in connection.execute(select(snapshot.c.seq, snapshot.c.state).where(snapshot.c.room == key)):
        try:
            orjson.loads(state)
        except orjson.JSONDecodeError:
            wrong.append(f"the snapshot at {seq} is not JSON")
    return wrong
