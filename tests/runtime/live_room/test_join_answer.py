"""Recovery by number: what a join is answered with, and what follows it on the wire."""

from __future__ import annotations

import pytest

from parlour.core import room as commands
from parlour.errors import Invalid
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Since
from parlour.runtime.store import StoredInvitation
from parlour.runtime.store_records import NEW_RULES
from parlour.testing.fakes import FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, OWNER, Process, limits, message, moderate, position


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.create(title="Hall")
    return process


async def talk(process: Process, count: int) -> None:
    for number in range(count):
        await process.post(BOB, f"{number}")


async def test_first_join_gets_the_room_its_position_and_the_latest_entries(process: Process) -> None:
    await talk(process, 9)
    answer = await process.join(FakeConnection(ALICE), limit=3)
    log = await process.log()
    assert (answer["head"], answer["hash"], answer["epoch"]) == (10, "0x" + log[-1].hash.hex(), log[-1].epoch)
    assert [e["seq"] for e in answer["entries"]] == [8, 9, 10]
    assert (answer["recovered"], answer["role"], answer["read"]) == (False, "member", 0)
    assert answer["room"] | {"createdAt": 0} == {
        "id": "hall", "kind": "chat", "title": "Hall", "visibility": "public", "owner": OWNER, "createdAt": 0,
        "members": 2, "signed": False, "options": {}, "rules": NEW_RULES,
    }  # fmt: skip
    assert "state" not in answer


async def test_latest_entries_are_bounded_and_zero_is_none(process: Process) -> None:
    await talk(process, 15)
    assert len((await process.join(FakeConnection(ALICE)))["entries"]) == 5
    assert len((await process.join(FakeConnection(ALICE), limit=1000))["entries"]) == 8
    assert (await process.join(FakeConnection(ALICE), limit=0))["entries"] == []


@pytest.mark.parametrize("missed", [0, 1, 7, 15])
async def test_client_gets_exactly_what_it_missed(process: Process, missed: int) -> None:
    stood = await process.join(FakeConnection(ALICE))
    await talk(process, missed)
    answer = await process.join(FakeConnection(ALICE), since=position(stood))
    assert answer["recovered"] is True
    assert [e["seq"] for e in answer["entries"]] == list(range(2, 2 + missed))


async def test_recovery_reaches_behind_memory_and_over_restarts(process: Process) -> None:
    stood = await process.join(FakeConnection(ALICE))
    await talk(process, 18)
    await process.close()
    again = Process(process.store, process.clock)
    answer = await again.join(FakeConnection(ALICE), since=position(stood))
    assert answer["recovered"] is True
    assert [e["seq"] for e in answer["entries"]] == list(range(2, 20))


async def test_very_first_entry_can_be_recovered_from_zero(process: Process) -> None:
    await talk(process, 3)
    epoch = (await process.join(FakeConnection(ALICE)))["epoch"]
    answer = await process.join(FakeConnection(ALICE), since=Since(epoch, 0))
    assert (answer["recovered"], [e["seq"] for e in answer["entries"]]) == (True, [1, 2, 3, 4])


async def test_join_gets_a_snapshot_when_its_position_cannot_be_replayed(
    process: Process,
) -> None:
    stood = await process.join(FakeConnection(ALICE))
    await talk(process, 21)
    epoch = stood["epoch"]
    for since in (
        position(stood),
        Since("another", 5),
        Since(epoch, 20, b"\x01" * 32),
        Since(epoch, 22, b"\x01" * 32),
        Since(epoch, 23),
        Since(epoch, 2**53 - 1),
    ):
        answer = await process.join(FakeConnection(ALICE), since=since, limit=4)
        assert (answer["recovered"], [e["seq"] for e in answer["entries"]]) == (False, [19, 20, 21, 22]), since


async def test_gap_of_too_many_bytes_gets_a_snapshot() -> None:
    process = Process(limits=limits(replay_bytes=1000))
    await process.create()
    stood = await process.join(FakeConnection(ALICE))
    await process.post(BOB, "x" * 600)
    assert (await process.join(FakeConnection(ALICE), since=position(stood)))["recovered"] is True
    await process.post(BOB, "x" * 600)
    assert (await process.join(FakeConnection(ALICE), since=position(stood)))["recovered"] is False


