"""The contract of `runtime.store.Store` for the list of rooms, and for who may create how many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from parlour.core.room import Draft
from parlour.core.rooms.reserved import RESERVED
from parlour.runtime.store import (
    FOREVER,
    Append,
    Listing,
    MemberRight,
    OwnsTooMany,
    RoomExists,
    RoomFilter,
    RoomRecord,
    Store,
)
from tests.contract.conftest import Open
from tests.logs import ALICE, BOB, message, new_log


async def listed(store: Store, **where: Any) -> list[str]:
    records, _ = await store.rooms(RoomFilter(**where))
    return [record.id for record in records]


async def test_append_may_change_what_lists_show(store: Store) -> None:
    log = await new_log(store)
    listing = Listing("Salon", "private", {"slow": 5}, False, 3)
    await log.append(store, Draft("room.configured", {}), listing=listing)
    saved = await store.load("Room-1")
    assert saved is not None
    expected = replace(log.record, title="Salon", visibility="private", options={"slow": 5}, members=3, head=2)
    assert saved.record == replace(expected, hash=log.hash, updated_at=log.at + 2)


async def test_list_shows_what_the_viewer_may_see_newest_activity_first(store: Store) -> None:
    await new_log(store, "old", at=1_000)
    busy = await new_log(store, "busy", at=2_000)
    await new_log(store, "hidden", at=3_000, visibility="private", owner=BOB)
    await new_log(store, "shut", at=4_000, closed=True)
    busy.at = 9_000
    await busy.append(store, message("a", "x"))
    assert await listed(store) == ["busy", "old"]
    assert await listed(store, viewer=ALICE) == ["busy", "old"]
    assert await listed(store, viewer=BOB) == ["busy", "hidden", "old"]
    assert await listed(store, everything=True) == ["busy", "shut", "hidden", "old"]
    await store.touch_member("hidden", ALICE, 1)
    assert await listed(store, viewer=ALICE) == ["busy", "old"], "she came when it was public"
    assert await listed(store, viewer=ALICE, joins_private=True) == ["busy", "hidden", "old"]
    await store.forget_member("hidden", ALICE)
    assert await listed(store, viewer=ALICE) == ["busy", "old"]


async def test_bans_are_those_in_force_of_the_accounts_and_rooms_asked_about(store: Store) -> None:
    logs = {room: (await new_log(store, room)).record for room in ("Den", "hall", "other")}
    bans = {"Den": {ALICE: FOREVER, BOB: 1000}, "hall": {ALICE: 0}, "other": {ALICE: 5000}}
    for room, banned in bans.items():
        rights = [MemberRight(account, None, until) for account, until in banned.items()]
        log = logs[room]
        await store.append(Append(room, log.epoch, log.fence, log.head, [], rights=rights))
    assert await store.bans([ALICE, BOB], ["Den", "hall"], 999) == {"Den": {ALICE: FOREVER, BOB: 1000}}
    assert await store.bans([BOB, ALICE], ["Den", "hall", "none"], 1000) == {"Den": {ALICE: FOREVER}}
    assert await store.bans([ALICE], ["other"], 0) == {"other": {ALICE: 5000}}
    assert await store.bans([], ["Den"], 0) == {}
    assert await store.bans([ALICE], [], 0) == {}


async def test_list_follows_the_rights_stored_with_the_log(store: Store) -> None:
    den = (await new_log(store, "den", at=3_000, visibility="private", owner=BOB)).record
    await new_log(store, "hall", at=2_000)
    await store.touch_member("den", ALICE, 1)

    async def seen(role: str | None, banned_until: int, now: int = 0) -> list[str]:
        right = MemberRight(ALICE, role, banned_until)
        await store.append(Append("den", den.epoch, den.fence, den.head, [], rights=(right,)))
        everything = await listed(store, viewer=ALICE, now=now)
        assert await listed(store, viewer=ALICE, now=now, query="den") == [r for r in everything if r == "den"]
        return everything

    assert await seen("member", 0) == ["den", "hall"]
    assert await seen(None, 0) == ["hall"]
    assert await seen("moderator", FOREVER, now=10**13) == ["hall"]
    assert await seen("member", 1000, now=999) == ["hall"]
    assert await seen("member", 1000, now=1000) == ["den", "hall"]
    assert await listed(store, viewer=BOB) == ["den", "hall"]
    await store.append(Append("den", den.epoch, den.fence, den.head, [], rights=(MemberRight("0x7", "member", 0),)))
    assert await listed(store, viewer="0x7") == ["hall"], "a role without having been here is not listed"


async def test_list_is_filtered_by_kind_words_and_membership(store: Store) -> None:
    await new_log(store, "Chess-1", kind="chess", title="Żaba Club", owner=BOB)
    await new_log(store, "chess-2", kind="chess", owner=BOB)
    await new_log(store, "talk", title="100% talk")
    assert await listed(store, kind="chess") == ["Chess-1", "chess-2"]
    assert await listed(store, query="żaba CHESS") == ["Chess-1"]
    assert await listed(store, query="%") == ["talk"]
    assert await listed(store, viewer=ALICE, mine=True) == ["talk"]
    assert await listed(store, viewer=None, mine=True) == []
    await store.touch_member("chess-2", ALICE, 1)
    assert sorted(await listed(store, viewer=ALICE, mine=True)) == ["chess-2", "talk"]


async def test_list_of_featured_rooms_holds_public_ones_that_are_marked(store: Store) -> None:
    for at, room in enumerate(("plain", "private", "shown", "newer"), 1):
        await new_log(store, room, at=1_000 * at, visibility="private" if room == "private" else "public")
    saved = [await store.load(room) for room in ("private", "shown", "newer")]
    for each in saved:
        assert each is not None
        record = each.record
        marked = Listing("", record.visibility, {}, False, 0, featured=True)
        await store.append(Append(record.id, record.epoch, record.fence, record.head, [], listing=marked))
    assert await listed(store, featured=True) == ["newer", "shown"]
    assert await listed(store, featured=True, viewer=ALICE, mine=True) == ["newer", "shown", "private"]
    again = await store.load("shown")
    assert again is not None
    assert again.record.to_json()["featured"] is True


async def test_list_is_read_in_pages(store: Store) -> None:
    for n in range(7):
        await new_log(store, f"room-{n}", at=1_000 + n // 2)
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        records, cursor = await store.rooms(RoomFilter(), cursor=cursor, limit=2)
        seen += [record.id for record in records]
    assert cursor is None
    assert seen == ["room-6", "room-4", "room-5", "room-2", "room-3", "room-0", "room-1"]


async def test_list_with_a_foreign_cursor_is_empty(store: Store) -> None:
    await new_log(store)
    for cursor in ("zzz", "bm9wZQ==", "ż"):
        await store.rooms(RoomFilter(), cursor=cursor)


async def create(store: Store, room: str, owner: str = ALICE, **more: Any) -> None:
    most_owned = more.pop("most_owned", None)
    record = RoomRecord(room, "chat", owner, 1_000, epoch="e1", updated_at=1_000, **more)
    await store.create(record, [], most_owned=most_owned)


async def test_create_is_refused_when_the_owner_has_as_many_rooms_as_may_be(store: Store) -> None:
    await create(store, "a", most_owned=2)
    await create(store, "b", closed=True)
    await create(store, "c", most_owned=2)
    with pytest.raises(OwnsTooMany):
        await create(store, "d", most_owned=2)
    with pytest.raises(RoomExists):
        await create(store, "a", most_owned=2)
    await create(store, "d", BOB, most_owned=2)
    await create(store, "e")


async def test_create_through_two_processes_at_once_stays_within_the_bound(open_again: Open) -> None:
    stores = [await open_again(), await open_again()]
    tries = [create(stores[n % 2], f"room-{n}", most_owned=3) for n in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [OwnsTooMany] * 9


async def test_request_makes_one_room_of_its_owner(store: Store) -> None:
    assert await store.requested(ALICE, "r") is None
    await create(store, "a", request_id="r")
    await create(store, "b", BOB, request_id="r")
    await create(store, "c", request_id="s")
    with pytest.raises(RoomExists):
        await create(store, "d", request_id="r")
    made = [await store.requested(*asked) for asked in ((ALICE, "r"), (BOB, "r"), (ALICE, "s"))]
    assert [saved and (saved.record.id, saved.record.request_id) for saved in made] == [
        ("a", "r"),
        ("b", "r"),
        ("c", "s"),
    ]


async def test_list_shows_the_game_of_a_room_and_filters_open_ones(store: Store) -> None:
    waiting = {"status": "waiting", "seats": {"taken": 1, "total": 2}, "open": True}
    await create(store, "a", game=waiting)
    await create(store, "b")
    assert [(r.id, r.game) for r in (await store.rooms(RoomFilter(open=True)))[0]] == [("a", waiting)]
    saved = await store.load("a")
    assert saved is not None
    full = {**waiting, "open": False}
    await store.append(Append("a", "e1", 0, 0, [], listing=Listing("", "public", {}, False, 0, full)))
    assert (await store.rooms(RoomFilter(open=True)))[0] == []
    again = await store.load("a")
    assert again is not None
    assert again.record.game == full


async def test_list_shows_reserved_rooms_only_where_their_kind_is_asked_for(store: Store) -> None:
    for at, each in enumerate(RESERVED, 1):
        visibility, owner = "private" if each.sealed else "public", ALICE if each.managed_by == "owner" else ""
        room = f"{each.prefix.upper()}{ALICE if owner else at}"
        log = await new_log(store, room, at=1_000 * at, kind=each.kind, visibility=visibility, owner=owner)
        await store.touch_member(room, ALICE, 1)
        role = [MemberRight(ALICE, "member", 0)]
        await store.append(Append(room, log.record.epoch, log.record.fence, log.head, [], rights=role))
    await new_log(store, "queue:old", at=500, owner=BOB)
    await new_log(store, "market", at=400, kind="market", owner=BOB)
    assert await listed(store, viewer=ALICE) == ["queue:old", "market"]
    assert await listed(store) == ["queue:old", "market"]
    assert await listed(store, viewer=ALICE, mine=True) == ["MARKET:6", "DM:1"]
    for at, each in enumerate(RESERVED, 1):
        shown = await listed(store, viewer=ALICE, kind=each.kind)
        assert shown[0].startswith(each.prefix.upper()), f"{each.kind} of {at}"
        assert (await listed(store, kind=each.kind) != []) is (not each.sealed or each.kind == "chat")
    everything = await listed(store, everything=True)
    assert everything == ["MARKET:6", "BOARD:5", "QUEUE:4", "CHAIN:3", "queue:old", "market"]


async def test_wallet_rooms_do_not_count_among_those_owned(store: Store) -> None:
    await new_log(store, f"wallet:{ALICE}", kind="wallet", visibility="private")
    await store.create(RoomRecord("hall", "chat", ALICE, 1), [], most_owned=1)
    with pytest.raises(OwnsTooMany):
        await store.create(RoomRecord("den", "chat", ALICE, 1), [], most_owned=1)
