"""docs/protocol.md section 3: lists of rooms and members, unread counts, and search."""

from __future__ import annotations

from base64 import b64encode

from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ROOM_KEYS, done, fresh, made, post, refused, said

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


async def test_rooms_are_listed_by_kind_and_words_page_by_page(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    word = fresh("quokka")
    chats = [await made(ann, title=f"{word} {colour}") for colour in ("red", "green", "blue")]
    game = await made(ann, "tic-tac-toe", title=f"{word} game")
    await made(ann, title=f"{word} hidden", visibility="private")
    listed = await done(guest, "room:list", query=word)
    assert listed.keys() == {"rooms", "cursor"}
    assert {room["id"] for room in listed["rooms"]} == {*chats, game}
    assert listed["cursor"] is None
    assert all(room.keys() <= ROOM_KEYS for room in listed["rooms"])
    assert [r["id"] for r in (await done(guest, "room:list", query=word, kind="tic-tac-toe"))["rooms"]] == [game]
    assert (await done(guest, "room:list", query=word.upper() + " blu"))["rooms"][0]["id"] == chats[2]
    found: list[str] = []
    cursor = None
    for _ in range(4):
        page = await done(guest, "room:list", query=word, limit=1, cursor=cursor)
        found += [room["id"] for room in page["rooms"]]
        cursor = page["cursor"]
    assert (sorted(found), cursor) == (sorted([*chats, game]), None)
    assert len((await done(guest, "room:list", query=word, limit=10**6))["rooms"]) == 4
    for bad in ({"limit": 0}, {"limit": "x"}, {"cursor": 7}, {"kind": 7}, {"mine": "yes"}, {"query": []}):
        assert (await refused(guest, "room:list", **bad))[0] == "invalid", bad
    for foreign in ("nonsense", "é", b64encode(b"9" * 40 + b" x").decode()):
        assert (await done(guest, "room:list", cursor=foreign)).keys() == {"rooms", "cursor"}
    assert (await done(guest, "room:list", query="100%_of \\nothing'"))["rooms"] == []


async def test_my_rooms_come_with_what_is_unread_and_mentions_me(enter: Enter) -> None:
    ann, dee = await enter("ann"), await enter("dee")
    room, hidden = await made(ann), await made(ann, visibility="private")
    await made(ann)
    dee_account = wallet("dee").address
    invite = (await done(ann, "room:invite", room=hidden))["invite"]
    await done(dee, "room:join", room=hidden, invite=invite)
    await done(dee, "room:join", room=room)
    await said(ann, room, "hi", mentions=[dee_account])
    await said(ann, room, "ho", mentions=[dee_account.lower()])
    await said(ann, room, "all")
    listed = {one["id"]: one for one in (await done(dee, "room:list", mine=True))["rooms"]}
    assert listed.keys() == {room, hidden}
    assert (listed[room]["unread"], listed[room]["mentions"], listed[room]["threads"]) == (3, 2, 0)
    assert (listed[room]["last"]["seq"], listed[room]["last"]["text"]) == (4, "all")
    await done(dee, "room:read", room=room, seq=3)
    listed = {one["id"]: one for one in (await done(dee, "room:list", mine=True))["rooms"]}
    assert (listed[room]["unread"], listed[room]["mentions"]) == (1, 0)
    assert (await refused(await enter(None), "room:list", mine=True))[0] == "unauthorized"


async def test_members_are_paged_with_their_roles(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann)
    for client in (bea, cid):
        await done(client, "room:join", room=room)
    await done(ann, "room:moderate", room=room, account=BEA, action="role", role="moderator")
    listed = await done(ann, "room:members", room=room)
    assert listed.keys() == {"members", "cursor"}
    assert listed["cursor"] is None
    told = [{"account": one["account"], "role": one["role"]} for one in listed["members"]]
    assert told == [
        {"account": ANN, "role": "owner"},
        {"account": BEA, "role": "moderator"},
        {"account": CID, "role": "member"},
    ]
    assert (await done(ann, "room:join", room=room))["room"]["members"] == 3


async def test_search_finds_messages_and_not_what_was_deleted_or_said_elsewhere(enter: Enter) -> None:
    ann = await enter("ann")
    room, other = await made(ann), await made(ann)
    first = await said(ann, room, "the quick brown fox")
    second = await said(ann, room, "a QUICK answer")
    await said(ann, other, "quick elsewhere")
    found = (await done(ann, "room:search", room=room, query="quick"))["entries"]
    assert [entry["seq"] for entry in found] == [second["seq"], first["seq"]], "newest first"
    await done(ann, "room:post", **post(room, "chat.delete", {"of": first["seq"]}))
    assert [e["seq"] for e in (await done(ann, "room:search", room=room, query="quick"))["entries"]] == [second["seq"]]
    for query in ('"', "a AND", "*", "NEAR(", "x OR", "(", "col:x", "-", "%", "🦊"):
        await done(ann, "room:search", room=room, query=query)
    assert (await refused(ann, "room:search", room=room, query=""))[0] == "invalid"
    assert (await refused(ann, "room:search", room=room))[0] == "invalid"
