"""The SQL of the log, written once for SQLite and Postgres: rows, and the group append.

`append_all` is the compare-and-set of docs/ARCHITECTURE.md for many rooms at once: it locks the rooms of the batch in
key order (two processes can never deadlock), compares epoch, fence and head, and writes only what still fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from parlour.adapters.tables import entry, room, snapshot
from parlour.core.room import Entry, RoomId, Snapshot
from parlour.runtime.store import Fenced, Listing, RoomRecord, Saved

CHUNK = 500
"""Keys of one `IN`; SQLite allows 32,766 parameters, and a bounded number keeps the compiled forms few."""


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


def entry_row(key: str, item: Entry) -> dict[str, Any]:
    return {
        "room": key,
        "seq": item.seq,
        "epoch": item.epoch,
        "id": item.id,
        "type": item.type,
        "author": item.author,
        "at": item.at,
        "body": item.raw,
        "binary": isinstance(item.body, bytes),
        "body_hash": item.body_hash,
        "hash": item.hash,
        "salt": item.salt,
        "sig": item.sig,
        "source": item.source,
        "ref": item.ref,
        "words": words_of(item) if item.type == "chat.message" else None,
    }


def words_of(item: Entry) -> str | None:
    """What search finds of a message or an edit: its text in lower case."""
    text = item.body.get("text") if isinstance(item.body, dict) else None
    return text.lower() if isinstance(text, str) else None


def read_entry(row: Any) -> Entry:
    """An entry from a row of `ENTRY_COLUMNS`."""
    raw = row.body
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

_LOCK = (
    select(room.c.key, room.c.epoch, room.c.fence, room.c.head)
    .where(room.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(room.c.key)
    .with_for_update()
)
_ADVANCE = (
    update(room)
    .where(
        room.c.key == bindparam("at_key"),
        room.c.epoch == bindparam("at_epoch"),
        room.c.fence == bindparam("at_fence"),
        room.c.head == bindparam("at_head"),
    )
    .values(head=bindparam("to_head"), head_hash=bindparam("to_hash"), updated_at=bindparam("to_at"))
)
_INSERT = insert(entry)


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
    places = _lock(connection, sorted({item.key for item in appends}))
    answers: list[Fenced | None] = []
    rows: list[dict[str, Any]] = []
    moves: dict[str, dict[str, Any]] = {}
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
        connection.execute(_ADVANCE, list(moves.values()))
        connection.execute(_INSERT, rows)
    for item in accepted:
        _correct(connection, item)
    return answers


def _lock(connection: Connection, keys: list[str]) -> dict[str, _Place]:
    """Rooms in key order; every other transaction that writes several rooms takes them in this order too."""
    places = {}
    for start in range(0, len(keys), CHUNK):
        for key, epoch, fence, head in connection.execute(_LOCK, {"keys": keys[start : start + CHUNK]}):
            places[key] = _Place(epoch, fence, head, head)
    return places


def _move(item: Append, place: _Place) -> dict[str, Any]:
    last = item.entries[-1]
    return {
        "at_key": item.key,
        "at_epoch": item.epoch,
        "at_fence": item.fence,
        "at_head": place.first,
        "to_head": last.seq,
        "to_hash": last.hash,
        "to_at": last.at,
    }


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
        connection.execute(_INSERT, [entry_row(key, line) for line in entries])
    return True
