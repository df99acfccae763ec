"""Reads rooms, their logs and lists of rooms. Each function takes a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)

from parlour.adapters.sql import text_index
from parlour.adapters.sql.prepared import Prepared, among, json_pairs, pairs
from parlour.adapters.sql.rows import ENTRIES, mark_of, read_entry, read_room, whole_hash
from parlour.adapters.sql.tables_kept import searched_document
from parlour.adapters.sql.tables_rooms import entry, remembered_id, room, searched_room, snapshot
from parlour.core.room import Account, Entry, Snapshot
from parlour.runtime.store import EDIT, MESSAGE, Found, KnownId, Saved, TextHit, TextQuery

_THIS = room.c.key == bindparam("key")
_ROOM = Prepared(select(room).where(_THIS))
_EXISTING = Prepared(select(room.c.key).where(among(room.c.key, "keys")))
_SNAPSHOT = Prepared(
    select(snapshot.c.seq, snapshot.c.state, snapshot.c.format)
    .where(snapshot.c.room == bindparam("key"), snapshot.c.seq < bindparam("before"))
    .order_by(snapshot.c.seq.desc())
    .limit(1)
)
_FORWARD = Prepared(
    ENTRIES.where(_THIS, entry.c.seq > bindparam("after")).order_by(entry.c.seq).limit(bindparam("most"))
)
_LATEST = Prepared(
    ENTRIES.where(_THIS, entry.c.seq > bindparam("after"), entry.c.seq < bindparam("before"))
    .order_by(entry.c.seq.desc())
    .limit(bindparam("most"))
)
_PICKED = Prepared(ENTRIES.where(_THIS, among(entry.c.seq, "seqs")))
_edit = entry.alias("edit")
_NEWEST_EDIT = (
    select(func.max(_edit.c.seq + 0))  # of the bare column, SQLite would read the log backwards instead of an index
    .where(_edit.c.room == bindparam("key"), _edit.c.ref == entry.c.ref, _edit.c.type == "chat.edit")
    .correlate(entry)
    .scalar_subquery()
)
_CORRECTIONS = Prepared(
    ENTRIES.where(
        _THIS,
        entry.c.ref.is_not(None),
        among(entry.c.ref, "refs"),
        entry.c.type != "chat.message",
        or_(entry.c.type != "chat.edit", entry.c.seq == _NEWEST_EDIT),
    )
)
"""Without an order: asked for one, SQLite reads the whole log in that order."""


_EDITS = Prepared(
    ENTRIES.where(_THIS, entry.c.ref.is_not(None), entry.c.ref == bindparam("of"), entry.c.type == "chat.edit")
)
"""Without an order, as `_CORRECTIONS`; a message has few edits."""


def saved(connection: Connection, key: str) -> Saved | None:
    """As `Store.load`."""
    row = _ROOM.run(connection, key=key).one_or_none()
    return None if row is None else Saved(read_room(row), snapshot_before(connection, key, row.head + 1))


def existing(connection: Connection, keys: list[str]) -> set[str]:
    """As `Store.existing`."""
    return {key for (key,) in _EXISTING.listed(connection, keys)}


def floor(connection: Connection, key: str) -> tuple[int, bytes] | None:
    """As `Store.floor`."""
    found = connection.execute(select(room.c.floor, room.c.floor_hash).where(room.c.key == key)).one_or_none()
    return None if found is None else (found.floor, found.floor_hash)


def requested(connection: Connection, owner: Account, request_id: str) -> Saved | None:
    """As `Store.requested`."""
    key = connection.scalar(select(room.c.key).where(room.c.owner == owner, room.c.request_id == request_id))
    return None if key is None else saved(connection, key)


def snapshot_before(connection: Connection, key: str, before: int) -> Snapshot | None:
    """As `Store.snapshot_before`."""
    found = _SNAPSHOT.rows(connection, key=key, before=before)
    return Snapshot(found[0].seq, orjson.loads(found[0].state), found[0].format) if found else None


def entries(connection: Connection, key: str, after: int, limit: int, before: int | None) -> list[Entry]:
    """As `Store.entries`."""
    if before is None:
        found = _FORWARD.rows(connection, key=key, after=after, most=limit)
        return [read_entry(row) for row in found]
    found = _LATEST.rows(connection, key=key, after=after, before=before, most=limit)
    return [read_entry(row) for row in reversed(found)]


def picked(connection: Connection, key: str, seqs: list[int]) -> list[Entry]:
    """As `Store.pick`, unordered."""
    return [read_entry(row) for row in _PICKED.rows(connection, key=key, seqs=seqs)]


def corrections(connection: Connection, key: str, refs: list[int]) -> list[Entry]:
    """As `Store.corrections`."""
    found = [read_entry(row) for row in _CORRECTIONS.rows(connection, key=key, refs=refs)]
    return sorted(found, key=lambda item: item.seq)


def edits(connection: Connection, key: str, of: int, limit: int) -> list[Entry]:
    """As `Store.edits`."""
    found = sorted((read_entry(row) for row in _EDITS.rows(connection, key=key, of=of)), key=lambda item: item.seq)
    return found[-limit:]


def find(connection: Connection, keys: list[str], wanted: TextQuery) -> dict[str, Found]:
    """As `Store.find`: messages that are not indexed yet from the logs, then the index."""
    if not wanted.words:
        return {}
    columns = (room.c.key, room.c.head, searched_room.c.number, searched_room.c.upto, searched_document.c.seq)
    query = select(*columns).outerjoin_from(room, searched_room, searched_room.c.room == room.c.key)
    query = query.outerjoin(searched_document, searched_document.c.room == room.c.key)
    found = {}
    for key, head, number, cursor, document in connection.execute(query.where(room.c.key.in_(keys))).all():
        hits: list[TextHit] = []
        rest = 0
        if wanted.type in (None, MESSAGE):
            hits, rest = _messages(connection, (key, head), (number, cursor or 0), wanted)
        if document is not None and wanted.type in (None, EDIT):
            hits = _with(hits, text_index.document_hit(connection, number, document, wanted), rest)
        if len(hits) > wanted.limit:
            hits, rest = hits[: wanted.limit], hits[wanted.limit - 1].seq
        found[key] = Found(hits, rest)
    return found


def _messages(
    connection: Connection, log: tuple[str, int], index: tuple[int | None, int], wanted: TextQuery
) -> tuple[list[TextHit], int]:
    """Return messages of a room, one more than is wanted where there is, and down to which seq was looked.

    Args:
        log: the room's key and head.
        index: its number in the index, and the entry up to which it is indexed.
    """
    (key, head), (number, upto) = log, index
    newest = [] if 0 < head <= upto else _unindexed(connection, key, replace(wanted, after=max(wanted.after, upto)))
    if number is None or len(newest) > wanted.limit:
        return newest, 0
    left = replace(wanted, limit=wanted.limit + 1 - len(newest), before=min(wanted.before, upto + 1))
    older, rest = text_index.hits(connection, number, left)
    return [*newest, *older], rest


def _with(hits: list[TextHit], document: TextHit | None, rest: int) -> list[TextHit]:
    """Put a document among the messages of its room, unless the next page goes on above it."""
    if document is None or document.seq < rest:
        return hits
    return sorted([*hits, document], key=lambda each: -each.seq)


def _unindexed(connection: Connection, key: str, wanted: TextQuery) -> list[TextHit]:
    """Find messages by a scan of the log; one more than is wanted, where there is."""
    holds: list[ColumnElement[bool]] = [entry.c.seq > wanted.after, entry.c.seq < wanted.before]
    holds += [entry.c.at.between(wanted.since, wanted.until)]
    if wanted.author is not None:
        holds.append(entry.c.author == wanted.author)
    if connection.dialect.name == "sqlite":
        holds += [or_(entry.c.words.is_not(None), _raw_holds(word)) for word in wanted.words]
    holds += [text_index.newest_text().contains(word, autoescape=True) for word in wanted.words]
    query = select(entry.c.seq, entry.c.at).where(entry.c.room == key, *holds)
    rows = connection.execute(query.order_by(entry.c.seq.desc()).limit(wanted.limit + 1))
    return [TextHit(seq, at) for seq, at in rows]


def _raw_holds(word: str) -> ColumnElement[bool]:
    """Return whether a body's JSON holds a word: SQLite compares that three times as fast as it reads the JSON."""
    return cast(entry.c.body, Text).contains(orjson.dumps(word).decode()[1:-1], autoescape=True)


