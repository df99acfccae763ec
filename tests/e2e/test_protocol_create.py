"""docs/protocol.md section 3: creating, configuring and closing rooms."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ROOM_KEYS, done, fresh, made, post, refused, said
from tests.e2e.stock import PythonClient, heard, http_json, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


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
        "rules": {"post": "everyone", "slow": 0, "hold": "none", "files": True, "emoji": {}, "lastSeen": False},
    }


async def test_room_without_an_id_gets_one_that_nobody_guesses(enter: Enter) -> None:
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


async def test_same_creation_again_answers_the_room_as_a_duplicate(enter: Enter) -> None:
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
        ("queue:chess", "forbidden"),
        ("Board:weekly", "forbidden"),
        ("market:1:0x0", "forbidden"),
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


async def test_account_owns_so_many_rooms_and_ids_follow_the_policy() -> None:
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
    assert (await refused(ann, "room:configure", room=room, gate={"any": []}))[0] == "invalid", "a gate of nothing"


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


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"post": "nobody"}, "rules.post"),
        ({"slow": -1}, "rules.slow"),
        ({"hold": True}, "rules.hold"),
        ({"words": [{"match": "", "do": "block"}]}, "rules.words.0.match"),
        ({"words": [{"match": "x" * 65, "do": "block"}]}, "rules.words.0.match"),
        ({"words": [{"match": "x", "do": "shout"}]}, "rules.words.0.do"),
        ({"words": [{"match": "x", "do": "block"}] * 201}, "rules.words"),
        ({"emoji": {"Bad name": "0x" + "0" * 64}}, "rules.emoji.Bad name"),
        ({"emoji": {"good": "0x1"}}, "rules.emoji.good"),
        ({"slwo": 5}, "rules.slwo"),
        ({"words": [{"match": "x", "do": "block", "mach": "y"}]}, "rules.words.0.mach"),
    ],
)
async def test_rules_that_are_none_are_refused_with_their_path(enter: Enter, rules: Any, path: str) -> None:
    ann = await enter("ann")
    answer = await ann.ask("room:create", {"kind": "chat", "id": fresh("ruled"), "rules": rules})
    assert (answer["error"]["code"], answer["error"]["details"]["path"].startswith(path)) == ("invalid", True), answer


async def test_unknown_rules_are_refused_and_the_nearest_is_named(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann, rules={"lastSeen": True, "later": None})
    for rules, hint in (({"lastseen": False}, "did you mean lastSeen?"), ({"x": 1}, "there are post, slow")):
        answer = await ann.ask("room:configure", {"room": room, "rules": rules})
        assert (answer["error"]["code"], hint in answer["error"]["message"]) == ("invalid", True), answer
    told = await done(ann, "room:configure", room=room, options={"slwo": 1}, slwo=1)
    assert (told["room"]["rules"]["lastSeen"], told["room"]["options"]) == (True, {"slwo": 1}), "options are the DApp's"