async def test_recovery_works_at_the_retention_floor_and_not_below(process: Process) -> None:
    await talk(process, 9)
    log = await process.log()
    await process.close()
    stored = process.store._rooms["hall"]
    stored.record.floor, stored.record.floor_hash = 6, log[4].hash
    for seq in range(1, 6):
        del stored.entries[seq]
    again = Process(process.store, process.clock)
    epoch = log[0].epoch
    at = await again.join(FakeConnection(ALICE), since=Since(epoch, 5, log[4].hash))
    assert (at["recovered"], [e["seq"] for e in at["entries"]]) == (True, [6, 7, 8, 9, 10])
    assert (await again.join(FakeConnection(ALICE), since=Since(epoch, 5, b"\x01" * 32)))["recovered"] is False
    assert (await again.join(FakeConnection(ALICE), since=Since(epoch, 4)))["recovered"] is False


async def test_gap_left_by_retention_is_reported_when_the_room_was_open(process: Process) -> None:
    await talk(process, 18)
    stored = process.store._rooms["hall"]
    for seq in range(1, 6):
        del stored.entries[seq]
    epoch = (await process.log())[0].epoch
    assert (await process.join(FakeConnection(ALICE), since=Since(epoch, 2)))["recovered"] is False


async def test_entry_after_head_follows_the_joins_ack(process: Process) -> None:
    alice = FakeConnection(ALICE)
    order: list[object] = []
    alice.write = lambda frame, volatile=False: order.append(frame.data.get("seq"))  # type: ignore[method-assign]
    process.submit(message(BOB, "before"))
    join = RoomRequest(commands.Join(author=ALICE), lambda answer: order.append(("ack", answer["head"])), alice)
    process.registry.submit("hall", join)
    process.submit(message(BOB, "after"))
    process.submit(message(BOB, "and after"))
    await settle()
    assert [item for item in order if item is not None] == [("ack", 2), 3, 4]


async def test_second_join_on_a_socket_is_harmless(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.join(alice)
    await process.post(BOB, "gm")
    assert alice.entries == [2]
    assert (await process.join(FakeConnection(BOB)))["presence"]["count"] == 2


async def test_rights_are_checked_again_on_every_join(process: Process) -> None:
    stood = await process.join(FakeConnection(ALICE))
    await process.ask(moderate(OWNER, "ban", ALICE))
    error = await process.refused(commands.Join(author=ALICE), since=position(stood), connection=FakeConnection(ALICE))
    assert (error.code, error.reason) == ("forbidden", "banned")


async def test_join_in_the_batch_of_a_deletion_gets_no_deleted_message(process: Process) -> None:
    await process.post(BOB, "regretted")
    for _ in range(15):
        await process.post(BOB, "more")
    await process.close()
    again = Process(process.store, process.clock)
    epoch = (await process.log())[0].epoch
    again.submit(commands.Post(author=BOB, id="d", type="chat.delete", body={"of": 2}))
    answers = again.submit(commands.Join(author=ALICE), since=Since(epoch, 1), connection=FakeConnection(ALICE))
    await settle()
    deleted = answers[0]["entries"][0]
    assert (deleted["seq"], deleted["body"], deleted["redacted"]) == (2, None, "erased")


async def test_invitation_opens_a_private_room_in_mailbox_order() -> None:
    process = Process()
    await process.create(visibility="private")
    await process.store.invite(StoredInvitation(b"token", "hall", None, 1, process.clock.now() + 1000))
    join = process.submit(commands.Join(author=ALICE), connection=FakeConnection(ALICE), invite=b"token")
    post = process.submit(message(ALICE, "let in"))
    await settle()
    assert join[0]["role"] == "member"
    assert post[0]["seq"] == 3
    assert (await process.refused(commands.Join(author=BOB), invite=b"token")).code == "not_found"


async def test_banned_account_gets_in_by_no_invitation() -> None:
    process = Process()
    await process.create()
    await process.ask(moderate(OWNER, "ban", ALICE))
    await process.store.invite(StoredInvitation(b"token", "hall", None, 5, process.clock.now() + 1000))
    assert (await process.refused(commands.Join(author=ALICE), invite=b"token")).reason == "banned"


MALFORMED = (
    1,
    [],
    {},
    {"epoch": 1, "seq": 1},
    *({"epoch": "e", "seq": seq} for seq in (-1, True, 1.5, 2**60)),
    *({"epoch": "e", "seq": 1, "hash": hash_} for hash_ in ("00", "0xzz", 5)),
)


@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_since_is_invalid(value: object) -> None:
    with pytest.raises(Invalid):
        Since.parse(value)
