"""Reads and writes members, read positions and invitations, and numbers the messages of old logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from parlour.adapters.sql.prepared import Prepared, PreparedRows, among
from parlour.adapters.sql.rows import ENTRIES, key_of, read_entry
from parlour.adapters.sql.tables_rooms import deletion, entry, follow, invite, member, redemption, room, thread
from parlour.adapters.sql.talk import (
    NOTICE,
    keep_deletions,
    keep_own,
    keep_threads,
    notice_row,
    numbers_at,
    read_notices,
    said_between,
)
from parlour.core.room import Account, Entry, RoomId
from parlour.core.rooms.talk import root_of, said_in
from parlour.runtime.backoff import Backoff
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.store import StoredInvitation, StoreError

_THIS = and_(member.c.room == bindparam("key"), member.c.account == bindparam("account"))
_THIS_ROW = and_(member.c.room == bindparam("key"), member.c.account == bindparam("who"))
"""The same for an UPDATE, where no parameter may have a column's name."""
_POSITION = Prepared(select(member.c.read).where(_THIS))
_JOINED = Prepared(select(member.c.account, member.c.joined_at).where(_THIS))
_TOUCH = Prepared(
    update(member).where(_THIS_ROW).values(joined_at=bindparam("now", type_=BigInteger)).returning(member.c.read)
)
_COUNT = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(members=room.c.members + bindparam("change"))
    .returning(room.c.members)
)
_READ = Prepared(
    update(member)
    .where(_THIS_ROW, member.c.read < bindparam("upto"))  # another process may have moved it since we looked
    .values(read=bindparam("upto"), read_n=bindparam("numbers"), read_own=bindparam("mine"))
    .returning(member.c.read)
)
_BANS = Prepared(
    select(member.c.room, member.c.account, member.c.banned_until).where(
        among(member.c.account, "accounts"),
        member.c.banned_until > literal_column("0"),  # as the index says, which holds banned accounts alone
        member.c.banned_until > bindparam("now"),
        among(
            func.lower(member.c.room, type_=Text), "keys"
        ),  # of the bare column, SQLite would look up each account in each room
    )
)


def bans(connection: Connection, accounts: list[Account], keys: list[str], now: int) -> list[tuple[str, Account, int]]:
    """As `Store.bans`."""
    return [tuple(row) for row in _BANS.rows(connection, accounts=accounts, keys=keys, now=now)]


def position(connection: Connection, key: str, account: Account) -> int:
    """As `Store.position`."""
    return _POSITION.run(connection, key=key, account=account).scalar() or 0


