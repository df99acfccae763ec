"""The index of texts: whole logs are searched by trigrams, whatever the script.

An indexer fills it behind the commit, room by room, from a cursor stored with it (`index_more`); entries beyond the
cursor are read from the log, so that nothing is missing meanwhile. What is edited or erased changes in it at once, in
that transaction. A document is one row, in the place of seq 0 among its room's messages. SQLite has the trigrams in
FTS5 (`message_index`), Postgres in pg_trgm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.tables_kept import searched_document
from parlour.adapters.sql.tables_rooms import entry, message_text, room, room_label, searched_room
from parlour.runtime.store import EDIT, TextHit, TextQuery

SHIFT = 32
"""Bits of a rowid that hold the seq."""
GRAM = 3
"""Characters that the index needs; a shorter word is looked for in the texts themselves, newest first."""
NEWEST = 1_000
"""Messages looked through before Postgres is asked for its index: common words fill a page by then."""
SCANNED = 10_000
"""Texts that one search for short words alone looks through, about 10 ms; the next page goes on from there."""


# ── texts as the log has them ────────────────────────────────────────────────────────────────────────────────────


class newest_text(ColumnElement[str]):  # noqa: N801  # reads as the column it stands for
    """What search reads of a message: `words`, or the text of its body with ASCII letters in lower case."""

    type = Text()
    inherit_cache = True


@compiles(newest_text, "sqlite")
def _text_on_sqlite(element: newest_text, compiler: SQLCompiler, **options: Any) -> str:
    words = func.lower(func.json_extract(cast(entry.c.body, Text), "$.text"))
    return compiler.process(func.coalesce(entry.c.words, case((IS_MESSAGE, words))), **options)


@compiles(newest_text, "postgresql")
def _text_on_postgres(element: newest_text, compiler: SQLCompiler, **options: Any) -> str:
    words = func.json_extract_path_text(cast(func.convert_from(entry.c.body, "UTF8"), JSON), "text")
    return compiler.process(func.coalesce(entry.c.words, case((IS_MESSAGE, func.lower(words.collate("C"))))), **options)


IS_MESSAGE = and_(entry.c.type == "chat.message", entry.c.body.is_not(None), entry.c.binary.is_(False))
"""Entries that have a text to search for."""


# ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def behind(connection: Connection, limit: int) -> list[str]:
    """Return keys of rooms whose log goes beyond what is indexed."""
    upto = func.coalesce(searched_room.c.upto, 0)
    query = select(room.c.key).outerjoin_from(room, searched_room, searched_room.c.room == room.c.key)
    return list(connection.scalars(query.where(room.c.head > upto).limit(limit)))


def index_more(connection: Connection, keys: Sequence[str], limit: int) -> list[int]:
    """Index the next entries of rooms, at most `limit` in all; return how many of each room that was reached.

    It runs in the writer, so nothing changes meanwhile.
    """
    done: list[int] = []
    for key in keys:
        advanced = _index_room(connection, key, limit)
        done.append(advanced)
        limit -= advanced
        if not limit:
            break
    return done


def _index_room(connection: Connection, key: str, limit: int) -> int:
    """Index the next entries of one room; return how many."""
    heads = _HEAD.tuples(connection, key=key)
    number, upto = _place(connection, key)
    if not heads or upto >= heads[0][0]:
        return 0
    end = min(heads[0][0], upto + limit)
    start = number << SHIFT
    filled = _FILL_TEXTS.run(connection, start=start, key=key, upto=upto, end=end)
    if filled.rowcount and connection.dialect.name == "sqlite":
        _FILL_GRAMS.run(connection, low=start + upto, high=start + end)
    _ADVANCE.run(connection, key=key, end=end)
    return int(end - upto)


def _place(connection: Connection, key: str) -> tuple[int, int]:
    """Return a room's number and cursor; a new room gets the next number."""
    found = _PLACE.tuples(connection, key=key)
    if found:
        return found[0][0], found[0][1]
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE searched_room IN EXCLUSIVE MODE"))
    number = (connection.scalar(select(func.max(searched_room.c.number))) or 0) + 1
    connection.execute(insert(searched_room).values(room=key, number=number, upto=0))
    return number, 0


