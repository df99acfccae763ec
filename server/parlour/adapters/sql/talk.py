"""Numbers messages and keeps threads beside the log, so that a list of rooms counts without reading logs.

`entry.n` is how many messages outside threads stand up to an entry, `room.messages` how many in all (NULL until an old
log was numbered, see room_members.py), `member.own` how many of them the account wrote. What is unread is the
difference of two numbers, less one's own, less what was deleted since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from parlour.adapters.sql.prepared import Prepared, PreparedRows, Values, among, unless_there
from parlour.adapters.sql.rows import ENTRIES, entry_row, key_of, read_entry
from parlour.adapters.sql.tables_rooms import deletion, entry, follow, member, mention, notice, room, spread, thread
from parlour.core.room import Account, Entry
from parlour.core.rooms.chat import mentioned_in
from parlour.core.rooms.holding import HELD, RELEASED
from parlour.core.rooms.talk import TALK, Said, said_in
from parlour.runtime.notice_records import NoticeRecord, Spread
from parlour.runtime.store import Append, Thread

LOOKED_BACK = 50
"""Messages among which the last one is looked for when it was deleted; one that waited longer is not shown as last."""
SHOWN_AUTHORS = 5
"""Authors of replies that a thread's root names."""


# ── own messages ─────────────────────────────────────────────────────────────────────────────────────────────────


def _count_own(row: Values, arrays: bool) -> Any:
    counted: dict[str, Any] = {"room": row["at_room"], "account": row["at_account"]}
    counted |= dict.fromkeys(("read", "banned_until", "read_n", "read_own"), literal_column("0"))
    counted |= {"own": row["by"], "own_last": row["last"]}
    if arrays:
        fresh: Any = postgres_insert(member).from_select(list(counted), select(*counted.values()))
    else:
        fresh = sqlite_insert(member).values(counted)
    changed = {"own": member.c.own + fresh.excluded.own, "own_last": fresh.excluded.own_last}
    return fresh.on_conflict_do_update(index_elements=["room", "account"], set_=changed)


OWN = PreparedRows({"at_room": Text(), "at_account": Text(), "by": BigInteger(), "last": BigInteger()}, _count_own)


def keep_own(connection: Connection, counts: dict[tuple[str, Account], tuple[int, int]]) -> None:
    """Add to what accounts wrote: (room's key, account) → how many messages, and where the last of them stands.

    API keys and the server read nothing, so they are left out.
    """
    rows = [(*pair, *each) for pair, each in counts.items() if _reads(pair[1])]
    if rows:
        OWN.run(connection, rows)


def _reads(author: Account) -> bool:
    """Return whether an author reads rooms too: the server and API keys do not."""
    return bool(author) and not author.startswith("app:")


