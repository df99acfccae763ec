"""Rooms of a process: created once, opened once, found, kept by lease, drained."""

from __future__ import annotations

import asyncio

import pytest

from parlour.core.room import Configure
from parlour.core.rooms.hall import Hall
from parlour.errors import Conflict, Forbidden, Invalid, ParlourError, RateLimited, Unavailable
from parlour.runtime.rooms.create import CreationPolicy
from parlour.runtime.rooms.interface import Bounds, Caller, NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.room_ids import check_room_id, is_room_id
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, BOB, OWNER, Process, message, moderate


@pytest.fixture
def process() -> Process:
    return Process()


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_first_entry_describes_the_room(process: Process) -> None:
    record, again = await process.registry.create(OWNER, NewRoom("chat", "hall", title="Hall", options={"slow": 3}))
    entry = (await process.log())[0]
    assert not again
    assert (entry.seq, entry.type, entry.author) == (1, "room.created", "")
    facts = {"title": "Hall", "visibility": "public", "options": {"slow": 3}, "signed": False}
    assert entry.body == {"kind": "chat", "owner": OWNER, **facts}
    assert (record.head, record.hash, record.members) == (1, entry.hash, 1)


async def test_created_room_is_told_as_what_it_stored_at_once(process: Process) -> None:
    told: list[tuple[str, list[str]]] = []
    process.context.on_stored.append(lambda record, entries: told.append((record.id, [e.type for e in entries])))
    for _ in range(2):
        await process.registry.create(OWNER, NewRoom("chat", "hall"))
    assert told == [("hall", ["room.created"])]


async def test_creation_when_repeated_is_a_duplicate_or_a_conflict(process: Process) -> None:
    first, _ = await process.registry.create(OWNER, NewRoom("chat", "hall", title="Hall"))
    second, again = await process.registry.create(OWNER, NewRoom("chat", "HALL", title="Hall"))
    assert (second.epoch, again) == (first.epoch, True)
    for owner, title in ((ALICE, "Hall"), (OWNER, "Salon")):
        with pytest.raises(Conflict):
            await process.registry.create(owner, NewRoom("chat", "hall", title=title))


async def test_creation_when_repeated_after_a_rename_is_a_duplicate(process: Process) -> None:
    await process.create(title="Hall")
    await process.ask(Configure(author=OWNER, title="Salon"))
    _, again = await process.registry.create(OWNER, NewRoom("chat", "hall", title="Hall"))
    assert again


async def test_room_when_created_twice_at_once_has_one_owner(process: Process) -> None:
    answers = await asyncio.gather(
        *(process.registry.create(who, NewRoom("chat", "hall")) for who in (ALICE, BOB)), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]


async def test_room_without_an_id_gets_one_that_nobody_guesses(process: Process) -> None:
    rooms = [(await process.registry.create(OWNER, NewRoom("chat")))[0].id for _ in range(3)]
    assert len(set(rooms)) == 3
    assert all(len(room) >= 22 and is_room_id(room) for room in rooms)


async def test_account_owns_open_rooms_up_to_its_quota(process: Process) -> None:
    registry = RoomRegistry(process.context, process.registry.kinds, CreationPolicy(owned_limit=2))
    for number in range(2):
        await registry.create(OWNER, NewRoom("chat", f"room-{number}"))
    with pytest.raises(RateLimited):
        await registry.create(OWNER, NewRoom("chat", "room-2"))
    assert (await registry.create(OWNER, NewRoom("chat", "room-1")))[1]
    await registry.create("", NewRoom("chat", "room-3"), limited=False)


async def test_rooms_owned_is_a_lasting_quota(process: Process) -> None:
    registry = RoomRegistry(process.context, process.registry.kinds, CreationPolicy(owned_limit=1))
    await registry.create(OWNER, NewRoom("chat", "room-1"))
    with pytest.raises(RateLimited) as refused:
        await registry.create(OWNER, NewRoom("chat", "room-2"))
    error = refused.value.to_json()
    assert (error["reason"], error["retryable"]) == ("rooms_owned", False)
    assert "close one" in error["message"]


