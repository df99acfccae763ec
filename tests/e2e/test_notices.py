"""Notices over a real server: kept, read, told once; levels of rooms and threads; `@room` and `@here`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, posted, refused, said
from tests.e2e.stock import Stock, heard, until


@dataclass(frozen=True)
class Person:
    """A client that nobody told anything yet."""

    client: Stock
    account: str


async def people(enter: Enter, count: int = 3) -> list[Person]:
    names = [fresh("person") for _ in range(count)]
    return [Person(await enter(name), wallet(name).address) for name in names]


def told(to: Person) -> list[dict[str, Any]]:
    """What a person heard as it happened."""
    return heard(to.client, "notice")


async def notices(of: Person, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await done(of.client, "notices:list", **more))["notices"]
    return found


async def hall(*people: Person) -> str:
    """A room of the first one's that all of them joined."""
    room = await made(people[0].client)
    for each in people:
        await done(each.client, "room:join", room=room)
    return room


async def test_notice_is_listed_as_it_was_heard_until_it_is_read(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    room = await hall(ann, bea)
    first = await said(ann.client, room, "hey", mentions=[bea.account])
    second = await said(ann.client, room, "hey again", mentions=[bea.account.lower()])
    await until(lambda: len(told(bea)) == 2)
    live = told(bea)
    assert live[0].items() >= {"room": room, "seq": first["seq"], "type": "mention", "from": ann.account}.items()
    listed = await done(bea.client, "notices:list", limit=1)
    assert listed["notices"] == [{**live[1], "at": second["at"], "read": False}]
    assert listed["unread"] == 2
    assert [each["id"] for each in await notices(bea, cursor=listed["cursor"])] == [live[0]["id"]]
    await done(bea.client, "notices:read", upTo=live[0]["id"])
    assert [each["read"] for each in await notices(bea)] == [False, True]
    await done(bea.client, "room:read", room=room, seq=second["seq"])
    assert (await done(bea.client, "notices:list"))["unread"] == 0
    assert await notices(ann) == []


async def test_notice_of_a_room_that_one_may_not_join_any_more_is_not_listed(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    room = await hall(ann, bea)
    await said(ann.client, room, "hey", mentions=[bea.account])
    await until(lambda: len(told(bea)) == 1)
    await done(ann.client, "room:moderate", room=room, account=bea.account, action="ban")
    assert (await done(bea.client, "notices:list")) == {"notices": [], "cursor": None, "unread": 0}
    await done(ann.client, "room:moderate", room=room, account=bea.account, action="unban")
    assert len(await notices(bea)) == 1


async def test_whole_room_is_told_once_by_a_moderator_alone(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await hall(ann, bea, cid)
    assert await refused(bea.client, "room:post", room=room, id=fresh(), type="chat.message", body=called("@room")) == (
        "forbidden",
        "role",
    )
    message = await said(ann.client, room, "all", mentions=["@room", bea.account])
    await until(lambda: len(told(cid)) == 1)
    assert told(cid)[0].items() >= {"seq": message["seq"], "type": "mention", "from": ann.account}.items()
    await said(ann.client, room, "here", mentions=["@here"])
    await until(lambda: len(told(cid)) == 2)
    await until(lambda: len(told(bea)) == 2)
    rows = {row["id"]: row for row in (await done(bea.client, "room:list", mine=True))["rooms"]}
    assert rows[room]["mentions"] == 2
    assert told(ann) == []
    assert len(await notices(bea)) == 2


def called(*mentions: str) -> dict[str, Any]:
    return {"text": "all", "mentions": list(mentions)}


async def test_edit_calls_the_room_where_the_message_did_not(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await hall(ann, bea, cid)
    of = (await said(ann.client, room, "psst", mentions=[bea.account]))["seq"]
    for text in ("all of you", "really"):
        await posted(ann.client, room, "chat.edit", {"of": of, "text": text, "mentions": ["@room"]})
    await said(ann.client, room, "end", mentions=[bea.account, cid.account])
    await until(lambda: len(told(cid)) == 2)
    await until(lambda: len(told(bea)) == 2)
    assert [len(await notices(each)) for each in (bea, cid)] == [2, 2]


async def test_thread_tells_those_who_follow_it_and_those_who_ask(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await hall(ann, bea, cid)
    root = (await said(ann.client, room, "root"))["seq"]
    reply = await said(bea.client, room, "reply", thread=root)
    await until(lambda: len(told(ann)) == 1)
    wanted = {"type": "thread", "thread": root, "seq": reply["seq"], "from": bea.account}
    assert told(ann)[0].items() >= wanted.items()
    await done(ann.client, "room:notify", room=room, thread=root, level="none")
    await done(cid.client, "room:notify", room=room, thread=root, level="all")
    await said(bea.client, room, "more", thread=root)
    await until(lambda: len(told(cid)) == 1)
    await said(ann.client, room, "mine", thread=root, mentions=[bea.account])
    await until(lambda: len(told(cid)) == 2)
    assert [each["type"] for each in await notices(bea)] == ["mention"]
    assert len(await notices(ann)) == 1
    assert (await refused(ann.client, "room:notify", room=room, thread=reply["seq"] + 99, level="all"))[
        0
    ] == "not_found"


async def test_level_of_a_room_silences_it_or_tells_every_message(enter: Enter) -> None:
    ann, bea, cid = await people(enter)
    room = await hall(ann, bea, cid)
    await done(bea.client, "room:notify", room=room, level="none")
    await done(cid.client, "room:notify", room=room, level="all")
    await said(ann.client, room, "hey", mentions=[bea.account])
    await said(ann.client, room, "all", mentions=["@room"])
    await until(lambda: len(told(cid)) == 2)
    assert {each["type"] for each in told(cid)} == {"message", "mention"}
    assert await notices(bea) == []
    assert await refused(bea.client, "room:notify", room=room, level="none", until=1) == ("invalid", None)
    await done(bea.client, "room:notify", room=room, level="mentions")
    await said(ann.client, room, "hey", mentions=[bea.account])
    await until(lambda: len(told(bea)) == 1)


async def test_invitation_waits_in_the_list_with_its_secret(enter: Enter) -> None:
    ann, bea = await people(enter, 2)
    den = await made(ann.client, id=fresh("den"), visibility="private")
    await done(ann.client, "room:invite", room=den, account=bea.account)
    await until(lambda: len(told(bea)) == 1)
    [kept] = await notices(bea)
    assert (kept["type"], kept["room"]) == ("invitation", den)
    await done(bea.client, "room:join", room=den, invite=kept["invite"])