class Batch:
    """The rows of appends to several rooms: entries with numbers, moves of heads, own messages, mentions, notices.

    Attributes:
        lines: the entries with their rooms' keys, in order.
        told, news, spreads: rows of `MENTION`, `NOTICE` and `SPREAD`.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[str, Entry]] = []
        self.told: list[tuple[str, Account, int]] = []
        self.news: list[tuple[Any, ...]] = []
        self.spreads: list[tuple[Any, ...]] = []
        self._standing: dict[str, dict[int, Said]] = {}
        self._moves: dict[str, tuple[Append, int]] = {}

    def add(self, key: str, item: Append) -> None:
        """Add the entries of one append."""
        for line in item.entries:
            self.lines.append((key, line))
        if item.said != ():
            standing = self._standing.setdefault(key, {})
            for each in item.stands() if item.said is None else item.said:
                if each.root is None:
                    standing[each.seq] = each
        if item.mentions != ():
            for account, seq in item.tells():
                self.told.append((key, account, seq))
        if item.notices or item.spreads:
            self.news += map(notice_row, item.notices)
            self.spreads += map(_spread_row, item.spreads)

    def move(self, key: str, item: Append, first: int) -> None:
        """Note that a room's head moves to the last entry of an append, from `first`."""
        self._moves[key] = item, first

    def moves(self) -> list[tuple[Any, ...]]:
        """Return the rows of `ADVANCE`."""
        rows = []
        for key, (item, first) in self._moves.items():
            last, standing = item.entries[-1], self._standing.get(key)
            of = next(reversed(standing.values())).of if standing else None
            stood = len(standing) if standing else 0
            rows.append((last.at, last.seq, last.hash, stood, of, key, item.epoch, item.fence, first))
        return rows

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows of `INSERT_NEW`: each says how many messages of the batch stand after it."""
        behind: dict[str, int] = {}
        rows = []
        for key, line in reversed(self.lines):
            after = behind.get(key, 0)
            rows.append(entry_row(key, line, after))
            if key in self._standing and line.seq in self._standing[key]:
                behind[key] = after + 1
        rows.reverse()
        return rows

    def own(self) -> list[tuple[str, Account, int, int]]:
        """Return the rows of `OWN`."""
        counts: dict[tuple[str, Account], tuple[int, int]] = {}
        for key, standing in self._standing.items():
            for each in standing.values():
                if _reads(each.author):
                    count, _ = counts.get((key, each.author), (0, 0))
                    counts[key, each.author] = count + 1, each.seq
        return [(*pair, *each) for pair, each in counts.items()]


# ── mentions ─────────────────────────────────────────────────────────────────────────────────────────────────────


MENTION = PreparedRows(
    {column.name: column.type for column in mention.c},
    lambda row, arrays: (
        insert(mention).from_select(list(row), select(*row.values())) if arrays else insert(mention).values(row)
    ),
)


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────


NOTICE, SPREAD = unless_there(notice), unless_there(spread)


def notice_row(of: NoticeRecord) -> tuple[Any, ...]:
    """Return the row of `NOTICE` of a notice."""
    key = of.room.lower()
    return of.account, of.id, key, of.seq, of.type, of.author, of.at, of.thread, of.invite, of.request, of.read


def _spread_row(of: Spread) -> tuple[Any, ...]:
    told = orjson.dumps(of.told).decode()
    return (key_of(of.room), of.seq, of.to, of.at, of.author, of.thread, told, of.after)


def read_notices(connection: Connection, key: str, account: Account, seq: int, root: int | None = None) -> None:
    """Mark an account's notices of a room as read up to an entry, or those of one thread."""
    mine = (notice.c.account == account, notice.c.room == key, notice.c.seq <= seq, notice.c.read.is_(False))
    which = mine if root is None else (*mine, notice.c.thread == root)
    connection.execute(update(notice).where(*which).values(read=True))


def forget_mentions(connection: Connection, key: str, seqs: Iterable[int], bodies: Iterable[dict[str, Any]]) -> None:
    """Delete the mentions in erased messages and edits; one that waited is counted from its release on."""
    accounts = {account for body in bodies for account in mentioned_in(body)}
    if not accounts:
        return
    erased = sorted(set(seqs))
    released = select(entry.c.seq).where(
        entry.c.room == key, entry.c.ref.is_not(None), entry.c.ref.in_(erased), entry.c.type == RELEASED
    )
    counted = mention.c.seq.in_([*erased, *connection.scalars(released)])
    connection.execute(delete(mention).where(mention.c.room == key, mention.c.account.in_(sorted(accounts)), counted))


# ── threads ──────────────────────────────────────────────────────────────────────────────────────────────────────


def keep_threads(connection: Connection, key: str, said: Sequence[Said]) -> None:
    """Keep the threads that these messages are in, and who follows them."""
    for each in said:
        if each.root is None:
            continue
        this = and_(thread.c.room == key, thread.c.root == each.root)
        held = connection.execute(select(thread).where(this)).one_or_none()
        other = 0 if held is None else held.last_seq if held.last_author != each.author else held.other_seq
        by = [each.author, *(a for a in ([] if held is None else orjson.loads(held.by)) if a != each.author)]
        values = {
            "replies": 1 if held is None else held.replies + 1,
            "last_seq": each.seq,
            "last_at": each.at,
            "last_author": each.author,
            "other_seq": other,
            "by": orjson.dumps(by[:SHOWN_AUTHORS]).decode(),
        }
        if held is None:
            connection.execute(insert(thread), {"room": key, "root": each.root, **values})
        else:
            connection.execute(update(thread).where(this).values(**values))
        follow_thread(connection, key, each.root, each.follows)


