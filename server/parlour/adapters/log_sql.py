"""The SQL of the log, written once for SQLite and Postgres: rows, and the group append.

`append_all` is the compare-and-set of docs/ARCHITECTURE.md for many rooms at once: it locks the rooms of the batch in
key order (two processes can never deadlock), compares epoch, fence and head, and writes only what still fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    LargeBinary,
    Text,
    Update,
    any_,
    bindparam,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.compiler import SQLCompiler

from parlour.adapters.tables import entry, room, snapshot
from parlour.core.room import Entry, RoomId, Snapshot
from parlour.core.transcript import hash_body
from parlour.runtime.store import Fenced, Listing, RoomRecord, Saved, StoreError


@dataclass(slots=True)
class Append:
    """The arguments of `Store.append`, waiting for their transaction; `key` is the lower-case room id."""

    key: str
    epoch: str
    fence: int
    after: int
    entries: Sequence[Entry]
    snapshot: Snapshot | None = None
    listing: Listing | None = None
    erase: Sequence[int] = ()
    drop_snapshots_from: int | None = None


def key_of(room_id: RoomId) -> str:
    return room_id.lower()


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def entry_row(key: str, item: Entry) -> tuple[Any, ...]:
    """The columns of `tables.entry`, in their order."""
    return (
        key,
        item.seq,
        item.epoch,
        item.id,
        item.type,
        item.author,
        item.at,
        item.raw,
        isinstance(item.body, bytes),
        item.body_hash,
        item.hash,
        item.salt,
        item.sig,
        item.source,
        item.ref,
        words_of(item) if item.type == "chat.message" else None,
    )


def words_of(item: Entry) -> str | None:
    """What search finds of a message or an edit: its text in lower case."""
    text = item.body.get("text") if isinstance(item.body, dict) else None
    return text.lower() if isinstance(text, str) else None


def read_entry(row: Any) -> Entry:
    """An entry from a row of `ENTRIES`.

    Raises:
        StoreError: the body is not the one that was hashed; nobody is ever shown a damaged row.
    """
    raw = row.body
    if raw is not None and row.salt is not None and hash_body(row.salt, raw) != row.body_hash:
        raise StoreError(f"Entry {row.seq} of {row.room_id} is damaged; `parlour doctor` tells more.")
    body = None if raw is None else raw if row.binary else orjson.loads(raw)
    return Entry(
        room=row.room_id,
        epoch=row.epoch,
        seq=row.seq,
        id=row.id,
        type=row.type,
        author=row.author,
        at=row.at,
        body=body,
        raw=raw,
        body_hash=row.body_hash,
        hash=row.hash,
        salt=row.salt,
        sig=row.sig,
        source=row.source,
        ref=row.ref,
    )


ENTRIES = select(
    room.c.id.label("room_id"),
    *(column for column in entry.c if column.name not in ("room", "words")),
).join_from(room, entry, room.c.key == entry.c.room)
"""Entries as hashed: under the id the room was created with."""


def room_row(record: RoomRecord) -> dict[str, Any]:
    return {
        "key": key_of(record.id),
        "id": record.id,
        "kind": record.kind,
        "owner": record.owner,
        "title": record.title,
        "label": label_of(record.id, record.title),
        "visibility": record.visibility,
        "signed": record.signed,
        "options": orjson.dumps(record.options).decode(),
        "request_id": record.request_id,
        "closed": record.closed,
        "members": record.members,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "epoch": record.epoch,
        "fence": record.fence,
        "lease_owner": None,
        "lease_until": 0,
        "head": record.head,
        "head_hash": record.hash,
        "floor": record.floor,
        "floor_hash": record.floor_hash,
    }


def label_of(room_id: RoomId, title: str) -> str:
    return f"{room_id} {title}".lower()


def read_room(row: Any) -> RoomRecord:
    return RoomRecord(
        id=row.id,
        kind=row.kind,
        owner=row.owner,
        created_at=row.created_at,
        title=row.title,
        visibility=row.visibility,
        signed=row.signed,
        options=orjson.loads(row.options),
        request_id=row.request_id,
        closed=row.closed,
        members=row.members,
        epoch=row.epoch,
        fence=row.fence,
        head=row.head,
        hash=row.head_hash,
        floor=row.floor,
        floor_hash=row.floor_hash,
        updated_at=row.updated_at,
    )


def read_saved(connection: Connection, key: str) -> Saved | None:
    row = connection.execute(select(room).where(room.c.key == key)).one_or_none()
    if row is None:
        return None
    return Saved(read_room(row), newest_snapshot(connection, key, row.head + 1))


def newest_snapshot(connection: Connection, key: str, before: int) -> Snapshot | None:
    """The newest snapshot of a room with `seq < before`."""
    row = connection.execute(_NEWEST_SNAPSHOT, {"key": key, "before": before}).one_or_none()
    return None if row is None else Snapshot(row.seq, orjson.loads(row.state))


_NEWEST_SNAPSHOT = (
    select(snapshot.c.seq, snapshot.c.state)
    .where(snapshot.c.room == bindparam("key"), snapshot.c.seq < bindparam("before"))
    .order_by(snapshot.c.seq.desc())
    .limit(1)
)


# ── the group append ─────────────────────────────────────────────────────────────────────────────────────────────


class _Hot:
    """The three statements of every batch, compiled once per dialect and run with plain tuples.

    Going through the driver saves half of the writer's CPU: no parameter dictionaries, no type processing. Postgres
    gets each list of rows as one statement over arrays, which is three times faster there than one row at a time.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._postgres = dialect.name == "postgresql"
        self._advance = self._compile(_advance(self._source(_MOVE)), dialect, *_MOVE)
        self._insert = self._compile(_insert(self._source(_ENTRY), self._postgres), dialect, *_ENTRY)
        self._lock = self._compile(_LOCK_POSTGRES if self._postgres else _LOCK_SQLITE, dialect, "keys")

    def lock(self, connection: Connection, keys: list[str]) -> Sequence[Any]:
        """Rooms in key order, which every transaction that writes several rooms takes them in."""
        named = (keys if self._postgres else orjson.dumps(keys).decode(),)
        return connection.exec_driver_sql(self._lock, named).all()

    def advance(self, connection: Connection, moves: list[tuple[Any, ...]]) -> None:
        self._run(connection, self._advance, moves)

    def insert(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        self._run(connection, self._insert, rows)

    def _run(self, connection: Connection, sql: str, rows: list[tuple[Any, ...]]) -> None:
        connection.exec_driver_sql(sql, tuple(map(list, zip(*rows, strict=True))) if self._postgres else rows)

    def _source(self, types: Mapping[str, Any]) -> dict[str, ColumnElement[Any]]:
        """Where the values of a row come from: parameters, or the columns of arrays side by side."""
        if not self._postgres:
            return {name: bindparam(name, type_=kind) for name, kind in types.items()}
        arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in types.items())
        names = (column(name, kind) for name, kind in types.items())
        side_by_side = func.unnest(*arrays).table_valued(*names).render_derived()
        return {name: side_by_side.c[name] for name in types}

    @staticmethod
    def _compile(statement: ClauseElement, dialect: Dialect, *order: str) -> str:
        """The SQL text; the driver must expect the parameters in this order."""
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        assert tuple(compiled.positiontup or ()) == order, compiled.positiontup
        return str(compiled)


