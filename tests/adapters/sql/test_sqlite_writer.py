"""The thread that writes a SQLite file: one commit for one turn of the loop, and getting over the disk's faults."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlour.adapters.sql.database import PAGE_BYTES, RESTART_PAGES, SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.sqlite_writer import SqliteWriter
from parlour.adapters.sql.writer import BATCH_LIMIT
from parlour.runtime.commit_pace import FIRST_TRY_S, CommitMode, CommitPace
from parlour.runtime.store import StoreError
from tests.adapters.sql.posting import assert_kept, post_until
from tests.databases import migrated_sqlite
from tests.logs import Log, append_all, message, new_log
from tests.missing import missing


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
async def test_writes_of_one_loop_turn_share_a_commit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, file=SqliteFile(connect=counting(commits)))
    logs = [await new_log(store, f"room-{n}") for n in range(40)]
    for turn in range(50):
        commits.clear()
        await asyncio.gather(*(log.append(store, message(f"m{turn}", "x")) for log in logs))
        assert len(commits) == 1
    await store.close()


async def test_commit_takes_no_more_jobs_than_its_limit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, file=SqliteFile(connect=counting(commits)))
    await asyncio.gather(*(store.write(lambda connection: None) for _ in range(BATCH_LIMIT + 1)))
    assert len(commits) >= 2
    await store.close()


async def test_event_loop_when_the_disk_is_slow_does_not_wait(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    threads = await store.write(lambda _connection: threading.current_thread().name)
    reading = await store.query(lambda _connection: threading.current_thread().name)
    assert threading.current_thread().name not in (threads, reading)
    await store.close()


# ── which thread commits ─────────────────────────────────────────────────────────────────────────────────────────


class Disk:
    """Opens the writer's file; each COMMIT takes `seconds` of a clock that nothing else moves.

    Attributes:
        committed: `loop` or `thread`, for each COMMIT.
        checkpoints: the same for each checkpoint that was asked for; `beside` is a third thread.
        free: a checkpoint in that thread waits until this is set.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.now = 0.0
        self.committed: list[str] = []
        self.checkpoints: list[str] = []
        self.free = threading.Event()
        self.free.set()

    def connect(self, path: str) -> sqlite3.Connection:
        raw = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        raw.set_trace_callback(self._note)
        return raw

    def _note(self, sql: str) -> None:
        thread = "thread" if threading.current_thread().name == "parlour-writer" else "loop"
        if sql.startswith("COMMIT"):
            self.committed.append(thread)
            self.now += self.seconds
        elif "wal_checkpoint" in sql:
            if threading.current_thread() is not threading.main_thread() and thread == "loop":
                self.checkpoints.append("beside")
                self.free.wait()
            else:
                self.checkpoints.append(thread)


@asynccontextmanager
async def on_disk(tmp_path: Path, mode: CommitMode = "auto") -> AsyncIterator[tuple[SqlStore, Disk, list[Log]]]:
    """A store over a disk as slow as the test says, and ten rooms."""
    disk = Disk()
    pace = CommitPace(mode, 2.0, lambda: disk.now)
    store = await open_store(await migrated_sqlite(tmp_path), file=SqliteFile(connect=disk.connect), pace=pace)
    logs = [await new_log(store, f"room-{n}") for n in range(10)]
    disk.committed.clear()
    yield store, disk, logs
    await store.close()


async def post(store: SqlStore, logs: list[Log], turn: int) -> None:
    """One turn of the process: one entry for each room, stored together."""
    batches = [log.batch(message(f"m{turn}", "x")) for log in logs]
    assert await append_all(store, *batches) == [None] * len(logs)
    for log, batch in zip(logs, batches, strict=True):
        log.advance(batch.entries)


