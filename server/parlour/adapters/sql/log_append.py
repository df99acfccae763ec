"""Appends to many logs in one transaction, each by compare-and-set.

It locks the rooms of the batch in the order of their keys, so two processes never deadlock. It compares epoch, fence
and head, and writes only what still fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ClauseElement,
    Connection,
    LargeBinary,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from parlour.adapters.sql.prepared import AnyConnection, Prepared, PreparedRows, Values, among
from parlour.adapters.sql.rows import (
    entry_row,
    game_columns,
    key_of,
    label_number,
    label_of,
    room_row,
    whole_hash,
    words_of,
)
from parlour.adapters.sql.tables_rooms import entry, member, mention, room, room_label, snapshot
from parlour.core.room import Account, Entry, Snapshot
from parlour.core.rooms.chat import mentioned, mentioned_in
from parlour.runtime.store import Append, Fenced, Listing, MemberRight, OwnsTooMany, RoomRecord


@dataclass(slots=True)
class _LockedRoom:
    """A room of the batch; `head` moves with each append, `first` is the head before the batch."""

    epoch: str
    fence: int
    head: int
    first: int


LockedRooms = dict[str, _LockedRoom]
"""The rooms of a batch by their keys, locked until the transaction ends."""
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
"""The compare-and-set itself; the lock before it only makes sure that it succeeds."""


def _insert_new(row: Values, _arrays: bool) -> ClauseElement:
    """Insert entries whose ids their rooms do not have."""
    fresh = select(*(value.label(name) for name, value in row.items())).subquery("fresh")
    same = [entry.c[name] == fresh.c[name] for name in ("mark", "room", "author", "id")]
    known = exists(select(entry.c.seq).where(*same).correlate(fresh))
    return insert(entry).from_select(list(row), select(fresh).where(not_(known)))


_INSERT = PreparedRows({column.name: column.type for column in entry.c}, _insert_new)


def _insert(connection: AnyConnection, lines: Sequence[tuple[str, Entry]]) -> None:
    """Insert entries; raises IntegrityError where an id is in its room's log already."""
    distinct = {(key, line.author, line.id) for key, line in lines}
    if len(distinct) < len(lines) or _INSERT.run(connection, [entry_row(*each) for each in lines]) < len(lines):
        raise IntegrityError("INSERT INTO entry", None, ValueError("An id is in the log already."))
    _keep_mentions(connection, lines)


def lock(connection: AnyConnection, keys: Iterable[str]) -> LockedRooms:
    """Lock the rooms of a batch at once, in the order of their keys, and read the heads of their logs."""
    locked = _LOCK.listed(connection, list(keys))
    return {key: _LockedRoom(epoch, fence, head, head) for key, epoch, fence, head in locked}


def append_all(connection: Connection, appends: Sequence[Append], locked: LockedRooms) -> list[Fenced | None]:
    """Store every append that still fits its room, in order; return None for each, or why it was not stored.

    Args:
        locked: their rooms.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be kept of the transaction (a repeated id among others).
    """
    answers = append_rows(connection, appends, locked)
    for item, refused in zip(appends, answers, strict=True):
        if refused is None:
            _change_beside(connection, item.room.lower(), item)
    return answers


def is_rows_only(item: Append) -> bool:
    """Return whether an append changes nothing but its room's head and adds entries: nearly all of them."""
    if item.snapshot is not None or item.listing is not None or item.drop_snapshots_from is not None:
        return False
    return not item.erase and not item.rights and "chat.edit" not in [line.type for line in item.entries]


def append_rows(connection: AnyConnection, appends: Sequence[Append], locked: LockedRooms) -> list[Fenced | None]:
    """Do of `append_all` what `is_rows_only` names."""
    answers: list[Fenced | None] = []
    lines: list[tuple[str, Entry]] = []
    moves: dict[str, tuple[Any, ...]] = {}
    for item in appends:
        key = item.room.lower()
        stands = locked.get(key)
        if stands is None or (stands.epoch, stands.fence, stands.head) != (item.epoch, item.fence, item.after):
            answers.append(Fenced(f"Another writer appended to {key}."))
            continue
        answers.append(None)
        if item.entries:
            lines += [(key, line) for line in item.entries]
            last = item.entries[-1]
            stands.head = last.seq
            moves[key] = (last.at, last.seq, last.hash, key, item.epoch, item.fence, stands.first)
    if lines:
        _ADVANCE.run(connection, list(moves.values()))
        _insert(connection, lines)
    return answers


def insert_room(
    connection: Connection, record: RoomRecord, entries: Sequence[Entry], most_owned: int | None = None
) -> bool:
    """Insert a room with its first entries; return False where the id is taken or the request made a room before.

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
    _index_label(connection, key, label_of(record.id, record.title))
    if entries:
        _insert(connection, [(key, line) for line in entries])
    return True


def _check_owned(connection: Connection, owner: Account, most: int) -> None:
    """Raise OwnsTooMany where an owner has as many open rooms as allowed.

    Nobody else counts that owner's rooms until the transaction ends: SQLite has one writer, Postgres a lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owned {owner}", 0))))
    owned = select(func.count()).select_from(room).where(room.c.owner == owner, room.c.closed.is_(False))
    if (connection.scalar(owned) or 0) >= most:
        raise OwnsTooMany(f"{owner} owns {most} rooms.")


# ── beside new rows ──────────────────────────────────────────────────────────────────────────────────────────────