@cache
def _hot(dialect: Dialect) -> _Hot:
    return _Hot(dialect)


_ROOMS = select(room.c.key, room.c.epoch, room.c.fence, room.c.head)
_KEYS: BindParameter[str] = bindparam("keys")
_LOCK_SQLITE = _ROOMS.where(room.c.key.in_(select(func.json_each(_KEYS).table_valued("value").c.value)))
"""BEGIN IMMEDIATE has locked the whole file already."""
_LOCK_POSTGRES = (
    _ROOMS.where(room.c.key == any_(bindparam("keys", type_=ARRAY(Text)))).order_by(room.c.key).with_for_update()
)
_ENTRY = {each.name: each.type for each in entry.c}
_MOVE = {
    "to_at": BigInteger(),
    "to_head": BigInteger(),
    "to_hash": LargeBinary(),
    "at_key": Text(),
    "at_epoch": Text(),
    "at_fence": BigInteger(),
    "at_head": BigInteger(),
}


def _advance(move: Mapping[str, ColumnElement[Any]]) -> Update:
    """The compare-and-set itself; the lock taken before only makes sure that it succeeds."""
    return (
        update(room)
        .where(
            room.c.key == move["at_key"],
            room.c.epoch == move["at_epoch"],
            room.c.fence == move["at_fence"],
            room.c.head == move["at_head"],
        )
        .values(updated_at=move["to_at"], head=move["to_head"], head_hash=move["to_hash"])
    )


