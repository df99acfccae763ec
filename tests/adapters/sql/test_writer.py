"""The one writer of a database: neighbours, limits, and getting over every fault by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.writer import BATCH_LIMIT
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.runtime.store import Repeated, StoreError
from tests.databases import migrated_sqlite
from tests.logs import Log, message, new_log
from tests.postgres import Postgres, start_postgres


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres").migrated())
    return await migrated_sqlite(tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(url)
    yield store
    await store.close()


def add(account: str) -> Callable[[Connection], int]:
    """A job of another part of the process: one row in one of its tables."""

    def work(connection: Connection) -> int:
        row = {"room": "r", "account": account, "at": 1}
        connection.execute(
            text("INSERT INTO member (room, account, joined_at, read) VALUES (:room, :account, :at, 0)"), row
        )
        return len(account)

    return work


async def accounts(store: SqlStore) -> list[str]:
    return (await store.members("r", None, 1_000))[0]


# ── neighbours ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_job_gets_its_own_answer(store: SqlStore) -> None:
    assert await asyncio.gather(*(store.write(add("x" * n)) for n in range(1, 50))) == list(range(1, 50))
    assert len(await accounts(store)) == 49


async def test_one_failing_job_never_fails_its_neighbours(store: SqlStore) -> None:
    log = await new_log(store)

    def raises(connection: Connection) -> None:
        add("half")(connection)
        raise LookupError("mine")

    def wrong(connection: Connection) -> None:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    fates = await asyncio.gather(
        store.write(add("a")),
        store.write(raises),
        log.append(store, message("m1", "x")),
        store.write(wrong),
        store.write(add("a")),
        store.write(add("b")),
        return_exceptions=True,
    )
    assert isinstance(fates[1], LookupError)
    assert type(fates[3]) is StoreError
    assert type(fates[4]) is Repeated
    assert [isinstance(fate, Exception) for fate in fates] == [False, True, False, True, True, False]
    assert await accounts(store) == ["a", "b"]
    assert len(await store.entries("Room-1", 0, 10)) == 2


def counting(commits: list[str]) -> Callable[[str], sqlite3.Connection]:
    """Opens the writer's file and notes each COMMIT."""

    def connect(path: str) -> sqlite3.Connection:
        raw = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        raw.set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
        return raw

    return connect


async def test_what_one_turn_of_the_loop_asks_for_is_one_commit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, connect=counting(commits))
    logs = [await new_log(store, f"room-{n}") for n in range(40)]
    commits.clear()
    await asyncio.gather(*(log.append(store, message("m", "x")) for log in logs))
    assert len(commits) == 1
    await store.close()


