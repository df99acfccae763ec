"""What `parlour doctor` finds in a database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from parlour.adapters.sql.migrations import revisions, upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.adapters.upkeep.integrity import Finding, check
from tests.adapters.sql.furnishing import follow_chain, furnish
from tests.databases import migrated_sqlite
from tests.logs import new_log
from tests.postgres import Postgres

HOUR_MS = 3_600_000


@pytest.mark.parametrize(("ahead_ms", "ok"), [(0, True), (-HOUR_MS, True), (HOUR_MS, False)])
async def test_doctor_when_entries_lie_in_the_future_says_so(tmp_path: Path, ahead_ms: int, ok: bool) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    await new_log(store, "Room-1", at=time.time_ns() // 1_000_000 + ahead_ms)
    await store.close()
    [finding] = [one for one in await check(url) if one.check == "clock"]
    assert finding.ok is ok, finding.detail


async def test_doctor_names_old_rooms_under_reserved_ids(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    for room, owner in (("queue:old", "0xa"), ("Queue:chess", ""), ("wallet:0xA", "0xa"), ("hall", "0xa")):
        await new_log(store, room, owner=owner)
    await store.close()
    [finding] = [one for one in await check(url) if one.check == "room ids"]
    assert (finding.ok, finding.detail) == (True, "ordinary rooms under reserved ids: queue:old")


async def failures(url: str) -> list[Finding]:
    return [finding for finding in await check(url) if not finding.ok and finding.check != "durability"]


async def test_doctor_when_the_database_is_sound_finds_nothing(url: str) -> None:
    store = await open_store(url)
    await furnish(store)
    await store.close()
    assert await failures(url) == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM entry WHERE room = 'room-1' AND seq = 3", "entry 3 is missing"),
        ("DELETE FROM entry WHERE room = 'room-1' AND seq = 5", "entry 5 is missing"),
        ("UPDATE entry SET at = at + 1 WHERE room = 'room-1' AND seq = 2", "breaks at entry 2"),
        ("UPDATE entry SET author = 'eve' WHERE room = 'room-1' AND seq = 3", "breaks at entry 3"),
        ("UPDATE entry SET body = salt WHERE room = 'room-1' AND seq = 2", "Entry 2 of Room-1 is damaged"),
        ("UPDATE room SET head = 4 WHERE key = 'room-1'", "the head is 4, the last entry 5"),
        ("UPDATE room SET head_hash = floor_hash WHERE key = 'room-1'", "not that of entry 5"),
        ("UPDATE room SET floor = 3 WHERE key = 'room-1'", "breaks at entry 3"),
        ("UPDATE snapshot SET seq = 77", "ahead of the head"),
        ("UPDATE room SET format = 99 WHERE key = 'room-1'", "it needs format 99, and this release reads up to"),
        ("UPDATE room SET format = 0 WHERE key = 'room-1'", "its log needs format 1, and its row says 0"),
        ("DELETE FROM room WHERE key = 'room-2'", "entries without a room: room-2"),
    ],
)
async def test_doctor_when_a_log_is_damaged_names_the_fault(url: str, damage: str, told: str) -> None:
    store = await open_store(url)
    await furnish(store)
    await store.write(lambda connection: connection.execute(text(damage)).close())
    await store.close()
    assert told in " · ".join(finding.detail for finding in await failures(url))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("SELECT 1", "every chain stands on what was stored"),
        ("UPDATE chain_cursor SET hash = '0xc'", "chain 1 stands at block 11 of another branch"),
        ("UPDATE chain_block SET parent = '0xf' WHERE number = 11", "block 11 of chain 1 does not link"),
        ("UPDATE chain_outbox SET room = 'gone'", "news for gone"),
        ("UPDATE chain_cursor SET halted = 'too deep'", "halted: too deep"),
    ],
)
async def test_doctor_when_a_cursor_is_wrong_says_so(url: str, damage: str, told: str) -> None:
    store = await open_store(url)
    await furnish(store)
    await store.write(follow_chain)
    await store.write(lambda connection: connection.execute(text(damage)).close())
    await store.close()
    [cursors] = [finding for finding in await check(url) if finding.check == "cursors"]
    assert told in cursors.detail
    assert cursors.ok == (damage == "SELECT 1")


async def test_doctor_when_migrations_are_pending_names_them(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    await upgrade(url, revisions()[0])
    [finding] = await check(url)
    assert not finding.ok
    assert "parlour migrate" in finding.detail


async def test_doctor_when_postgres_does_not_sync_says_so(postgres: Postgres) -> None:
    url = postgres.database()
    await upgrade(url)
    [durability] = [finding for finding in await check(url) if finding.check == "durability"]
    assert not durability.ok
    assert "fsync" in durability.detail
