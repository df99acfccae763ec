"""Reads pages of rooms (`Store.rooms`): every list follows an index and stops when the page is full.

Public rooms come in the order of `ix_room_listed`. One's own rooms are found through one's memberships, so they are a
query of their own, and a list that shows both merges the two. Words are looked for in the newest rooms first, and where
those do not fill the page, through the index of trigrams (`room_label`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)

from parlour.adapters.sql.prepared import Prepared, among, json_pairs, pairs
from parlour.adapters.sql.rows import ENTRIES, key_of, read_entry, read_room
from parlour.adapters.sql.tables_rooms import deletion, entry, follow, member, mention, room, room_label, thread
from parlour.adapters.sql.talk import said_between
from parlour.adapters.sql.text_index import GRAM, escaped, holds_words, matching
from parlour.core.room import Account, Entry
from parlour.core.rooms.direct import PREFIX
from parlour.core.rooms.normal_form import search_form
from parlour.core.rooms.reserved import RESERVED, Reserved
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.store import MOST_MENTIONS, MOST_UNREAD, RoomFilter, RoomRecord, Unread

NEWEST = 1_000
"""Rooms looked through for words before the index is asked: about 3 ms, and common words fill a page by then."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides the text of a page's statement; its values are parameters.

    Attributes:
        viewer: whether somebody is signed in.
        mine, open, featured, everything, joins_private: as in RoomFilter.
        kind, cursor: whether there is one.
        words: how many.
        indexed: how many of the words the index of trigrams can find, which are the first; 0 does not ask it.
        newest: whether only the newest rooms are looked through.
    """

    viewer: bool
    mine: bool
    open: bool
    featured: bool
    everything: bool
    joins_private: bool
    kind: bool
    cursor: bool
    words: int
    indexed: int = 0
    newest: bool = False


def page_of_rooms(
    connection: Connection, wanted: RoomFilter, cursor: str | None, limit: int
) -> tuple[list[RoomRecord], str | None]:
    """As `Store.rooms`; a page ends early where its options exceed `ANSWER_BYTES`."""
    if wanted.mine and wanted.viewer is None and not wanted.everything:
        return [], None
    words = sorted(set(search_form(wanted.query or "").split()), key=len, reverse=True)
    values = _values(wanted, words, cursor, limit)
    shape = _Shape(
        viewer=wanted.viewer is not None,
        mine=wanted.mine,
        open=wanted.open,
        featured=wanted.featured,
        everything=wanted.everything,
        joins_private=wanted.joins_private,
        kind=wanted.kind is not None,
        cursor=cursor is not None,
        words=len(words),
    )
    if words and not wanted.mine and not wanted.everything:
        rows = _statement(replace(shape, newest=True)).rows(connection, **values)
        if len(rows) <= limit:
            indexed = sum(len(word) >= GRAM for word in words)
            rows = _statement(replace(shape, indexed=indexed)).rows(connection, **values)
    else:
        rows = _statement(shape).rows(connection, **values)
    records: list[RoomRecord] = []
    size = 0
    for row in rows:
        if len(records) == limit or size >= ANSWER_BYTES:
            return records, _cursor(records[-1])
        records.append(read_room(row))
        size += len(row.options)
    return records, None


def _values(wanted: RoomFilter, words: list[str], cursor: str | None, limit: int) -> dict[str, Any]:
    at, key = (0, "") if cursor is None else _read_cursor(cursor)
    indexed = [word for word in words if len(word) >= GRAM]
    return {
        "viewer": wanted.viewer,
        "now": wanted.now,
        "wanted_kind": wanted.kind,
        "at": at,
        "after": key,
        "most": limit + 1,
        "newest": NEWEST,
        "holds": matching(indexed),
        **{f"like_{n}": f"%{escaped(word)}%" for n, word in enumerate(words)},
    }


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=512)
def _statement(shape: _Shape) -> Prepared:
    branches = _branches(shape)
    if len(branches) == 1:
        return Prepared(branches[0])
    merged = _newest_of(branches)
    return Prepared(select(merged).order_by(merged.c.updated_at.desc(), merged.c.key))


def _branches(shape: _Shape) -> list[Select[Any]]:
    """Return the queries whose pages, merged, are the page."""
    if shape.everything:
        states = [(closed, visibility) for closed in (False, True) for visibility in ("public", "private")]
        return [_ordered(shape, closed, visibility) for closed, visibility in states]
    public = [] if shape.mine else [_public(shape)]
    return public + ([_own(shape)] if shape.viewer else [])


def _public(shape: _Shape) -> Select[Any]:
    """Select public rooms: in the order of the index, or those of some words, which are sorted after they were found.

    A comparison with `!=` keeps both databases from walking along `ix_room_listed` after all.
    """
    if not shape.words or shape.newest:
        return _ordered(shape, False, "public", *_not_banned(shape))
    holding = room.c.key.in_(select(room_label.c.key).where(holds_words(shape.words, shape.indexed)))
    return _page_of(room, shape, holding, room.c.closed != true(), room.c.visibility != "private", *_not_banned(shape))


def _ordered(shape: _Shape, closed: bool, visibility: str, *more: ColumnElement[bool]) -> Select[Any]:
    """Select rooms of one state in the order of `ix_room_listed`."""
    state = (room.c.closed == (true() if closed else false()), room.c.visibility == visibility)
    if not shape.newest:
        return _page_of(room, shape, *state, *more)
    looked_at = select(*(room.c[name] for name in ("key", "updated_at", "kind", "open", "featured", "label", "owner")))
    newest = looked_at.where(*state, *_after(room, shape)).order_by(room.c.updated_at.desc(), room.c.key)
    held = _page_of(newest.limit(bindparam("newest")).subquery("room"), shape).subquery()
    found = select(room).where(room.c.key.in_(select(held.c.key)), *more)
    return found.order_by(room.c.updated_at.desc(), room.c.key)


def _own(shape: _Shape) -> Select[Any]:
    """Select the viewer's own rooms; private ones only, where the list shows the public ones already.

    They are sorted after they were found: `ix_room_listed` would lead through everybody's. Only their keys are, for an
    account may have thousands; the rooms of the page are read last.
    """
    viewer: BindParameter[str] = bindparam("viewer")
    where = [room.c.closed != true(), *([] if shape.mine else [room.c.visibility != "public"])]
    joined: list[ColumnElement[bool]] = [
        member.c.account == viewer,
        member.c.room == room.c.key,
        member.c.joined_at.is_not(None),
        member.c.banned_until <= bindparam("now"),
    ]
    if not shape.joins_private:
        joined.append(or_(room.c.visibility == "public", room.c.owner == viewer, member.c.role.is_not(None)))
    not_joined = not_(_is_member(room, or_(member.c.joined_at.is_not(None), member.c.banned_until > bindparam("now"))))
    found = [_page_of(room, shape, *each, *where) for each in (joined, [room.c.owner == viewer, not_joined])]
    keys = [each.with_only_columns(room.c.key, room.c.updated_at) for each in found]
    page = _newest_of(keys)
    return select(room).where(room.c.key.in_(select(page.c.key))).order_by(room.c.updated_at.desc(), room.c.key)


def _newest_of(pages: Sequence[Select[Any]]) -> Subquery:
    """Merge pages into one."""
    merged = union_all(*(select(page.subquery()) for page in pages)).subquery()
    newest = select(merged).order_by(merged.c.updated_at.desc(), merged.c.key)
    return newest.limit(bindparam("most")).subquery()


def _page_of(table: FromClause, shape: _Shape, *where: ColumnElement[bool]) -> Select[Any]:
    """Select the page among these rooms: with the filters that any list has, in order."""
    filters = [*where, *_after(table, shape), *_ordinary(table, shape)]
    if shape.kind:
        filters.append(table.c.kind == bindparam("wanted_kind"))
    if shape.open:
        filters.append(table.c.open == true())
    if shape.featured:
        filters.append(table.c.featured == true())
    filters += [table.c.label.like(bindparam(f"like_{n}"), escape="/") for n in range(shape.words)]
    page = select(table).where(*filters).order_by(table.c.updated_at.desc(), table.c.key)
    return page.limit(bindparam("most"))


def _ordinary(table: FromClause, shape: _Shape) -> list[ColumnElement[bool]]:
    """Leave out reserved rooms where the list does not ask for their kind; the index decides it by kind and key.

    An owner is looked up only in a room that has both: old rooms under such an id have one, and stay in lists.
    """
    if shape.everything:
        hidden = [each for each in RESERVED if each.sealed]
    else:
        hidden = [] if shape.kind else [each for each in RESERVED if each.own_kind or not shape.mine]
    return [not_(_is_reserved(table, each)) for each in hidden]


def _is_reserved(table: FromClause, by: Reserved) -> ColumnElement[bool]:
    """Return whether a room is one of those that the server made under this prefix, or a wallet for itself."""
    named = and_(table.c.kind == by.kind, table.c.key.like(by.prefix + "%"))
    return named if by.own_kind else and_(named, table.c.owner == "")


def _after(table: FromClause, shape: _Shape) -> list[ColumnElement[bool]]:
    """Return what holds of rooms after the cursor; the first condition is where an index begins."""
    if not shape.cursor:
        return []
    at: BindParameter[int] = bindparam("at")
    key: BindParameter[str] = bindparam("after")
    return [table.c.updated_at <= at, or_(table.c.updated_at < at, and_(table.c.updated_at == at, table.c.key > key))]


def _not_banned(shape: _Shape) -> list[ColumnElement[bool]]:
    return [not_(_is_member(room, member.c.banned_until > bindparam("now")))] if shape.viewer else []


def _is_member(table: FromClause, *holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether the viewer's row of the room says so: one look-up for each room of the page."""
    this = (member.c.room == table.c.key, member.c.account == bindparam("viewer"))
    return exists(select(member.c.room).where(*this, *holds).correlate(table))