def page(connection: Connection, key: str, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
    """As `Store.members`."""
    query = select(member.c.account).where(member.c.room == key, member.c.joined_at.is_not(None))
    if cursor is not None:
        query = query.where(member.c.account > cursor)
    found = list(connection.scalars(query.order_by(member.c.account).limit(limit + 1)))
    return found[:limit], found[limit - 1] if len(found) > limit else None


def touch(connection: Connection, key: str, account: Account, now: int) -> bool:
    """As `Store.touch_member`."""
    known = _JOINED.rows(connection, key=key, account=account)
    if known and known[0].joined_at is not None:
        return False
    if not known:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": now, "read": 0})
    else:
        _TOUCH.run(connection, key=key, who=account, now=now).scalar()
    _begin_at_floor(connection, key, account)
    _COUNT.run(connection, name=key, change=1).scalar()
    return True


_FLOOR = Prepared(
    select(room.c.floor, entry.c.n)
    .join_from(room, entry, and_(entry.c.room == room.c.key, entry.c.seq == room.c.floor))
    .where(room.c.key == bindparam("key"), room.c.floor > literal_column("1"))
)


def _begin_at_floor(connection: Connection, key: str, account: Account) -> None:
    """Count what retention removed before an account came as read by it."""
    for floor, number in _FLOOR.rows(connection, key=key):
        said = said_between(connection, key, floor - 1, floor, 1)
        before = (number or 0) - sum(each.root is None for each, _ in said)
        behind = (member.c.read < floor - 1, member.c.read_n < before)
        this = (member.c.room == key, member.c.account == account)
        connection.execute(update(member).where(*this, *behind).values(read_n=before))


def pass_over(connection: Connection, key: str, floor: int) -> None:
    """Count messages below a new floor as read by all, and forget their threads; they are about to be removed."""
    number = connection.scalar(select(entry.c.n).where(entry.c.room == key, entry.c.seq == floor - 1)) or 0
    behind = and_(member.c.room == key, member.c.read < floor - 1)
    for account in list(connection.scalars(select(member.c.account).where(behind, member.c.own > 0))):
        _, mine = numbers_at(connection, key, account, floor - 1)
        this = (member.c.room == key, member.c.account == account)
        connection.execute(update(member).where(*this).values(read_n=number, read_own=mine))
    connection.execute(update(member).where(behind, member.c.own == 0).values(read_n=number))
    connection.execute(delete(deletion).where(deletion.c.room == key, deletion.c.seq < floor))
    connection.execute(delete(thread).where(thread.c.room == key, thread.c.last_seq < floor))
    left = select(thread.c.root).where(thread.c.room == key)
    connection.execute(delete(follow).where(follow.c.room == key, follow.c.root < floor, follow.c.root.not_in(left)))


def forget(connection: Connection, key: str, account: Account) -> bool:
    """As `Store.forget_member`."""
    here = and_(member.c.room == key, member.c.account == account, member.c.joined_at.is_not(None))
    if not connection.execute(update(member).where(here).values(joined_at=None)).rowcount:
        return False
    _COUNT.run(connection, name=key, change=-1).scalar()
    return True


def move_position(connection: Connection, key: str, account: Account, seq: int) -> int:
    """As `Store.read`."""
    row = _POSITION.run(connection, key=key, account=account).one_or_none()
    if row is not None and row.read >= seq:
        return int(row.read)
    numbers, mine = numbers_at(connection, key, account, seq)
    read_notices(connection, key, account, seq)
    if row is not None:
        _READ.run(connection, key=key, who=account, upto=seq, numbers=numbers, mine=mine).scalar()
    else:
        values = {"room": key, "account": account, "joined_at": None, "read": seq}
        connection.execute(insert(member), values | {"read_n": numbers, "read_own": mine})
    return seq


def keep_invitation(connection: Connection, fresh: StoredInvitation, told: NoticeRecord | None) -> bytes | None:
    """As `Store.invite`."""
    query = select(invite.c.asked).where(invite.c.token_hash == fresh.token_hash)
    known = connection.execute(query).one_or_none()
    if known is not None:
        request: bytes | None = known.asked
        return request
    row = {
        "token_hash": fresh.token_hash,
        "room": key_of(fresh.room),
        "account": fresh.account,
        "uses": fresh.uses,
        "until": fresh.until,
        "asked": fresh.request,
    }
    connection.execute(insert(invite), row)
    if told is not None:
        NOTICE.run(connection, [notice_row(told)])
    return None


def redeem(connection: Connection, token_hash: bytes, key: str, account: Account, now: int) -> bool | None:
    """As `Store.redeem`; None where the account used the invitation before."""
    found = connection.execute(
        select(invite.c.account, invite.c.uses)
        .where(invite.c.token_hash == token_hash, invite.c.room == key, invite.c.until > now)
        .with_for_update()
    ).one_or_none()
    if found is None or found.account not in (None, account):
        return False
    mine = and_(redemption.c.token_hash == token_hash, redemption.c.account == account)
    if connection.scalar(select(redemption.c.account).where(mine)) is not None:
        return None
    if found.uses < 1:
        return False
    connection.execute(update(invite).where(invite.c.token_hash == token_hash).values(uses=invite.c.uses - 1))
    connection.execute(insert(redemption), {"token_hash": token_hash, "account": account})
    return True


# ── numbers of old logs: in the background and in small transactions ──────────────────────────────────────────────────


log = structlog.get_logger()

PROGRESS = 100
"""Rooms between two lines of the log that tell how far numbering is."""
PAGE = 2_000
"""Entries of one transaction: posts of the room wait behind it for some ten milliseconds."""
_NUMBER = PreparedRows(
    {"to_ref": BigInteger(), "to_n": BigInteger(), "at_key": Text(), "at_seq": BigInteger()},
    lambda row, _arrays: (
        update(entry)
        .where(entry.c.room == row["at_key"], entry.c.seq == row["at_seq"])
        .values(ref=row["to_ref"], n=row["to_n"])
    ),
)


@dataclass(slots=True)
class Numbering:
    """How far the numbering of one log has got.

    Attributes:
        after: the last entry that has its number.
        count: messages outside threads that stand up to it.
        last: the last of them.
        own: how many of them each account wrote, and the entry from which on its last one stands.
    """

    after: int = 0
    count: int = 0
    last: int | None = None
    own: dict[Account, tuple[int, int]] = field(default_factory=dict)


def number_page(connection: Connection, key: str, before: Numbering) -> Numbering | None:
    """Number the next page of a log, whose room is locked; return how far that got, None where it is done.

    `before` stays as it is: where a neighbour's failure undoes the batch, the writer runs this again.
    """
    head, messages = connection.execute(select(room.c.head, room.c.messages).where(room.c.key == key)).one()
    if messages is not None:
        return None
    so_far = replace(before, own=dict(before.own))
    if so_far.after == 0:
        for table in (thread, follow, deletion):
            connection.execute(delete(table).where(table.c.room == key))
    query = ENTRIES.where(room.c.key == key, entry.c.seq > so_far.after).order_by(entry.c.seq).limit(PAGE)
    lines = [read_entry(row) for row in connection.execute(query)]
    if len(lines) == PAGE and lines[-1].type == "chat.message":
        lines.pop()  # the entry that holds it would be on the next page
    if lines:
        _NUMBER.run(connection, _numbered(connection, key, lines, so_far))
        so_far.after = lines[-1].seq
    if lines and so_far.after < head:
        return so_far
    _finish(connection, key, so_far)
    return None


def _numbered(
    connection: Connection, key: str, lines: Sequence[Entry], so_far: Numbering
) -> list[tuple[int | None, int, str, int]]:
    """Return the rows of `_NUMBER` for these entries, and note what stands by them.

    Whether an erased message was in a thread is not known any more: it is counted and, as deleted, not unread.
    """
    here = {line.seq: line for line in lines}

    def find(seq: int) -> Entry | None:
        if seq not in here:
            row = connection.execute(ENTRIES.where(room.c.key == key, entry.c.seq == seq)).one_or_none()
            return None if row is None else read_entry(row)
        return here[seq]

    standing = {each.seq: each for each in said_in(lines, find)}
    erased = {each.seq for each in standing.values() if (message := find(each.of)) is None or message.erased}
    keep_threads(connection, key, [each for each in standing.values() if each.seq not in erased])
    keep_deletions(connection, key, [each for each in standing.values() if each.seq in erased and each.root is None])
    rows = []
    for line in lines:
        each = standing.get(line.seq)
        if each is not None and each.root is None:
            so_far.count += 1
            so_far.last = so_far.last if each.seq in erased else each.of
            so_far.own[each.author] = so_far.own.get(each.author, (0, 0))[0] + 1, each.seq
        ref = root_of(line) if line.type == "chat.message" else line.ref
        rows.append((ref, so_far.count, key, line.seq))
    return rows


def _finish(connection: Connection, key: str, done: Numbering) -> None:
    """Count what the room's members wrote and read, and let appends go on."""
    zero = {"own": 0, "own_last": 0, "read_n": 0, "read_own": 0}
    connection.execute(update(member).where(member.c.room == key).values(**zero))
    keep_own(connection, {(key, account): counts for account, counts in done.own.items()})
    readers = select(member.c.account, member.c.read).where(member.c.room == key, member.c.read > 0)
    for account, read in connection.execute(readers).all():
        numbers, mine = numbers_at(connection, key, account, read)
        this = (member.c.room == key, member.c.account == account)
        connection.execute(update(member).where(*this).values(read_n=numbers, read_own=mine))
    numbered = {"messages": done.count, "last_message": done.last}
    connection.execute(update(room).where(room.c.key == key).values(**numbered))


_IS_NUMBERED = Prepared(select(room.c.messages.is_not(None)).where(room.c.key == bindparam("key")))


def is_numbered(connection: Connection, key: str) -> bool:
    """Return whether a room's messages have numbers; True also where there is no such room."""
    return bool(_IS_NUMBERED.run(connection, key=key).scalar() in (None, 1, True))


def unnumbered(connection: Connection) -> list[str]:
    """Return the ids of rooms without numbers."""
    return list(connection.scalars(select(room.c.id).where(room.c.messages.is_(None)).order_by(room.c.key)))


class _Rooms(Protocol):
    """What numbering needs of a store."""

    async def query(self, work: Callable[[Connection], list[str]]) -> list[str]: ...
    async def number(self, room: RoomId) -> None: ...


async def number_logs(store: _Rooms) -> None:
    """Number the messages of every old log, one room after the other, and log how far that is.

    A store that fails is asked again; what was numbered stays so.
    """
    pauses = Backoff(first_s=1.0, longest_s=60.0)
    failures = 0
    while True:
        try:
            rooms = await store.query(unnumbered)
            for done, each in enumerate(rooms):
                if done % PROGRESS == 0:
                    log.info("talk.numbering", done=done, left=len(rooms) - done)
                await store.number(each)
            if rooms:
                log.info("talk.numbered", rooms=len(rooms))
            return
        except StoreError as error:
            failures += 1
            log.warning("talk.numbering_failed", error=str(error))
            await asyncio.sleep(pauses.pause_after(failures))