async def test_bad_settings_are_refused_by_name(process: Process) -> None:
    for settings, path in (
        ({"kind": "nonsense"}, "kind"),
        ({"title": "a\nb"}, "title"),
        ({"visibility": "secret"}, "visibility"),
        ({"id": "a/b"}, "id"),
    ):
        with pytest.raises(Invalid) as error:
            await process.registry.create(OWNER, NewRoom(**{"kind": "chat", **settings}))  # type: ignore[arg-type]
        assert error.value.details == {"path": path}


async def test_store_that_fails_is_unavailable_and_the_retry_succeeds(process: Process) -> None:
    process.store.failing = 1
    with pytest.raises(Unavailable):
        await process.create()
    await process.create()
    assert len(await process.log()) == 1


@pytest.mark.parametrize("room", ["dm:x", "WALLET:1", "Chain:1", "queue:chess", "Board:1", "market:1:0x0"])
def test_reserved_id_is_refused(room: str) -> None:
    with pytest.raises(Forbidden):
        check_room_id(room, OWNER, "free")


async def test_reserved_room_is_made_by_the_server_alone(process: Process) -> None:
    registry = process.registry
    made, _ = await registry.create("", NewRoom("chat", "dm:1", visibility="private"), reserved=True)
    assert made.reserved is not None
    assert made.reserved.sealed
    with pytest.raises(Forbidden):
        await registry.create(ALICE, NewRoom("chat", "dm:2", visibility="private"))
    for kind, room, owner, visibility in (
        ("chat", "dm:3", ALICE, "private"),
        ("chat", "dm:4", "", "public"),
        ("chat", "queue:5", "", "public"),
        ("chat", "hall", "", "public"),
    ):
        with pytest.raises(ValueError, match=r"no id|private"):
            await registry.create(owner, NewRoom(kind, room, visibility=visibility), reserved=True)


@pytest.mark.parametrize("kind", ["wallet", "chain", "queue", "board"])
async def test_kind_of_the_server_alone_is_not_created_by_clients(kind: str) -> None:
    served = Process(kinds={kind: type("Kind", (Hall,), {"kind": kind})})
    with pytest.raises(Forbidden):
        await served.create(kind=kind)


@pytest.mark.parametrize("room", ["", ".", "..", "a b", "a/b", "é", "x" * 129, "a\n", 5, None])
def test_malformed_id_is_invalid(room: object) -> None:
    assert not is_room_id(room)


def test_id_is_refused_by_the_policy_in_force() -> None:
    assert check_room_id("hall", OWNER, "free") == "hall"
    assert check_room_id(f"{OWNER}-1".upper().replace("X", "x"), OWNER, "own")
    with pytest.raises(Forbidden):
        check_room_id("hall", OWNER, "own")
    assert len(check_room_id(None, OWNER, "own")) == 22


async def test_id_where_the_server_chooses_ids_names_the_request(process: Process) -> None:
    registry = RoomRegistry(process.context, process.registry.kinds, CreationPolicy(room_ids="random"))
    asks = [registry.create(who, NewRoom("chat", "try")) for who in (ALICE, ALICE, BOB)]
    (first, new), (again, known), (other, _) = await asyncio.gather(*asks)
    assert (new, known, again.id) == (False, True, first.id)
    assert len({"try", first.id, other.id}) == 3
    with pytest.raises(Conflict):
        await registry.create(ALICE, NewRoom("chat", "try", title="Another"))


# ── opening, leases, draining ────────────────────────────────────────────────────────────────────────────────────


async def test_id_in_any_case_finds_the_same_room(process: Process) -> None:
    await process.create("Hall")
    alice = await process.connected(ALICE, "hALL")
    await process.post(ALICE, "gm", room="hall")
    assert {heard.data["room"] for heard in alice.heard} == {"Hall"}
    assert process.registry.find("HALL") is process.registry.find("hall")
    assert [entry.room for entry in await process.log()] == ["Hall", "Hall"]


async def test_room_that_is_still_loading_is_not_found_live_but_takes_posts(process: Process) -> None:
    await process.create()
    answers = process.submit(message(ALICE, "early"))
    assert process.registry.find("hall") is None
    await settle()
    assert answers[0]["seq"] == 2
    assert process.registry.find("hall") is not None


