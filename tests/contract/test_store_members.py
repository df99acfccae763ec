"""The contract of `runtime.store.Store` for people: members, read positions, invitations."""

from __future__ import annotations

import asyncio

from parlour.core.room import Draft
from parlour.runtime.store import (
    Store,
    StoredInvitation,
)
from tests.logs import ALICE, BOB, message, new_log


async def test_members_are_those_who_joined_and_did_not_leave(store: Store) -> None:
    await new_log(store)
    for account in ("c", "a", "b", "a"):
        await store.touch_member("Room-1", account, 1)
    await store.read("Room-1", "reader", 1)
    assert await store.members("room-1", None, 10) == (["a", "b", "c"], None)
    await store.forget_member("Room-1", "b")
    assert await store.members("Room-1", None, 10) == (["a", "c"], None)
    await store.touch_member("Room-1", "b", 2)
    page, cursor = await store.members("Room-1", None, 2)
    assert page == ["a", "b"]
    assert await store.members("Room-1", cursor, 2) == (["c"], None)


async def test_joining_and_leaving_count_a_member_once_each(store: Store) -> None:
    await new_log(store)
    fates = [await store.touch_member("Room-1", ALICE, 1), await store.touch_member("ROOM-1", ALICE, 2)]
    fates += [await store.touch_member("Room-1", BOB, 3), await store.forget_member("Room-1", BOB)]
    fates += [await store.forget_member("Room-1", BOB), await store.forget_member("Room-1", "nobody")]
    assert fates == [True, False, True, True, False, False]
    assert await store.touch_member("Room-1", BOB, 4)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.record.members == 2


async def test_read_position_never_moves_back(store: Store) -> None:
    await new_log(store)
    assert await store.position("Room-1", ALICE) == 0
    assert await store.read("Room-1", ALICE, 5) == 5
    assert await store.read("ROOM-1", ALICE, 3) == 5
    await store.touch_member("Room-1", ALICE, 1)
    assert await store.read("Room-1", ALICE, 9) == 9
    await store.forget_member("Room-1", ALICE)
    assert await store.position("Room-1", ALICE) == 9
    assert await store.position("Room-1", BOB) == 0


async def test_invitation_is_used_as_often_as_it_says(store: Store) -> None:
    await new_log(store)
    await store.invite(StoredInvitation(b"t1", "Room-1", None, 2, until=1_000))
    fates = await asyncio.gather(*(store.redeem(b"t1", "Room-1", f"account-{n}", 999) for n in range(5)))
    assert sum(fates) == 2
    assert not await store.redeem(b"t2", "Room-1", ALICE, 0)


async def test_invitation_used_again_by_the_same_account_spends_nothing(store: Store) -> None:
    await new_log(store)
    await store.invite(StoredInvitation(b"t1", "Room-1", None, 1, until=1_000))
    assert await store.redeem(b"t1", "ROOM-1", ALICE, 10)
    assert await store.redeem(b"t1", "Room-1", ALICE, 11)
    assert not await store.redeem(b"t1", "Room-1", ALICE, 11, again=False), "who was put out needs another one"
    assert not await store.redeem(b"t1", "Room-1", BOB, 12)


async def test_invitation_is_kept_once_and_remembers_its_request(store: Store) -> None:
    await new_log(store)
    assert await store.invite(StoredInvitation(b"t1", "Room-1", None, 1, 1_000, b"asked")) is None
    assert await store.redeem(b"t1", "Room-1", ALICE, 10)
    assert await store.invite(StoredInvitation(b"t1", "Room-1", None, 9, 2_000, b"other")) == b"asked"
    assert not await store.redeem(b"t1", "Room-1", BOB, 10), "it has as many uses as before"


async def test_invitation_expires_and_is_for_its_room_and_account(store: Store) -> None:
    await new_log(store)
    await new_log(store, "Room-2")
    await store.invite(StoredInvitation(b"t1", "Room-1", ALICE, 5, until=1_000))
    assert not await store.redeem(b"t1", "Room-1", BOB, 10)
    assert not await store.redeem(b"t1", "Room-2", ALICE, 10)
    assert not await store.redeem(b"t1", "Room-1", ALICE, 1_000)
    assert await store.redeem(b"t1", "Room-1", ALICE, 999)


async def test_mentions_are_counted_after_the_read_position(store: Store) -> None:
    def mention(id_: str, *accounts: str) -> Draft:
        return Draft("chat.message", {"text": "x", "mentions": list(accounts)}, BOB, id_)

    async def counts(account: str) -> tuple[int, int]:
        found = (await store.unread(account, ["Room-1"]))["Room-1"]
        return found.read, found.mentions

    log = await new_log(store, "Room-1", mention("a", ALICE), message("b", "x"), mention("c", ALICE.lower(), BOB))
    await log.append(store, mention("d", ALICE, ALICE), Draft("app.note", {"mentions": [ALICE]}, BOB, "e"))
    assert (await store.unread(ALICE, ["Room-1", "none"])).keys() == {"Room-1"}
    assert await counts(ALICE) == (0, 3)
    await store.read("Room-1", ALICE, 2)
    assert await counts(ALICE) == (2, 2)
    await log.append(store, Draft("chat.delete", {"of": 5}, BOB, "f", ref=5), erase=[5])
    assert await counts(ALICE) == (2, 1)
    assert await counts(BOB) == (0, 1)
