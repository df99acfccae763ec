"""docs/protocol.md section 3: rooms, their people, lists, presence, signals and reading positions."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ROOM_KEYS, done, fresh, made, post, refused, said
from tests.e2e.stock import PythonClient, heard, http_json, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))
JOIN_KEYS = {"room", "epoch", "head", "hash", "role", "read", "recovered", "entries", "presence"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_creating_answers_the_room_object(enter: Enter) -> None:
    ann = await enter("ann")
    id = fresh("Lobby")
    room = (await done(ann, "room:create", kind="chat", id=id, title="Our lobby", options={"theme": "dark"}))["room"]
    assert room.keys() <= ROOM_KEYS
    assert room.keys() >= ROOM_KEYS - {"gate", "game"}
    assert abs(room.pop("createdAt") - time.time() * 1000) < 5000
    assert room == {
        "id": id,
        "kind": "chat",
        "title": "Our lobby",
        "visibility": "public",
        "owner": ANN,
        "members": 1,
        "signed": False,
        "options": {"theme": "dark"},
    }


async def test_a_room_without_an_id_gets_one_that_nobody_guesses(enter: Enter) -> None:
    ann = await enter("ann")
    ids = {(await done(ann, "room:create", kind="chat"))["room"]["id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(len(id) >= 16 for id in ids)


async def test_creating_is_not_joining(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    assert await refused(ann, "room:signal", room=room, type="typing") == ("forbidden", "role")
    assert (await done(ann, "room:presence", room=room))["members"] == []


async def test_room_created_is_always_the_first_entry(enter: Enter) -> None:
    ann = await enter("ann")
    for kind in ("chat", "tic-tac-toe"):
        room = await made(ann, kind)
        [first] = (await done(ann, "room:history", room=room, before=2))["entries"]
        assert (first["seq"], first["type"], first["author"], first["id"]) == (1, "room.created", "", "server:1")
        assert (first["body"]["kind"], first["body"]["owner"]) == (kind, ANN)


async def test_the_same_creation_again_answers_the_room_as_a_duplicate(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    asked = {"kind": "chat", "id": fresh("Twice"), "title": "T", "options": {"a": 1}}
    first = await done(ann, "room:create", **asked)
    assert "duplicate" not in first
    again = await done(ann, "room:create", **asked)
    assert (again["room"], again["duplicate"]) == (first["room"], True)
    shouted = await done(ann, "room:create", **{**asked, "id": asked["id"].upper()})
    assert (shouted["room"]["id"], shouted["duplicate"]) == (asked["id"], True)
    await done(ann, "room:configure", room=asked["id"], title="Renamed")
    assert (await done(ann, "room:create", **asked))["duplicate"] is True, "a late retry of the creation"
    for change in ({"title": "U"}, {"kind": "tic-tac-toe"}, {"options": {}}, {"visibility": "private"}):
        assert (await refused(ann, "room:create", **{**asked, **change}))[0] in ("conflict", "invalid"), change
    assert (await refused(bea, "room:create", **asked))[0] == "conflict"


@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("x" * 128, None),
        ("A.z_0:9-", None),
        ("...", None),
        ("x" * 129, "invalid"),
        ("", "invalid"),
        (".", "invalid"),
        ("..", "invalid"),
        ("a b", "invalid"),
        ("a/b", "invalid"),
        ("é", "invalid"),
        ("a\n", "invalid"),
        ("٣", "invalid"),
        (7, "invalid"),
        ("wallet:x", "forbidden"),
        ("Chain:1", "forbidden"),
        ("DM:0", "forbidden"),
    ],
)
async def test_room_ids_have_one_alphabet_and_reserved_prefixes(enter: Enter, id: Any, code: str | None) -> None:
    ann = await enter("ann")
    if code is None:
        assert (await done(ann, "room:create", kind="chat", id=id))["room"]["id"] == id
    else:
        assert (await refused(ann, "room:create", kind="chat", id=id))[0] == code


async def test_ids_are_compared_without_case_on_every_path(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann, id=fresh("CamelCase"))
    other = room.upper()
    joined = await done(ann, "room:join", room=other)
    assert joined["room"]["id"] == room
    assert (await done(ann, "room:post", **post(other, "chat.message", {"text": "x"})))["seq"] == 2
    await until(lambda: heard(ann, "entry", room))
    assert (await done(ann, "room:history", room=other))["entries"][-1]["room"] == room
    await done(ann, "room:signal", room=other, type="typing")
    await done(ann, "room:read", room=other, seq=2)
    assert (await done(ann, "room:search", room=other, query="x"))["entries"]
    assert (await http_json("GET", f"{server.url}/api/rooms/{other}"))[1]["room"]["id"] == room


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "no-such"},
        {"kind": ""},
        {"kind": 7},
        {"kind": None},
        {"kind": "chat", "title": 7},
        {"kind": "chat", "title": "x" * 1000},
        {"kind": "chat", "title": "nul \x00"},
        {"kind": "chat", "visibility": "secret"},
        {"kind": "chat", "options": []},
        {"kind": "chat", "options": {"clé": 1}},
        {"kind": "chat", "options": {"n": 2**60}},
        {"kind": "chat", "signed": "yes"},
        {"kind": "chat", "gate": {"any": []}},
        {"kind": "tic-tac-toe", "options": {"nonsense": 1}},
    ],
)
async def test_wrong_settings_are_invalid(enter: Enter, bad: dict[str, Any]) -> None:
    assert (await refused(await enter("ann"), "room:create", **bad))[0] == "invalid"


async def test_options_too_large_are_refused(enter: Enter) -> None:
    ann = await enter("ann")
    assert (await refused(ann, "room:create", kind="chat", options={"x": "y" * 40_000}))[0] == "too_large"
    room = await made(ann)
    assert (await refused(ann, "room:configure", room=room, options={"x": "y" * 40_000}))[0] == "too_large"


async def test_an_account_owns_so_many_rooms_and_ids_follow_the_policy() -> None:
    env = {"PARLOUR_ROOM_IDS": "own", "PARLOUR_ROOMS_OWNED": "2"}
    async with ServerProcess(env=env) as server, Clients(server) as clients:
        ann = await clients.enter("ann")
        assert (await refused(ann, "room:create", kind="chat", id="free"))[0] == "forbidden"
        assert (await refused(ann, "room:create", kind="chat", id=BEA + "-x"))[0] == "forbidden"
        await made(ann, id=ANN.lower() + "-mine")
        assert (await done(ann, "room:create", kind="chat"))["room"]["id"]
        code, _ = await refused(ann, "room:create", kind="chat")
        assert code == "rate_limited"
        await done(ann, "room:close", room=ANN + "-mine")
        await done(ann, "room:create", kind="chat")


class Clients:
    """Stock clients of another server than the module's."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._clients: list[PythonClient] = []

    async def __aenter__(self) -> Clients:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.close()

    async def enter(self, name: str) -> PythonClient:
        async with aiohttp.ClientSession() as http:
            token = (await sign_in(http, self._server.url, wallet(name)))["token"]
        client = PythonClient(["websocket"])
        self._clients.append(client)
        await client.connect(self._server.url, token)
        return client


