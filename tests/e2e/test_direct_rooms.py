"""Direct rooms over a real server: the same people, the same room; requests of strangers, blocks, leaving, groups."""

from __future__ import annotations

from hashlib import sha256

from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, post, refused, said
from tests.e2e.stock import heard, until
from tests.e2e.test_notices import Person, notices, people, told


async def opened(by: Person, *others: Person) -> str:
    room: str = (await done(by.client, "dm:open", accounts=[each.account for each in others]))["room"]["id"]
    return room


async def listed(of: Person) -> dict[str, dict[str, object]]:
    return {row["id"]: row for row in (await done(of.client, "room:list", mine=True))["rooms"]}


async def test_direct_room_is_the_same_for_the_same_people(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await opened(ann, bea)
    named = sha256("\n".join(sorted([ann.account, bea.account])).encode()).hexdigest()[:32]
    assert room == f"dm:{named}"
    assert await opened(bea, ann) == room
    assert await opened(ann, bea, bea) == room
    assert await opened(cid, ann, bea) != room
    shown = (await done(ann.client, "dm:open", accounts=[bea.account.lower()]))["room"]
    assert (shown["id"], shown["kind"], shown["visibility"], shown["owner"]) == (room, "chat", "private", "")
    assert shown["options"] == {"accounts": sorted([ann.account, bea.account])}


async def test_direct_room_is_opened_with_others_who_signed_in_alone(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    assert (await refused(ann.client, "dm:open", accounts=[ann.account]))[0] == "invalid"
    assert (await refused(ann.client, "dm:open", accounts=[bea.account, "0x" + "1" * 40]))[0] == "not_found"
    assert (await refused(ann.client, "dm:open", accounts=["you"]))[0] == "invalid"
    assert (await refused(ann.client, "dm:open", accounts=[]))[0] == "invalid"
    assert (await refused(await enter(None), "dm:open", accounts=[ann.account]))[0] == "unauthorized"


async def test_stranger_writes_three_messages_until_the_request_is_accepted(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    room = await opened(ann, bea)
    assert room not in await listed(bea)
    await done(ann.client, "room:join", room=room)
    seqs = [(await said(ann.client, room, text))["seq"] for text in ("hello", "it's ann", "call me")]
    assert await refused(ann.client, "room:post", **post(room, "chat.message", {"text": "?"})) == (
        "forbidden",
        "request",
    )
    await said_edit(ann, room, seqs[0])
    await until(lambda: len(told(bea)) == 3)
    assert {(each["type"], each.get("request"), each["from"]) for each in told(bea)} == {("direct", True, ann.account)}
    row = (await listed(bea))[room]
    assert (row["unread"], row["request"]) == (3, True)
    await done(bea.client, "room:join", room=room)
    await done(bea.client, "room:read", room=room, seq=seqs[2])
    await done(bea.client, "dm:answer", room=room, accept=True)
    await said(ann.client, room, "thanks")
    await done(bea.client, "room:read", room=room, seq=seqs[2] + 3)
    await until(lambda: len(heard(ann.client, "read")) == 1)
    assert heard(ann.client, "read")[0]["seq"] == seqs[2] + 3
    await until(lambda: len(told(bea)) == 4)
    assert "request" not in told(bea)[3]
    assert "request" not in (await listed(bea))[room]


async def said_edit(who: Person, room: str, of: int) -> None:
    await done(who.client, "room:post", **post(room, "chat.edit", {"of": of, "text": "hello!"}))


async def test_declined_request_leaves_the_list_and_tells_nobody(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    room = await opened(ann, bea)
    await done(ann.client, "room:join", room=room)
    await said(ann.client, room, "hello")
    await until(lambda: len(told(bea)) == 1)
    await done(bea.client, "dm:answer", room=room, accept=False)
    await said(ann.client, room, "are you there?")
    assert room not in await listed(bea)
    assert len(await notices(bea)) == 1
    assert {each["type"] for each in heard(ann.client, "entry")} <= {"chat.message", "dm.accepted"}
    await done(bea.client, "dm:answer", room=room, accept=True)
    assert room in await listed(bea)
    hall = (await done(ann.client, "room:create", kind="chat", id=fresh()))["room"]["id"]
    assert await refused(ann.client, "dm:answer", room=hall, accept=True) == ("illegal", "not_direct")


async def test_writing_accepts_and_acquaintances_are_no_strangers(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await opened(ann, bea)
    await said(ann.client, room, "hello")
    await said(bea.client, room, "hi")
    for number in range(4):
        await said(ann.client, room, f"{number}")
    await until(lambda: len(told(bea)) == 5)
    group = await opened(ann, bea, cid)
    await said(ann.client, group, "meet cid")
    await until(lambda: len(told(bea)) == 6)
    await until(lambda: len(told(cid)) == 1)
    assert ["request" in told(each)[-1] for each in (bea, cid)] == [False, True]


async def test_left_direct_room_comes_back_when_somebody_writes(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    room = await opened(ann, bea)
    await said(ann.client, room, "hello")
    await done(bea.client, "dm:answer", room=room, accept=True)
    await done(bea.client, "room:leave", room=room)
    assert room not in await listed(bea)
    await said(ann.client, room, "again")
    assert (await listed(bea))[room]["unread"] == 2


async def test_blocked_account_opens_writes_and_signals_nothing(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await opened(ann, bea)
    await done(ann.client, "room:join", room=room)
    await done(bea.client, "room:join", room=room)
    await done(bea.client, "dm:answer", room=room, accept=True)
    await done(bea.client, "account:block", account=ann.account, on=True)
    asked = {"room": room, "type": "typing", "body": {}}
    assert await refused(ann.client, "dm:open", accounts=[bea.account]) == ("forbidden", "blocked")
    assert await refused(ann.client, "room:post", **post(room, "chat.message", {"text": "?"})) == (
        "forbidden",
        "blocked",
    )
    assert await refused(ann.client, "room:signal", **asked) == ("forbidden", "blocked")
    await said(bea.client, room, "I still may")
    group = await opened(ann, bea, cid)
    await said(ann.client, group, "hello")
    await until(lambda: len(told(cid)) == 1)
    assert told(bea) == []
    await done(bea.client, "account:block", account=ann.account, on=False)
    await done(ann.client, "room:signal", **asked)
    await said(ann.client, room, "hello again")


async def test_nobody_manages_a_direct_room(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await opened(ann, bea)
    assert await refused(ann.client, "room:configure", room=room, title="ours") == ("forbidden", "role")
    assert await refused(ann.client, "room:invite", room=room, account=cid.account) == ("forbidden", "role")
    assert await refused(ann.client, "room:close", room=room) == ("forbidden", "role")
    acted = {"room": room, "account": bea.account, "action": "kick"}
    assert await refused(ann.client, "room:moderate", **acted) == ("forbidden", "role")
    for asked in ({"room": room}, {"room": room, "since": {"epoch": "x", "seq": 1}}):
        assert (await refused(cid.client, "room:join", **asked))[0] == "not_found"
    assert (await refused(cid.client, "dm:answer", room=room, accept=True))[0] == "not_found"
