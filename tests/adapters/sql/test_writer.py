"""The one writer of a database: every job its own answer, whatever its neighbours do."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, text

from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.runtime.store import Repeated, StoreError
from tests.adapters.sql.posting import add
from tests.logs import message, new_log


async def accounts(store: SqlStore) -> list[str]:
    return (await store.members("r", None, 1_000))[0]


async def test_job_gets_its_own_answer(store: SqlStore) -> None:
    assert await asyncio.gather(*(store.write(add("x" * n)) for n in range(1, 50))) == list(range(1, 50))
    assert len(await accounts(store)) == 49


async def test_job_when_failing_leaves_the_rest_of_its_batch_alone(store: SqlStore) -> None:
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


async def test_caller_when_cancelled_leaves_the_batch_alone(store: SqlStore) -> None:
    log = await new_log(store)
    task = asyncio.create_task(log.append(store, message("m1", "x")))
    await asyncio.sleep(0)
    task.cancel()
    await store.write(add("a"))
    assert len(await store.entries("Room-1", 0, 10)) == 2


# ── limits and the end ───────────────────────────────────────────────────────────────────────────────────────────


async def test_queue_when_full_refuses_jobs(url: str) -> None:
    store = await open_store(url, queue_limit=10)
    fates = await asyncio.gather(*(store.write(add(f"a{n}")) for n in range(15)), return_exceptions=True)
    assert [isinstance(fate, StoreError) for fate in fates] == [False] * 10 + [True] * 5
    await store.write(add("later"))
    await store.close()


async def test_writer_when_closed_commits_what_is_queued(url: str) -> None:
    store = await open_store(url)
    waiting = [store.writer.write(add(f"a{n}")) for n in range(200)]
    await store.close()
    assert await asyncio.gather(*waiting) == [len(f"a{n}") for n in range(200)]
    with pytest.raises(StoreError):
        await store.write(add("late"))
    again = await open_store(url)
    assert len(await accounts(again)) == 200
    await again.close()