# ── joining, leaving, presence ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_joins_ack_has_the_named_keys(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    receipt = await said(ann, room)
    joined = await done(ann, "room:join", room=room)
    assert joined.keys() == JOIN_KEYS
    assert (joined["room"]["id"], joined["room"].keys() <= ROOM_KEYS) == (room, True)
    assert (joined["head"], joined["hash"], joined["role"]) == (2, receipt["hash"], "owner")
    assert (joined["read"], joined["recovered"]) == (0, False)
    assert [entry["seq"] for entry in joined["entries"]] == [1, 2]
    presence = joined["presence"]
    assert presence.keys() == {"v", "members", "count"}
    assert (presence["members"], presence["count"]) == ([ANN], 1)


async def test_roles_are_named_in_the_join(enter: Enter) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann)
    roles = [(await done(client, "room:join", room=room))["role"] for client in (ann, bea, guest)]
    assert roles == ["owner", "member", "guest"]
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert (await done(bea, "room:join", room=room))["role"] == "muted"
    await done(ann, "room:moderate", room=room, account=BEA, action="unmute")
    await done(ann, "room:moderate", room=room, account=BEA, action="role", role="moderator")
    assert (await done(bea, "room:join", room=room))["role"] == "moderator"


async def test_presence_is_numbered_and_told_once_per_account(enter: Enter) -> None:
    ann, bea, again, guest = await enter("ann"), await enter("bea"), await enter("bea"), await enter(None)
    room = await made(ann)
    v = (await done(ann, "room:join", room=room))["presence"]["v"]
    joined = await done(bea, "room:join", room=room)
    assert sorted(joined["presence"]["members"]) == sorted([ANN, BEA])
    await done(again, "room:join", room=room)
    await done(guest, "room:join", room=room)
    await again.close()
    await done(bea, "room:leave", room=room)
    await asyncio.sleep(0.2)
    news = [one for one in heard(ann, "presence", room) if one["v"] > v]
    assert [one["v"] for one in news] == list(range(v + 1, v + 1 + len(news))), "no hole"
    assert all(one.keys() == {"room", "v", "joined", "left", "count"} for one in news)
    assert [account for one in news for account in one["joined"] if account != ANN] == [BEA]
    assert [account for one in news for account in one["left"]] == [BEA]
    picture = await done(ann, "room:presence", room=room)
    assert picture == {"v": news[-1]["v"], "members": [ANN], "count": 2}, "a guest is counted, not named"


