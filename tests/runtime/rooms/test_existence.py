"""Ids of rooms that there are not: one look-up for many, a short memory, and no live room."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from parlour.core.room import Join
from parlour.errors import NoSuchRoom, ParlourError, Unavailable
from parlour.runtime.rooms import existence as module
from parlour.runtime.rooms.existence import REMEMBERED, REMEMBERED_SECONDS, WAITING, Existence
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.store import StoreError
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, settle
from tests.runtime.kit import ALICE, Process, message


class CountingStore(MemoryStore):
    """Counts what is read and written of rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up: list[list[str]] = []
        self.loads = self.leases = 0
        self.broken = False

    async def existing(self, rooms: Sequence[str]) -> set[str]:
        self.looked_up.append(list(rooms))
        await asyncio.sleep(0)
        if self.broken:
            raise StoreError("the reader is gone")
        return await super().existing(rooms)

    async def load(self, room: str):  # type: ignore[no-untyped-def]
        self.loads += 1
        return await super().load(room)

    async def acquire(self, room: str, owner: str, ttl_ms: int, now: int) -> int:
        self.leases += 1
        return await super().acquire(room, owner, ttl_ms, now)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


async def test_rooms_that_do_not_exist_cost_no_host_and_one_look_up(store: CountingStore) -> None:
    process = Process(store)
    asked = [process.submit(Join(ALICE), f"none-{n}", connection=FakeConnection(ALICE)) for n in range(module.BATCH)]
    reads = [asyncio.ensure_future(process.rooms.history(f"none-{n}", Caller(), Bounds())) for n in range(5)]
    await settle()
    assert {type(answer) for (answer,) in asked} == {NoSuchRoom}
    assert [answer.retryable for (answer,) in asked if isinstance(answer, ParlourError)] == [False] * len(asked)
    assert all(isinstance(read.exception(), NoSuchRoom) for read in reads)
    assert process.registry.live() == []
    assert (len(store.looked_up), store.loads, store.leases) == (1, 0, 0)


async def test_rooms_that_do_not_exist_are_remembered_for_a_moment(store: CountingStore) -> None:
    process = Process(store)
    for _ in range(3):
        assert isinstance(await process.refused(Join(ALICE), "None"), NoSuchRoom)
    assert store.looked_up == [["none"]]
    await process.clock.advance(REMEMBERED_SECONDS)
    other = Process(store, process.clock, owner="two")
    await other.create("none")
    await process.ask(Join(ALICE), "NONE")
    assert len(store.looked_up) == 2


async def test_room_created_here_is_known_at_once_although_it_was_absent(store: CountingStore) -> None:
    process = Process(store)
    await process.refused(Join(ALICE), "new")
    await process.create("new")
    await process.ask(Join(ALICE), "new")


async def test_room_created_during_its_look_up_is_found(store: CountingStore) -> None:
    existence = Existence(store, FakeClock())
    asked = asyncio.ensure_future(existence.exists("new"))
    await asyncio.sleep(0)
    existence.created("NEW")
    assert await asked
    await existence.settled()
    assert not existence.is_absent("new")


async def test_requests_to_a_room_being_looked_up_keep_their_order(store: CountingStore) -> None:
    process = Process(store)
    await process.create()
    answers = [process.submit(message(ALICE, str(n))) for n in range(4)]
    await asyncio.sleep(0)
    answers += [process.submit(message(ALICE, str(n))) for n in range(4, 8)]
    await settle()
    assert [answer["seq"] for (answer,) in answers] == list(range(2, 10))


async def test_look_up_that_fails_is_refused_as_retryable(store: CountingStore) -> None:
    process = Process(store)
    store.broken = True
    error = await process.refused(Join(ALICE), "hall")
    assert (type(error), error.retryable) == (Unavailable, True)
    store.broken = False
    await process.create("hall")
    await process.ask(Join(ALICE), "hall")


async def test_memory_and_queue_of_absent_rooms_are_bounded(store: CountingStore) -> None:
    existence = Existence(store, FakeClock())
    for number in range(WAITING):
        existence.ask(f"none-{number}", lambda found: None)
    with pytest.raises(Unavailable):
        existence.ask("one more", lambda found: None)
    await existence.settled()
    for number in range(WAITING, REMEMBERED + 1):
        existence.ask(f"none-{number}", lambda found: None)
    await existence.settled()
    assert not existence.is_absent("none-0")
    assert existence.is_absent(f"none-{REMEMBERED}")


async def test_look_up_when_who_asked_fails_answers_the_others_and_later_ones(store: CountingStore) -> None:
    existence, answers = Existence(store, FakeClock()), list[bool | ParlourError]()

    def fails(found: bool | ParlourError) -> None:
        raise ValueError(found)

    existence.ask("one", fails)
    existence.ask("one", answers.append)
    await existence.settled()
    existence.ask("two", answers.append)
    await existence.settled()
    assert answers == [False, False]
