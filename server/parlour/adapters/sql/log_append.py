"""The group append: the compare-and-set of docs/ARCHITECTURE.md for many rooms in one transaction.

It locks the rooms of the batch in key order (two processes can never deadlock), compares epoch, fence and head, and
writes only what still fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from parlour.adapters.sql.prepared import Prepared, PreparedRows, among
from parlour.adapters.sql.rows import entry_row, game_columns, key_of, label_of, room_row, words_of
from parlour.adapters.sql.tables_rooms import entry, room, snapshot
from parlour.core.room import Account, Entry, Snapshot
from parlour.runtime.store import Fenced, Listing, OwnsTooMany, RoomRecord


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


@dataclass(slots=True)
class _Place:
    """Where a locked room stands while the batch is laid out; `first` is its head before the batch."""

    epoch: str
    fence: int
    head: int
    first: int


Places = dict[str, _Place]
_LOCK = Prepared(
    select(room.c.key, room.c.epoch, room.c.fence, room.c.head)
    .where(among(room.c.key, "keys"))
    .order_by(room.c.key)
    .with_for_update()
)
"""On SQLite, BEGIN IMMEDIATE has locked the whole file already."""
_ADVANCE = PreparedRows(
    {
        "to_at": BigInteger(),
        "to_head": BigInteger(),
        "to_hash": LargeBinary(),
        "at_key": Text(),
        "at_epoch": Text(),
        "at_fence": BigInteger(),
        "at_head": BigInteger(),
    },
    lambda move, _arrays: (
        update(room)
        .where(
            room.c.key == move["at_key"],
            room.c.epoch == move["at_epoch"],
            room.c.fence == move["at_fence"],
            room.c.head == move["at_head"],
        )
        .values(updated_at=move["to_at"], head=move["to_head"], head_hash=move["to_hash"])
    ),
)
"""The compare-and-set itself; the lock taken before only makes sure that it succeeds."""
_INSERT = PreparedRows(
    {column.name: column.type for column in entry.c},
    lambda row, arrays: (
        insert(entry).from_select(list(row), select(*row.values())) if arrays else insert(entry).values(row)
    ),
)


def lock(connection: Connection, keys: Iterable[str]) -> Places:
    """Take the rooms of a whole batch at once and in key order, and see where they stand."""
    locked = _LOCK.listed(connection, list(keys))
    return {key: _Place(epoch, fence, head, head) for key, epoch, fence, head in locked}


def append_all(connection: Connection, appends: Sequence[Append], places: Places) -> list[Fenced | None]:
    """Store every append that still fits its room, in order; the answer says for each whether it did.

    Args:
        places: their rooms, locked.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be kept of the transaction (a repeated id among others).
    """
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
            last = item.entries[-1]
            place.head = last.seq
            moves[item.key] = (last.at, last.seq, last.hash, item.key, item.epoch, item.fence, place.first)
    if rows:
        _ADVANCE.run(connection, list(moves.values()))
        _INSERT.run(connection, rows)
    for item in accepted:
        _correct(connection, item)
    return answers


def insert_room(
    connection: Connection, record: RoomRecord, entries: Sequence[Entry], most_owned: int | None = None
) -> bool:
    """A new room with its first entries; False where the id is taken, or the request made a room before.

    Raises:
        OwnsTooMany: the owner has `most_owned` open rooms.
    """
    key = key_of(record.id)
    again = and_(room.c.owner == record.owner, room.c.request_id == record.request_id)
    same = room.c.key == key if record.request_id is None else or_(room.c.key == key, again)
    if connection.execute(select(room.c.key).where(same)).first() is not None:
        return False
    if most_owned is not None:
        _check_owned(connection, record.owner, most_owned)
    connection.execute(insert(room), room_row(record))
    if entries:
        _INSERT.run(connection, [entry_row(key, line) for line in entries])
    return True


def _check_owned(connection: Connection, owner: Account, most: int) -> None:
    """Nobody else counts an owner's rooms until this transaction is over: SQLite has one writer, Postgres a lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owned {owner}", 0))))
    owned = select(func.count()).select_from(room).where(room.c.owner == owner, room.c.closed.is_(False))
    if (connection.scalar(owned) or 0) >= most:
        raise OwnsTooMany(f"{owner} owns {most} rooms.")


# ── beside new rows ──────────────────────────────────────────────────────────────────────────────────────────────


def _correct(connection: Connection, item: Append) -> None:
    """What an append changes beside new rows: the list columns, search words, erased bodies, snapshots."""
    if item.listing is not None:
        _RELIST.run(connection, name=item.key, **_listing_values(item.key, item.listing))
    for line in item.entries:
        if line.type == "chat.edit" and line.ref is not None and line.raw is not None:
            _REWORD.run(connection, words=words_of(line), key=item.key, message=line.ref)
    if item.erase:
        _erase(connection, item.key, item.erase)
    if item.drop_snapshots_from is not None:
        _drop_snapshots(connection, item.key, item.drop_snapshots_from)
    if item.snapshot is not None:
        same = (snapshot.c.room == item.key) & (snapshot.c.seq == item.snapshot.seq)
        connection.execute(delete(snapshot).where(same))
        taken = item.snapshot
        row = {"room": item.key, "seq": taken.seq, "state": orjson.dumps(taken.state), "format": taken.format}
        connection.execute(insert(snapshot), row)


_LISTED = ("title", "label", "visibility", "options", "closed", "members", "game", "open")
_RELIST = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(
        **{column: bindparam(f"new_{column}") for column in _LISTED},
        format=case((room.c.format < bindparam("at_least"), bindparam("at_least")), else_=room.c.format),
    )
)


def _listing_values(key: str, listing: Listing) -> dict[str, Any]:
    return {
        "new_title": listing.title,
        "new_label": label_of(key, listing.title),
        "new_visibility": listing.visibility,
        "new_options": orjson.dumps(listing.options).decode(),
        "new_closed": listing.closed,
        "new_members": listing.members,
        "at_least": listing.format,
        **{f"new_{column}": value for column, value in game_columns(listing.game).items()},
    }


_REWORD = Prepared(
    update(entry)
    .where(entry.c.room == bindparam("key"), entry.c.seq == bindparam("message"), entry.c.words.is_not(None))
    .values(words=bindparam("words"))
)
"""Search finds a message by its newest text."""


def _erase(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    named = or_(entry.c.seq.in_(seqs), (entry.c.type == "chat.edit") & entry.c.ref.in_(seqs))
    connection.execute(update(entry).where(entry.c.room == key, named).values(body=None, salt=None, words=None))


def _drop_snapshots(connection: Connection, key: str, start: int) -> None:
    """Delete snapshots at or after `start`, but never the one at the floor: what led to it is gone."""
    floor = select(room.c.floor).where(room.c.key == key).scalar_subquery()
    newer = (snapshot.c.room == key) & (snapshot.c.seq >= start) & (snapshot.c.seq >= floor)
    connection.execute(delete(snapshot).where(newer))