async def test_a_second_join_on_a_socket_is_harmless(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    for client in (ann, bea, bea, bea):
        joined = await done(client, "room:join", room=room)
    assert joined["presence"]["count"] == 2
    await said(ann, room)
    await until(lambda: heard(bea, "entry", room))
    await asyncio.sleep(0.1)
    assert len(heard(bea, "entry", room)) == 1
    await done(bea, "room:leave", room=room)
    await said(ann, room)
    await asyncio.sleep(0.1)
    assert len(heard(bea, "entry", room)) == 1


async def test_leaving_is_answered_whether_in_or_not(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room = await made(ann)
    for client in (ann, guest):
        await done(client, "room:leave", room=room)
        await done(client, "room:join", room=room)
        await done(client, "room:leave", room=room, reason="dinner")
    assert (await refused(ann, "room:leave", room="no-such-room"))[0] == "not_found"


# ── signals and positions ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [{"x": 1}, None, "text", 7, [1, {"a": None}], b"\x00\xff"])
async def test_a_signal_reaches_everybody_else_and_never_the_log(enter: Enter, body: Any) -> None:
    ann, also_ann, bea = await enter("ann"), await enter("ann"), await enter("bea")
    room = await made(ann)
    for client in (ann, also_ann, bea):
        await done(client, "room:join", room=room)
    await until(lambda: heard(ann, "welcome"))
    assert await done(ann, "room:signal", room=room, type="cursor", body=body) == {}
    await until(lambda: heard(bea, "signal") and heard(also_ann, "signal"))
    [signal] = heard(bea, "signal")
    assert signal["from"].keys() == {"account", "connection"}
    assert signal == {
        "room": room,
        "from": {"account": ANN, "connection": heard(ann, "welcome")[0]["connection"]},
        "type": "cursor",
        "body": body,
    }
    assert heard(ann, "signal") == []
    assert (await done(ann, "room:history", room=room))["entries"][-1]["seq"] == 1


async def test_signals_need_a_join_on_that_socket_and_a_voice(enter: Enter) -> None:
    ann, elsewhere, bea, guest = await enter("ann"), await enter("ann"), await enter("bea"), await enter(None)
    room, hidden = await made(ann), await made(ann, visibility="private")
    for client in (ann, bea, guest):
        await done(client, "room:join", room=room)
    assert await refused(elsewhere, "room:signal", room=room, type="t") == ("forbidden", "role")
    assert (await refused(guest, "room:signal", room=room, type="t"))[0] == "unauthorized"
    assert (await refused(bea, "room:signal", room="no-such-room", type="t"))[0] == "not_found"
    assert (await refused(bea, "room:signal", room=hidden, type="t"))[0] == "not_found"
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert await refused(bea, "room:signal", room=room, type="t") == ("forbidden", "muted")
    assert (await refused(ann, "room:signal", room=room, type=7))[0] == "invalid"
    assert (await refused(ann, "room:signal", room=room))[0] == "invalid"
    assert (await refused(ann, "room:signal", room=room, type="t", body="x" * 60_000))[0] == "too_large"
    await asyncio.sleep(0.1)
    assert heard(ann, "signal", room) == []


async def test_reading_positions_go_forward_and_are_told(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    for _ in range(3):
        await said(ann, room)
    assert await done(bea, "room:read", room=room, seq=3) == {}, "no join is needed"
    await until(lambda: heard(ann, "read"))
    assert heard(ann, "read") == [{"room": room, "account": BEA, "seq": 3}]
    await done(bea, "room:read", room=room, seq=2)
    assert (await done(bea, "room:join", room=room))["read"] == 3
    await done(bea, "room:read", room=room, seq=999)
    assert (await done(bea, "room:join", room=room))["read"] == 4, "nobody has read what is not there"
    for seq in (-1, 1.5, "1", None, 2**60, True):
        assert (await refused(bea, "room:read", room=room, seq=seq))[0] == "invalid", seq


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    assert (listed[room]["unread"], listed[room]["mentions"]) == (4, 2)
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


# ── configuring and closing ──────────────────────────────────────────────────────────────────────────────────────────


async def test_configuring_is_an_entry_and_answers_the_room(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann, title="Old")
    await done(ann, "room:join", room=room)
    told = (await done(ann, "room:configure", room=room, title="New", options={"a": 1}))["room"]
    assert (told["title"], told["options"], told["visibility"]) == ("New", {"a": 1}, "public")
    await until(lambda: heard(ann, "entry", room))
    [entry] = heard(ann, "entry", room)
    assert (entry["type"], entry["author"], entry["id"]) == ("room.configured", "", "server:2")
    assert (entry["body"]["by"], entry["body"]["title"]) == (ANN, "New")
    assert (await done(ann, "room:list", query="New"))["rooms"]
    for bad in ({"title": 7}, {"visibility": "x"}, {"options": 1}):
        assert (await refused(ann, "room:configure", room=room, **bad))[0] == "invalid", bad
    assert (await refused(ann, "room:configure", room=room, gate={"any": []}))[0] == "invalid", "gates are not served"


async def test_closing_is_told_and_ends_writing(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await done(bea, "room:join", room=room)
    await said(ann, room, "last words")
    assert await refused(bea, "room:close", room=room) == ("forbidden", "role")
    await done(ann, "room:close", room=room, reason="bedtime", id="close-1")
    await until(lambda: heard(bea, "room:closed"))
    assert heard(bea, "room:closed") == [{"room": room, "reason": "bedtime"}]
    assert heard(bea, "entry", room)[-1]["type"] == "room.closed"
    for event, data in [
        ("room:post", {"id": "x", "type": "chat.message", "body": {"text": "x"}}),
        ("room:configure", {"title": "x"}),
        ("room:moderate", {"account": BEA, "action": "ban"}),
        ("room:invite", {}),
        ("room:join", {}),
    ]:
        assert (await refused(ann, event, room=room, **data))[0] == "closed", event
    assert (await refused(ann, "room:close", room=room, id="close-2"))[0] == "closed"
    assert (await done(ann, "room:close", room=room, reason="bedtime", id="close-1"))["duplicate"] is True
    texts = [entry["body"].get("text") for entry in (await done(bea, "room:history", room=room))["entries"]]
    assert "last words" in texts, "its log can still be read"
    assert room not in [one["id"] for one in (await done(ann, "room:list"))["rooms"]]


async def test_requests_with_an_id_do_nothing_the_second_time(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    ban = {"room": room, "account": BEA, "action": "mute", "id": "m-1"}
    first = await done(ann, "room:moderate", **ban)
    again = await done(ann, "room:moderate", **ban)
    assert (again["seq"], again["duplicate"]) == (first["seq"], True)
    await done(ann, "room:configure", room=room, title="One", id="c-1")
    again = await done(ann, "room:configure", room=room, title="One", id="c-1")
    assert (again["duplicate"], again["room"]["title"]) == (True, "One")
    assert (await done(ann, "room:history", room=room))["entries"][-1]["seq"] == 3
