"""Backup while servers run, and restore to either database."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.adapters.sql.tables_chain import chain_outbox
from parlour.adapters.upkeep.backup import BackupError, backup, restore
from parlour.adapters.upkeep.integrity import check
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import Snapshot
from parlour.runtime.store import Fenced, RoomFilter
from tests.adapters.sql.furnishing import furnish, news
from tests.logs import ALICE, Log, message, new_log
from tests.postgres import Postgres

KINDS = ["sqlite", "postgres"]


def url_of(kind: str, folder: Path, postgres: Postgres) -> str:
    return f"sqlite+aiosqlite:///{folder}/parlour.db" if kind == "sqlite" else postgres.database()


@pytest.mark.parametrize("target", KINDS)
async def test_backup_is_restored_to_either_database(url: str, target: str, tmp_path: Path, postgres: Postgres) -> None:
    store = await open_store(url)
    log = await furnish(store)
    before = await store.entries("Room-1", 0, 100)
    await backup(url, tmp_path / "kept" / "parlour.backup")
    await store.close()
    other = url_of(target, tmp_path / "to", postgres)
    assert await restore(tmp_path / "kept" / "parlour.backup", other) == 2
    again = await open_store(other)
    saved = await again.load("Room-1")
    assert saved is not None
    assert saved.record.epoch != "e1"
    assert (saved.record.head, saved.record.hash, saved.snapshot) == (5, log.hash, Snapshot(4, {"n": 4}, format=2))
    assert await again.entries("Room-1", 0, 100) == before
    assert await again.position("Room-1", ALICE) == 3
    assert all(finding.ok for finding in await check(other) if finding.check != "durability")
    await again.close()


async def test_entry_when_restored_keeps_the_epoch_of_its_hash(url: str, tmp_path: Path, postgres: Postgres) -> None:
    store = await open_store(url)
    log = await furnish(store)
    await backup(url, tmp_path / "b")
    await store.close()
    other = url_of("sqlite", tmp_path / "to", postgres)
    await restore(tmp_path / "b", other)
    again = await open_store(other)
    saved = await again.load("Room-1")
    assert saved is not None
    with pytest.raises(Fenced):
        await log.append(again, message("stale", "x"))
    log.record.epoch, log.record.fence = saved.record.epoch, saved.record.fence
    await log.append(again, message("new", "x"))
    entries = await again.entries("Room-1", 0, 100)
    assert [entry.epoch for entry in entries] == ["e1"] * 5 + [saved.record.epoch]
    assert first_break(entries, ZERO_HASH) is None
    await again.close()


async def test_restore_when_repeated_draws_other_epochs(url: str, tmp_path: Path) -> None:
    store = await open_store(url)
    await furnish(store)
    await backup(url, tmp_path / "b")
    await store.close()
    epochs = set()
    for n in range(2):
        await restore(tmp_path / "b", other := f"sqlite+aiosqlite:///{tmp_path}/to{n}/p.db")
        again = await open_store(other)
        records, _ = await again.rooms(RoomFilter(everything=True))
        epochs |= {record.epoch for record in records}
        await again.close()
    assert len(epochs) == 4


async def test_backup_under_load_shows_every_log_at_one_moment(url: str, tmp_path: Path) -> None:
    store = await open_store(url)
    logs = [await new_log(store, f"room-{n}") for n in range(8)]
    running = True

    async def post(log: Log) -> None:
        while running:
            await log.append(store, message(f"m{log.head}", "x" * 200))

    posting = [asyncio.create_task(post(log)) for log in logs]
    while min(log.head for log in logs) < 5:  # other tasks post
        await asyncio.sleep(0.01)
    await backup(url, tmp_path / "b")
    running = False
    await asyncio.gather(*posting)
    await store.close()
    await restore(tmp_path / "b", other := f"sqlite+aiosqlite:///{tmp_path}/to/p.db")
    assert [finding for finding in await check(other) if not finding.ok] == []
    again = await open_store(other)
    kept = [len(await again.entries(log.record.id, 0, 100_000)) for log in logs]
    assert all(2 <= count <= log.head for count, log in zip(kept, logs, strict=True))
    await again.close()


async def test_restore_when_the_database_has_rooms_is_refused(url: str, tmp_path: Path) -> None:
    store = await open_store(url)
    await furnish(store)
    await backup(url, tmp_path / "b")
    with pytest.raises(BackupError, match="holds rooms already"):
        await restore(tmp_path / "b", url)
    assert (await store.load("Room-1")).record.epoch == "e1"  # type: ignore[union-attr]
    await store.close()


async def test_backup_when_failing_overwrites_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        await backup(url, tmp_path / "b")
    assert (tmp_path / "b").read_text() == "precious"
    (tmp_path / ".c.part").write_text("the leftover of a backup that was killed")
    await backup(url, tmp_path / "c")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["b", "c"]


async def test_database_and_backup_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    await upgrade(url := f"sqlite+aiosqlite:///{tmp_path}/parlour.db")
    store = await open_store(url)
    await furnish(store)
    await backup(url, tmp_path / "b")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    await store.close()
    assert set(modes) >= {"parlour.db", "parlour.db-wal", "b"}
    assert set(modes.values()) == {0o600}


async def test_sessions_when_restored_have_ended(url: str, tmp_path: Path, postgres: Postgres) -> None:
    """A token revoked after the backup was made must not live again."""
    columns = "id, token_hash, account, address, chain_id, method, created_at, expires_at, limit_at, changed_at, device"
    row = f"INSERT INTO session ({columns}) VALUES ('s', :token, 'a', 'a', '1', 'eoa', 1, 9, 9, 1, '')"
    store = await open_store(url)
    await store.write(lambda connection: connection.execute(text(row), {"token": b"t"}).close())
    await backup(url, tmp_path / "b")
    await store.close()
    await restore(tmp_path / "b", other := url_of("sqlite", tmp_path / "to", postgres))
    again = await open_store(other)
    sessions = "SELECT ended_by FROM session"
    assert await again.query(lambda connection: list(connection.execute(text(sessions)).scalars())) == ["restored"]
    await again.close()


async def test_restore_of_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    target = f"sqlite+aiosqlite:///{tmp_path}/to.db"
    (tmp_path / "letter").write_text("Dear Sir or Madam, " * 100)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("letter", "empty", "missing"):
        with pytest.raises(BackupError):
            await restore(tmp_path / name, target)
    assert not (tmp_path / "to.db").exists()


async def test_backup_of_an_older_version_is_migrated(tmp_path: Path) -> None:
    source = tmp_path / "old.db"
    await upgrade(f"sqlite+aiosqlite:///{source}", "0001_rooms")
    await upgrade(f"sqlite+aiosqlite:///{tmp_path}/today.db")
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path}/today.db")
    await new_log(store)
    await store.close()
    with closing(sqlite3.connect(source)) as database, database:
        database.execute("ATTACH ? AS today", (str(tmp_path / "today.db"),))
        for table in ("room", "entry"):
            columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
            database.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")
    old = source.read_bytes()
    assert await restore(source, f"sqlite+aiosqlite:///{tmp_path}/to.db") == 1
    assert source.read_bytes() == old


async def test_counters_when_restored_count_on(url: str, tmp_path: Path, postgres: Postgres) -> None:
    store = await open_store(url)
    await furnish(store)
    for _ in range(3):
        await store.write(lambda connection: connection.execute(insert(chain_outbox), news("Room-1")).close())
    await backup(url, tmp_path / "b")
    await store.close()
    await restore(tmp_path / "b", other := postgres.database())
    again = await open_store(other)
    await again.write(lambda connection: connection.execute(insert(chain_outbox), news("Room-1")).close())
    numbers = select(chain_outbox.c.seq).order_by(chain_outbox.c.seq)
    assert await again.query(lambda connection: list(connection.scalars(numbers))) == [1, 2, 3, 4]
    await again.close()
