"""A live room: order, durability, opening and closing."""

from __future__ import annotations

import asyncio

import pytest

from parlour.core import room as commands
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import fold
from parlour.core.rooms.hall import Hall
from parlour.errors import Conflict, Internal, NotFound, Unavailable
from parlour.runtime.live_room.context import RoomRequest
from parlour.testing.fakes import START_MS, FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, count_appends, limits, message, moderate

# ── order and durability ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_client_gets_every_entry_once_in_the_order_of_the_log(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    for number in range(30):
        process.submit(message((ALICE, BOB)[number % 2], f"{number}"))
    await settle()
    assert alice.entries == bob.entries == list(range(2, 32))
    log = await process.log()
    assert first_break(log, ZERO_HASH) is None
    assert [e.body["text"] for e in log[1:]] == [str(n) for n in range(30)]  # type: ignore[index,call-overload]


async def test_ack_has_the_place_in_the_log(process: Process) -> None:
    answer = await process.post(ALICE, "gm")
    entry = (await process.log())[-1]
    assert (answer["seq"], answer["at"], answer["hash"]) == (2, entry.at, "0x" + entry.hash.hex())


async def test_entry_until_stored_is_neither_sent_nor_acknowledged(process: Process) -> None:
    alice = await process.connected(ALICE)
    process.store.delay = 0.05
    answers = process.submit(message(BOB, "not yet"))
    await settle()
    assert (answers, alice.entries) == ([], [])
    await asyncio.sleep(0.1)
    assert (answers[0]["seq"], alice.entries) == (2, [2])


async def test_author_hears_the_entry_before_the_ack(process: Process) -> None:
    alice = await process.connected(ALICE)
    order: list[object] = []
    alice.write = lambda frame, volatile=False: order.append(frame.event)  # type: ignore[method-assign]
    process.registry.submit("hall", RoomRequest(message(ALICE, "gm"), lambda answer: order.append("ack")))
    await settle()
    assert order == ["entry", "ack"]


async def test_requests_that_wait_become_one_batch_and_one_append(process: Process) -> None:
    await process.connected(ALICE)
    appends = count_appends(process.store)
    for number in range(20):
        process.submit(message(ALICE, f"{number}"))
    await settle()
    assert appends == [8, 8, 4]


async def test_entries_are_never_dated_before_the_one_before(process: Process) -> None:
    await process.post(ALICE, "now")
    process.clock._start_ms -= 3_600_000
    await process.post(ALICE, "an hour earlier by the clock")
    log = await process.log()
    assert log[-1].at == log[-2].at


async def test_post_when_refused_leaves_the_rest_of_its_batch_alone(process: Process) -> None:
    await process.connected(ALICE)
    good, bad, other = (process.submit(message(ALICE, text)) for text in ("one", "", "three"))
    await settle()
    assert [good[0]["seq"], bad[0].code, other[0]["seq"]] == [2, "invalid", 3]


async def test_refused_command_changes_nothing(process: Process) -> None:
    await process.post(ALICE, "gm")
    before, log = process.state(), await process.log()
    for refused in (
        message(ALICE, ""),
        message("", "guest"),
        commands.Post(author=ALICE, id="x", type="member.banned", body={"account": BOB}),
        commands.Post(author=ALICE, id="x", type="chat.edit", body={"of": 99, "text": "?"}),
        commands.Post(author=ALICE, id="x", type="chat.message", body={"text": "a\x00b"}),
        moderate(ALICE, "ban", BOB),
        commands.Configure(author=ALICE, title="mine"),
        commands.Close(author=ALICE),
    ):
        await process.refused(refused)
    assert process.state() == before
    assert await process.log() == log
    await process.post(ALICE, "fine", id_="x")


async def test_body_beyond_the_limit_is_too_large(process: Process) -> None:
    assert (await process.refused(message(ALICE, "x" * 40_000))).code == "too_large"


