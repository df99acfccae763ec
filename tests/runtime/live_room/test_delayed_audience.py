"""A game room with `options.delay`: no way of reading gives a spectator what is younger, and later all of it comes."""

from __future__ import annotations

import contextlib
import random

import pytest

from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import ChainUpdate, Close, Entry, Leave, Watch, fold
from parlour.errors import Invalid, ParlourError
from parlour.runtime.live_room.reopen import StoredRoom
from parlour.runtime.rooms.interface import Bounds, Caller, TextSearch
from parlour.testing.fakes import FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, position
from tests.runtime.live_room.game_kit import KINDS, WATCH, act, paid, undone

DORA = "0x" + "4" * 40
DELAY = 10_000
WATCHER = Caller(CAROL)


async def delayed_table(kind: str = "tic-tac-toe", delay: int = DELAY) -> tuple[Process, list[FakeConnection]]:
    process = Process(kinds=KINDS, limits=limits(return_seconds=5, state_at_share=1000.0))
    await process.create(kind=kind, options={"delay": delay})
    return process, [await process.connected(account) for account in (ALICE, BOB)]


async def shown_seqs(process: Process, caller: Caller) -> list[list[int]]:
    """Return the numbers of the entries that each way of reading gives."""
    rooms, found = process.rooms, []
    for bounds in (Bounds(), Bounds(after=0), Bounds(after=0, limit=1000), Bounds(before=2**40)):
        found.append((await rooms.history("hall", caller, bounds, proof=True))["entries"])
        found.append((await rooms.messages("hall", caller, bounds))["entries"])
    found.append([line["entry"] async for line in await rooms.transcript("hall", caller) if "entry" in line])
    found.append((await rooms.search("hall", caller, TextSearch("word")))["entries"])
    hits = await rooms.search_rooms(caller, ["hall"], TextSearch("word"))
    found.append([hit["entry"] for hit in hits["found"]])
    return [[entry["seq"] for entry in entries] for entries in found]


async def readable(process: Process, caller: Caller) -> set[int]:
    return {seq for seqs in await shown_seqs(process, caller) for seq in seqs}


async def head_of_states(process: Process, caller: Caller) -> int:
    asked = await process.rooms._states_at.ask("hall", caller, None, lambda hall: None)  # type: ignore[attr-defined]
    return int(asked[0])


def allowed(process: Process, log: list[Entry]) -> int:
    """Return the newest entry that a spectator may have by now."""
    now = process.clock.now()
    return max(entry.seq for entry in log if entry.seq == 1 or entry.at + DELAY <= now)


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 12))])
async def test_spectator_gets_nothing_younger_and_all_of_it_later(seed: int) -> None:
    chance = random.Random(seed)
    process, _ = await delayed_table()
    watchers = [FakeConnection(CAROL), FakeConnection("")]
    answers = [await process.join(each) for each in watchers]
    for step in range(40):
        what = chance.choice(("move", "move", "chat", "wait", "wait", "rejoin", "edit", "fail"))
        if what == "move":
            with contextlib.suppress(ParlourError):
                await process.ask(act(chance.choice((ALICE, BOB)), "place", cell=chance.randrange(9)))
        elif what == "chat":
            await process.post(ALICE, f"word {step}")
        elif what == "edit":
            posted = await process.post(ALICE, f"word {step}")
            await process.post(ALICE, f"word again {step}", type_="chat.edit", of=posted["seq"])
        elif what == "wait":
            await process.clock.advance(chance.choice((0.5, 3.0, 12.0)))
            await settle()
        elif what == "rejoin":
            at = chance.randrange(2)
            heard = watchers[at].entries
            since = position(answers[at], heard[-1] if heard else answers[at]["head"])
            connection = FakeConnection(watchers[at].account)
            answer = await process.join(connection, since=since)
            assert answer["recovered"]
            assert [e["seq"] for e in answer["entries"]] == list(range(since.seq + 1, answer["head"] + 1))
            watchers[at], answers[at] = connection, answer
        else:
            process.store.failing_after = 1
            with contextlib.suppress(ParlourError):
                await process.post(ALICE, f"word stored and not told {step}")
            await process.clock.advance(0.2)
            await settle()
        log = await process.log()
        newest = allowed(process, log)
        for answer, watcher in zip(answers, watchers, strict=True):
            assert max([answer["head"], *watcher.entries]) <= newest
            assert all(event["seq"] <= newest for event in watcher.events("state"))
            assert watcher.entries == list(range(answer["head"] + 1, answer["head"] + 1 + len(watcher.entries)))
        for caller in (WATCHER, Caller(OWNER), Caller("")):
            assert max(await readable(process, caller)) <= newest
            assert await head_of_states(process, caller) <= newest
        assert max(await readable(process, Caller(ALICE))) == log[-1].seq
        assert max(await readable(process, Caller(DORA, rank=SERVER_MODERATOR))) == log[-1].seq
    await process.clock.advance(DELAY / 1000 + 1)
    await settle()
    log, host = await process.log(), process.registry.find("hall")
    assert host is not None
    for answer, watcher in zip(answers, watchers, strict=True):
        assert watcher.entries == list(range(answer["head"] + 1, len(log) + 1))
        assert process.seen(watcher) == host.live.room.view(watcher.account or None)
    assert max(await readable(process, WATCHER)) == log[-1].seq


