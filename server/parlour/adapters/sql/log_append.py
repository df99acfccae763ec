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

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.sql import text_index
from parlour.adapters.sql.kept_beside import keep_emoji, keep_remembered, keep_uses, release
from parlour.adapters.sql.prepared import Prepared, PreparedRows, Values, among
from parlour.adapters.sql.rows import (
    game_columns,
    key_of,
    label_number,
    label_of,
    room_row,
    rules_column,
    whole_hash,
    words_of,
)
from parlour.adapters.sql.tables_rooms import entry, member, room, room_erasure, room_label, snapshot
from parlour.adapters.sql.talk import MENTION, NOTICE, OWN, SPREAD, Batch, forget_mentions, keep_threads, unsay
from parlour.core.room import Account, Entry, Snapshot
from parlour.core.rooms.attached import wanted_emoji
from parlour.core.rooms.reserved import OWN_KINDS
from parlour.runtime.store import Append, Fenced, Listing, MemberRight, OwnsTooMany, RoomRecord, StoreError


@dataclass(slots=True)
class _LockedRoom:
    """A room of the batch; `head` moves with each append, `first` is the head before the batch.

    `messages` is None in an old log whose messages have no numbers yet (talk.py).
    """

    epoch: str
    fence: int
    head: int
    first: int
    messages: int | None


LockedRooms = dict[str, _LockedRoom]
"""The rooms of a batch by their keys, locked until the transaction ends."""
_LOCK = Prepared(
    select(room.c.key, room.c.epoch, room.c.fence, room.c.head, room.c.messages)
    .where(among(room.c.key, "keys"))
    .order_by(room.c.key)
    .with_for_update()
)
"""On SQLite, BEGIN IMMEDIATE has locked the whole file already."""
ADVANCE = PreparedRows(
    {
        "to_at": BigInteger(),
        "to_head": BigInteger(),
        "to_hash": LargeBinary(),
        "stood": BigInteger(),
        "to_last": BigInteger(),
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
        .values(
            updated_at=move["to_at"],
            head=move["to_head"],
            head_hash=move["to_hash"],
            messages=room.c.messages + move["stood"],
            last_message=func.coalesce(move["to_last"], room.c.last_message),
        )
    ),
)
"""The compare-and-set itself; the lock before it only makes sure that it succeeds."""


def _insert_new(row: Values, _arrays: bool) -> ClauseElement:
    """Insert entries whose ids their rooms do not have.

    The room's head has moved: a row's `n` is how many messages of the batch stand after it (talk.py), which counted
    back from the room's number is the entry's.
    """
    fresh = select(*(value.label(name) for name, value in row.items())).subquery("fresh")
    same = [entry.c[name] == fresh.c[name] for name in ("mark", "room", "author", "id")]
    known = exists(select(entry.c.seq).where(*same).correlate(fresh))
    stands = select(room.c.messages).where(room.c.key == fresh.c.room).correlate(fresh).scalar_subquery()
    values = [stands - fresh.c.n if name == "n" else fresh.c[name] for name in row]
    return insert(entry).from_select(list(row), select(*values).where(not_(known)))


INSERT_NEW = PreparedRows({column.name: column.type for column in entry.c}, _insert_new)


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]], lines: Sequence[tuple[str, Entry]]) -> None:
    """Insert entries; raises IntegrityError where an id is in its room's log already."""
    distinct = {(key, line.author, line.id) for key, line in lines}
    if len(distinct) < len(lines) or INSERT_NEW.run(connection, list(rows)) < len(lines):
        raise IntegrityError("INSERT INTO entry", None, ValueError("An id is in the log already."))
    keep_uses(connection, lines)


def lock(connection: Connection, keys: Iterable[str]) -> LockedRooms:
    """Lock the rooms of a batch at once, in the order of their keys, and read the heads of their logs."""
    locked = _LOCK.listed(connection, list(keys))
    return {key: _LockedRoom(epoch, fence, head, head, messages) for key, epoch, fence, head, messages in locked}


def append_all(connection: Connection, appends: Sequence[Append], locked: LockedRooms) -> list[Fenced | None]:
    """Store every append that still fits its room, in order; return None for each, or why it was not stored.

    Args:
        locked: their rooms.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be kept of the transaction (a repeated id among others).
    """
    answers = _append_rows(connection, appends, locked)
    for item, refused in zip(appends, answers, strict=True):
        if refused is None:
            key = item.room.lower()
            if locked[key].messages is not None:
                keep_threads(connection, key, item.stands())
            _change_beside(connection, key, item)
    return answers


def _append_rows(connection: Connection, appends: Sequence[Append], locked: LockedRooms) -> list[Fenced | None]:
    """Move the heads of those rooms whose appends fit, and insert their entries."""
    answers: list[Fenced | None] = []
    batch = Batch()
    for item in appends:
        key = item.room.lower()
        stands = locked.get(key)
        if stands is None or (stands.epoch, stands.fence, stands.head) != (item.epoch, item.fence, item.after):
            answers.append(Fenced(f"Another writer appended to {key}."))
            continue
        answers.append(None)
        if item.entries:
            batch.add(key, item)
            stands.head = item.entries[-1].seq
            batch.move(key, item, stands.first)
    if batch.lines:
        _write(connection, batch)
    return answers


def _write(connection: Connection, batch: Batch) -> None:
    """Move the heads of a batch's rooms, and insert its entries, counts and mentions."""
    ADVANCE.run(connection, batch.moves())
    _insert(connection, batch.rows(), batch.lines)
    if own := batch.own():
        OWN.run(connection, own)
    for statement, rows in ((MENTION, batch.told), (NOTICE, batch.news), (SPREAD, batch.spreads)):
        if rows:
            statement.run(connection, list(rows))