async def test_short_commits_run_in_the_loops_thread_one_for_a_turn(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        for turn in range(20):
            await post(store, logs, turn)
        assert disk.committed == ["loop"] * 20
        assert store.writer.commits["loop"] == 20


async def test_commits_go_to_the_thread_while_the_disk_is_slow(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        await post(store, logs, 0)
        disk.seconds = 0.05
        for turn in range(1, 10):
            await post(store, logs, turn)
        assert disk.committed == ["loop"] * 3 + ["thread"] * 7
        disk.seconds, disk.now = 0.0, disk.now + FIRST_TRY_S
        for turn in range(10, 20):
            await post(store, logs, turn)
        assert disk.committed[10:] == ["loop"] * 10
        for log in logs:
            await assert_kept(store, log, [f"m{turn}" for turn in range(20)])


@pytest.mark.parametrize("mode", ["loop", "thread"])
async def test_chosen_thread_commits(tmp_path: Path, mode: CommitMode) -> None:
    async with on_disk(tmp_path, mode) as (store, disk, logs):
        disk.seconds = 0.05
        for turn in range(3):
            await post(store, logs, turn)
        assert disk.committed == [mode] * 3


async def test_posts_behind_work_of_the_thread_share_one_commit_in_the_loop(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        writing = store.writer.write(lambda connection: None)
        await asyncio.gather(post(store, logs[:5], 0), post(store, logs[5:], 0), writing)
        assert disk.committed == ["thread", "loop"]
        for log in logs:
            await assert_kept(store, log, ["m0"])


class Gate:
    """A write that stays in the writer's thread until it is opened."""

    def __init__(self) -> None:
        self._entered, self._opened = threading.Event(), threading.Event()

    async def hold(self, store: SqlStore) -> asyncio.Future[None]:
        """Begin the write, and return once the thread is in it."""
        writing = store.writer.write(self._work)
        await asyncio.to_thread(self._entered.wait)
        return writing

    def open(self) -> None:
        self._opened.set()

    def _work(self, _connection: object) -> None:
        self._entered.set()
        self._opened.wait()


async def test_posts_wait_for_one_commit_of_the_thread_and_no_more(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        gate = Gate()
        first = await gate.hold(store)
        posting = asyncio.create_task(post(store, logs, 0))
        await asyncio.sleep(0)
        second = store.writer.write(lambda connection: None)
        gate.open()
        await asyncio.gather(first, posting, second)
        assert "loop" not in disk.committed, "the thread has more to do, and takes the posts too"


async def test_posts_that_wait_when_the_store_closes_are_kept(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        gate = Gate()
        first = await gate.hold(store)
        posting = asyncio.create_task(append_all(store, logs[0].batch(message("m0", "x"))))
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)
        gate.open()
        assert await posting == [None]
        await asyncio.gather(first, closing)
        assert disk.committed == ["thread", "thread"]


async def post_until_copied(store: SqlStore, disk: Disk, logs: list[Log]) -> int:
    """Post until one more copy of the write-ahead log began; return the number of turns."""
    turn, before = 0, len(disk.checkpoints)
    while len(disk.checkpoints) == before:
        batches = [log.batch(*(message(f"{log.head}.{n}", "x" * 40_000) for n in range(4))) for log in logs]
        assert await append_all(store, *batches) == [None] * len(logs)
        for log, batch in zip(logs, batches, strict=True):
            log.advance(batch.entries)
        turn += 1
        await asyncio.sleep(0)
    return turn


@pytest.mark.parametrize("mode", ["loop", "thread"])
async def test_commits_go_on_while_the_write_ahead_log_is_copied(tmp_path: Path, mode: CommitMode) -> None:
    async with on_disk(tmp_path, mode) as (store, disk, logs):
        disk.free.clear()
        await post_until_copied(store, disk, logs)
        assert disk.checkpoints == ["beside"]
        for turn in range(3):
            await post(store, logs, turn)
        assert disk.committed[-3:] == [mode] * 3
        disk.free.set()


async def test_write_ahead_log_when_commits_never_stop_keeps_its_size(tmp_path: Path) -> None:
    async with on_disk(tmp_path, "loop") as (store, disk, logs):
        sizes = []
        for _ in range(8):
            await post_until_copied(store, disk, logs)
            sizes.append((tmp_path / "parlour.db-wal").stat().st_size)
        assert sizes[-1] <= 1.5 * PAGE_BYTES * RESTART_PAGES


async def test_copies_that_end_behind_one_long_write_hold_no_post_for_ever(tmp_path: Path) -> None:
    async with on_disk(tmp_path, "loop") as (store, disk, logs):
        writer, gate = store.writer, Gate()
        assert isinstance(writer, SqliteWriter)
        writer._copy_beside = lambda: RESTART_PAGES  # type: ignore[method-assign]
        first = await gate.hold(store)
        for _ in range(2):
            await writer._copy()
        gate.open()
        await asyncio.gather(first, writer.write(lambda connection: None))
        await writer.write(lambda connection: None)
        assert writer.waiting == 0
        await post(store, logs, 0)
        assert disk.committed[-1] == "loop"


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        missing(f"cannot mount a tmpfs: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_disk_when_full_refuses_writes_and_recovers_with_room(small_disk: Path) -> None:
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


async def test_loop_never_waits_for_another_process_that_holds_the_file(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (store, disk, logs):
        other = sqlite3.connect(tmp_path / "parlour.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        batches = [log.batch(message("m", "x")) for log in logs]
        told: list[Sequence[StoreError | None]] = []
        store.append_all(batches, told.append)
        await asyncio.sleep(0.05)
        assert told == []
        other.execute("COMMIT")
        other.close()
        await store.write(lambda connection: None)
        assert told == [[None] * len(logs)]
        assert set(disk.committed) == {"thread"}


async def test_disk_when_failing_in_the_loops_thread_refuses_then_recovers(small_disk: Path) -> None:
    url = f"sqlite+aiosqlite:///{small_disk}/parlour.db"
    await upgrade(url)
    store = await open_store(url, pace=CommitPace("loop"))
    log = await new_log(store)
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    answers: list[StoreError | None] = [None]
    stored = 0
    while answers == [None]:
        batch = log.batch(message(f"m{stored}", "x" * 2_000))
        answers = await append_all(store, batch)
        if answers == [None]:
            log.advance(batch.entries)
            stored += 1
    assert type(answers[0]) is StoreError
    (small_disk / "ballast").unlink()
    batch = log.batch(message("again", "x" * 2_000))
    assert await append_all(store, batch) == [None]
    await assert_kept(store, log, [*(f"m{n}" for n in range(stored)), "again"])
    await store.close()


async def refuses_while_locked(tmp_path: Path, seconds: float) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url, file=SqliteFile(busy_timeout_ms=500))
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


async def test_database_when_locked_refuses_and_then_resumes(tmp_path: Path) -> None:
    await refuses_while_locked(tmp_path, seconds=0)


@pytest.mark.long
async def test_database_when_locked_for_twenty_seconds_resumes(tmp_path: Path) -> None:
    await refuses_while_locked(tmp_path, seconds=20)
