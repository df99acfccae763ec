"""Reads rooms, their logs and lists of rooms. Each function takes a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from parlour.adapters.sql.prepared import Prepared, among, among_pairs
from parlour.adapters.sql.rows import ENTRIES, mark_of, read_entry, read_room, whole_hash
from parlour.adapters.sql.tables_rooms import entry, remembered_id, room, snapshot
from parlour.core.room import Account, Entry, Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import KnownId, Saved

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
        or_(entry.c.type != "chat.edit", entry.c.seq == _NEWEST_EDIT),
    )
)
"""Without an order: asked for one, SQLite reads the whole log in that order."""


def saved(connection: Connection, key: str) -> Saved | None:
    """As `Store.load`."""
    row = _ROOM.run(connection, key=key).one_or_none()
    return None if row is None else Saved(read_room(row), snapshot_before(connection, key, row.head + 1))


def existing(connection: Connection, keys: list[str]) -> set[str]:
    """As `Store.existing`."""
    return {key for (key,) in _EXISTING.listed(connection, keys)}


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


def search(connection: Connection, key: str, query: str, limit: int, before: int | None) -> list[Entry]:
    """As `Store.search`: a scan of one room's texts."""
    words = search_form(query).split()
    if not words:
        return []
    holds: list[ColumnElement[bool]] = [] if before is None else [entry.c.seq < before]
    if connection.dialect.name == "sqlite":
        holds += [or_(entry.c.words.is_not(None), _raw_holds(word)) for word in words]
    holds += [_newest_text().contains(word, autoescape=True) for word in words]
    found = ENTRIES.where(room.c.key == key, *holds).order_by(entry.c.seq.desc()).limit(limit)
    return [read_entry(row) for row in connection.execute(found)]


def _raw_holds(word: str) -> ColumnElement[bool]:
    """Return whether a body's JSON holds a word: SQLite compares that three times as fast as it reads the JSON."""
    return cast(entry.c.body, Text).contains(orjson.dumps(word).decode()[1:-1], autoescape=True)


class _newest_text(ColumnElement[str]):  # noqa: N801  # reads as the column it stands for
    """What search reads of a message: `words`, or the text of its body with ASCII letters in lower case."""

    type = Text()
    inherit_cache = True


@compiles(_newest_text, "sqlite")
def _text_on_sqlite(element: _newest_text, compiler: SQLCompiler, **options: Any) -> str:
    text = func.lower(func.json_extract(cast(entry.c.body, Text), "$.text"))
    return compiler.process(func.coalesce(entry.c.words, case((_IS_MESSAGE, text))), **options)


@compiles(_newest_text, "postgresql")
def _text_on_postgres(element: _newest_text, compiler: SQLCompiler, **options: Any) -> str:
    text = func.json_extract_path_text(cast(func.convert_from(entry.c.body, "UTF8"), JSON), "text")
    return compiler.process(func.coalesce(entry.c.words, case((_IS_MESSAGE, func.lower(text.collate("C"))))), **options)


_IS_MESSAGE = and_(entry.c.type == "chat.message", entry.c.body.is_not(None), entry.c.binary.is_(False))


# ── what was stored before ───────────────────────────────────────────────────────────────────────────────────────


_IDS = ("author", "id", "seq", "at", "hash", "type", "body_hash", "salt")
_MARKED = Prepared(select(*(entry.c[name] for name in ("room", *_IDS, "body"))).where(among(entry.c.mark, "marks")))
"""Without the room: asked for both, SQLite reads all of the room."""
_REMEMBERED = Prepared(
    select(*(remembered_id.c[name] for name in _IDS)).where(
        remembered_id.c.room == bindparam("key"),
        among_pairs((remembered_id.c.author, remembered_id.c.id), ("authors", "ids")),
    )
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
    authors, names = [author for author, _ in ids], [name for _, name in ids]
    for author, name, *rest in _REMEMBERED.rows(connection, key=key, authors=authors, ids=names):
        found[author, name] = KnownId(*rest)
    return found


def sourced(connection: Connection, key: str, sources: list[str]) -> dict[str, int]:
    """As `Store.sourced`."""
    found: dict[str, int] = {}
    for each in _SOURCED if sources else ():
        found.update((source, seq) for source, seq in each.rows(connection, key=key, sources=sources))
    return found