def insert_room(
    connection: Connection, record: RoomRecord, entries: Sequence[Entry], most_owned: int | None = None
) -> bool:
    """Insert a room with its first entries; return False where the id is taken or the request made a room before.

    Raises:
        OwnsTooMany: the owner has `most_owned` open rooms. StoreError: a room with that id is being erased.
    """
    key = key_of(record.id)
    again = and_(room.c.owner == record.owner, room.c.request_id == record.request_id)
    same = room.c.key == key if record.request_id is None else or_(room.c.key == key, again)
    if connection.execute(select(room.c.key).where(same)).first() is not None:
        return False
    if connection.scalar(select(room_erasure.c.key).where(room_erasure.c.key == key)) is not None:
        raise StoreError(f"A room {key} is being erased.")
    if most_owned is not None:
        _check_owned(connection, record.owner, most_owned)
    connection.execute(insert(room), room_row(record))
    _index_label(connection, key, label_of(record.id, record.title))
    if entries:
        item, batch = Append(record.id, record.epoch, record.fence, 0, entries), Batch()
        batch.add(key, item)
        batch.move(key, item, record.head)
        _write(connection, batch)
        keep_threads(connection, key, item.stands())
    return True


def _check_owned(connection: Connection, owner: Account, most: int) -> None:
    """Raise OwnsTooMany where an owner has as many open rooms as allowed.

    Nobody else counts that owner's rooms until the transaction ends: SQLite has one writer, Postgres a lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owned {owner}", 0))))
    open_rooms = (room.c.owner == owner, room.c.closed.is_(False), room.c.kind.not_in(sorted(OWN_KINDS)))
    owned = select(func.count()).select_from(room).where(*open_rooms)
    if (connection.scalar(owned) or 0) >= most:
        raise OwnsTooMany(f"{owner} owns {most} rooms.")


# ── beside new rows ──────────────────────────────────────────────────────────────────────────────────────────────


def _change_beside(connection: Connection, key: str, item: Append) -> None:
    """Store what else an append changes: list columns, search words, erased bodies, snapshots, audit rows."""
    if item.listing is not None:
        _relist(connection, key, item.listing)
    for right in item.rights:
        _keep_right(connection, key, right)
    for line in item.entries:
        if line.type == "chat.edit" and line.ref is not None and line.raw is not None:
            _REWORD.run(connection, words=words_of(line), key=key, message=line.ref)
            text_index.reword(connection, key, line.ref, words_of(line))
        if line.type == "room.configured" and isinstance(line.body, dict) and "emoji" in line.body.get("rules", ()):
            keep_emoji(connection, key, wanted_emoji(line.body["rules"]))
    keep_remembered(connection, key, item.entries, item.settled)
    if item.erase:
        erase_bodies(connection, key, item.erase)
    if item.drop_snapshots_from is not None:
        _drop_snapshots(connection, key, item.drop_snapshots_from)
    if item.snapshot is not None:
        _store_snapshot(connection, key, item.snapshot)
    if item.audits:
        write_audit(connection, item.audits)


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


_LISTED = (
    "title", "label", "visibility", "options", "closed", "members", "game", "open", "rules", "gated", "frozen",
    "featured",
)  # fmt: skip
_RELIST = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(
        **{column: bindparam(f"new_{column}") for column in _LISTED},
        owner=func.coalesce(bindparam("new_owner", type_=Text), room.c.owner),
        request_id=case((bindparam("new_owner", type_=Text) != room.c.owner, null()), else_=room.c.request_id),
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
        "new_rules": rules_column(listing.rules),
        "new_gated": listing.gated,
        "new_frozen": listing.frozen,
        "new_featured": listing.featured,
        "new_owner": listing.owner,
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


def erase_bodies(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    """Erase bodies and salts of entries and their edits, with mentions and files; their hashes stay, whole now."""
    named = or_(entry.c.seq.in_(seqs), (entry.c.type == "chat.edit") & entry.c.ref.in_(seqs))
    columns = (entry.c.seq, entry.c.type, entry.c.body, entry.c.salt, entry.c.body_hash)
    gone = connection.execute(select(*columns).where(entry.c.room == key, named, entry.c.body.is_not(None))).all()
    if gone:
        _ERASE.run(connection, [(whole_hash(stored, salt, raw), key, seq) for seq, _, raw, salt, stored in gone])
    bodies = [orjson.loads(raw) for _, type_, raw, _, _ in gone if type_ in ("chat.message", "chat.edit")]
    forget_mentions(connection, key, [*seqs, *(seq for seq, *_ in gone)], bodies)
    unsay(connection, key, [seq for seq, type_, *_ in gone if type_ == "chat.message"])
    if gone:
        release(connection, key, seqs)
        text_index.forget(connection, key, seqs)


def _drop_snapshots(connection: Connection, key: str, start: int) -> None:
    """Delete snapshots at or after `start`, but never the one at the floor, which nothing could replace."""
    floor = select(room.c.floor).where(room.c.key == key).scalar_subquery()
    newer = (snapshot.c.room == key) & (snapshot.c.seq >= start) & (snapshot.c.seq >= floor)
    connection.execute(delete(snapshot).where(newer))


def _store_snapshot(connection: Connection, key: str, fresh: Snapshot) -> None:
    connection.execute(delete(snapshot).where(snapshot.c.room == key, snapshot.c.seq == fresh.seq))
    row = {"room": key, "seq": fresh.seq, "state": orjson.dumps(fresh.state), "format": fresh.format}
    connection.execute(insert(snapshot), row)