async def test_binary_body_stays_binary_as_an_entry_and_is_base64_inside_answers(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.ask(commands.Post(author=BOB, id="1", type="app.blob", body=b"\x00\xff"))
    assert alice.events("entry")[0]["body"] == b"\x00\xff"
    joined = await process.join(FakeConnection(CAROL))
    assert joined["entries"][-1]["body"] == {"b64": "AP8="}
    assert isinstance(await process.refused(commands.Post(author=BOB, id="1", type="app.blob", body=b"\x00")), Conflict)


async def test_reference_beyond_the_log_is_not_found(process: Process) -> None:
    alice = await process.connected(ALICE)
    for absurd in (2**70, -1, 0, 999):
        post = commands.Post(
            author=ALICE, id=f"r{absurd}", type="chat.reaction", body={"of": absurd, "emoji": "x", "on": True}
        )
        assert (await process.refused(post)).code in ("not_found", "invalid")
    assert alice.closed is None


async def test_rule_that_raises_is_internal_and_the_room_goes_on() -> None:
    class Broken(Hall):
        kind = "broken"
        posts = ("game.action",)

        def handle_post(self, command: commands.Post) -> commands.Outcome:
            raise RuntimeError("a bug in a kind")

    process = Process(kinds={"broken": Broken})
    await process.create(kind="broken")
    error = await process.refused(commands.Post(author=ALICE, id="1", type="game.action", body={}))
    assert isinstance(error, Internal)
    assert (await process.post(ALICE, "still here"))["seq"] == 2


async def test_full_mailbox_answers_unavailable() -> None:
    process = Process(limits=limits(mailbox=3))
    await process.create()
    process.store.delay = 0.05
    process.submit(message(ALICE, "on its way"))
    await settle()
    for number in range(3):
        process.submit(message(ALICE, f"waiting {number}"))
    with pytest.raises(Unavailable):
        process.submit(message(ALICE, "one too many"))
    await asyncio.sleep(0.2)


# ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_room_that_was_never_created_is_not_found(process: Process) -> None:
    assert isinstance(await process.refused(message(ALICE, "gm"), "nowhere"), NotFound)


async def test_opening_reads_a_snapshot_and_a_tail() -> None:
    process = Process(limits=limits(snapshot_entries=10))
    await process.create()
    for number in range(95):
        await process.post(ALICE, f"{number}")
    await process.close()
    pages: list[int] = []
    entries = process.store.entries

    async def counted(*args: int, **more: int) -> object:
        found = await entries(*args, **more)  # type: ignore[arg-type]
        pages.append(len(found))
        return found

    process.store.entries = counted  # type: ignore[method-assign,assignment]
    again = Process(process.store, process.clock, limits=limits(snapshot_entries=10))
    await again.post(ALICE, "back")
    assert sum(pages) < 20


@pytest.mark.parametrize("why", ["entries", "bytes", "age"])
async def test_snapshot_is_taken_after_enough_entries_bytes_or_time(why: str) -> None:
    process = Process(limits=limits(snapshot_entries=10, snapshot_bytes=5000, snapshot_seconds=600))
    await process.create()
    await process.connected(ALICE)
    await process.post(ALICE, "small")
    assert (await process.store.load("hall")).snapshot is None  # type: ignore[union-attr]
    if why == "age":
        await process.clock.advance(601)
    for _ in range(8 if why == "entries" else 1):
        await process.post(ALICE, "é" * 3_000 if why == "bytes" else "small")
    saved = await process.store.load("hall")
    assert saved is not None
    assert saved.snapshot is not None
    assert saved.snapshot.seq == saved.record.head


async def test_snapshot_and_later_entries_are_a_fresh_fold(process: Process) -> None:
    for number in range(25):
        posted = await process.post(ALICE, f"{number}")
        if number % 5 == 0:
            await process.ask(moderate(OWNER, "mute", BOB, until=START_MS + 10**9 + number))
            pin = {"of": posted["seq"], "on": True}
            await process.ask(commands.Post(author=OWNER, id=f"p{number}", type="chat.pin", body=pin))
    await process.close()
    saved, log = await process.store.load("hall"), await process.log()
    assert saved is not None
    assert saved.snapshot is not None
    restored = Hall("hall")
    restored.restore(saved.snapshot.state)
    fold(restored, [e for e in log if e.seq > saved.snapshot.seq])
    assert restored.snapshot() == fold(Hall("hall"), log).snapshot()


async def test_empty_room_closes_when_idle_and_opens_again(process: Process) -> None:
    await process.post(ALICE, "gm")
    assert process.registry.live()
    await process.clock.advance(61)
    assert process.registry.live() == []
    assert (await process.post(ALICE, "back"))["seq"] == 3


async def test_post_to_a_closing_room_is_served_by_its_successor(process: Process) -> None:
    await process.post(ALICE, "gm")
    release = process.store.release
    gate = asyncio.Event()

    async def slowly(*args: object) -> None:
        await gate.wait()
        await release(*args)  # type: ignore[arg-type]

    process.store.release = slowly  # type: ignore[method-assign,assignment]
    await process.clock.advance(61)
    answers = process.submit(message(BOB, "anybody there?"))
    await settle()
    assert answers == []
    gate.set()
    await settle()
    assert answers[0]["seq"] == 3


async def test_room_with_people_in_it_stays_open(process: Process) -> None:
    await process.connected(ALICE)
    await process.clock.advance(3600)
    assert process.registry.live()


async def test_draining_commits_the_mailbox_and_refuses_what_comes_later(process: Process) -> None:
    process.store.delay = 0.02
    answers = [process.submit(message(ALICE, f"{n}")) for n in range(20)]
    draining = asyncio.ensure_future(process.registry.drain())
    await settle()
    with pytest.raises(Unavailable):
        process.submit(message(ALICE, "too late"))
    await draining
    assert [a[0]["seq"] for a in answers] == list(range(2, 22))
    assert process.registry.live() == []