def clear(connection: Connection) -> None:
    """Forget everything, so that it is indexed anew."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO message_index(message_index) VALUES ('delete-all')")
    for table_ in (message_text, searched_document, searched_room):
        connection.execute(delete(table_))


_FILL_INDEX = text(
    "INSERT INTO message_index(rowid, text) SELECT rowid, text FROM message_text WHERE rowid > :low AND rowid <= :high"
)
_DROP_INDEX = text(
    "INSERT INTO message_index(message_index, rowid, text) "
    "SELECT 'delete', rowid, text FROM message_text WHERE rowid = :row"
)


_HEAD = Prepared(select(room.c.head).where(room.c.key == bindparam("key")))
_PLACE = Prepared(
    select(searched_room.c.number, searched_room.c.upto)
    .where(searched_room.c.room == bindparam("key"))
    .with_for_update()
)
_FRESH = and_(
    entry.c.room == bindparam("key"), entry.c.seq > bindparam("upto"), entry.c.seq <= bindparam("end"), IS_MESSAGE
)
_FILL_TEXTS = Prepared(
    insert(message_text).from_select(
        ["rowid", "at", "author", "text"],
        select(bindparam("start", type_=BigInteger) + entry.c.seq, entry.c.at, entry.c.author, newest_text()).where(
            _FRESH
        ),
    )
)
_FILL_GRAMS = Prepared(_FILL_INDEX)
_ADVANCE = Prepared(update(searched_room).where(searched_room.c.room == bindparam("key")).values(upto=bindparam("end")))


def reword(connection: Connection, key: str, seq: int, words: str | None) -> None:
    """Index a message under its new text, where it is indexed already."""
    if (row := _row_of(connection, key, seq)) is not None:
        _unindex(connection, row)
        connection.execute(update(message_text).where(message_text.c.rowid == row).values(text=words or ""))
        _index_row(connection, row)


def forget(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    """Take messages out of the index: they were erased."""
    for seq in seqs:
        if (row := _row_of(connection, key, seq)) is not None:
            remove(connection, row)


def forget_before(connection: Connection, key: str, floor: int) -> None:
    """Take the messages below this seq out of the index (retention)."""
    number = connection.scalar(select(searched_room.c.number).where(searched_room.c.room == key))
    if number is not None:
        start = number << SHIFT
        old = and_(message_text.c.rowid > start, message_text.c.rowid < start + floor)
        for row in list(connection.scalars(select(message_text.c.rowid).where(old))):
            _unindex(connection, row)
        connection.execute(delete(message_text).where(old))


def remove(connection: Connection, row: int) -> None:
    """Take the text of a rowid, where there is one, out of the index."""
    _unindex(connection, row)
    connection.execute(delete(message_text).where(message_text.c.rowid == row))


def _index_row(connection: Connection, row: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(_FILL_INDEX, {"low": row - 1, "high": row})


def _unindex(connection: Connection, row: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(_DROP_INDEX, {"row": row})


def _row_of(connection: Connection, key: str, seq: int) -> int | None:
    """Return the rowid of an indexed message."""
    place = select(searched_room.c.number).where(searched_room.c.room == key, searched_room.c.upto >= seq)
    number = connection.scalar(place)
    if number is None:
        return None
    row = (number << SHIFT) + seq
    return connection.scalar(select(message_text.c.rowid).where(message_text.c.rowid == row))


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────


def documents_behind(connection: Connection, after: str, limit: int) -> list[str]:
    """Return keys, above `after` and ascending, of documents whose log goes beyond the text that is indexed."""
    upto = func.coalesce(searched_document.c.upto, 0)
    query = select(room.c.key).outerjoin_from(room, searched_document, searched_document.c.room == room.c.key)
    query = query.where(room.c.kind == "document", room.c.head > upto, room.c.key > after)
    return list(connection.scalars(query.order_by(room.c.key).limit(limit)))


def put_document(connection: Connection, key: str, upto: int, text: str, words: str) -> None:
    """Index a document's text as of an entry, in place of the one that is indexed unless that is newer.

    Args:
        words: the text in normal form.
    """
    held = select(room.c.key).where(room.c.key == key).with_for_update(read=True, key_share=True)
    if connection.scalar(held) is None:  # erased meanwhile
        return
    number, _ = _place(connection, key)
    this = searched_document.c.room == key
    known = connection.execute(select(searched_document).where(this)).one_or_none()
    if known is not None and known.upto >= upto:
        return
    edits = select(entry.c.seq, entry.c.at, entry.c.author)
    edits = edits.where(entry.c.room == key, entry.c.seq <= upto, entry.c.type == EDIT)
    last = connection.execute(edits.order_by(entry.c.seq.desc()).limit(1)).one_or_none()
    seq, row = 0 if last is None else last.seq, number << SHIFT
    if known is not None and (known.seq, known.text) == (seq, text):  # only talk came since
        connection.execute(update(searched_document).where(this).values(upto=upto))
        return
    remove(connection, row)
    if last is not None and words:
        fresh = {"rowid": row, "at": last.at, "author": last.author, "text": words}
        connection.execute(insert(message_text), fresh)
        _index_row(connection, row)
    connection.execute(delete(searched_document).where(this))
    connection.execute(insert(searched_document), {"room": key, "seq": seq, "upto": upto, "text": text})


def document_hit(connection: Connection, number: int, seq: int, wanted: TextQuery) -> TextHit | None:
    """Return the document of a room as a hit, by the entry that edited it last; None where it is none."""
    if not wanted.after < seq < wanted.before:
        return None
    found, _ = hits(connection, number, replace(wanted, after=-1, before=1, limit=1))
    return TextHit(seq, found[0].at) if found else None


def document_texts(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Return the texts that are indexed of some documents."""
    query = select(searched_document.c.room, searched_document.c.text).where(searched_document.c.room.in_(keys))
    rows: Sequence[Any] = connection.execute(query).all()
    return {row.room: row.text for row in rows}


# ── searching ────────────────────────────────────────────────────────────────────────────────────────────────────────


