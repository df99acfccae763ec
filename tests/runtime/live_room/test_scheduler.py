"""One scheduler for all rooms of a process: one commit a turn, and nobody waits for more than others' turns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from parlour.core import room as commands
from parlour.core.room import Command
from parlour.core.rooms.hall import Hall
from parlour.errors import Internal, Unavailable
from parlour.runtime.live_room.scheduler import FULL_TURNS
from parlour.runtime.store import Append, Done
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, Process, count_appends, limits, message

MANY = [f"0x{number:040x}" for number in range(1000)]


class Counting(MemoryStore):
    """Notes how many rooms each commit stores; while `slow`, commits wait until `go_on`."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[int] = []
        self.slow = False
        self._held: list[tuple[Sequence[Append], Done]] = []

    def append_all(self, batches: Sequence[Append], done: Done) -> None:
        self.commits.append(len(batches))
        if self.slow:
            self._held.append((batches, done))
        else:
            super().append_all(batches, done)

    def go_on(self) -> None:
        """Do the commits that wait, in their order."""
        self.slow, held, self._held = False, self._held, []
        for batches, done in held:
            super().append_all(batches, done)


class Slow(Hall):
    """A room whose every action takes as long as the test says."""

    kind = "slow"
    posts = ("game.action",)
    clock: FakeClock
    seconds = 0.0035

    def handle_post(self, command: commands.Post) -> commands.Outcome:
        if command.type == "game.action":
            Slow.clock.spend(Slow.seconds)
            return commands.Outcome([commands.Draft("game.action", {"text": "x"}, command.author, command.id)])
        return super().handle_post(command)


class Brittle(Hall):
    """A room that cannot be written down while the test says so: a defect outside of any rule."""

    kind = "brittle"
    broken = False

    def snapshot(self) -> dict[str, Any]:
        if Brittle.broken:
            raise ZeroDivisionError
        return super().snapshot()


def slowly(number: int) -> Command:
    return commands.Post(author=ALICE, id=f"s{number}", type="game.action", body={})


async def busy_process(rooms: Sequence[str], kind: str = "chat", **bounds: Any) -> tuple[Process, Counting]:
    """A process whose rooms are open."""
    store = Counting()
    process = Process(store, kinds={"slow": Slow, "brittle": Brittle}, limits=limits(**bounds))
    Slow.clock = process.clock
    for room in rooms:
        await process.create(room, kind)
        await process.connected(ALICE, room)
    store.commits.clear()
    return process, store


async def until(answers: list[list[Any]]) -> None:
    """Let the loop turn until each of these was answered."""
    for _ in range(10_000):
        if all(answers):
            return
        await asyncio.sleep(0)
    raise AssertionError("no answer")


# ── fairness ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_room_of_two_waits_two_turns_at_most_beside_a_thousand_talkers() -> None:
    process, _ = await busy_process(["big", "small"], mailbox=10_000, batch=512, tail_entries=100)
    crowd = [FakeConnection(account) for account in MANY]
    for connection in crowd:
        process.submit(commands.Join(author=connection.account), "big", connection=connection)
    await settle()
    for round_ in range(3):
        for account in MANY:
            process.submit(message(account, "me first"), "big")
        before = process.registry.scheduler.passes
        await until([process.submit(message(author, f"hello {round_}"), "small") for author in (ALICE, BOB)])
        assert process.registry.scheduler.passes - before <= 2


async def test_turn_sends_no_more_than_its_deliveries(commits: str) -> None:
    process, _ = await busy_process(["hall"], batch=100, turn_deliveries=40)
    for account in MANY[:9]:
        await process.connected(account)
    appends = count_appends(process.store)
    answers = [process.submit(message(ALICE, f"{number}")) for number in range(10)]
    await settle()
    assert appends == [4, 4, 2]
    assert [answer[0]["seq"] for answer in answers] == list(range(2, 12))