def follow_thread(connection: Connection, key: str, root: int, accounts: Sequence[Account]) -> None:
    """Let accounts follow a thread, those that do not yet."""
    known = set(connection.scalars(select(follow.c.account).where(follow.c.room == key, follow.c.root == root)))
    fresh = [{"room": key, "account": account, "root": root, "read": 0} for account in accounts if account not in known]
    if fresh:
        connection.execute(insert(follow), fresh)


def threads_of(connection: Connection, key: str, roots: list[int]) -> dict[int, Thread]:
    """As `Store.threads`."""
    rows = _THREADS.rows(connection, key=key, roots=roots)
    return {root: Thread(count, seq, at, author, tuple(orjson.loads(by))) for root, count, seq, at, author, by in rows}


_THREADS = Prepared(
    select(
        thread.c.root, thread.c.replies, thread.c.last_seq, thread.c.last_at, thread.c.last_author, thread.c.by
    ).where(thread.c.room == bindparam("key"), among(thread.c.root, "roots"), thread.c.replies > literal_column("0"))
)
_REPLIES = Prepared(
    ENTRIES.where(
        room.c.key == bindparam("key"),
        entry.c.ref.is_not(None),
        entry.c.ref == bindparam("root"),
        entry.c.type == "chat.message",
        entry.c.seq > bindparam("after"),
        entry.c.seq < bindparam("before"),
    ).order_by(entry.c.seq)
)


def replies(connection: Connection, key: str, root: int, after: int, before: int, limit: int) -> list[Entry]:
    """As `Store.replies`."""
    rows = _REPLIES.rows(connection, key=key, root=root, after=after, before=before)
    return [read_entry(row) for row in (rows[:limit] if after else rows[-limit:])]


# ── deletions ────────────────────────────────────────────────────────────────────────────────────────────────────


