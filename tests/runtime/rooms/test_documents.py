"""Documents in live rooms: snapshots at versions, deleted text dropped once nobody is there, recovery by number."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Doc, Text

from parlour.core.documents.awareness import ClientState, read_awareness, write_awareness
from parlour.core.documents.commands import KeepVersion
from parlour.core.documents.room import DocumentRoom
from parlour.core.room import Post
from parlour.errors import Forbidden
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Caller
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, Process, position

CURSOR = ClientState(7, 1, b'{"cursor":1}')


class Editor:
    """A document, and the updates it makes."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc(client_id=7, skip_gc=True)
        self.text = self.doc.get("t", type=Text)
        self._posts = 0

    def post(self, text: str = "", delete: int = 0) -> Post:
        updates: list[bytes] = []
        subscription = self.doc.observe(lambda event: updates.append(event.update))
        with self.doc.transaction():
            if delete:
                del self.text[0:delete]
            self.text.insert(len(str(self.text)), text)
        self.doc.unobserve(subscription)
        self._posts += 1
        return Post(ALICE, id=f"p{self._posts}", type="doc.update", body=updates[0])


def process(other: Process | None = None) -> Process:
    kinds = {"document": DocumentRoom}
    return Process(kinds=kinds) if other is None else Process(other.store, other.clock, kinds=kinds)


async def test_version_has_a_snapshot_of_its_own_and_is_read_from_it() -> None:
    first, editor = process(), Editor()
    await first.create("notes", "document")
    await first.ask(editor.post("one"), "notes")
    version = (await first.ask(KeepVersion(ALICE, title="v1"), "notes", request_id="r1"))["seq"]
    await first.ask(editor.post(" two", delete=3), "notes")
    snapshot = await first.store.snapshot_before("notes", version + 1)
    assert snapshot is not None
    assert snapshot.seq == version
    caller = Caller(ALICE)
    assert await first.rooms.document("notes", caller, version, "text") == {"seq": version, "text": "one"}
    assert (await first.rooms.document("notes", caller, None, "text"))["text"] == " two"


async def test_account_when_muted_on_the_server_keeps_and_restores_no_version() -> None:
    first, editor = process(), Editor()
    await first.create("notes", "document")
    await first.ask(editor.post("one"), "notes")
    version = (await first.ask(KeepVersion(ALICE, title="v1"), "notes", request_id="r1"))["seq"]
    await first.ask(editor.post(" two"), "notes")
    first.context.muted = ALICE.__eq__
    with pytest.raises(Forbidden, match="muted"):
        await first.rooms.restore_document("notes", Caller(ALICE), version, "r2")
    with pytest.raises(Forbidden, match="muted"):
        first.rooms.submit("notes", RoomRequest(KeepVersion(ALICE, title="v2"), request_id="r3"))
    assert (await first.rooms.document("notes", Caller(BOB), None, "text"))["text"] == "one two"


async def test_deleted_text_goes_once_nobody_has_the_room_open() -> None:
    first, editor = process(), Editor()
    await first.create("notes", "document")
    await first.ask(editor.post("x" * 2_000), "notes")
    await first.ask(editor.post("kept", delete=2_000), "notes")
    here = FakeConnection(ALICE)
    whole = (await first.join(here, "notes"))["state"]["update"]
    assert len(whole) > 2_000, "whoever is here could undo"
    await first.close()
    after = (await process(first).join(FakeConnection(ALICE), "notes"))["state"]["update"]
    assert len(after) < 100
    again: Doc[Any] = Doc()
    again.apply_update(after)
    assert str(again.get("t", type=Text)) == "kept"


async def people_here(room: Process) -> tuple[FakeConnection, FakeConnection]:
    """Two accounts in a new document, the second with a cursor in it."""
    await room.create("notes", "document")
    alice, bob = FakeConnection(ALICE), FakeConnection(BOB)
    for each in (alice, bob):
        await room.join(each, "notes")
    assert signalled(room, bob, CURSOR)
    return alice, bob


def signalled(room: Process, sender: FakeConnection, state: ClientState) -> bool:
    return room.rooms.signal("notes", sender, "doc.awareness", write_awareness([state]))


def shown(connection: FakeConnection) -> list[ClientState]:
    return [state for signal in connection.events("signal") for state in read_awareness(signal["body"])]


async def test_cursor_of_a_gone_socket_is_removed_for_everybody() -> None:
    room = process()
    alice, bob = await people_here(room)
    room.rooms.forget_connection(bob, ["notes"])
    assert not signalled(room, bob, CURSOR._replace(clock=2)), "it was under way when the socket went"
    assert shown(alice) == [CURSOR, ClientState(7, 2, b"null")]
    late = FakeConnection(ALICE)
    await room.join(late, "notes")
    assert shown(late) == []


async def test_cursor_that_is_taken_back_is_removed_at_slow_readers_too() -> None:
    room = process()
    alice, bob = await people_here(room)
    alice.congested = True
    assert signalled(room, bob, CURSOR._replace(clock=2))
    assert signalled(room, bob, ClientState(7, 3, b"null"))
    assert shown(alice) == [CURSOR, ClientState(7, 3, b"null")]


async def test_updates_count_for_nothing_where_a_join_recovers_by_number() -> None:
    first, editor = process(), Editor()
    await first.create("notes", "document")
    stood = await first.join(FakeConnection(ALICE), "notes")
    for number in range(40):
        await first.ask(editor.post(str(number)), "notes")
    await first.ask(Post(ALICE, id="m", type="chat.message", body={"text": "gm"}), "notes")
    answer = await first.join(FakeConnection(ALICE), "notes", since=position(stood))
    assert answer["recovered"] is True
    assert [entry["type"] for entry in answer["entries"]] == ["chat.message"]