def hits(connection: Connection, number: int, wanted: TextQuery) -> tuple[list[TextHit], int]:
    """Return indexed messages of a room that hold all words, newest first, and down to which seq was looked."""
    start = number << SHIFT
    low, high = start + wanted.after + 1, start + wanted.before - 1
    if low > high:
        return [], 0
    long = [word for word in wanted.words if len(word) >= GRAM]
    if not long:
        return _scanned(connection, wanted, low, high)
    if connection.dialect.name == "sqlite":
        found = _of_index(wanted, low, high).where(_IN_INDEX)
        rows: Sequence[Any] = connection.execute(found, {"match": matching(long)}).all()
    else:
        rows = _on_postgres(connection, wanted, low, high)
    return [TextHit(row.rowid - start, row.at) for row in rows], 0


def matching(words: Sequence[str]) -> str:
    """Return what FTS5 is asked for texts that hold all of these words, whatever they are made of."""
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in words)


def _of_index(wanted: TextQuery, low: int, high: int) -> Select[Any]:
    """Select hits of FTS5, which walks its lists backwards from `high`."""
    index = _index.c.rowid
    short = [word for word in wanted.words if len(word) < GRAM]
    query = select(message_text.c.rowid, message_text.c.at)
    joined = query.join_from(_index, message_text, message_text.c.rowid == index)
    where = [index.between(low, high), *_filters(wanted), *_like(short)]
    return joined.where(*where).order_by(index.desc()).limit(wanted.limit)


_index = table("message_index", column("rowid", BigInteger))
_IN_INDEX: ColumnElement[bool] = literal_column("message_index").op("MATCH")(bindparam("match"))


def _on_postgres(connection: Connection, wanted: TextQuery, low: int, high: int) -> Sequence[Any]:
    """Look through the newest messages, and ask the index where they do not fill the page."""
    span = message_text.c.rowid.between(low, high)
    newest = select(message_text).where(span).order_by(message_text.c.rowid.desc()).limit(NEWEST).subquery()
    holds = [newest.c.text.contains(word, autoescape=True) for word in wanted.words]
    by = [] if wanted.author is None else [newest.c.author == wanted.author]
    some = select(newest.c.rowid, newest.c.at).where(*holds, *by, newest.c.at.between(wanted.since, wanted.until))
    rows = connection.execute(some.order_by(newest.c.rowid.desc()).limit(wanted.limit)).all()
    if len(rows) == wanted.limit:
        return rows
    found = select(message_text.c.rowid, message_text.c.at).where(*_like(wanted.words), *_filters(wanted))
    indexed = found.where(span).order_by((message_text.c.rowid + 0).desc()).limit(wanted.limit)
    return connection.execute(indexed).all()


def _scanned(connection: Connection, wanted: TextQuery, low: int, high: int) -> tuple[list[TextHit], int]:
    """Look for words that the index is too coarse for in the newest texts."""
    start = low >> SHIFT << SHIFT
    rowid = message_text.c.rowid
    newest = select(rowid).where(rowid.between(low, high)).order_by(rowid.desc())
    last = connection.scalar(newest.offset(SCANNED - 1).limit(1))
    some = select(rowid, message_text.c.at).where(rowid.between(last or low, high), *_like(wanted.words))
    rows = connection.execute(some.where(*_filters(wanted)).order_by(rowid.desc()).limit(wanted.limit)).all()
    return [TextHit(row.rowid - start, row.at) for row in rows], 0 if last is None else last - start


def _filters(wanted: TextQuery) -> list[ColumnElement[bool]]:
    by = [] if wanted.author is None else [message_text.c.author == wanted.author]
    return [*by, message_text.c.at.between(wanted.since, wanted.until)]


def _like(words: Sequence[str]) -> list[ColumnElement[bool]]:
    return [message_text.c.text.contains(word, autoescape=True) for word in words]


# ── the ids and titles of rooms ──────────────────────────────────────────────────────────────────────────────────


def escaped(plain: str) -> str:
    """Return what a LIKE with the escape `/` takes for this text itself."""
    return plain.replace("/", "//").replace("%", "/%").replace("_", "/_")


class holds_words(ColumnElement[bool]):  # noqa: N801  # reads as the operator it is
    """Whether a row of `room_label` holds the words: by FTS5's MATCH where it can on SQLite, else by LIKE."""

    type = NullType()  # type: ignore[assignment]  # a Boolean would be compared with 1, which no index answers
    inherit_cache = False

    def __init__(self, words: int, indexed: int) -> None:
        self.words = words
        self.indexed = indexed


@compiles(holds_words, "sqlite")
def _held_sqlite(element: holds_words, compiler: SQLCompiler, **options: Any) -> str:
    if not element.indexed:
        return _held_postgres(element, compiler, **options)
    holds: BindParameter[str] = bindparam("holds")
    return compiler.process(literal_column("room_label").op("MATCH")(holds), **options)


@compiles(holds_words, "postgresql")
def _held_postgres(element: holds_words, compiler: SQLCompiler, **options: Any) -> str:
    likes = (room_label.c.label.like(bindparam(f"like_{n}"), escape="/") for n in range(element.words))
    return compiler.process(and_(*likes), **options)