STEPS = ("paid", "paid", "spend", "spend", "undo", "undo", "wait", "wait", "rejoin", "fail", "die")


async def seat_alice_before(process: Process, *accounts: str) -> list[FakeConnection]:
    """Let ALICE play, and these watch."""
    await process.connected(ALICE)
    return [await process.connected(account, as_="spectator" if account else None) for account in accounts]


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 12))])
async def test_spectator_sees_a_reorganisation_once_its_time_has_come(seed: int) -> None:
    chance = random.Random(seed)
    process = Process(kinds=KINDS, limits=limits(return_seconds=5, state_at_share=1000.0))
    await process.create(kind="bank", options={"delay": DELAY})
    watchers = await seat_alice_before(process, CAROL, "")
    await process.ask(Watch(author=OWNER, watch=WATCH))
    await process.ask(ChainUpdate(drafts=[paid(1000, 3)]))
    await process.ask(act(ALICE, "spend", n=3))
    await process.ask(ChainUpdate(drafts=[undone(paid(1000, 3).source, number=1000)]))
    assert (await process.log())[-1].body["void"]  # type: ignore[call-overload,index]
    told: list[str | None] = []
    for number in range(1, 40):
        what = chance.choice(STEPS)
        if what == "paid":
            drafts = [paid(number, chance.randint(1, 9))]
            told.append(drafts[0].source)
            await process.ask(ChainUpdate(drafts=drafts))
        elif what == "spend":
            with contextlib.suppress(ParlourError):
                await process.ask(act(ALICE, "spend", n=chance.randint(1, 9)))
        elif what == "undo":
            await process.ask(ChainUpdate(drafts=[undone(*told[-chance.randint(1, 3) :], number=number)]))
        elif what == "wait":
            await process.clock.advance(chance.choice((0.5, 3.0, 12.0)))
        elif what == "rejoin":
            watchers = await seat_alice_before(process, CAROL, "")
        elif what == "fail":
            process.store.failing_after = 1
            with contextlib.suppress(ParlourError):
                await process.ask(ChainUpdate(drafts=[undone(*told[-1:], number=number)]))
            process.store.failing_after = 0
            await process.clock.advance(0.2)
        else:
            await process.close()
            process = Process(process.store, process.clock, KINDS, limits(return_seconds=5, state_at_share=1000.0))
            watchers = await seat_alice_before(process, CAROL, "")
        await settle()
        log = await process.log()
        newest = allowed(process, log)
        then = fold(KINDS["bank"]("hall"), log[:newest])
        for watcher in watchers:
            assert process.seen(watcher) == then.view(watcher.account or None)
            assert max([process.joins[watcher.id][0]["head"], *watcher.entries]) <= newest
        if what == "undo":
            assert max(await readable(process, WATCHER)) <= newest
            assert await head_of_states(process, WATCHER) <= newest
    await process.clock.advance(DELAY / 1000 + 1)
    await settle()
    host = process.registry.find("hall")
    assert host is not None
    for watcher in watchers:
        assert process.seen(watcher) == host.live.room.view(watcher.account or None)