async def test_live_rooms_at_their_limit_make_room_by_closing_idle_ones() -> None:
    process = Process()
    process.registry = registry = RoomRegistry(process.context, process.registry.kinds, max_live=2)
    for number in range(3):
        await registry.create(OWNER, NewRoom("chat", f"room-{number}"))
    await process.connected(ALICE, "room-0")
    await process.post(ALICE, "gm", room="room-1")
    await process.post(ALICE, "gm", room="room-2")
    assert {host.id for host in registry.live()} == {"room-0", "room-2"}
    await process.connected(BOB, "room-2")
    with pytest.raises(Unavailable):
        registry.open("room-1")


async def test_lease_is_renewed_while_live_and_given_back_at_close(process: Process) -> None:
    await process.create()
    process.registry.start()
    await process.connected(ALICE)
    await process.clock.advance(60)
    other = Process(process.store, process.clock, owner="two")
    assert (await other.refused(message(BOB, "mine?"))).code == "unavailable"
    await process.close()
    assert (await other.post(BOB, "mine now"))["seq"] == 2


async def test_host_whose_lease_went_to_another_process_sends_its_clients_there() -> None:
    store = MemoryStore()
    first = Process(store, owner="one")
    await first.create()
    alice = await first.connected(ALICE)
    first.clock.spend(11)
    second = Process(store, first.clock, owner="two")
    await second.post(BOB, "mine now")
    first.registry.start()
    await first.clock.advance(4)
    assert alice.closed == ("replaced", True)
    assert first.registry.live() == []


async def test_host_whose_room_another_process_erased_puts_its_people_out(process: Process) -> None:
    await process.create()
    alice = await process.connected(ALICE)
    process.store.erase("hall")
    process.registry.start()
    await process.clock.advance(4)
    assert alice.closed is None
    assert alice.events("room:removed") == [{"room": "hall", "reason": "erased"}]
    assert process.registry.live() == []


async def test_registry_when_draining_opens_no_room(process: Process) -> None:
    await process.create()
    await process.close()
    with pytest.raises(Unavailable):
        process.submit(message(ALICE, "late"))


async def test_many_rooms_drain_together(process: Process) -> None:
    process.store.delay = 0.01
    answers = []
    for number in range(30):
        await process.create(f"room-{number}")
        answers.append(process.submit(message(ALICE, "last words"), f"room-{number}"))
    await process.registry.drain()
    assert all(answer[0]["seq"] == 2 for answer in answers)


# ── reading beside the live path ─────────────────────────────────────────────────────────────────────────────────


async def test_read_during_a_commit_waits_and_uses_the_log(process: Process) -> None:
    await process.create()
    await process.post(ALICE, "gm")
    process.store.delay = 0.02
    process.submit(moderate(OWNER, "ban", ALICE))
    await settle()
    read = asyncio.ensure_future(process.rooms.history("hall", Caller(ALICE), Bounds()))
    with pytest.raises(ParlourError) as refused:
        await read
    assert refused.value.reason == "banned"
    process.store.delay = 0.0
    process.store.failing = 1
    await process.refused(moderate(OWNER, "ban", BOB))
    assert (await process.rooms.history("hall", Caller(BOB), Bounds()))["entries"]


async def test_ban_while_a_page_was_read_keeps_the_page_back(process: Process) -> None:
    await process.create()
    await process.post(BOB, "gm")
    gate = asyncio.Event()
    entries = process.store.entries

    async def slowly(*args: int, **more: int) -> object:
        found = await entries(*args, **more)  # type: ignore[arg-type]
        await gate.wait()
        return found

    process.store.entries = slowly  # type: ignore[method-assign,assignment]
    read = asyncio.ensure_future(process.rooms.history("hall", Caller(ALICE), Bounds()))
    await settle()
    await process.ask(moderate(OWNER, "ban", ALICE))
    gate.set()
    with pytest.raises(ParlourError) as refused:
        await read
    assert refused.value.reason == "banned"


async def test_members_are_listed_by_role_and_bans_take_names_off(process: Process) -> None:
    await process.create()
    await process.ask(moderate(OWNER, "role", BOB, role="moderator"))
    await process.connected(ALICE)
    listed = await process.rooms.members("hall", Caller(ALICE), None, 100)
    assert listed["members"] == [
        {"account": OWNER, "role": "owner"},
        {"account": BOB, "role": "moderator"},
        {"account": ALICE, "role": "member"},
    ]
    await process.ask(moderate(OWNER, "ban", ALICE))
    assert ALICE not in str(await process.rooms.members("hall", Caller(BOB), None, 100))