def unsay(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    """Take messages that were just erased out of what is counted and shown."""
    for seq in seqs:
        line = connection.execute(
            select(entry.c.author, entry.c.ref).where(
                entry.c.room == key, entry.c.seq == seq, entry.c.type == "chat.message"
            )
        ).one_or_none()
        stands = _stands_from(connection, key, seq)
        if line is None or stands is None:
            continue
        if line.ref is None:
            connection.execute(insert(deletion), {"room": key, "seq": stands, "author": line.author})
            _move_last(connection, key, seq)
        else:
            _recount(connection, key, line.ref)


def keep_deletions(connection: Connection, key: str, gone: Sequence[Said]) -> None:
    """Note messages outside threads that were deleted, those that are not noted yet."""
    seqs = [each.seq for each in gone]
    noted = select(deletion.c.seq).where(deletion.c.room == key, deletion.c.seq.in_(seqs))
    known = set(connection.scalars(noted)) if seqs else set()
    fresh = [{"room": key, "seq": each.seq, "author": each.author} for each in gone if each.seq not in known]
    if fresh:
        connection.execute(insert(deletion), fresh)


def _stands_from(connection: Connection, key: str, seq: int) -> int | None:
    """Return the entry from which on a message stands; None where it waits for a moderator."""
    marks = select(entry.c.type, entry.c.seq).where(
        entry.c.room == key, entry.c.ref.is_not(None), entry.c.ref == seq, entry.c.type.in_((HELD, RELEASED))
    )
    found = {row.type: row.seq for row in connection.execute(marks)}
    return found.get(RELEASED) if HELD in found else seq


def _move_last(connection: Connection, key: str, gone: int) -> None:
    """Let lists show the message before the one that was deleted, where it was the last."""
    if connection.scalar(select(room.c.last_message).where(room.c.key == key)) != gone:
        return
    earlier = (
        select(entry.c.seq)
        .where(entry.c.room == key, entry.c.type == "chat.message")
        .where(entry.c.body.is_not(None), entry.c.ref.is_(None))
        .order_by(entry.c.seq.desc())
        .limit(LOOKED_BACK)
    )
    stand = {_stands_from(connection, key, seq): seq for seq in connection.scalars(earlier)}
    last = max(((at, seq) for at, seq in stand.items() if at is not None), default=(0, None))[1]
    connection.execute(update(room).where(room.c.key == key).values(last_message=last))


def _recount(connection: Connection, key: str, root: int) -> None:
    """Count a thread's replies again from the log."""
    known: dict[int, Entry] = {}
    lines = [read_entry(row) for row in _REPLIES.rows(connection, key=key, root=root, after=0, before=2**53)]
    standing = [line for line in lines if not line.erased and _stands_from(connection, key, line.seq) is not None]
    connection.execute(delete(thread).where(thread.c.room == key, thread.c.root == root))
    keep_threads(connection, key, [each for each in said_in(standing, known.get) if each.root == root])


# ── reading positions and counts ─────────────────────────────────────────────────────────────────────────────────


def said_between(connection: Connection, key: str, after: int, upto: int, most: int) -> list[tuple[Said, bool]]:
    """Return the messages that stand from entries after one and up to another on, and whether each is erased.

    Args:
        most: entries of the conversation that are read for it, the first ones.
    """
    query = ENTRIES.where(room.c.key == key, entry.c.seq > after, entry.c.seq <= upto, entry.c.type.in_(TALK))
    lines = [read_entry(row) for row in connection.execute(query.order_by(entry.c.seq).limit(most))]
    known = {line.seq: line for line in lines}
    wanted = [line.ref for line in lines if line.type == RELEASED and line.ref is not None]
    if wanted:
        picked = ENTRIES.where(room.c.key == key, entry.c.seq.in_(wanted))
        known |= {line.seq: line for line in map(read_entry, connection.execute(picked))}
    return [(each, known[each.of].erased) for each in said_in(lines, known.get)]


_NUMBER = Prepared(select(entry.c.n).where(entry.c.room == bindparam("key"), entry.c.seq == bindparam("seq")))
OWN_SCANNED = 5_000
"""Entries of the conversation that are looked through for one's own, where somebody reads behind what they wrote."""


def numbers_at(connection: Connection, key: str, account: Account, seq: int) -> tuple[int, int]:
    """Return how many messages outside threads stand up to an entry, and how many of those the account wrote."""
    number = _NUMBER.run(connection, key=key, seq=seq).scalar() or 0
    mine = select(member.c.own, member.c.own_last).where(member.c.room == key, member.c.account == account)
    row = connection.execute(mine).one_or_none()
    if row is None or row.own_last <= seq:
        return number, 0 if row is None else row.own
    later = said_between(connection, key, seq, row.own_last, OWN_SCANNED)
    return number, row.own - sum(each.author == account and each.root is None for each, _ in later)


def read_thread(connection: Connection, key: str, account: Account, root: int, seq: int) -> None:
    """As `Store.read_thread`."""
    this = and_(follow.c.room == key, follow.c.account == account, follow.c.root == root, follow.c.read < seq)
    connection.execute(update(follow).where(this).values(read=seq))
    read_notices(connection, key, account, seq, root)


Rows = list[tuple[Any, ...]]


def talk_rows(appends: Sequence[Append]) -> tuple[Rows, Rows, Rows, Rows, Rows]:
    """Return the rows of `ADVANCE`, `INSERT_NEW`, `OWN`, `MENTION` and `NOTICE` of appends to different rooms."""
    batch = Batch()
    for item in appends:
        key = item.room.lower()
        batch.add(key, item)
        batch.move(key, item, item.after)
    return batch.moves(), batch.rows(), list(batch.own()), list(batch.told), batch.news
