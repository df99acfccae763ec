"""A live room: order, durability, duplicates, recovery, trouble with the store."""

from __future__ import annotations

import asyncio

import pytest

from parlour.core import room as commands
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import ChainUpdate, Draft, fold
from parlour.core.rooms.hall import Hall
from parlour.errors import Conflict, Internal, NotFound, ParlourError, Unavailable
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.store import Append
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import START_MS, FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, message, moderate


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.create()
    return process


# ── order and durability ─────────────────────────────────────────────────────────────────────────────────────────


async def test_everybody_hears_every_entry_once_in_the_order_of_the_log(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    for number in range(30):
        process.submit(message((ALICE, BOB)[number % 2], f"{number}"))
    await settle()
    assert alice.entries == bob.entries == list(range(2, 32))
    log = await process.log()
    assert first_break(log, ZERO_HASH) is None
    assert [e.body["text"] for e in log[1:]] == [str(n) for n in range(30)]  # type: ignore[index,call-overload]


async def test_an_ack_tells_the_place_in_the_log(process: Process) -> None:
    answer = await process.post(ALICE, "gm")
    entry = (await process.log())[-1]
    assert (answer["seq"], answer["at"], answer["hash"]) == (2, entry.at, "0x" + entry.hash.hex())


async def test_nobody_hears_and_nothing_is_acknowledged_before_it_is_stored(process: Process) -> None:
    alice = await process.connected(ALICE)
    process.store.delay = 0.05
    answers = process.submit(message(BOB, "not yet"))
    await settle()
    assert (answers, alice.entries) == ([], [])
    await asyncio.sleep(0.1)
    assert (answers[0]["seq"], alice.entries) == (2, [2])


async def test_the_author_hears_the_entry_before_the_ack(process: Process) -> None:
    alice = await process.connected(ALICE)
    order: list[object] = []
    alice.write = lambda frame, volatile=False: order.append(frame.event)  # type: ignore[method-assign]
    process.registry.submit("hall", RoomRequest(message(ALICE, "gm"), lambda answer: order.append("ack")))
    await settle()
    assert order == ["entry", "ack"]


async def test_what_waits_becomes_one_batch_and_one_append(process: Process) -> None:
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


async def test_one_refused_post_does_not_fail_its_neighbours(process: Process) -> None:
    await process.connected(ALICE)
    good, bad, other = (process.submit(message(ALICE, text)) for text in ("one", "", "three"))
    await settle()
    assert [good[0]["seq"], bad[0].code, other[0]["seq"]] == [2, "invalid", 3]


async def test_a_refused_command_changes_nothing(process: Process) -> None:
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


async def test_a_body_beyond_the_limit_is_too_large(process: Process) -> None:
    assert (await process.refused(message(ALICE, "x" * 40_000))).code == "too_large"


async def test_a_binary_body_stays_binary_as_an_entry_and_is_base64_inside_answers(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.ask(commands.Post(author=BOB, id="1", type="app.blob", body=b"\x00\xff"))
    assert alice.events("entry")[0]["body"] == b"\x00\xff"
    joined = await process.join(FakeConnection(CAROL))
    assert joined["entries"][-1]["body"] == {"b64": "AP8="}
    assert isinstance(await process.refused(commands.Post(author=BOB, id="1", type="app.blob", body=b"\x00")), Conflict)


async def test_a_reference_beyond_any_log_is_not_found_and_harms_nobody(process: Process) -> None:
    alice = await process.connected(ALICE)
    for absurd in (2**70, -1, 0, 999):
        post = commands.Post(
            author=ALICE, id=f"r{absurd}", type="chat.reaction", body={"of": absurd, "emoji": "x", "on": True}
        )
        assert (await process.refused(post)).code in ("not_found", "invalid")
    assert alice.closed is None


async def test_a_rule_that_raises_is_our_fault_and_the_room_goes_on() -> None:
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


async def test_a_full_mailbox_answers_unavailable() -> None:
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


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_resend_gets_the_first_place_again(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    assert await process.post(ALICE, "gm", id_="1") == {**first, "duplicate": True}
    assert len(await process.log()) == 2


async def test_a_resend_within_one_batch_is_stored_once(process: Process) -> None:
    first, again = process.submit(message(ALICE, "gm", "1")), process.submit(message(ALICE, "gm", "1"))
    await settle()
    assert again == [{**first[0], "duplicate": True}]


async def test_the_same_id_with_another_body_or_type_is_a_conflict(process: Process) -> None:
    await process.post(ALICE, "gm", id_="1")
    assert isinstance(await process.refused(message(ALICE, "gn", "1")), Conflict)
    assert isinstance(await process.refused(message(ALICE, "gm", "1", "app.note")), Conflict)


async def test_ids_belong_to_their_author(process: Process) -> None:
    await process.post(ALICE, "gm", id_="1")
    assert (await process.post(BOB, "hello", id_="1"))["seq"] == 3


async def test_a_refused_post_does_not_use_up_its_id(process: Process) -> None:
    await process.refused(message(ALICE, "", "1"))
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == 2


async def test_a_known_id_is_answered_before_rights_and_rules_are_asked(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    await process.ask(moderate(OWNER, "ban", ALICE))
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    await process.ask(commands.Close(author=OWNER))
    assert (await process.post(ALICE, "gm", id_="1"))["duplicate"] is True


async def test_ids_are_remembered_beyond_memory_and_restarts(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    for number in range(30):
        await process.post(BOB, f"{number}")
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    await process.close()
    again = Process(process.store, process.clock)
    assert (await again.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    assert isinstance(await again.refused(message(ALICE, "gn", "1")), Conflict)


async def test_deleted_message_sent_again_is_a_duplicate_also_after_a_restart(process: Process) -> None:
    await process.post(ALICE, "regretted", id_="1")
    await process.ask(commands.Post(author=ALICE, id="2", type="chat.delete", body={"of": 2}))
    assert (await process.post(ALICE, "regretted", id_="1"))["duplicate"] is True
    await process.close()
    assert (await Process(process.store, process.clock).post(ALICE, "regretted", id_="1"))["duplicate"] is True


@pytest.mark.parametrize("command", [moderate(OWNER, "mute", ALICE), commands.Configure(author=OWNER, title="Salon")])
async def test_a_request_with_an_id_happens_once(process: Process, command: commands.Command) -> None:
    first = process.submit(command, request_id="r1")
    again = process.submit(command, request_id="r1")
    await settle()
    assert first[0]["ok"]
    assert again[0]["duplicate"]
    assert len(await process.log()) == 2


# ── trouble with the store ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_append_is_unavailable_and_the_retry_succeeds(process: Process) -> None:
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


async def test_a_ban_that_was_stored_all_the_same_holds(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    process.store.failing_after = 1
    await process.refused(moderate(OWNER, "ban", ALICE))
    await process.post(BOB, "good riddance")
    assert (alice.entries, bob.entries) == ([], [2, 3])
    assert alice.events("room:removed") == [{"room": "hall", "reason": "banned"}]


async def test_while_the_store_is_away_senders_are_told_and_later_served(process: Process) -> None:
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


async def test_a_state_that_was_never_stored_is_never_asked(process: Process) -> None:
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


async def test_a_second_writer_fences_the_first_and_none_of_its_rows_are_stored() -> None:
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


# ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_room_nobody_created_is_not_found(process: Process) -> None:
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
async def test_a_snapshot_is_taken_after_so_many_entries_so_many_bytes_or_so_long(why: str) -> None:
    process = Process(limits=limits(snapshot_entries=10, snapshot_bytes=5000, snapshot_seconds=600))
    await process.create()
    await process.connected(ALICE)
    await process.post(ALICE, "small")
    assert (await process.store.load("hall")).snapshot is None  # type: ignore[union-attr]
    if why == "age":
        await process.clock.advance(601)
    for _ in range(8 if why == "entries" else 1):
        await process.post(ALICE, "x" * 5000 if why == "bytes" else "small")
    saved = await process.store.load("hall")
    assert saved is not None
    assert saved.snapshot is not None
    assert saved.snapshot.seq == saved.record.head


async def test_a_snapshot_and_later_entries_are_a_fresh_fold(process: Process) -> None:
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


async def test_an_empty_room_closes_when_idle_and_opens_again(process: Process) -> None:
    await process.post(ALICE, "gm")
    assert process.registry.live()
    await process.clock.advance(61)
    assert process.registry.live() == []
    assert (await process.post(ALICE, "back"))["seq"] == 3


async def test_a_post_that_meets_a_closing_room_is_served_by_its_successor(process: Process) -> None:
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


async def test_a_room_with_people_in_it_stays_open(process: Process) -> None:
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


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────

WATCH = {
    "id": "w1",
    "chain": 1,
    "event": "E()",
    "finality": "included",
    "confirm": [],
    "from": {"number": 1, "hash": "0x"},
}


def event(number: int, branch: int = 0) -> Draft:
    body = {"watch": "w1", "chain": 1, "event": "E()", "block": {"number": number}, "logIndex": 0, "status": "included"}
    return Draft("chain.event", body, source=f"chain:1:{branch}:{number}:0:apply:w1")


def correction(kind: str, *of: str, branch: int = 1) -> Draft:
    body: dict[str, object] = {"of": list(of), "block": {"number": 9}}
    if kind == "chain.reverted":
        body["void"] = []
    return Draft(kind, body, source=f"chain:1:{branch}:9:0:{kind}:w1")


@pytest.fixture
async def watched(process: Process) -> Process:
    await process.ask(commands.Watch(author=OWNER, watch=WATCH))
    return process


async def test_chain_news_delivered_again_is_stored_once(watched: Process) -> None:
    news = [event(5), event(6)]
    await watched.ask(ChainUpdate(drafts=list(news)))
    await watched.ask(ChainUpdate(drafts=list(news)))
    first, again = watched.submit(ChainUpdate(drafts=[event(7)])), watched.submit(ChainUpdate(drafts=[event(7)]))
    await settle()
    assert (first[0]["ok"], again[0]["ok"]) == (True, True)
    assert [e.type for e in await watched.log()] == ["room.created", "room.watched"] + ["chain.event"] * 3


async def test_a_reorg_is_one_more_entry_that_names_what_it_undoes(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[event(5), event(6)]))
    undone = [draft.source for draft in (event(5), event(6))]
    await watched.ask(ChainUpdate(drafts=[correction("chain.reverted", *undone)]))  # type: ignore[arg-type]
    reverted = (await watched.log())[-1]
    assert reverted.type == "chain.reverted"
    assert reverted.body == {"of": [3, 4], "block": {"number": 9}, "void": []}
    saved = await watched.store.load("hall")
    assert saved is not None
    assert saved.snapshot is not None
    assert saved.snapshot.seq == reverted.seq


async def test_a_log_included_again_keeps_its_place(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[event(5)]))
    await watched.ask(ChainUpdate(drafts=[correction("chain.moved", event(5).source or "")]))
    assert (await watched.log())[-1].body == {"of": [3], "block": {"number": 9}}


async def test_a_correction_of_what_the_room_never_stored_is_left_out(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[correction("chain.reverted", event(99).source or "")]))
    assert len(await watched.log()) == 2


async def test_a_correction_is_alone_in_its_batch(watched: Process) -> None:
    appends = count_appends(watched.store)
    await watched.ask(ChainUpdate(drafts=[event(5)]))
    answers = [
        watched.submit(message(ALICE, "before")),
        watched.submit(ChainUpdate(drafts=[correction("chain.reverted", event(5).source or "")])),
        watched.submit(message(ALICE, "after")),
    ]
    await settle()
    assert all(answer[0]["ok"] for answer in answers)
    assert appends == [1, 1, 1, 1]


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def count_appends(store: MemoryStore) -> list[int]:
    """How many entries each append held, from now on."""
    sizes: list[int] = []
    append = store.append

    async def counted(batch: Append) -> None:
        await append(batch)
        sizes.append(len(batch.entries))

    store.append = counted  # type: ignore[method-assign]
    return sizes