def _change_beside(connection: Connection, key: str, item: Append) -> None:
    """Store what an append changes beyond new rows: list columns, search words, erased bodies, snapshots."""
    if item.listing is not None:
        _relist(connection, key, item.listing)
    for right in item.rights:
        _keep_right(connection, key, right)
    for line in item.entries:
        if line.type == "chat.edit" and line.ref is not None and line.raw is not None:
            _REWORD.run(connection, words=words_of(line), key=key, message=line.ref)
    if item.erase:
        _erase(connection, key, item.erase)
    if item.drop_snapshots_from is not None:
        _drop_snapshots(connection, key, item.drop_snapshots_from)
    if item.snapshot is not None:
        _store_snapshot(connection, key, item.snapshot)


_MENTION = PreparedRows(
    {column.name: column.type for column in mention.c},
    lambda row, arrays: (
        insert(mention).from_select(list(row), select(*row.values())) if arrays else insert(mention).values(row)
    ),
)


def _keep_mentions(connection: AnyConnection, lines: Iterable[tuple[str, Entry]]) -> None:
    rows = [(key, account, line.seq) for key, line in lines for account in mentioned(line)]
    if rows:
        _MENTION.run(connection, rows)


_HELD_LABEL = Prepared(select(room.c.label).where(room.c.key == bindparam("key")))
_DROP_LABEL = Prepared(delete(room_label).where(room_label.c.rowid == bindparam("number")))
_ADD_LABEL = Prepared(
    insert(room_label).values(
        rowid=bindparam("number", type_=BigInteger), key=bindparam("room_key"), label=bindparam("new_label")
    )
)


def _index_label(connection: Connection, key: str, label: str) -> None:
    number = label_number(key)
    _DROP_LABEL.run(connection, number=number)
    _ADD_LABEL.run(connection, number=number, room_key=key, new_label=label)


_LISTED = ("title", "label", "visibility", "options", "closed", "members", "game", "open")
_RELIST = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(
        **{column: bindparam(f"new_{column}") for column in _LISTED},
        format=case((room.c.format < bindparam("at_least"), bindparam("at_least")), else_=room.c.format),
    )
)


def _relist(connection: Connection, key: str, listing: Listing) -> None:
    values = _listing_values(key, listing)
    if _HELD_LABEL.run(connection, key=key).scalar() != values["new_label"]:
        _index_label(connection, key, values["new_label"])
    _RELIST.run(connection, name=key, **values)


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


_RIGHT = Prepared(
    update(member)
    .where(member.c.room == bindparam("key"), member.c.account == bindparam("who"))
    .values(role=bindparam("given"), banned_until=bindparam("until", type_=BigInteger))
    .returning(member.c.read)
)


def _keep_right(connection: Connection, key: str, right: MemberRight) -> None:
    held = _RIGHT.rows(connection, key=key, who=right.account, given=right.role, until=right.banned_until)
    if not held:
        row = {"room": key, "account": right.account, "joined_at": None, "read": 0}
        connection.execute(insert(member), {**row, "role": right.role, "banned_until": right.banned_until})


_REWORD = Prepared(
    update(entry)
    .where(entry.c.room == bindparam("key"), entry.c.seq == bindparam("message"))
    .where(entry.c.type == "chat.message", entry.c.body.is_not(None))
    .values(words=bindparam("words"))
)
"""Makes search find a message by its newest text."""
_ERASE = PreparedRows(
    {"whole": LargeBinary(), "at_key": Text(), "at_seq": BigInteger()},
    lambda row, _arrays: (
        update(entry)
        .where(entry.c.room == row["at_key"], entry.c.seq == row["at_seq"])
        .values(body=null(), salt=null(), words=null(), body_hash=row["whole"])
    ),
)


def _erase(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    """Erase bodies and salts of entries and of their edits, with the mentions; their hashes stay, whole from now on."""
    named = or_(entry.c.seq.in_(seqs), (entry.c.type == "chat.edit") & entry.c.ref.in_(seqs))
    columns = (entry.c.seq, entry.c.type, entry.c.body, entry.c.salt, entry.c.body_hash)
    gone = connection.execute(select(*columns).where(entry.c.room == key, named, entry.c.body.is_not(None))).all()
    if gone:
        _ERASE.run(connection, [(whole_hash(stored, salt, raw), key, seq) for seq, _, raw, salt, stored in gone])
    for seq, type_, raw, _, _ in gone:
        if type_ == "chat.message" and (accounts := mentioned_in(orjson.loads(raw))):
            this = (mention.c.room == key, mention.c.account.in_(accounts), mention.c.seq == seq)
            connection.execute(delete(mention).where(*this))


def _drop_snapshots(connection: Connection, key: str, start: int) -> None:
    """Delete snapshots at or after `start`, but never the one at the floor, which nothing could replace."""
    floor = select(room.c.floor).where(room.c.key == key).scalar_subquery()
    newer = (snapshot.c.room == key) & (snapshot.c.seq >= start) & (snapshot.c.seq >= floor)
    connection.execute(delete(snapshot).where(newer))


def _store_snapshot(connection: Connection, key: str, fresh: Snapshot) -> None:
    connection.execute(delete(snapshot).where(snapshot.c.room == key, snapshot.c.seq == fresh.seq))
    row = {"room": key, "seq": fresh.seq, "state": orjson.dumps(fresh.state), "format": fresh.format}
    connection.execute(insert(snapshot), row)
