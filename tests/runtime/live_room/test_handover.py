"""A room's next owner goes on where the last one stopped: nobody misses anything, and nobody is told it twice."""

from __future__ import annotations

from typing import Any

from parlour.core import room as commands
from parlour.core.documents.awareness import ClientState
from parlour.core.documents.room import DocumentRoom
from parlour.core.log.patches import patched
from parlour.runtime.live_room.recovery import Handover, Since
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, Process
from tests.runtime.live_room.game_kit import KINDS, act
from tests.runtime.rooms.test_documents import CURSOR, Editor, people_here, shown

KNOWN = {**KINDS, "document": DocumentRoom}


async def two_processes(kind: str) -> tuple[Process, Process]:
    one = Process(kinds=KNOWN)
    await one.create(kind=kind)
    return one, Process(one.store, one.clock, kinds=KNOWN, owner="two")


async def handed_over(one: Process) -> dict[str, Handover]:
    """Close the first process's room; where each connection stood, by its id."""
    stood: dict[str, Handover] = {}
    one.context.on_handed_over = lambda room, those: stood.update({each.id: handover for each, handover in those})
    await one.close()
    return stood


async def go_on(two: Process, connection: FakeConnection, handover: Handover, room: str = "hall") -> None:
    join = commands.Join(connection.account, goes_on=True)
    since = Since(handover.epoch, handover.seq)
    await two.ask(join, room, connection=connection, since=since, limit=0, handover=handover)


def seqs(connection: FakeConnection) -> list[int]:
    return [entry["seq"] for entry in connection.events("entry")]


async def test_connection_that_goes_on_hears_what_it_missed_and_then_the_rest() -> None:
    one, two = await two_processes("chat")
    ann, bob = await one.connected(ALICE), await one.connected(BOB)
    await one.post(ALICE, "before")
    stood = await handed_over(one)
    await two.post(CAROL, "between")
    for each in (ann, bob):
        await go_on(two, each, stood[each.id])
    await two.post(BOB, "after")
    assert seqs(ann) == seqs(bob) == [2, 3, 4]


async def test_presence_goes_on_and_tells_who_did_not_come_back() -> None:
    one, two = await two_processes("chat")
    ann, bob = await one.connected(ALICE), await one.connected(BOB)
    await one.clock.advance(2)
    before = len(ann.events("presence"))
    stood = await handed_over(one)
    await go_on(two, ann, stood[ann.id])
    await two.clock.advance(1)
    assert len(ann.events("presence")) == before, "he has time to come back"
    await two.clock.advance(5)
    [event] = ann.events("presence")[before:]
    assert (event["v"], event["count"]) == (stood[bob.id].v + 1, 1)
    assert (event["joined"], event["left"]) == ([], [BOB])


async def test_presence_that_nobody_handed_over_whole_makes_clients_ask() -> None:
    one, two = await two_processes("chat")
    ann = await one.connected(ALICE)
    await one.clock.advance(2)
    stood = await handed_over(one)
    handover = stood[ann.id]
    await go_on(two, ann, Handover(handover.epoch, handover.seq, handover.v, handover.count))
    await two.connected(BOB)
    await two.clock.advance(5)
    assert ann.events("presence")[-1]["v"] == handover.v + 2


async def test_what_a_connection_shows_goes_along() -> None:
    one, two = await two_processes("chat")
    ann = await one.connected(ALICE)
    host = one.registry.find("hall")
    assert host is not None
    host.signal(ann, "presence", {"cursor": 4})
    stood = await handed_over(one)
    await go_on(two, ann, stood[ann.id])
    late = FakeConnection(BOB)
    joined = await two.join(late)
    assert joined["presence"]["data"] == {ann.id: {"account": ALICE, "body": {"cursor": 4}}}


async def test_game_goes_on_with_its_state_and_its_seats() -> None:
    one, two = await two_processes("tic-tac-toe")
    ann, bob, watcher = [await one.connected(each) for each in (ALICE, BOB, CAROL)]
    await one.ask(act(ALICE, "place", cell=4))
    stood = await handed_over(one)
    for each in (ann, bob, watcher):
        await go_on(two, each, stood[each.id])
    await two.ask(act(BOB, "place", cell=0))
    boards = [state_of(each)["cells"] for each in (ann, bob, watcher)]
    assert boards[0] == boards[1] == boards[2]
    assert [boards[0][cell] for cell in (0, 4)] == [1, 0]


def state_of(connection: FakeConnection) -> Any:
    """The state as a client holds it once it goes on: the whole one that it gets, and every patch after it."""
    state, seq = None, 0
    for event in connection.events("state"):
        if "state" in event:
            state = event["state"]
        elif state is not None:
            assert event["base"] == seq, "a patch on a base that this client does not hold"
            state = patched(state, event["patch"])
        seq = event["seq"]
    return state


async def test_editor_of_a_document_gets_the_updates_it_missed_as_entries() -> None:
    one, two = await two_processes("document")
    ann, editor = await one.connected(BOB), Editor()
    await one.ask(editor.post("one"))
    stood = await handed_over(one)
    await two.ask(editor.post(" two"))
    await go_on(two, ann, stood[ann.id])
    updates = [entry["body"] for entry in ann.events("entry")]
    assert all(isinstance(update, bytes) for update in updates)
    assert len(updates) == 2


async def test_who_lost_the_right_meanwhile_does_not_go_on() -> None:
    one, two = await two_processes("chat")
    bob = await one.connected(BOB)
    stood = await handed_over(one)
    await two.ask(commands.Moderate(author="0x" + "9" * 40, account=BOB, action="ban"))
    refused = await two.refused(
        commands.Join(BOB, goes_on=True), connection=bob, handover=stood[bob.id],
        since=Since(stood[bob.id].epoch, stood[bob.id].seq),
    )  # fmt: skip
    assert refused.code == "forbidden"
    await two.post(ALICE, "unheard")
    assert seqs(bob) == []


async def test_idle_room_that_closes_hands_nobody_over() -> None:
    one, _ = await two_processes("chat")
    await one.post(ALICE, "alone")
    assert await handed_over(one) == {}


async def test_cursors_go_on_with_their_connection() -> None:
    one = Process(kinds=KNOWN)
    alice, bob = await people_here(one)
    two = Process(one.store, one.clock, kinds=KNOWN, owner="two")
    stood = await handed_over(one)
    await two.join(carol := FakeConnection(CAROL), "notes")
    for each in (alice, bob):
        await go_on(two, each, stood[each.id], "notes")
    await two.join(newcomer := FakeConnection(CAROL), "notes")
    assert shown(newcomer) == [CURSOR]
    two.rooms.forget_connection(bob, ["notes"])
    assert shown(carol) == [ClientState(CURSOR.client, CURSOR.clock + 1, b"null")], "a cursor of nobody stayed"
