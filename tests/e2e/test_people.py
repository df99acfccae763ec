"""Profiles and blocks over a real server: names that imitate, mentions and invitations of the blocked."""

from __future__ import annotations

import asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, made, refused, said
from tests.e2e.stock import heard, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


async def test_profile_is_changed_by_its_keys_and_read_by_anybody(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    mine = await done(ann, "account:profile", name="Ann 🎉", bio="two\nlines")
    assert mine["profile"] == {"name": "Ann 🎉", "bio": "two\nlines"}
    await done(ann, "account:profile", bio="")
    told = (await done(bea, "account:profiles", accounts=[ANN.lower(), CID]))["profiles"]
    assert told == {ANN: {"name": "Ann 🎉"}, CID: {}}


async def test_profile_says_that_a_program_acts(enter: Enter) -> None:
    robot = await enter("robot")
    assert (await done(robot, "account:profile", bot=True))["profile"] == {"bot": True}
    assert (await done(robot, "account:profile", bot=False))["profile"] == {}


async def test_name_that_imitates_or_hides_is_refused(enter: Enter) -> None:
    ann = await enter("ann")
    assert await refused(ann, "account:profile", name="\u0440\u0430ypal") == ("invalid", "confusable")
    for name in ("x" * 41, "\u200b", "\u202eevil", "a\nb", " a", "e\u0301"):
        assert (await refused(ann, "account:profile", name=name))[0] == "invalid"
    bea = await enter("bea")
    for name in ("Привет", "日本アニメ", "Zoë O'Neil", "한국 Kim"):
        assert (await done(bea, "account:profile", name=name))["profile"]["name"] == name


async def test_mentions_and_invitations_of_the_blocked_arrive_nowhere(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    await done(bea, "account:block", account=ANN.lower(), on=True)
    assert (await done(bea, "account:blocks"))["accounts"] == [ANN]
    assert (await refused(bea, "account:block", account=BEA, on=True))[0] == "invalid"
    room, den = await made(ann), await made(ann, id=fresh("den"), visibility="private")
    await done(bea, "room:join", room=room)
    await said(ann, room, "hey", mentions=[BEA, CID])
    await done(ann, "room:invite", room=den, account=BEA)
    await done(ann, "room:invite", room=den, account=CID)
    await until(lambda: len(heard(cid, "notice")) == 2)
    assert heard(bea, "notice") == []
    listed = {one["id"]: one for one in (await done(bea, "room:list", mine=True))["rooms"]}
    assert (listed[room]["mentions"], listed[room]["unread"]) == (0, 1)
    await done(bea, "account:block", account=ANN, on=False)
    await said(ann, room, "again", mentions=[BEA])
    await until(lambda: len(heard(bea, "notice")) == 1)


async def test_status_and_last_seen_are_told_where_the_room_allows_it(enter: Enter) -> None:
    ann, cid = await enter("ann"), await enter("cid")
    room, other = await made(ann, rules={"lastSeen": True}), await made(ann)
    await done(cid, "room:join", room=room)
    await done(cid, "account:status", status="busy", text="at sea")
    assert (await refused(cid, "account:status", status="busy", until=1))[0] == "invalid"
    assert (await refused(cid, "account:status", status="busy", text="a\nb"))[0] == "invalid"
    assert (await refused(cid, "account:status", status="away"))[0] == "invalid"
    joined = (await done(ann, "room:join", room=room))["presence"]
    assert joined["status"] == {CID: {"status": "busy", "text": "at sea"}}
    for each in (room, other):
        await done(cid, "room:join", room=each)
    await cid.close()

    async def seen(room: str) -> dict[str, object]:
        told: dict[str, object] = (await done(ann, "room:presence", room=room)).get("status", {}).get(CID, {})
        return told

    async with asyncio.timeout(60):
        while "lastSeen" not in await seen(room):
            await asyncio.sleep(0.2)
    assert await seen(other) == {}


async def test_blocked_accounts_and_thread_levels_have_a_bound() -> None:
    env = {"PARLOUR_BLOCKS": "2", "PARLOUR_THREAD_LEVELS": "1"}
    async with ServerProcess(env=env) as server, entering(server) as enter:
        ann = await enter("ann")
        for other in (BEA, CID, CID):
            await done(ann, "account:block", account=other, on=True)
        third = wallet("dan").address
        assert await refused(ann, "account:block", account=third, on=True) == ("illegal", "blocks")
        assert (await done(ann, "account:blocks"))["accounts"] == sorted((BEA, CID))
        await done(ann, "account:block", account=BEA, on=False)
        await done(ann, "account:block", account=third, on=True)
        room = await made(ann)
        first, second = [(await said(ann, room))["seq"] for _ in range(2)]
        for level in ("all", "none"):
            await done(ann, "room:notify", room=room, thread=first, level=level)
        told = await refused(ann, "room:notify", room=room, thread=second, level="all")
        assert told == ("illegal", "threads")
