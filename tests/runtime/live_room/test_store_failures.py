"""A live room whose store fails, or whose log another process writes."""

from __future__ import annotations

import asyncio

import pytest

from parlour.errors import ParlourError, Unavailable
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, message, moderate


async def test_failed_append_is_unavailable_and_the_retry_succeeds(process: Process) -> None:
    alice = await process.connected(ALICE)
    process.store.failing = 1
    error = await process.refused(message(ALICE, "gm", "1"))
    assert (error.code, error.retryable) == ("unavailable", True)
    assert alice.entries == []
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == 2
    assert alice.entries == [2]


async def test_entry_is_sent_when_its_append_failed_after_it_was_stored(process: Process) -> None:
    alice = await process.connected(ALICE)
    process.store.failing_after = 1
    assert (await process.refused(message(ALICE, "gm", "1"))).code == "unavailable"
    assert alice.entries == [2]
    assert (await process.post(ALICE, "gm", id_="1"))["duplicate"] is True
    assert alice.entries == [2]


async def test_ban_that_was_stored_all_the_same_holds(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    process.store.failing_after = 1
    await process.refused(moderate(OWNER, "ban", ALICE))
    await process.post(BOB, "good riddance")
    assert (alice.entries, bob.entries) == ([], [2, 3])
    assert alice.events("room:removed") == [{"room": "hall", "reason": "banned"}]


async def test_senders_while_the_store_is_down_are_refused_and_later_served(process: Process) -> None:
    alice = await process.connected(ALICE)
    process.store.failing = 4
    refused = [process.submit(message(ALICE, f"{n}", f"{n}")) for n in range(3)]
    await process.clock.advance(5)
    assert [answers[0].code for answers in refused] == ["unavailable"] * 3
    await process.post(ALICE, "0", id_="0")
    assert alice.entries == [2]


async def test_room_answers_reads_from_its_log_when_the_store_cannot_write(process: Process) -> None:
    await process.ask(moderate(OWNER, "ban", BOB))
    process.store.failing = 100
    process.submit(moderate(OWNER, "ban", ALICE))
    await settle()
    host = process.registry.open("hall")
    for _ in range(3):
        assert set(await host.read_state(lambda hall: dict(hall.access.banned))) == {BOB}
        await process.clock.advance(20)
    process.store.failing = 0


async def test_read_never_sees_a_state_that_was_not_stored(process: Process) -> None:
    await process.connected(ALICE)
    host = process.registry.open("hall")
    process.store.delay = 0.05
    process.submit(moderate(OWNER, "ban", ALICE))
    await settle()
    assert host.live.room.access.banned
    asked = asyncio.ensure_future(host.read_state(lambda hall: dict(hall.access.banned)))
    process.store.failing = 1
    await asyncio.sleep(0.1)
    await settle()
    assert asked.result() == {}


async def test_second_writer_fences_the_first_and_none_of_its_rows_are_stored() -> None:
    store = MemoryStore()
    first = Process(store, owner="one")
    second = Process(store, first.clock, owner="two")
    await first.create()
    alice = await first.connected(ALICE)
    first.clock.spend(11)
    assert (await second.post(BOB, "taken over"))["seq"] == 2
    error = await first.refused(message(ALICE, "from yesterday"))
    assert (error.code, error.retryable) == ("unavailable", True)
    assert alice.closed == ("replaced", True)
    assert [e.author for e in await first.log()] == ["", BOB]


async def test_room_left_by_a_process_whose_clock_was_ahead_is_taken_at_once() -> None:
    store = MemoryStore()
    first, clock = Process(store, owner="one"), FakeClock()
    await first.create()
    first.clock.step(86_400_000)
    await first.post(ALICE, "from tomorrow")
    second = Process(store, clock, owner="two")
    assert (await second.post(BOB, "today"))["seq"] == 3
    assert [entry.at for entry in await second.log()] == sorted(entry.at for entry in await second.log())


async def test_join_is_refused_when_the_process_slept_through_its_lease() -> None:
    store = MemoryStore()
    first = Process(store, owner="one")
    second = Process(store, first.clock, owner="two")
    await first.create()
    await first.connected(ALICE)
    first.clock.spend(11)
    await second.post(BOB, "taken over")
    with pytest.raises(Unavailable):
        await first.join(FakeConnection(CAROL))


async def test_reads_of_a_room_that_was_taken_over_are_refused() -> None:
    store = MemoryStore()
    first = Process(store, owner="one")
    second = Process(store, first.clock, owner="two")
    await first.create()
    await first.connected(ALICE)
    host = first.registry.open("hall")
    first.clock.spend(11)
    await second.ask(moderate(OWNER, "ban", ALICE))
    with pytest.raises(ParlourError):
        await host.read_state(lambda hall: hall.may_read(ALICE, 0, first.clock.now()))


async def test_client_is_told_to_retry_when_another_process_holds_the_room() -> None:
    store = MemoryStore()
    first = Process(store, owner="one")
    await first.create()
    await first.post(ALICE, "mine")
    second = Process(store, first.clock, owner="two")
    error = await second.refused(message(BOB, "me too"))
    assert (error.code, error.retryable) == ("unavailable", True)


# ── requests that wait while another process owns the room ────────────────────────────────────────────────────────


def hold_up(store: MemoryStore, step: str) -> asyncio.Event:
    """Make the store's next call of this method wait for the event."""
    gate, method = asyncio.Event(), getattr(store, step)

    async def slowly(*args: object) -> object:
        setattr(store, step, method)
        await gate.wait()
        return await method(*args)

    setattr(store, step, slowly)
    return gate


async def own_for_a_moment(process: Process, text: str) -> None:
    """Open the room, post and give it back, a millisecond after and before everything else."""
    process.clock.spend(0.001)
    await process.post(BOB, text)
    await process.close()
    process.clock.spend(0.001)


def _two() -> tuple[Process, Process]:
    first = Process(MemoryStore(), owner="one")
    return first, Process(first.store, first.clock, owner="two")


@pytest.mark.parametrize("step", ["existing", "load", "acquire"])
async def test_request_that_waited_for_another_owner_is_asked_again(step: str) -> None:
    first, second = _two()
    await first.create()
    gate = hold_up(first.store, step)
    answers = first.submit(message(ALICE, "gm", "1"))
    await settle()
    await own_for_a_moment(second, "mine meanwhile")
    gate.set()
    await settle()
    assert [(answer.code, answer.retryable) for answer in answers] == [("unavailable", True)]
    assert [e.author for e in await first.log()] == ["", BOB]
    assert (await first.post(ALICE, "gm", id_="1"))["seq"] == 3


async def test_request_looked_up_until_its_room_is_open_is_asked_again() -> None:
    first, second = _two()
    await first.create()
    gate = hold_up(first.store, "existing")
    answers = first.submit(message(ALICE, "gm"))
    await settle()
    await own_for_a_moment(second, "mine meanwhile")
    first.registry.open("hall")
    await settle()
    gate.set()
    await settle()
    assert [answer.code for answer in answers] == ["unavailable"]


@pytest.mark.parametrize("step", ["existing", "load", "acquire"])
async def test_request_that_waited_while_nobody_owned_is_served(step: str) -> None:
    first, second = _two()
    await first.create()
    await own_for_a_moment(second, "mine before")
    gate = hold_up(first.store, step)
    answers = first.submit(message(ALICE, "gm"))
    await settle()
    first.clock.spend(5)
    gate.set()
    await settle()
    assert [answer["seq"] for answer in answers] == [3]


async def test_request_while_this_process_itself_gave_the_room_back_is_served(process: Process) -> None:
    for number in range(8):
        await process.post(ALICE, f"{number}")
    gate = hold_up(process.store, "append")  # of the snapshot that a closing room leaves
    await process.clock.advance(61)
    answers = process.submit(message(BOB, "anybody there?"))
    process.clock.spend(1)
    gate.set()
    await settle()
    assert [answer["seq"] for answer in answers] == [10]


async def test_request_during_recovery_and_another_owner_is_asked_again() -> None:
    first, second = _two()
    await first.create()
    await first.connected(ALICE)
    first.store.failing = 1
    gate = hold_up(first.store, "load")
    answers = first.submit(message(ALICE, "fails"))
    await settle()
    answers_of_later = first.submit(message(ALICE, "waits"))
    first.clock.spend(11)
    await own_for_a_moment(second, "mine meanwhile")
    gate.set()
    await settle()
    assert [answer.code for answer in answers + answers_of_later] == ["unavailable"] * 2
    assert [e.author for e in await first.log()] == ["", BOB]
