"""Two processes of the same settings on one Postgres: one stops or dies, and its rooms never fork."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from sqlalchemy import bindparam, text

from parlour.adapters.sql.rooms import open_store
from parlour.adapters.upkeep.integrity import check as check_integrity
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from tests.history.checker import Join
from tests.history.crowd import assert_coded, crowd, until
from tests.history.load import RawClient
from tests.postgres import Postgres

ROOMS = 4
LATER = text("SELECT seq, author, id FROM entry WHERE room = :room AND seq > :head AND author IN :authors").bindparams(
    bindparam("authors", expanding=True)
)

Pair = tuple[ServerProcess, ServerProcess]


@pytest.fixture
async def pair(postgres: Postgres) -> AsyncIterator[Pair]:
    url = postgres.database()
    async with ServerProcess(url) as one, ServerProcess(url) as two:
        yield one, two


async def test_owner_writes_nothing_when_stopped_for_longer_than_its_lease(pair: Pair) -> None:
    await stop_and_continue(*pair, stopped_s=12)


@pytest.mark.long
async def test_owner_writes_nothing_when_stopped_for_thirty_seconds(pair: Pair) -> None:
    await stop_and_continue(*pair, stopped_s=30)


async def stop_and_continue(one: ServerProcess, two: ServerProcess, *, stopped_s: float) -> None:
    async with crowd(one.url, rooms=ROOMS, clients=12) as here:
        await here.all_acked_again()
        began = time.monotonic()
        one.pause()
        for client in here.clients:  # whoever loses its socket finds nobody until the log has been looked at
            client.url = f"http://127.0.0.1:{free_port()}"
        async with crowd(two.url, rooms=ROOMS, clients=ROOMS, name="other", make=False) as there:
            await there.all_acked_again()
            await until(lambda: len(taken_over_at(there.clients)) == ROOMS)
            taken_s = time.monotonic() - began
            assert taken_s < 15, "a takeover takes a lease and a retry"
            heads = taken_over_at(there.clients)
            await asyncio.sleep(max(0.0, stopped_s - taken_s))
            in_flight = sum(not client.settled for client in here.clients)
            assert in_flight, "no post was under way when the owner was stopped"
            one.resume()
            await until(lambda: all(client.closings for client in here.clients))
            await asyncio.sleep(1.0)
            assert await written_after(two.database_url, heads, [c.history.account for c in here.clients]) == []
            for client in here.clients:
                assert {(c["reason"], c["reconnect"]) for c in client.closings} == {("replaced", True)}
                client.url = two.url
            back_s = await here.all_acked_again()
            print(f"stopped {stopped_s:g} s: taken over after {taken_s:.1f} s; back on the other in {back_s:.1f} s")
            await there.calm()
            here.url = two.url
            verdict = await here.verdict(there.clients)
            assert not verdict.findings, str(verdict)
            assert_coded([*here.refusals, *there.refusals])
    failures = [finding for finding in await check_integrity(two.database_url) if not finding.ok]
    assert [finding for finding in failures if finding.check != "durability"] == []


def taken_over_at(clients: Sequence[RawClient]) -> dict[str, int]:
    """Where the new owner found each room, as the first answer of a join tells."""
    heads: dict[str, int] = {}
    for client in clients:
        for event in client.history.events:
            if isinstance(event, Join):
                heads[event.room] = min(event.head, heads.get(event.room, event.head))
    return heads


async def written_after(url: str, heads: Mapping[str, int], authors: Sequence[str]) -> list[tuple[object, ...]]:
    """What these authors have in the log behind those places, as the database itself says."""
    store = await open_store(url)
    try:
        return [
            tuple(row)
            for room, head in heads.items()
            for row in await store.query(
                lambda connection, room=room, head=head: list(
                    connection.execute(LATER, {"room": room, "head": head, "authors": list(authors)})
                )
            )
        ]
    finally:
        await store.close()


async def test_process_when_killed_and_restarted_takes_its_rooms_back(pair: Pair) -> None:
    one, _ = pair
    async with crowd(one.url, rooms=ROOMS, clients=12) as people:
        await people.all_acked_again()
        await one.kill9()
        dead, stood = time.monotonic(), people.acked
        await one.start()
        ready_s = time.monotonic() - dead
        await until(lambda: people.acked > stood)
        print(f"killed: ready after {ready_s:.2f} s, first ack after {time.monotonic() - dead:.2f} s")
        verdict = await people.verdict()
        assert not verdict.findings, str(verdict)
        assert not any("Another process" in str(error) for error in people.refusals), "it waited for its own lease"