async def test_reader_of_a_room_that_another_process_holds_gets_nothing_younger() -> None:
    process, _ = await delayed_table()
    await process.clock.advance(DELAY / 1000 + 1)
    await process.post(ALICE, "word")
    log = await process.log()
    stored = await StoredRoom.read(process.context, "hall")
    past = await stored.past()
    assert (past.record.head, past.record.hash) == (log[-2].seq, log[-2].hash)
    assert (await past.past()) is past
    assert await past.read_state(lambda hall: hall.view(None)) == past.hall.view(None)
    await process.clock.advance(DELAY / 1000)
    assert (await stored.past()).record.head == log[-1].seq


async def test_spectator_sees_the_table_of_then_after_a_restart() -> None:
    process, _ = await delayed_table()
    await process.clock.advance(DELAY / 1000 + 1)
    await process.ask(act(ALICE, "place", cell=0))
    await process.close()
    again = Process(process.store, process.clock, KINDS, limits(return_seconds=5))
    answer = await again.join(FakeConnection(CAROL))
    assert answer["state"]["cells"] == [None] * 9
    assert allowed(again, await again.log()) == answer["head"]
    assert (await again.join(FakeConnection(ALICE)))["state"]["cells"][0] is not None


async def test_player_who_leaves_the_seat_hears_on_after_the_delay() -> None:
    process, (_, bob) = await delayed_table()
    await process.ask(act(ALICE, "place", cell=0))
    await process.ask(Leave(BOB, reason=None))
    heard = bob.entries
    await process.post(ALICE, "word")
    assert bob.entries == heard
    await process.clock.advance(DELAY / 1000 + 1)
    await settle()
    log = await process.log()
    assert bob.entries == list(range(bob.entries[0], log[-1].seq + 1))


async def test_spectator_who_sits_down_hears_at_once_what_was_held_back() -> None:
    process = Process(kinds=KINDS, limits=limits(return_seconds=5))
    await process.create(kind="tic-tac-toe", options={"delay": DELAY})
    watching = FakeConnection(BOB)
    joined = await process.join(watching, as_="spectator")
    await process.connected(ALICE)
    assert watching.entries == []
    await process.join(FakeConnection(BOB))
    await process.ask(act(ALICE, "place", cell=0))
    log = await process.log()
    assert watching.entries == list(range(joined["head"] + 1, log[-1].seq + 1))
    host = process.registry.find("hall")
    assert host is not None
    assert process.seen(watching) == host.live.room.view(BOB)


async def test_spectator_sees_the_end_before_the_room_closes_for_him() -> None:
    process, (alice, _) = await delayed_table()
    watcher = FakeConnection(CAROL)
    joined = await process.join(watcher)
    await process.ask(Close(OWNER, rank=SERVER_MODERATOR))
    assert alice.events("room:closed")
    assert not watcher.events("room:closed")
    await process.clock.advance(DELAY / 1000 + 1)
    await settle()
    assert watcher.entries == list(range(joined["head"] + 1, (await process.log())[-1].seq + 1))
    assert watcher.events("room:closed")


async def test_slow_spectator_gets_the_whole_state_later() -> None:
    process, _ = await delayed_table()
    watcher = FakeConnection(CAROL)
    await process.join(watcher)
    watcher.congested = True
    await process.ask(act(ALICE, "place", cell=0))
    await process.clock.advance(DELAY / 1000 + 1)
    watcher.congested = False
    await process.clock.advance(1)
    await settle()
    assert process.seen(watcher)["cells"][0] is not None


@pytest.mark.parametrize("delay", [-1, 300_001, 1.5, "1000", True, None])
async def test_delay_that_is_none_is_refused(delay: object) -> None:
    process = Process(kinds=KINDS)
    with pytest.raises(Invalid) as refused:
        await process.create(kind="tic-tac-toe", options={"delay": delay})
    assert refused.value.details["path"] == "options.delay"


async def test_room_without_a_delay_says_nothing_of_one_and_shows_all() -> None:
    process, _ = await delayed_table(delay=0)
    assert (await process.log())[0].body["options"].get("delay") is None  # type: ignore[index,union-attr]
    assert max(await readable(process, WATCHER)) == (await process.log())[-1].seq
