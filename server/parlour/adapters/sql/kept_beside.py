"""What entries lead to beside the log, kept in their transaction: who names which files, what games remember."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    not_,
    select,
    true,
)
from sqlalchemy import update as change

from parlour.adapters.sql.prepared import Prepared, PreparedRows, Values, among
from parlour.adapters.sql.tables_kept import file, file_garbage, file_use, remembered, room_file
from parlour.adapters.sql.tables_rooms import room
from parlour.core.canonical_json import canonical
from parlour.core.room import Account, Entry, undone_by
from parlour.core.rooms.attached import NAMES_FILES, attached
from parlour.runtime.store_records import stored_by


def _insert_new(row: Values, _arrays: bool) -> ClauseElement:
    fresh = select(*(value.label(name) for name, value in row.items())).subquery("fresh")
    same = [file_use.c[name] == fresh.c[name] for name in row]
    known = exists(select(file_use.c.seq).where(*same).correlate(fresh))
    return insert(file_use).from_select(list(row), select(fresh).where(not_(known)))


_USE = PreparedRows({column.name: column.type for column in file_use.c}, _insert_new)
_NAMED = PreparedRows(
    {"room": Text(), "hash": LargeBinary()},
    lambda row, _arrays: (
        change(room_file)
        .where(room_file.c.room == row["room"], room_file.c.hash == row["hash"], room_file.c.named.is_(False))
        .values(named=true())
    ),
)


def keep_uses(connection: Connection, lines: Iterable[tuple[str, Entry]]) -> None:
    """Note the files that new entries name; `lines` are entries with their rooms' keys."""
    uses = {
        (key, line.ref if line.type == "chat.edit" and line.ref is not None else line.seq, hash_)
        for key, line in lines
        if line.type in NAMES_FILES
        for hash_ in attached(line)
    }
    if uses:
        _USE.run(connection, sorted(uses))
        _NAMED.run(connection, sorted({(key, hash_) for key, _, hash_ in uses}))


EMOJI = 0
"""The seq under which the pictures of a room's own emoji are noted."""


def keep_emoji(connection: Connection, key: str, hashes: Sequence[bytes]) -> None:
    """Note the pictures of a room's emoji, in the place of those before."""
    held = list(connection.scalars(select(file_use.c.hash).where(file_use.c.room == key, file_use.c.seq == EMOJI)))
    if fresh := sorted(set(hashes) - set(held)):
        _USE.run(connection, [(key, EMOJI, hash_) for hash_ in fresh])
        _NAMED.run(connection, [(key, hash_) for hash_ in fresh])
    if gone := [hash_ for hash_ in held if hash_ not in hashes]:
        _release(connection, key, and_(file_use.c.seq == EMOJI, file_use.c.hash.in_(gone)))


def release(connection: Connection, key: str, seqs: Sequence[int]) -> None:
    """Forget what messages of a room name, and take files off its list that no other one names."""
    _release(connection, key, file_use.c.seq.in_(seqs))


def _release(connection: Connection, key: str, which: ColumnElement[bool]) -> None:
    these = (file_use.c.room == key, which)
    hashes = list(connection.scalars(select(file_use.c.hash).where(*these).distinct()))
    if hashes:
        connection.execute(delete(file_use).where(*these))
        still = exists(select(file_use.c.seq).where(file_use.c.room == key, file_use.c.hash == room_file.c.hash))
        connection.execute(delete(room_file).where(room_file.c.room == key, room_file.c.hash.in_(hashes), not_(still)))
        discard_unlisted(connection, hashes)


def discard_unlisted(connection: Connection, hashes: Sequence[bytes], due: int = 0) -> None:
    """Forget contents that are on no list any more; their bytes are garbage from `due` (ms) on.

    Their rows are locked first, so that an upload of the same content waits and then finds them gone.
    """
    contents = select(file.c.hash).where(file.c.hash.in_(hashes)).order_by(file.c.hash).with_for_update()
    held = list(connection.scalars(contents))
    listed = exists(select(room_file.c.room).where(room_file.c.hash == file.c.hash))
    gone = delete(file).where(file.c.hash.in_(held), not_(listed)).returning(file.c.key)
    keys = list(connection.scalars(gone)) if held else []
    if keys:
        connection.execute(insert(file_garbage), [{"key": each, "due": due} for each in keys])


def release_before(connection: Connection, key: str, floor: int) -> None:
    """Forget what a room's messages below a new floor name (retention)."""
    old = select(file_use.c.seq).where(file_use.c.room == key, file_use.c.seq < floor, file_use.c.seq > 0).distinct()
    while seqs := list(connection.scalars(old.limit(500))):
        release(connection, key, seqs)


# ── what games remember ──────────────────────────────────────────────────────────────────────────────────────────

KEPT_VALUES = 8
"""Final values kept of an account and kind: a reorganisation takes the newest back, and the one before counts again."""
_NEWEST = (remembered.c.at.desc(), remembered.c.seq.desc(), remembered.c.room)


def keep_remembered(connection: Connection, key: str, entries: Sequence[Entry], settled: bool) -> None:
    """Keep what the ends of matches say of accounts, and forget what a reorganisation took back.

    Args:
        settled: nothing of the room rests on a block any more that may be undone.
    """
    for line in entries:
        body = line.body if isinstance(line.body, dict) else {}
        if line.type == "game.ended" and (stored := stored_by(line)):
            kind = connection.scalar(select(room.c.kind).where(room.c.key == key))
            for account, value in stored.items():
                row = {"room": key, "seq": line.seq, "account": account, "kind": kind, "at": line.at}
                row |= {"value": canonical(value), "final": not body.get("provisional")}
                connection.execute(insert(remembered), row)
                _drop_old(connection, kind, account)
        elif line.type == "chain.reverted" and (gone := undone_by(body)):
            connection.execute(delete(remembered).where(remembered.c.room == key, remembered.c.seq.in_(gone)))
    if settled:
        connection.execute(change(remembered).where(remembered.c.room == key).values(final=true()))


def _drop_old(connection: Connection, kind: str | None, account: Account) -> None:
    these = (remembered.c.kind == kind, remembered.c.account == account, remembered.c.final.is_(True))
    last = select(remembered.c.at).where(*these).order_by(*_NEWEST).offset(KEPT_VALUES).limit(1)
    if (at := connection.scalar(last)) is not None:
        connection.execute(delete(remembered).where(*these, remembered.c.at <= at))


_VALUES = Prepared(
    select(remembered.c.account, remembered.c.value)
    .where(remembered.c.kind == bindparam("kind"), among(remembered.c.account, "accounts"))
    .where(remembered.c.final.is_(True))
    .order_by(*_NEWEST)
)


def remembered_values(connection: Connection, kind: str, accounts: Sequence[Account]) -> dict[Account, dict[str, Any]]:
    """Return what matches of a kind left last of accounts; those without any are missing."""
    newest: dict[Account, dict[str, Any]] = {}
    for account, value in _VALUES.rows(connection, kind=kind, accounts=list(accounts)):
        if account not in newest:
            newest[account] = orjson.loads(value)
    return newest