def _insert(row: Mapping[str, ColumnElement[Any]], arrays: bool) -> Insert:
    return insert(entry).from_select(list(row), select(*row.values())) if arrays else insert(entry).values(row)


@dataclass(slots=True)
class _Place:
    """Where a locked room stands while the batch is laid out; `first` is its head before the batch."""

    epoch: str
    fence: int
    head: int
    first: int


def append_all(connection: Connection, appends: Sequence[Append]) -> list[Fenced | None]:
    """Store every append that still fits its room, in order; the answer says for each whether it did.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be kept of the transaction (a repeated id among others).
    """
    hot = _hot(connection.dialect)
    locked = hot.lock(connection, list({item.key for item in appends}))
    places = {key: _Place(epoch, fence, head, head) for key, epoch, fence, head in locked}
    answers: list[Fenced | None] = []
    rows: list[tuple[Any, ...]] = []
    moves: dict[str, tuple[Any, ...]] = {}
    accepted: list[Append] = []
    for item in appends:
        place = places.get(item.key)
        if place is None or (place.epoch, place.fence, place.head) != (item.epoch, item.fence, item.after):
            answers.append(Fenced(f"Another writer moved {item.key}."))
            continue
        answers.append(None)
        accepted.append(item)
        if item.entries:
            rows += [entry_row(item.key, line) for line in item.entries]
            place.head = item.entries[-1].seq
            moves[item.key] = _move(item, place)
    if rows:
        hot.advance(connection, list(moves.values()))
        hot.insert(connection, rows)
    for item in accepted:
        _correct(connection, item)
    return answers


def _move(item: Append, place: _Place) -> tuple[Any, ...]:
    last = item.entries[-1]
    return (last.at, last.seq, last.hash, item.key, item.epoch, item.fence, place.first)


def _correct(connection: Connection, item: Append) -> None:
    """What an append changes beside new rows: the list columns, erased bodies, search words, snapshots."""
    if item.listing is not None:
        connection.execute(update(room).where(room.c.key == item.key), _listing_row(item))
    for line in item.entries:
        if line.type == "chat.edit" and line.ref is not None and line.raw is not None:
            _reword(connection, item.key, line)
    if item.erase:
        _erase(connection, item.key, item.erase)
    if item.drop_snapshots_from is not None:
        drop_snapshots(connection, item.key, item.drop_snapshots_from)
    if item.snapshot is not None:
        connection.execute(delete(snapshot).where(snapshot.c.room == item.key, snapshot.c.seq == item.snapshot.seq))
        connection.execute(
            insert(snapshot), {"room": item.key, "seq": item.snapshot.seq, "state": orjson.dumps(item.snapshot.state)}
        )


def _listing_row(item: Append) -> dict[str, Any]:
    listing = item.listing
    assert listing is not None
    return {
        "title": listing.title,
        "label": label_of(item.key, listing.title),
        "visibility": listing.visibility,
        "options": orjson.dumps(listing.options).decode(),
        "closed": listing.closed,
        "members": listing.members,
    }


def _reword(connection: Connection, key: str, edit: Entry) -> None:
    """Search finds a message by its newest text."""
    connection.execute(
        update(entry)
        .where(entry.c.room == key, entry.c.seq == edit.ref, entry.c.words.is_not(None))
        .values(words=words_of(edit))
    )


def _erase(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    named = or_(entry.c.seq.in_(seqs), (entry.c.type == "chat.edit") & entry.c.ref.in_(seqs))
    connection.execute(update(entry).where(entry.c.room == key, named).values(body=None, salt=None, words=None))


def drop_snapshots(connection: Connection, key: str, start: int) -> None:
    """Delete snapshots at or after `start`, but never the one at the floor: what led to it is gone."""
    floor = select(room.c.floor).where(room.c.key == key).scalar_subquery()
    connection.execute(delete(snapshot).where(snapshot.c.room == key, snapshot.c.seq >= start, snapshot.c.seq >= floor))


def insert_room(connection: Connection, record: RoomRecord, entries: Sequence[Entry]) -> bool:
    """A new room with its first entries; False where the id is taken."""
    key = key_of(record.id)
    taken = connection.execute(select(room.c.key).where(room.c.key == key)).one_or_none()
    if taken is not None:
        return False
    connection.execute(insert(room), room_row(record))
    if entries:
        _hot(connection.dialect).insert(connection, [entry_row(key, line) for line in entries])
    return True
