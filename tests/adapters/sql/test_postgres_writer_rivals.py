"""Two processes on one Postgres: neither deadlocks, forks a log, nor writes after it lost a room."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE

import pytest
from sqlalchemy import text

from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.runtime.store import StoreError
from tests.adapters.sql.posting import reload
from tests.logs import Log, message, new_log
from tests.postgres import Postgres

RIVAL = """
import asyncio, random, sys
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.store import Fenced
from tests.databases import migrated_sqlite
from tests.logs import Log, message

async def main(url, name, seconds):
    store = await open_store(url)
    loop = asyncio.get_running_loop()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    end = loop.time() + seconds
    tally = {"stored": 0, "fenced": 0}
    async def post(n):
        chance, count = random.Random(f"{name}{n}"), 0
        while loop.time() < end or not tally["fenced"]:
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


async def test_rooms_written_by_two_processes_neither_deadlock_nor_fork(postgres: Postgres) -> None:
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
            stdin=PIPE,
            stdout=PIPE,
            env=os.environ | {"PYTHONPATH": "server:."},
        )
        for name in "ab"
    ]
    for rival in rivals:
        assert rival.stdout is not None
        await rival.stdout.readline()
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write(b"go\n")
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
    log.record.fence = await asyncio.wait_for(taken_over(store), 60)
    await reload(store, log)
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


async def test_owner_when_stopped_and_continued_writes_nothing(postgres: Postgres) -> None:
    await stopped_owner(postgres, 1)


@pytest.mark.long
async def test_owner_when_stopped_for_thirty_seconds_writes_nothing(postgres: Postgres) -> None:
    await stopped_owner(postgres, 30)
