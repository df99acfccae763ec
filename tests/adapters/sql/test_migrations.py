"""Migrations: one line of revisions, whole or not at all, and safe for two processes at once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from orjson import dumps
from sqlalchemy import Connection, text

from parlour.adapters.sql.migrations import MigrationError, revisions, scripts_folder, status, tables, upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.log.hash_chain import hash_body
from parlour.core.room import Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import Repeated, RoomFilter
from tests.postgres import Postgres
from tests.searching import searched


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/folder/parlour.db"
    return str(request.getfixturevalue("postgres").database())


def test_revisions_form_one_line() -> None:
    scripts = ScriptDirectory(str(scripts_folder()))
    assert len(scripts.get_heads()) == 1
    assert revisions() == [step.revision for step in scripts.walk_revisions()][::-1]


async def test_empty_database_when_migrated_has_the_newest_revision(url: str) -> None:
    before = await status(url)
    assert before.current is None
    assert before.pending[0] == "0001_rooms"
    after = await upgrade(url)
    assert (after.current, after.pending) == (after.head, ())
    assert await upgrade(url) == after == await status(url)


async def test_status_when_asked_creates_no_file(tmp_path: Path) -> None:
    await status(f"sqlite+aiosqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


async def test_tables_when_migrated_equal_the_models(url: str) -> None:
    await upgrade(url)
    store = await open_store(url)

    def is_of_the_models(_object: object, name: str | None, *_: object) -> bool:
        """The index of trigrams is none of them: tables of FTS5 on SQLite, an index of pg_trgm on Postgres."""
        on_postgres = url.startswith("postgresql")
        made = ("ix_room_label", "ix_message_text") if on_postgres else ("room_label", "message_index")
        return not (name or "").startswith(made)

    def compare(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_object": is_of_the_models}
        return compare_metadata(MigrationContext.configure(connection, opts=options), tables())

    assert await store.query(compare) == []
    await store.close()


async def test_row_inserted_by_0_1_0_after_the_migration_has_format_1(url: str) -> None:
    await upgrade(url, "0006_signed_posts")
    store = await open_store(url)
    await store.write(lambda connection: connection.execute(text(OLD_ROOM.format(key="before"))).close())
    await upgrade(url)
    await store.write(lambda connection: connection.execute(text(OLD_ROOM.format(key="after"))).close())
    await store.write(lambda connection: connection.execute(text(OLD_SNAPSHOT), {"state": b"{}"}).close())
    for room in ("before", "after"):
        saved = await store.load(room)
        assert saved is not None
        assert saved.record.format == 1
    assert await store.snapshot_before("after", 2) == Snapshot(1, {}, format=1)
    await store.close()


async def test_old_text_when_migrated_is_found_in_normal_form(url: str) -> None:
    await upgrade(url, "0007_formats")
    store = await open_store(url)
    old = {"title": "Caf\u00e9 \ufb01ne", "label": "caf\u00e9 \ufb01ne"}

    def insert(connection: Connection) -> None:
        for n in range(2_500):
            room = f"room-{n // 2}"
            if n % 2 == 0:
                connection.execute(text(OLD_ROOM.format(key=room)))
            words = f"stra\u00dfe {n}"
            row = {"room": room, "seq": n % 2 + 1, "body": dumps({"text": words}), "none": b"", "words": words}
            connection.execute(text(OLD_ENTRY), row)
        connection.execute(text("UPDATE room SET title = :title, label = :label WHERE key = 'room-7'"), old)

    await store.write(insert)
    await upgrade(url)
    for room in ("room-0", "room-1249"):
        assert len(await searched(store, room, "STRASSE", 10)) == 2, room
    found, _ = await store.rooms(RoomFilter(query="fine"))
    assert [record.id for record in found] == ["room-7"]
    await store.close()


OLD_ROOM = """
INSERT INTO room (key, id, kind, owner, title, label, visibility, signed, options, closed, members, created_at,
updated_at, epoch, fence, lease_until, head, head_hash, floor, floor_hash, open)
VALUES ('{key}', '{key}', 'chat', '', '', '', 'public', false, '{{}}', false, 0, 0, 0, 'e', 0, 0, 0, '', 1, '', false)
"""
"""The columns that release 0.1.0 knows."""
OLD_ENTRY = """
INSERT INTO entry (room, seq, epoch, id, type, author, at, body, "binary", body_hash, hash, words)
VALUES (:room, :seq, 'e', :words, 'chat.message', '', 0, :body, false, :none, :none, :words)
"""
OLD_SNAPSHOT = "INSERT INTO snapshot (room, seq, state) VALUES ('after', 1, :state)"


async def test_processes_when_started_at_once_migrate_in_turn(url: str) -> None:
    program = (
        "import asyncio, sys; from parlour.adapters.sql.migrations import upgrade; asyncio.run(upgrade(sys.argv[1]))"
    )
    both = [await run(program, url) for _ in range(2)]
    assert [await each.wait() for each in both] == [0, 0]
    assert (await status(url)).pending == ()


async def run(program: str, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, url, env=os.environ | {"PYTHONPATH": "server"}, stdout=asyncio.subprocess.PIPE
    )


async def test_new_file_when_another_process_writes_it_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "parlour.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA user_version=1")
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(upgrade(f"sqlite+aiosqlite:///{path}"))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    other.execute("COMMIT")
    assert (await waiting).pending == ()
    other.close()


SLOW = """
import asyncio, sys, time
from sqlalchemy import Engine, event
from parlour.adapters.sql.migrations import upgrade

