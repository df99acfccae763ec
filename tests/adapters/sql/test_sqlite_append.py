"""A commit on SQLite's own connection stores all of its appends or none."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parlour.adapters.sql.rooms import open_store
from parlour.adapters.sql.sqlite_append import commit_rows, only_adds_rows
from parlour.core.room import Draft
from parlour.runtime.store import Append
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, Log, edit, message, new_log


@pytest.fixture
async def logs(tmp_path: Path) -> AsyncIterator[tuple[sqlite3.Connection, Log, Log]]:
    """The driver's connection to a database with two rooms."""
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    first, second = await new_log(store, "Room-1"), await new_log(store, "Room-2")
    await store.close()
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as connection:
        yield connection, first, second


def _heads(connection: sqlite3.Connection) -> list[int]:
    return [head for (head,) in connection.execute("SELECT head FROM room ORDER BY key")]


def _entries(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])


def test_rows_of_several_rooms_are_stored_with_their_mentions(logs: tuple[sqlite3.Connection, Log, Log]) -> None:
    connection, first, second = logs
    named = Draft("chat.message", {"text": "hi", "mentions": [BOB]}, ALICE, "b")
    assert commit_rows(connection, [first.batch(message("a", "one"), named), second.batch(message("a", "two"))])
    assert _heads(connection) == [3, 2]
    assert connection.execute("SELECT room, account, seq FROM mention").fetchall() == [("room-1", BOB, 3)]
    assert not connection.in_transaction


def test_rows_when_one_room_has_moved_are_not_stored_at_all(logs: tuple[sqlite3.Connection, Log, Log]) -> None:
    connection, first, second = logs
    outdated = replace(second.batch(message("a", "two")), fence=99)
    assert not commit_rows(connection, [first.batch(message("a", "one")), outdated])
    assert (_heads(connection), _entries(connection)) == ([1, 1], 2)
    assert not connection.in_transaction


def test_rows_when_an_id_repeats_are_not_stored_at_all(logs: tuple[sqlite3.Connection, Log, Log]) -> None:
    connection, first, _ = logs
    assert not commit_rows(connection, [first.batch(message("a", "one"), message("a", "again"))])
    assert (_heads(connection), _entries(connection)) == ([1, 1], 2)


def test_two_appends_of_one_room_that_talk_are_left_to_the_writer(logs: tuple[sqlite3.Connection, Log, Log]) -> None:
    connection, first, _ = logs
    earlier = first.batch(message("a", "one"))
    first.advance(earlier.entries)
    assert not commit_rows(connection, [earlier, first.batch(message("b", "two"))])
    assert (_heads(connection), _entries(connection)) == ([1, 1], 2)


@pytest.mark.parametrize(
    ("changes", "adds"),
    [({}, True), ({"erase": [1]}, False), ({"drop_snapshots_from": 1}, False), ({"entries": []}, False)],
)
def test_append_is_rows_only_where_nothing_else_changes(changes: dict[str, Any], adds: bool) -> None:
    plain: Append = Log().batch(message("a", "one"))
    assert only_adds_rows([plain, replace(plain, **changes)]) is adds


def test_append_with_an_edit_or_a_file_is_more_than_rows() -> None:
    assert not only_adds_rows([Log().batch(edit("e", 1, "new"))])
    named = Draft("chat.message", {"text": "look", "files": ["0x" + "ab" * 32]}, ALICE, "f")
    assert not only_adds_rows([Log().batch(named)])
