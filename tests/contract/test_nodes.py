"""One suite for every table of nodes and every lease on a job: memory, SQLite and Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from parlour.adapters.membership.job_leases import SqlJobLeases
from parlour.adapters.membership.nodes import SqlNodes
from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.webhooks.places import SqlPlaces
from parlour.core.audit.record import AuditRecord
from parlour.runtime.lease import LONGEST_MS
from parlour.runtime.membership.jobs import JobLeases, MemoryJobLeases
from parlour.runtime.membership.nodes import Figures, NameTaken, Node, NodeTable
from parlour.runtime.membership.table_memory import MemoryNodes
from parlour.runtime.store import Fenced, Repeated
from parlour.testing.fakes import FakeClock
from tests.databases import migrated_sqlite
from tests.postgres import start_postgres

FIGURES = Figures("up", 3, 5, 0.25)
Open = Callable[[], NodeTable]
"""Opens the table as one process does."""


def node(name: str, boot: str = "first") -> Node:
    return Node(name=name, boot=boot, version="1.0", prefix=name, url=f"http://{name}", socket=f"/run/{name}.sock")


def audit(id: str) -> AuditRecord:
    return AuditRecord("ann", id, "node.drain", "one", "a new disk", "127.0.0.1", 0)


async def kept_nowhere(audit: AuditRecord) -> None:
    """Keep no audit row."""


@pytest.fixture(params=["memory", "postgres"])
async def tables(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Opens the one table for each process; a process that leaves closes it."""
    if request.param == "memory":
        kept = MemoryNodes(FakeClock(), kept_nowhere)
        yield lambda: kept
        return
    opened: list[SqlNodes] = []
    url = request.getfixturevalue("postgres").migrated()

    def open_table() -> NodeTable:
        opened.append(SqlNodes(url))
        return opened[-1]

    yield open_table
    for table in opened:
        await table.leave(node("nobody"))


async def test_node_that_beats_is_listed_with_its_figures(tables: Open) -> None:
    one, two = tables(), tables()
    await one.claim(node("one"))
    await two.claim(node("two"))
    await one.beat(node("one"), FIGURES)
    beat = await two.beat(node("two"), FIGURES)
    assert (beat.ours, beat.wish) == (True, "")
    listed = {each.name: each for each in beat.nodes}
    assert set(listed) == {"one", "two"}
    shown = listed["one"]
    assert (shown.rooms, shown.connections, shown.load, shown.state, shown.alive) == (3, 5, 0.25, "up", True)
    assert (shown.url, shown.socket, shown.boot) == ("http://one", "/run/one.sock", "first")
    assert shown.started_at <= shown.seen_at <= beat.now


async def test_second_live_node_of_a_name_is_refused(tables: Open) -> None:
    one, two = tables(), tables()
    await one.claim(node("one"))
    with pytest.raises(NameTaken, match="named one serves this database already"):
        await two.claim(node("one", boot="second"))
    await one.leave(node("one"))
    await two.claim(node("one", boot="second"))
    assert [each.boot for each in (await two.beat(node("one", boot="second"), FIGURES)).nodes] == ["second"]


async def test_wish_reaches_its_node_once(tables: Open) -> None:
    one, two = tables(), tables()
    await one.claim(node("one"))
    await two.claim(node("two"))
    assert not await two.ask({"one": "drain", "nobody": "drain"}, audit("0"))
    assert await two.ask({"one": "drain"}, audit("1"))
    assert [(await one.beat(node("one"), FIGURES)).wish for _ in range(2)] == ["drain", ""]


async def test_table_that_was_emptied_lists_a_node_again(tables: Open) -> None:
    one = tables()
    assert (await one.beat(node("one"), FIGURES)).ours
    assert [each.name for each in (await one.beat(node("one"), FIGURES)).nodes] == ["one"]
    await one.leave(node("one"))


class ChainLeases:
    """The leases on chains, whose followers are jobs of one process each."""

    def __init__(self, store: SqlChainStore) -> None:
        self._store = store

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        try:
            await self._store.acquire(len(job), owner, ttl_ms, now)
        except (Fenced, Repeated):
            return False
        return True

    async def release(self, job: str, owner: str) -> None:
        await self._store.release(len(job), owner)


class WebhookLeases(SqlPlaces):
    """The leases on webhooks, each of which one process sends."""

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        try:
            return await super().hold(job, owner, ttl_ms, now)
        except Repeated:
            return False


MADE: dict[str, Callable[[SqlStore], JobLeases]] = {
    "jobs": lambda store: SqlJobLeases(store.writer),
    "webhooks": lambda store: WebhookLeases(store.writer, store.reader),
    "chains": lambda store: ChainLeases(SqlChainStore(store.writer, store.reader)),
}


@pytest.fixture(params=["memory jobs", *(f"{where} {what}" for what in MADE for where in ("sqlite", "postgres"))])
async def leases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobLeases]:
    """Retention, notices and search are jobs; webhooks and chains keep their leases beside what they know."""
    where, _, what = request.param.partition(" ")
    if where == "memory":
        yield MemoryJobLeases()
        return
    url = await migrated_sqlite(tmp_path) if where == "sqlite" else request.getfixturevalue("postgres").migrated()
    store = await open_store(url)
    yield MADE[what](store)
    await store.close()


async def test_job_held_by_a_clock_that_was_ahead_is_free(leases: JobLeases) -> None:
    assert await leases.hold("audit", "one", 1_000, now=LONGEST_MS + 1_000)
    assert await leases.hold("audit", "two", 1_000, now=0)


async def test_job_has_one_holder_until_it_gives_back_or_expires(leases: JobLeases) -> None:
    async def held(owner: str, now: int) -> bool:
        return await leases.hold("sweep", owner, 100, now)

    assert await held("one", 0)
    assert not await held("two", 99)
    assert await held("one", 99), "its holder renews it"
    assert not await held("two", 198)
    assert await held("two", 199), "an expired lease is anybody's"
    await leases.release("sweep", "one")
    assert not await held("one", 200), "who holds nothing gives nothing back"
    await leases.release("sweep", "two")
    assert await held("one", 200)
    assert await leases.hold("another", "two", 100, 200), "each job has a lease of its own"


async def test_job_is_one_ones_where_several_ask_at_once(leases: JobLeases) -> None:
    asked: list[Awaitable[bool]] = [leases.hold("sweep", f"node-{number}", 100, 0) for number in range(5)]
    assert sum(await asyncio.gather(*asked)) == 1


@pytest.mark.long
async def test_node_of_a_restarted_postgres_takes_its_lock_again() -> None:
    server = start_postgres()
    try:
        url = server.migrated()
        one, two = SqlNodes(url), SqlNodes(url)
        await one.claim(node("one"))
        server.stop()
        server.start()
        for _ in range(2):  # the first statement finds the connection dead
            try:
                await one.beat(node("one"), FIGURES)
            except Exception:
                await asyncio.sleep(0.1)
        with pytest.raises(NameTaken):
            await two.claim(node("one", boot="second"))
    finally:
        server.close()