async def test_turn_ends_when_its_time_is_up_and_the_rest_keeps_its_order() -> None:
    process, _ = await busy_process(["hall"], kind="slow", batch=100, turn_ms=5)
    appends = count_appends(process.store)
    answers = [process.submit(slowly(number)) for number in range(7)]
    await settle()
    assert appends == [2, 2, 2, 1]
    assert [answer[0]["seq"] for answer in answers] == list(range(2, 9))


async def test_pass_ends_when_its_time_is_up_and_the_next_begins_with_who_waits() -> None:
    rooms = [f"room-{number}" for number in range(3 * FULL_TURNS)]
    process, store = await busy_process(rooms, kind="slow", turn_ms=3)
    answers = [process.submit(slowly(0), room) for room in rooms]
    await until(answers)
    assert store.commits == [FULL_TURNS] * 3


# ── one commit a turn ────────────────────────────────────────────────────────────────────────────────────────────


async def test_rooms_with_work_share_one_commit() -> None:
    rooms = [f"room-{number}" for number in range(20)]
    process, store = await busy_process(rooms)
    await until([process.submit(message(ALICE, "gm"), room) for room in rooms])
    assert store.commits == [20]


async def test_busy_room_begins_nothing_while_others_go_on() -> None:
    process, store = await busy_process(["one", "two"])
    store.slow = True
    first = process.submit(message(ALICE, "a"), "one")
    await settle()
    later, other = process.submit(message(ALICE, "b"), "one"), process.submit(message(ALICE, "c"), "two")
    await settle()
    assert (first, later, other) == ([], [], [])
    assert store.commits == [1, 1]
    store.go_on()
    await settle()
    assert [first[0]["seq"], later[0]["seq"], other[0]["seq"]] == [2, 3, 2]


async def until_stored(*answers: list[Any]) -> None:
    async with asyncio.timeout(60):
        while not all(answers):
            await asyncio.sleep(0.01)


async def test_every_post_is_answered_once_however_commits_and_posts_overlap() -> None:
    process, store = await busy_process(["one", "two"], mailbox=1000)
    store.delay = 0.001
    answers = []
    for number in range(60):
        answers += [process.submit(message(ALICE, f"{number}"), room) for room in ("one", "two")]
        await asyncio.sleep(0.0005 * (number % 4))
    await until_stored(*answers)
    await settle()
    for room, mine in (("one", answers[::2]), ("two", answers[1::2])):
        assert [answer[0]["seq"] for answer in mine] == list(range(2, 62)), room
        assert all(len(answer) == 1 for answer in mine)


# ── a room's trouble is its own ──────────────────────────────────────────────────────────────────────────────────


async def test_room_that_cannot_be_stored_does_not_disturb_its_neighbours() -> None:
    process, store = await busy_process(["one", "two", "three"])
    store.failing = 1
    answers = [process.submit(message(ALICE, "gm"), room) for room in ("one", "two", "three")]
    await settle()
    assert [type(answer[0]) for answer in answers] == [Unavailable, dict, dict]
    assert (await process.post(ALICE, "again", room="one"))["seq"] == 2


async def test_room_that_crashes_does_not_disturb_its_neighbours() -> None:
    process, _ = await busy_process(["one"], kind="brittle", snapshot_entries=2)
    await process.create("two")
    Brittle.broken = True
    answers = [process.submit(message(ALICE, "gm"), room) for room in ("one", "two")]
    await settle()
    Brittle.broken = False
    assert [type(answer[0]) for answer in answers] == [Internal, dict]
    assert (await process.post(ALICE, "a new host", room="one"))["seq"] == 2


async def test_turn_is_refused_when_the_lease_is_lost_during_its_commit() -> None:
    process, store = await busy_process(["hall"])
    alice = await process.connected(ALICE)
    store.slow = True
    answer = process.submit(message(BOB, "too late"))
    await settle()
    host = process.registry.find("hall")
    assert host is not None
    host.lost_lease()
    store.go_on()
    await settle()
    assert [isinstance(told, Unavailable) for told in answer] == [True]
    assert alice.entries == []
    assert alice.closed == ("replaced", True)