@event.listens_for(Engine, "before_cursor_execute")
def slow(connection, cursor, statement, *rest):
    if statement.lstrip().startswith("CREATE"):
        print(flush=True)
        time.sleep(0.02)

asyncio.run(upgrade(sys.argv[1]))
"""


async def test_migration_when_killed_half_way_keeps_old_tables_and_can_rerun(url: str) -> None:
    for steps in (1, 7):
        process = await run(SLOW, url)
        assert process.stdout is not None
        for _ in range(steps):
            await process.stdout.readline()
        process.kill()
        await process.wait()
        assert (await status(url)).current is None
    await upgrade(url)
    assert (await status(url)).pending == ()


async def test_database_of_a_newer_version_is_refused(url: str) -> None:
    await upgrade(url)
    await execute(url, "UPDATE alembic_version SET version_num = '9999_future'")
    for call in (upgrade, status):
        with pytest.raises(MigrationError, match="newer Parlour"):
            await call(url)


async def test_database_of_another_program_is_refused(url: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite+aiosqlite:///")).parent.mkdir(parents=True)
    await execute(url, "CREATE TABLE room (number INTEGER)")
    with pytest.raises(MigrationError, match="not ours"):
        await upgrade(url)


async def execute(url: str, sql: str) -> None:
    store: SqlStore = await open_store(url)
    await store.write(lambda connection: connection.execute(text(sql)).close())
    await store.close()


async def test_file_that_is_no_database_ends_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(MigrationError, match="not usable"):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path}/letter.db")


async def test_database_server_when_unreachable_ends_with_one_sentence(postgres: Postgres) -> None:
    with pytest.raises(MigrationError, match="not usable"):
        await upgrade("postgresql+asyncpg://parlour@127.0.0.1:1/none")
    with pytest.raises(MigrationError, match="does not exist"):
        await upgrade(f"postgresql+asyncpg://parlour@127.0.0.1:{postgres.port}/none")


async def test_lean_entries_go_back_to_whole_ones_and_forward_again(url: str) -> None:
    texts = ("Plain Text", "Stra\u00dfe", "caf\u00e9 \u65e5\u672c", "")
    salt = bytes(16)

    def insert(connection: Connection) -> None:
        connection.execute(text(OLD_ROOM.format(key="room")))
        for seq, words in enumerate(texts, 1):
            body = dumps({"mentions": ["0xde709f2102306220921060314715629080e2fb77"], "text": words})
            row = {"room": "room", "seq": seq, "body": body, "none": b"", "words": search_form(words)}
            connection.execute(text(OLD_ENTRY), row | {"id": f"m{seq}"})
            whole = {"salt": salt, "hash": hash_body(salt, body), "seq": seq, "id": f"m{seq}"}
            connection.execute(
                text("UPDATE entry SET salt = :salt, body_hash = :hash, id = :id WHERE seq = :seq"), whole
            )

    def columns(connection: Connection) -> list[tuple[object, ...]]:
        asked = "SELECT words, length(body_hash) FROM entry ORDER BY seq"
        return [tuple(row) for row in connection.execute(text(asked))]

    await upgrade(url, "0009_rights")
    store = await open_store(url)
    await store.write(insert)
    old = await store.query(columns)
    for _ in range(2):
        await upgrade(url)
        assert await store.query(columns) == [(None, 4), ("strasse", 4), (None, 4), (None, 4)]
        for word, seqs in (("plain", [1]), ("STRASSE", [2]), ("\u65e5", [3]), ("mentions", [])):
            assert [entry.seq for entry in await searched(store, "room", word, 9)] == seqs, word
        known = await store.known("room", [("", "m2"), ("", "m9")])
        assert [(id_, each.seq, len(each.body_hash)) for (_, id_), each in known.items()] == [("m2", 2, 32)]
        bob = "0xde709f2102306220921060314715629080e2fb77"
        assert (await store.unread(bob, ["room"]))["room"].mentions == len(texts)
        await store.write(lambda connection: downgrade(connection, "0009_rights"))
        assert await store.query(columns) == old
        with pytest.raises(Repeated):
            await store.write(lambda connection: connection.execute(text("UPDATE entry SET id = 'm1'")).close())
    await store.close()


def downgrade(connection: Connection, revision: str) -> None:
    """Take a database back, as `alembic downgrade` does."""
    scripts = ScriptDirectory(str(scripts_folder()))
    config = Config()
    config.attributes["connection"] = connection
    with EnvironmentContext(
        config, scripts, fn=lambda at, _: scripts._downgrade_revs(revision, at), destination_rev=revision
    ):
        scripts.run_env()