async def test_no_commit_holds_the_database_for_more_jobs_than_its_limit(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    commits: list[str] = []
    store = await open_store(url, connect=counting(commits))
    await asyncio.gather(*(store.write(lambda connection: None) for _ in range(BATCH_LIMIT + 1)))
    assert len(commits) >= 2
    await store.close()


async def test_a_cancelled_caller_does_not_disturb_the_batch(store: SqlStore) -> None:
    log = await new_log(store)
    task = asyncio.create_task(log.append(store, message("m1", "x")))
    await asyncio.sleep(0)
    task.cancel()
    await store.write(add("a"))
    assert len(await store.entries("Room-1", 0, 10)) == 2


# ── limits and the end ───────────────────────────────────────────────────────────────────────────────────────────


async def test_the_queue_is_bounded(url: str) -> None:
    store = await open_store(url, queue_limit=10)
    fates = await asyncio.gather(*(store.write(add(f"a{n}")) for n in range(15)), return_exceptions=True)
    assert [isinstance(fate, StoreError) for fate in fates] == [False] * 10 + [True] * 5
    await store.write(add("later"))
    await store.close()


async def test_closing_commits_what_is_queued(url: str) -> None:
    store = await open_store(url)
    waiting = [store.writer.write(add(f"a{n}")) for n in range(200)]
    await store.close()
    assert await asyncio.gather(*waiting) == [len(f"a{n}") for n in range(200)]
    with pytest.raises(StoreError):
        await store.write(add("late"))
    again = await open_store(url)
    assert len(await accounts(again)) == 200
    await again.close()


async def test_the_event_loop_never_waits_for_the_disk(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    threads = await store.write(lambda _connection: threading.current_thread().name)
    reading = await store.query(lambda _connection: threading.current_thread().name)
    assert threading.current_thread().name not in (threads, reading)
    await store.close()


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def post_until(store: SqlStore, log: Log, outcome: str, seconds: float) -> list[str]:
    """Post until one is "refused" or until one is "stored"; the ids acknowledged on the way."""
    acked: list[str] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        saved = await reloaded(store, log)
        id = f"m{saved.head}-{time.monotonic_ns()}"
        try:
            await log.append(store, message(id, "x" * 2_000))
        except StoreError:
            if outcome == "refused":
                return acked
            await asyncio.sleep(0.05)
            continue
        acked.append(id)
        if outcome == "stored":
            return acked
    raise AssertionError(f"not within {seconds} s")


async def reloaded(store: SqlStore, log: Log) -> Log:
    """As a host does after a store failure: begin again from what the store has."""
    try:
        saved = await store.load(log.record.id)
    except StoreError:
        return log
    assert saved is not None
    log.head, log.hash = saved.record.head, saved.record.hash
    return log


async def assert_kept(store: SqlStore, log: Log, acked: list[str]) -> None:
    entries = await store.entries(log.record.id, 0, 1_000_000)
    assert first_break(entries, ZERO_HASH) is None
    assert set(acked) <= {entry.id for entry in entries}


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
    log = await new_log(store)
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    acked = await post_until(store, log, "refused", 20)
    assert acked
    await assert_kept(store, log, acked)
    (small_disk / "ballast").unlink()
    acked += await post_until(store, log, "stored", 5)
    await assert_kept(store, log, acked)
    await store.close()


LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


async def locked_for(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "parlour.db"
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url, busy_timeout_ms=500)
    log = await new_log(store)
    locker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCKER, str(path), str(seconds), stdout=asyncio.subprocess.PIPE
    )
    assert locker.stdout is not None
    await locker.stdout.readline()
    start = time.monotonic()
    assert await post_until(store, log, "refused", 5) == []
    assert await store.load("Room-1") is not None
    acked = await post_until(store, log, "stored", seconds + 5)
    assert time.monotonic() - start >= seconds - 0.1
    await locker.wait()
    await assert_kept(store, log, acked)
    await store.close()


async def test_a_locked_database_refuses_and_then_resumes(tmp_path: Path) -> None:
    await locked_for(1.5, tmp_path)


@pytest.mark.long
async def test_a_database_locked_for_twenty_seconds_resumes(tmp_path: Path) -> None:
    await locked_for(20, tmp_path)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    server = start_postgres(fsync=True)
    yield server
    server.close()


async def test_a_postgres_that_went_away_is_found_again(own_postgres: Postgres) -> None:
    url = own_postgres.database()
    await upgrade(url)
    store = await open_store(url)
    log = await new_log(store)
    acked: list[str] = []
    for how in (signal.SIGINT, signal.SIGQUIT):
        posting = asyncio.create_task(post_until(store, log, "refused", 20))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(own_postgres.stop, how)
        acked += await posting
        with pytest.raises(StoreError):
            await store.entries("Room-1", 0, 10)
        await asyncio.to_thread(own_postgres.start)
        start = time.monotonic()
        acked += await post_until(store, log, "stored", 10)
        assert time.monotonic() - start < 3
        await assert_kept(store, log, acked)
    assert len(acked) > 10
    await store.close()


async def test_a_deadlock_with_somebody_else_is_run_again(postgres: Postgres) -> None:
    url = postgres.migrated()
    stores = [await open_store(url) for _ in range(2)]
    for account in "ab":
        await stores[0].write(add(account))
    runs: list[str] = []

    def lock(first: str, second: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            runs.append(first)
            for account in (first, second):
                connection.execute(text("UPDATE member SET read = read + 1 WHERE account = :a"), {"a": account})
                connection.execute(text("SELECT pg_sleep(0.2)"))

        return work

    await asyncio.gather(stores[0].write(lock("a", "b")), stores[1].write(lock("b", "a")))
    assert len(runs) == 3
    assert [await stores[0].position("r", account) for account in "ab"] == [2, 2]
    for store in stores:
        await store.close()


# ── two processes ────────────────────────────────────────────────────────────────────────────────────────────────


RIVAL = """
import asyncio, random, sys
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.store import Fenced
from tests.databases import migrated_sqlite
from tests.logs import Log, message

async def main(url, name, seconds):
    store = await open_store(url)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    tally = {"stored": 0, "fenced": 0}
    async def post(n):
        chance, count = random.Random(f"{name}{n}"), 0
        while loop.time() < end:
            room = f"room-{chance.randrange(12)}"
            saved = await store.load(room)
            log = Log(room)
            log.head, log.hash = saved.record.head, saved.record.hash
            count += 1
            try:
                await log.append(store, message(f"{name}{n}-{count}", "x"), message(f"{name}{n}-{count}b", "y"))
                tally["stored"] += 2
            except Fenced:
                tally["fenced"] += 1
            await store.read(room, f"{name}{n}", count)
    await asyncio.gather(*(post(n) for n in range(24)))
    await store.close()
    print(tally["stored"], tally["fenced"])

asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
"""


async def test_two_processes_on_the_same_rooms_neither_deadlock_nor_fork(postgres: Postgres) -> None:
    url = postgres.migrated()
    store = await open_store(url)
    for n in range(12):
        await new_log(store, f"room-{n}")
    before = await deadlocks(store)
    rivals = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            RIVAL,
            url,
            name,
            "2",
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": "server:."},
        )
        for name in "ab"
    ]
    tallies = [[int(n) for n in (await rival.communicate())[0].split()] for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0, 0]
    assert all(fenced > 0 for _, fenced in tallies)
    stored = 0
    for n in range(12):
        entries = await store.entries(f"room-{n}", 0, 1_000_000)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert first_break(entries, ZERO_HASH) is None
        stored += len(entries) - 1
    assert stored == sum(tally[0] for tally in tallies)
    assert await deadlocks(store) == before
    await store.close()