# ── what was stored before ───────────────────────────────────────────────────────────────────────────────────────


_IDS = ("author", "id", "seq", "at", "hash", "type", "body_hash", "salt")
_MARKED = Prepared(select(*(entry.c[name] for name in ("room", *_IDS, "body"))).where(among(entry.c.mark, "marks")))
"""Without the room: asked for both, SQLite reads all of the room."""
_NAMED = pairs("named", Text(), Text())
_REMEMBERED = Prepared(
    select(*(remembered_id.c[name] for name in _IDS))
    .join(_NAMED, and_(remembered_id.c.author == _NAMED.c.left, remembered_id.c.id == _NAMED.c.right))
    .where(remembered_id.c.room == bindparam("key"))
)


def _sourced_in(table: Table) -> Select[Any]:
    return select(table.c.source, table.c.seq).where(table.c.room == bindparam("key"), among(table.c.source, "sources"))


_SOURCED = [Prepared(_sourced_in(table)) for table in (entry, remembered_id)]


def known(connection: Connection, key: str, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
    """As `Store.known`: from the log, and from the ids stored of removed entries.

    In this order: an id that retention moves from the first to the second between two reads is found in one of them.
    """
    found: dict[tuple[Account, str], KnownId] = {}
    if not ids:
        return found
    wanted = {(key, *each) for each in ids}
    for row in _MARKED.rows(connection, marks=[mark_of(*each) for each in wanted]):
        where, author, name, seq, at, hash_, type_, stored, salt, raw = row
        if (where, author, name) in wanted:
            found[author, name] = KnownId(seq, at, hash_, type_, whole_hash(stored, salt, raw), salt)
    for author, name, *rest in _REMEMBERED.rows(connection, key=key, named=json_pairs(ids)):
        found[author, name] = KnownId(*rest)
    return found


def sourced(connection: Connection, key: str, sources: list[str]) -> dict[str, int]:
    """As `Store.sourced`."""
    found: dict[str, int] = {}
    for each in _SOURCED if sources else ():
        found.update((source, seq) for source, seq in each.rows(connection, key=key, sources=sources))
    return found