# ── cursors ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _cursor(record: RoomRecord) -> str:
    return base64.urlsafe_b64encode(f"{record.updated_at} {key_of(record.id)}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, str]:
    """Return the place after which a page starts; a cursor that is not ours starts after everything."""
    try:
        at, key = base64.urlsafe_b64decode(cursor).decode().split(" ", 1)
        if len(at) > 16 or "\x00" in key:
            raise ValueError(cursor)
        return int(at), key
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return -1, ""


# ── what is unread: a number of queries that does not grow with the logs ──────────────────────────────────────────────


UNNUMBERED = 2 * MOST_UNREAD
"""Entries of an old conversation without numbers that are counted one by one."""


def unread(connection: Connection, account: Account, keys: list[str]) -> dict[str, Unread]:
    """As `Store.unread`, by the rooms' keys."""
    rows = _COUNTS.tuples(connection, account=account, keys=keys)
    lasts = _last_messages(connection, [(key, last) for key, last, *_ in rows if last])
    found: dict[str, Unread] = {}
    for key, _, read, messages, read_n, own, read_own, deleted, mentions, threads, head, role, level, until in rows:
        if messages is None:
            said = said_between(connection, key, read, head, UNNUMBERED)
            count = sum(each.author != account and each.root is None and not erased for each, erased in said)
        else:
            count = max(0, messages - read_n - (own - read_own) - deleted)
        asked = key.startswith(PREFIX) and role == "guest"
        heard = None if level is None else (level, until)
        last, edit = lasts.get(key, (None, None))
        found[key] = Unread(read, mentions, count, threads, last, edit, request=asked, level=heard)
    return found


def _last_messages(connection: Connection, last: list[tuple[str, int]]) -> dict[str, tuple[Entry, Entry | None]]:
    """Return the last message of each room with its newest edit."""
    if not last:
        return {}
    lasts = json_pairs(last)
    messages = {line.room.lower(): line for line in map(read_entry, _PICKED.tuples(connection, lasts=lasts))}
    edits: dict[str, Entry] = {}
    for line in map(read_entry, _EDITS.tuples(connection, lasts=lasts)):
        held = edits.get(line.room.lower())
        if held is None or held.seq < line.seq:
            edits[line.room.lower()] = line
    return {key: (line, edits.get(key)) for key, line in messages.items()}


def _entries_at(number: ColumnElement[Any]) -> Select[Any]:
    """Select entries of many rooms by one number of each, as pairs of a room's key and a number."""
    asked = pairs("lasts", Text(), BigInteger())
    return ENTRIES.join(asked, and_(entry.c.room == asked.c.left, number == asked.c.right)).where(
        entry.c.body.is_not(None)
    )


_read = func.coalesce(member.c.read, 0)


def _up_to(query: Any, most: int) -> Any:
    return select(func.count()).select_from(query.limit(most).correlate(room, member).subquery()).scalar_subquery()


_deleted = select(deletion.c.seq).where(
    deletion.c.room == room.c.key, deletion.c.seq > _read, deletion.c.author != bindparam("account")
)
_mentions = select(mention.c.seq).where(
    mention.c.account == bindparam("account"), mention.c.room == room.c.key, mention.c.seq > _read
)
_last_of_others = (
    select(thread.c.root)
    .join(follow, and_(follow.c.room == thread.c.room, follow.c.root == thread.c.root))
    .where(follow.c.account == bindparam("account"), follow.c.room == room.c.key)
    .where(
        (
            (thread.c.last_author != bindparam("account"))
            & (thread.c.last_seq > _read)
            & (thread.c.last_seq > follow.c.read)
        )
        | (
            (thread.c.last_author == bindparam("account"))
            & (thread.c.other_seq > _read)
            & (thread.c.other_seq > follow.c.read)
        )
    )
)
_COUNTS = Prepared(
    select(
        room.c.key,
        room.c.last_message,
        _read.label("read"),
        room.c.messages,
        func.coalesce(member.c.read_n, literal_column("0")).label("read_n"),
        func.coalesce(member.c.own, literal_column("0")).label("own"),
        func.coalesce(member.c.read_own, literal_column("0")).label("read_own"),
        _up_to(_deleted, MOST_UNREAD + 1).label("deleted"),
        _up_to(_mentions, MOST_MENTIONS).label("mentions"),
        _up_to(_last_of_others, MOST_UNREAD).label("threads"),
        room.c.head,
        member.c.role,
        member.c.level,
        member.c.level_until,
    )
    .outerjoin_from(room, member, and_(member.c.room == room.c.key, member.c.account == bindparam("account")))
    .where(among(room.c.key, "keys"))
)
_PICKED = Prepared(_entries_at(entry.c.seq))
_EDITS = Prepared(_entries_at(entry.c.ref).where(entry.c.type == "chat.edit"))
