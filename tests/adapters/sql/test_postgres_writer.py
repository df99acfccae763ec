"""The connection that writes to Postgres: it gets over a server that goes away, deadlocks and frozen neighbours."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.store import StoreError
from tests.adapters.sql.posting import add, assert_kept, post_until
from tests.logs import message, new_log
from tests.postgres import Postgres


async def test_postgres_when_restarted_is_written_to_again(own_postgres: Postgres) -> None:
    url = own_postgres.database()
    await upgrade(url)
    store = await open_store(url)
    log, acked = await new_log(store), list[str]()
    for how in (signal.SIGINT, signal.SIGQUIT):
        before = len(acked)
        posting = asyncio.create_task(post_until(store, log, "refused", acked))
        while len(acked) < before + 5:  # it counts what another task does
            await asyncio.sleep(0.01)
        await asyncio.to_thread(own_postgres.stop, how)
        await posting
        with pytest.raises(StoreError):
            await store.entries("Room-1", 0, 10)
        await asyncio.to_thread(own_postgres.start)
        await post_until(store, log, "stored", acked)
        await assert_kept(store, log, acked)
    await store.close()


async def test_batch_when_deadlocked_is_run_again(postgres: Postgres) -> None:
    url = postgres.migrated()
    stores = [await open_store(url) for _ in range(2)]
    for account in "ab":
        await stores[0].write(add(account))
    moved = text("UPDATE member SET read = read + 1 WHERE account = :a")
    runs: list[str] = []
    holding: set[str] = set()

    def lock(first: str, second: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            runs.append(first)
            connection.execute(moved, {"a": first})
            holding.add(first)
            while len(holding) < 2:  # until the other holds its row too
                connection.execute(text("SELECT pg_sleep(0.01)"))
            connection.execute(moved, {"a": second})

        return work

    await asyncio.gather(stores[0].write(lock("a", "b")), stores[1].write(lock("b", "a")))
    assert len(runs) > 2
    assert [await stores[0].position("r", account) for account in "ab"] == [2, 2]
    for store in stores:
        await store.close()


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


async def test_process_when_frozen_in_a_transaction_loses_its_rooms(postgres: Postgres) -> None:
    url = postgres.migrated()
    store = await open_store(url)
    log = await new_log(store)
    environment = os.environ | {"PYTHONPATH": "server:."}
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROZEN, url, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert holder.stdout is not None
    await holder.stdout.readline()
    await log.append(store, message("m1", "x"))
    assert holder.returncode is None, "it still stands inside its transaction"
    holder.kill()
    await holder.wait()
    await store.close()
