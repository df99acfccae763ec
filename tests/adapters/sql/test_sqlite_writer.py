"""The thread that writes a SQLite file: one commit for one turn of the loop, and getting over the disk's faults."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.adapters.sql.writer import BATCH_LIMIT
from tests.adapters.sql.posting import assert_kept, post_until
from tests.databases import migrated_sqlite
from tests.logs import message, new_log


def counting(commits: list[str]) -> Callable[[str], sqlite3.Connection]:
    """Opens the writer's file and notes each COMMIT."""

    def connect(path: str) -> sqlite3.Connection:
        raw = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        raw.set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
        return raw

    return connect


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take the interpreter from each other at every chance, as on a busy machine."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
async def test_what_one_turn_of_the_loop_asks_for_is_one_commit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, connect=counting(commits))
    logs = [await new_log(store, f"room-{n}") for n in range(40)]
    for turn in range(50):
        commits.clear()
        await asyncio.gather(*(log.append(store, message(f"m{turn}", "x")) for log in logs))
        assert len(commits) == 1
    await store.close()


async def test_no_commit_holds_the_database_for_more_jobs_than_its_limit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, connect=counting(commits))
    await asyncio.gather(*(store.write(lambda connection: None) for _ in range(BATCH_LIMIT + 1)))
    assert len(commits) >= 2
    await store.close()


async def test_the_event_loop_never_waits_for_the_disk(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    threads = await store.write(lambda _connection: threading.current_thread().name)
    reading = await store.query(lambda _connection: threading.current_thread().name)
    assert threading.current_thread().name not in (threads, reading)
    await store.close()


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"cannot mount a tmpfs: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_a_coded_error_and_heals_when_there_is_room_again(small_disk: Path) -> None:
    url = f"sqlite+aiosqlite:///{small_disk}/parlour.db"
    await upgrade(url)
    store = await open_store(url)
    log, acked = await new_log(store), list[str]()
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    await post_until(store, log, "refused", acked)
    assert acked
    await assert_kept(store, log, acked)
    (small_disk / "ballast").unlink()
    await post_until(store, log, "stored", acked)
    await assert_kept(store, log, acked)
    await store.close()


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""
"""Another process that holds the database until it is told to go."""


async def refuses_while_locked(tmp_path: Path, seconds: float) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url, busy_timeout_ms=500)
    log, acked = await new_log(store), list[str]()
    locker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCKER, str(tmp_path / "parlour.db"), stdin=PIPE, stdout=PIPE
    )
    assert locker.stdin is not None
    assert locker.stdout is not None
    await locker.stdout.readline()
    await post_until(store, log, "refused", acked)
    assert acked == []
    assert await store.load("Room-1") is not None
    await asyncio.sleep(seconds)
    await post_until(store, log, "refused", acked)
    assert acked == []
    locker.stdin.write(b"go\n")
    await post_until(store, log, "stored", acked)
    await locker.wait()
    await assert_kept(store, log, acked)
    await store.close()


async def test_a_locked_database_refuses_and_then_resumes(tmp_path: Path) -> None:
    await refuses_while_locked(tmp_path, seconds=0)


@pytest.mark.long
async def test_a_database_locked_for_twenty_seconds_resumes(tmp_path: Path) -> None:
    await refuses_while_locked(tmp_path, seconds=20)