async def deadlocks(store: SqlStore) -> int:
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return await store.query(lambda connection: connection.scalar(text(counted)) or 0)


OWNER = """
import asyncio, sys, time
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.store import Fenced, StoreError
from tests.databases import migrated_sqlite
from tests.logs import message, new_log

async def main(url):
    store = await open_store(url)
    log = await new_log(store)
    log.record.fence = await store.acquire("Room-1", "stale", 1_000, now=time.time_ns() // 1_000_000)
    stored = 0
    while True:
        try:
            await log.append(store, message(f"stale-{stored}", "x"))
        except Fenced:
            break
        except StoreError:  # the statement under way ran out of time while we stood still
            await asyncio.sleep(0.1)
            continue
        stored += 1
        print(stored, flush=True)
    print("fenced", flush=True)
    await store.close()

asyncio.run(main(sys.argv[1]))
"""


async def stopped_owner(postgres: Postgres, seconds: float) -> None:
    """The owner of a room is stopped in the middle of its writing, replaced, and continued."""
    url = postgres.migrated()
    environment = os.environ | {"PYTHONPATH": "server:."}
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, url, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert owner.stdout is not None
    for _ in range(50):
        await owner.stdout.readline()
    owner.send_signal(signal.SIGSTOP)
    store = await open_store(url)
    log = Log("Room-1")
    log.record.fence = await asyncio.wait_for(taken_over(store), 10)
    await reloaded(store, log)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await log.append(store, message(f"new-{log.head}", "x"))
        await asyncio.sleep(seconds / 100)
    owner.send_signal(signal.SIGCONT)
    told = (await owner.stdout.read()).split()
    assert told[-1] == b"fenced"
    entries = await store.entries("Room-1", 0, 1_000_000)
    assert first_break(entries, ZERO_HASH) is None
    first = next(entry.seq for entry in entries if entry.id.startswith("new-"))
    assert all(entry.id.startswith("new-") for entry in entries if entry.seq >= first)
    await store.close()


async def taken_over(store: SqlStore) -> int:
    """The fence, once the lease of the owner that stopped has run out; its open transaction may hold the row."""
    while True:
        try:
            return await store.acquire("Room-1", "fresh", 5_000, now=time.time_ns() // 1_000_000)
        except StoreError:
            await asyncio.sleep(0.1)


async def test_an_owner_that_was_stopped_and_continued_writes_nothing(postgres: Postgres) -> None:
    await stopped_owner(postgres, 1)


@pytest.mark.long
async def test_an_owner_that_was_stopped_for_thirty_seconds_writes_nothing(postgres: Postgres) -> None:
    await stopped_owner(postgres, 30)


FROZEN = """
import asyncio, sys, time
from parlour.adapters.sql.rooms import open_store

def freeze(connection):
    print("holding", flush=True)
    time.sleep(60)

async def main(url):
    store = await open_store(url)
    await store.writer.write(freeze, ("room-1",))

asyncio.run(main(sys.argv[1]))
"""


async def test_a_process_that_froze_inside_a_transaction_lets_go_of_its_rooms(postgres: Postgres) -> None:
    url = postgres.migrated()
    store = await open_store(url)
    log = await new_log(store)
    environment = os.environ | {"PYTHONPATH": "server:."}
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROZEN, url, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert holder.stdout is not None
    await holder.stdout.readline()
    start = time.monotonic()
    await log.append(store, message("m1", "x"))
    assert 1 < time.monotonic() - start < 10
    holder.kill()
    await holder.wait()
    await store.close()
