"""Rights and paths: who gets what, over the socket and over HTTP, on one real server."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import socketio
from structlog.testing import capture_logs

from parlour.adapters.socket.connection_limits import GatewayClient
from parlour.app import Server
from parlour.settings import Settings
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import TEXT, RawSocket, client_frame

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = ("owner", "moderator", "member", "stranger", "muted", "banned", "guest")
_ids = (f"id-{number}" for number in itertools.count())


@dataclass
class Person:
    """A stock client and its session."""

    account: str
    token: str | None
    socket: socketio.AsyncClient
    http: aiohttp.ClientSession
    url: str
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def ask(self, event: str, room: str | None = None, /, **data: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.socket.call(
            event, data if room is None else {"room": room, **data}, timeout=5
        )
        return answer

    async def get(self, path: str) -> tuple[int, str]:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        async with self.http.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    def events(self, name: str, room: str) -> list[Any]:
        return [data for event, data in self.heard if event == name and data.get("room") == room]


@dataclass
class Town:
    server: Server
    http: aiohttp.ClientSession
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    async def enter(self, name: str) -> Person:
        """Another device of that name; no name is a guest."""
        token, account = None, ""
        if name != "guest":
            session = await sign_in(self.http, self.server.url, wallet(name))
            token, account = session["token"], session["account"]
        socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        person = Person(account, token, socket, self.http, self.server.url)
        socket.on("*", lambda event, data=None: person.heard.append((event, data)))
        auth = {} if token is None else {"token": token}
        await socket.connect(self.server.url, auth=auth, transports=["websocket"])
        return person


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{folder}/parlour.db", guests=True, chains=[],
        posts_per_second=10_000, posts_burst=10_000, changes_per_minute=10_000, reads_burst=10_000,
        unknown_rooms_burst=10_000,
    )  # fmt: skip
    server = await Server.build(settings)
    await server.start()
    async with aiohttp.ClientSession() as http:
        town = Town(server, http)
        for name in PEOPLE:
            town.people[name] = await town.enter(name)
        for visibility in ("public", "private"):
            await furnish(town, visibility, visibility)
        yield town
        await asyncio.gather(*(person.socket.disconnect() for person in town.people.values()))
    await server.stop()


async def furnish(town: Town, room: str, visibility: str) -> None:
    """A room in which everybody has the role of their name."""
    owner = town.owner
    assert (await owner.ask("room:create", kind="chat", id=room, visibility=visibility))["ok"]
    for name in ("moderator", "member", *(["muted"] if visibility == "private" else [])):
        role = "moderator" if name == "moderator" else "member"
        assert (await moderated(owner, room, "role", town.people[name], role=role))["ok"]
    await moderated(owner, room, "mute", town.muted)
    await moderated(owner, room, "ban", town.banned)
    await say(owner, room, "hello world")


async def moderated(who: Person, room: str, action: str, whom: Person, **more: Any) -> dict[str, Any]:
    return await who.ask("room:moderate", room, account=whom.account, action=action, **more)


async def say(who: Person, room: str, text: str, id_: str | None = None, **body: Any) -> dict[str, Any]:
    return await who.ask("room:post", room, id=id_ or next(_ids), type="chat.message", body={"text": text, **body})


# ── the matrix ───────────────────────────────────────────────────────────────────────────────────────────────────

READS = ("join", "history", "messages", "search", "presence", "http room", "http entries", "http transcript")
SIGNED_IN_READS = ("members", "read")
WRITES = ("post", "signal", "invite", "configure", "moderate", "close", "watch")
MANAGERS = ("owner", "moderator")


def expected(visibility: str, who: str, what: str) -> str:
    """`ok` or the code, as protocol §3 "Rights" has it."""
    stranger = who in ("stranger", "banned", "guest") if visibility == "private" else False
    if who == "guest" and what not in READS:
        return "unauthorized"
    if stranger:
        return "not_found"
    if who == "banned":
        return "forbidden"
    if what in READS or what in SIGNED_IN_READS:
        return "ok"
    if what in ("post", "signal"):
        return "forbidden" if who == "muted" else "ok"
    if what in ("invite", "moderate"):
        return "ok" if who in MANAGERS else "forbidden"
    if what in ("configure", "close"):
        return "ok" if who == "owner" else "forbidden"
    return "not_found" if who == "owner" else "forbidden"  # the watch is on a chain nobody follows here


async def attempt(town: Town, room: str, who: Person, what: str) -> str:
    """The outcome of one request on one path."""
    match what:
        case "http room" | "http entries" | "http transcript":
            part = what.removeprefix("http ").replace("room", "")
            status, text = await who.get(f"/api/rooms/{room}{part and '/' + part}")
            return "ok" if status == 200 else str(json.loads(text)["error"]["code"])
        case "post":
            answer = await say(who, room, "gm")
        case "join" | "presence" | "members" | "history":
            answer = await who.ask(f"room:{what}", room)
        case "messages":
            answer = await who.ask("room:history", room, view="messages")
        case "search":
            answer = await who.ask("room:search", room, query="hello")
        case "read":
            answer = await who.ask("room:read", room, seq=1)
        case "signal":
            await who.ask("room:join", room)
            answer = await who.ask("room:signal", room, type="typing", body={})
        case "configure":
            answer = await who.ask("room:configure", room, title="Title")
        case "moderate":
            answer = await moderated(who, room, "mute", Person("0x" + "7" * 40, None, who.socket, who.http, who.url))
        case "close":
            spare = room
            if who is town.owner:
                spare = f"{room}-{next(_ids)}"
                await who.ask("room:create", kind="chat", id=spare)
            answer = await who.ask("room:close", spare)
        case "watch":
            watch = {"chain": 999, "address": "0x" + "5" * 40, "event": "E()"}
            answer = await who.ask("room:watch", room, watch=watch)
        case _:
            answer = await who.ask(f"room:{what}", room)
    return "ok" if answer["ok"] else str(answer["error"]["code"])


@pytest.mark.parametrize("what", [*READS, *SIGNED_IN_READS, *WRITES])
@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_everybody_gets_what_their_role_allows_and_no_more(town: Town, visibility: str, what: str) -> None:
    outcomes = {name: await attempt(town, visibility, town.people[name], what) for name in PEOPLE}
    assert outcomes == {name: expected(visibility, name, what) for name in PEOPLE}


@pytest.mark.parametrize("what", [*READS, *SIGNED_IN_READS, *WRITES])
async def test_a_private_room_and_none_at_all_look_the_same_from_outside(town: Town, what: str) -> None:
    if what == "close":
        return
    for who in (town.stranger, town.guest):
        assert await attempt(town, "private", who, what) == await attempt(town, "nowhere", who, what)


# ── every request gets one ack ───────────────────────────────────────────────────────────────────────────────────


def bad_post(**changed: Any) -> dict[str, Any]:
    return {"room": "public", "id": next(_ids), "type": "chat.message", "body": {"text": "x"}, **changed}


NONSENSE: tuple[tuple[str, Any, str], ...] = (
    ("room:shout", {}, "invalid"),
    ("room:post", None, "invalid"),
    ("room:post", "text", "invalid"),
    ("room:post", {"room": "public"}, "invalid"),
    *(("room:post", bad_post(id=id_), "invalid") for id_ in ("", "a\x00b", "x" * 65, "server:1", 5)),
    *(("room:post", bad_post(type=type_), "invalid") for type_ in ("", "app.\x00", "chat.shout", "x" * 65)),
    *(("room:post", bad_post(type=type_), "forbidden") for type_ in ("member.role", "room.closed", "game.ended")),
    ("room:post", bad_post(type="chat.reaction", body={"of": 2**60, "emoji": "x", "on": True}), "not_found"),
    ("room:post", bad_post(body=[1]), "invalid"),
    ("room:post", bad_post(body={"text": "x\x00"}), "invalid"),
    ("room:post", bad_post(body={"text": "x" * 40_000}), "too_large"),
    ("room:post", bad_post(room="../x"), "not_found"),
    ("room:join", {"room": "public", "since": {"epoch": "e"}}, "invalid"),
    ("room:join", {"room": "public", "limit": -1}, "invalid"),
    ("room:history", {"room": "public", "before": "5"}, "invalid"),
    ("room:moderate", {"room": "public", "account": "bob", "action": "ban"}, "invalid"),
    ("room:create", {"kind": "nonsense"}, "invalid"),
    ("room:create", {"kind": "chat", "id": "dm:1"}, "forbidden"),
    ("room:create", {"kind": "chat", "id": "a b"}, "invalid"),
    ("room:create", {"kind": "chat", "title": "x" * 200}, "invalid"),
)


@pytest.mark.parametrize(("event", "data", "code"), NONSENSE)
async def test_what_makes_no_sense_is_answered_with_a_code(town: Town, event: str, data: Any, code: str) -> None:
    answer = await town.member.socket.call(event, data, timeout=60)
    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert (await say(town.member, "public", "still here"))["ok"]


# ── what a stock client does ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_client_that_does_not_wait_is_served_in_its_own_order(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="in-order")
    guest = await town.enter("fast")
    acks: list[Any] = []
    await guest.socket.emit("room:join", {"room": "in-order"}, callback=lambda a: acks.append(("join", a["head"])))
    for number in range(50):
        post = {"room": "in-order", "id": str(number), "type": "chat.message", "body": {"text": str(number)}}
        await guest.socket.emit("room:post", post, callback=lambda a: acks.append(a["seq"]))
    await until(lambda: len(acks) == 51)
    assert acks == [("join", 1), *range(2, 52)]
    assert [entry["body"]["text"] for entry in guest.events("entry", "in-order")] == [str(n) for n in range(50)]
    await guest.socket.disconnect()


@asynccontextmanager
async def raw_member(town: Town) -> AsyncIterator[tuple[RawSocket, GatewayClient]]:
    """The member on one more socket, this time of bytes; and what the server knows of it."""
    port = int(town.server.url.rpartition(":")[2])
    socket = await RawSocket.connect(port, "/socket.io/?EIO=4&transport=websocket")
    await socket.text()
    socket.send("40" + json.dumps({"token": town.member.token}))
    id_ = json.loads((await socket.text())[2:])["sid"]
    assert (await socket.text()).startswith('42["welcome"')
    [client] = [one for one in town.server.parts.sockets.gateway.connections() if one.connection.id == id_]
    try:
        yield socket, client
    finally:
        socket.writer.close()


def at_once(requests: list[tuple[str, Any]], *, callbacks: bool = True) -> bytes:
    """Requests as the bytes of one write, numbered from 0."""
    texts = (f"42{number if callbacks else ''}" + json.dumps(request) for number, request in enumerate(requests))
    return b"".join(client_frame(TEXT, text.encode()) for text in texts)


async def acks_of(socket: RawSocket, count: int) -> list[dict[str, Any]]:
    """As many acks, each `ok`, whatever else comes."""
    acks: list[dict[str, Any]] = []
    while len(acks) < count:
        text = await socket.text(timeout=60)
        assert not text.startswith('42["closing"'), text
        if text.startswith("43"):
            acks += json.loads(text[text.index("[") :])
    assert all(ack["ok"] for ack in acks)
    return acks


async def test_a_burst_without_callbacks_is_applied_whole(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="no-callbacks")
    posts = [{"room": "no-callbacks", "id": f"p{n}", "type": "app.x", "body": {}} for n in range(600)]
    async with raw_member(town) as (socket, _):
        socket.writer.write(at_once([("room:post", post) for post in posts], callbacks=False))
        socket.send('427["room:presence",{"room":"no-callbacks"}]')
        await acks_of(socket, 1)
    assert (await town.owner.ask("room:join", "no-callbacks"))["head"] == 601


async def test_many_joins_at_once_are_answered_whole_however_slowly_they_are_read(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="heavy")
    for n in range(40):
        assert (await town.owner.ask("room:post", "heavy", id=str(n), type="app.x", body={"v": "x" * 30_000}))["ok"]
    async with raw_member(town) as (socket, client):
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        socket.writer.write(at_once([("room:join", {"room": "heavy", "limit": 100})] * 20))
        await until(lambda: client.connection.congested)
        await asyncio.sleep(0.3)  # for as much more as the server is ready to say
        socket.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert [len(ack["entries"]) for ack in await acks_of(socket, 20)] == [41] * 20


async def outstanding_while_asking(town: Town) -> set[int]:
    """Ask for 50 pages at once; every count of what was under way meanwhile."""
    async with raw_member(town) as (socket, client):
        socket.writer.write(at_once([("room:history", {"room": "public"})] * 50))
        acks, seen = asyncio.ensure_future(acks_of(socket, 50)), set()
        while not acks.done():
            seen.add(client.outstanding)
            await asyncio.sleep(0)
        assert len(await acks) == 50
    return seen


async def test_four_large_answers_of_one_client_are_under_way_at_most(town: Town) -> None:
    assert max(await outstanding_while_asking(town)) == 256


async def test_how_many_large_answers_are_under_way_is_a_setting(tmp_path: Path) -> None:
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", chains=[],
        large_outstanding=1,
    )  # fmt: skip
    server = await Server.build(settings)
    await server.start()
    async with aiohttp.ClientSession() as http:
        town = Town(server, http)
        town.people["member"] = await town.enter("member")
        await town.member.ask("room:create", kind="chat", id="public")
        assert await outstanding_while_asking(town) == {0, 256}
        await town.member.socket.disconnect()
    await server.stop()


@pytest.mark.parametrize(
    ("body", "size", "code"),
    [
        ('{"a":{"_placeholder":true,"num":0}}', 1, "invalid"),
        ('[[{"_placeholder":true,"num":0}]]', 1, "invalid"),
        ('{"_placeholder":true,"num":0}', 16_384, None),
        ('{"_placeholder":true,"num":0}', 16_385, "too_large"),
    ],
)
async def test_a_signal_is_json_or_bytes_and_small(town: Town, body: str, size: int, code: str | None) -> None:
    async with raw_member(town) as (socket, _):
        socket.send('420["room:join",{"room":"public"}]')
        await acks_of(socket, 1)
        socket.send(f'451-1["room:signal",{{"room":"public","type":"app.x","body":{body}}}]')
        socket.send(b"x" * size)
        while not (text := await socket.text()).startswith("431["):
            pass
    assert json.loads(text[3:])[0].get("error", {}).get("code") == code


async def test_creating_the_same_room_again_answers_the_room(town: Town) -> None:
    asked = {"kind": "chat", "id": "twice", "title": "Twice"}
    first, again = await town.owner.ask("room:create", **asked), await town.owner.ask("room:create", **asked)
    assert again == {**first, "duplicate": True}
    await town.owner.ask("room:configure", "twice", title="Renamed")
    assert (await town.owner.ask("room:create", **asked))["duplicate"] is True
    assert (await town.member.ask("room:create", **asked))["error"]["code"] == "conflict"
    assert (await town.owner.ask("room:create", **{**asked, "title": "Other"}))["error"]["code"] == "conflict"
    assert (await town.owner.ask("room:create", **{**asked, "id": "TWICE"}))["duplicate"] is True


async def test_an_invitation_lets_one_account_in(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="invited", visibility="private")
    answer = await town.owner.ask("room:invite", "invited", account=town.stranger.account.lower())
    await until(lambda: town.stranger.events("notice", "invited"))
    notice = town.stranger.events("notice", "invited")[0]
    assert (notice["type"], notice["from"], notice["invite"]) == ("invitation", town.owner.account, answer["invite"])
    assert (await town.member.ask("room:join", "invited", invite=answer["invite"]))["error"]["code"] == "not_found"
    assert (await town.stranger.ask("room:join", "invited", invite=answer["invite"]))["role"] == "member"
    assert (await say(town.stranger, "invited", "thanks"))["ok"]
    mine = (await town.stranger.ask("room:list", mine=True))["rooms"]
    assert "invited" in {room["id"] for room in mine}


async def test_a_mention_is_noticed_and_counted_until_read(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="mentions")
    await town.member.ask("room:join", "mentions")
    posted = await say(town.owner, "mentions", "hey", mentions=[town.member.account.lower()])
    await until(lambda: town.member.events("notice", "mentions"))
    assert town.member.events("notice", "mentions")[0]["seq"] == posted["seq"]

    async def counts() -> tuple[int, int]:
        rooms = (await town.member.ask("room:list", mine=True))["rooms"]
        room = next(room for room in rooms if room["id"] == "mentions")
        return room["unread"], room["mentions"]

    assert await counts() == (2, 1)
    await town.owner.ask("room:join", "mentions")
    await town.member.ask("room:read", "mentions", seq=posted["seq"])
    assert await counts() == (0, 0)
    await until(lambda: town.owner.events("read", "mentions"))
    read = {"room": "mentions", "account": town.member.account, "seq": posted["seq"]}
    assert town.owner.events("read", "mentions") == [read]
    assert (await town.member.ask("room:join", "mentions"))["read"] == posted["seq"]


async def test_after_a_ban_no_path_gives_the_room_away(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="banning")
    visitor = await town.enter("visitor")
    await visitor.ask("room:join", "banning")
    await say(town.owner, "banning", "before")
    await moderated(town.owner, "banning", "ban", visitor)
    await say(town.owner, "banning", "after", mentions=[visitor.account])
    await until(lambda: visitor.events("room:removed", "banning"))
    for what in (*READS, *SIGNED_IN_READS, "post", "signal"):
        assert await attempt(town, "banning", visitor, what) == "forbidden", what
    assert "after" not in str(visitor.heard)
    assert visitor.events("notice", "banning") == []
    await visitor.socket.disconnect()


async def test_a_hidden_move_is_redacted_on_every_path(town: Town) -> None:
    await town.owner.ask("room:create", kind="battleship", id="ships")
    await town.owner.ask("room:join", "ships")
    await town.member.ask("room:join", "ships")
    fleet = [{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))]
    move = {"action": "place_fleet", "args": {"ships": fleet}}
    posted = await town.owner.ask("room:post", "ships", id="fleet", type="game.action", body=move)
    assert posted["ok"]
    for person in (town.member, town.stranger, town.guest):
        answers = [
            str(await person.ask("room:join", "ships", limit=100)),
            str(await person.ask("room:history", "ships", limit=100)),
            str(await person.ask("room:history", "ships", limit=100, proof=True)),
            str(await person.ask("room:search", "ships", query="length")),
            (await person.get("/api/rooms/ships/entries?limit=100&proof=1"))[1],
            (await person.get("/api/rooms/ships/transcript"))[1],
            str(person.heard),
        ]
        assert not [answer for answer in answers if '"length"' in answer or "'length'" in answer]
    entry = (await town.member.ask("room:history", "ships", after=posted["seq"] - 1, limit=1))["entries"][0]
    assert (entry["body"], entry["redacted"], entry["hash"]) == (None, "hidden", posted["hash"])
    own = (await town.owner.ask("room:history", "ships", after=posted["seq"] - 1, limit=1))["entries"][0]
    assert own["body"] == move


async def test_a_deleted_message_is_gone_on_every_path(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="erasing")
    await town.owner.ask("room:join", "erasing")
    posted = await say(town.owner, "erasing", "a secret slip")
    edit = {"of": posted["seq"], "text": "a secret edit"}
    await town.owner.ask("room:post", "erasing", id=next(_ids), type="chat.edit", body=edit)
    delete = {"of": posted["seq"]}
    assert (await town.owner.ask("room:post", "erasing", id="d", type="chat.delete", body=delete))["ok"]
    answers = [
        str(await town.member.ask("room:join", "erasing")),
        str(await town.member.ask("room:history", "erasing", proof=True)),
        str(await town.member.ask("room:history", "erasing", view="messages")),
        str(await town.member.ask("room:search", "erasing", query="secret")),
        (await town.member.get("/api/rooms/erasing/transcript"))[1],
    ]
    assert not [answer for answer in answers if "secret" in answer]
    assert "erased" in answers[1]


async def test_messages_are_folded_as_a_page_shows_them(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="folded")
    first = (await say(town.owner, "folded", "first"))["seq"]
    for who, type_, body in (
        (town.owner, "chat.edit", {"of": first, "text": "first, edited"}),
        (town.member, "chat.reaction", {"of": first, "emoji": "👍", "on": True}),
        (town.stranger, "chat.reaction", {"of": first, "emoji": "👍", "on": True}),
        (town.member, "chat.reaction", {"of": first, "emoji": "👍", "on": False}),
    ):
        assert (await who.ask("room:post", "folded", id=next(_ids), type=type_, body=body))["ok"]
    messages = (await town.guest.ask("room:history", "folded", view="messages"))["entries"]
    assert [m["seq"] for m in messages] == [first]
    assert messages[0]["edited"]["text"] == "first, edited"
    assert messages[0]["reactions"] == {"👍": [town.stranger.account]}


async def test_history_pages_are_ascending_with_exclusive_bounds(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="pages")
    for number in range(9):
        await say(town.owner, "pages", str(number))

    async def page(**bounds: int) -> tuple[list[int], bool]:
        answer = await town.member.ask("room:history", "pages", **bounds)
        return [entry["seq"] for entry in answer["entries"]], answer["more"]

    assert await page(limit=3) == ([8, 9, 10], True)
    assert await page(before=8, limit=3) == ([5, 6, 7], True)
    assert await page(after=8, limit=3) == ([9, 10], False)
    assert await page(after=2, before=5) == ([3, 4], False)
    assert await page(before=2) == ([1], False)


async def test_large_bodies_make_short_pages_that_every_stock_client_takes(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="bulky")
    sent = asyncio.gather(
        *(town.owner.ask("room:post", "bulky", id=str(n), type="app.x", body={"v": "x" * 32_000}) for n in range(160))
    )
    assert all(ack["ok"] for ack in await sent)
    latest = await town.owner.ask("room:history", "bulky", limit=1_000)
    first = await town.owner.ask("room:history", "bulky", limit=1_000, after=0)
    for page in (latest, first):
        assert page["more"]
        seqs = [entry["seq"] for entry in page["entries"]]
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        assert 2 << 20 <= sum(len(entry["body"].get("v", "")) + 8 for entry in page["entries"]) < (2 << 20) + 32_768
    assert (first["entries"][0]["seq"], latest["entries"][-1]["seq"]) == (1, 161)
    middle = await town.owner.ask(
        "room:history", "bulky", limit=1_000, after=first["entries"][-1]["seq"], before=latest["entries"][0]["seq"]
    )
    assert not middle["more"]
    assert len(first["entries"]) + len(middle["entries"]) + len(latest["entries"]) == 161
    joined = await town.owner.ask("room:join", "bulky", limit=100)
    assert joined["entries"] == latest["entries"]


async def test_pages_of_every_size_are_what_a_slice_of_the_log_would_be(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="sliced")
    for n in range(260):
        await town.owner.ask("room:post", "sliced", id=str(n), type="app.x", body={})
    log = list(range(1, 262))
    for limit in (1, 2, 63, 64, 65, 127, 128, 260, 261, 262, 1_000):
        for before in (None, 1, 2, 130, 261, 262, 500):
            older = log if before is None else log[: before - 1]
            page = await town.owner.ask("room:history", "sliced", limit=limit, before=before)
            assert ([e["seq"] for e in page["entries"]], page["more"]) == (older[-limit:], len(older) > limit)
            for after in (0, 5, 133, 260, 261, 300):
                between = [seq for seq in older if seq > after]
                page = await town.owner.ask("room:history", "sliced", limit=limit, before=before, after=after)
                assert ([e["seq"] for e in page["entries"]], page["more"]) == (between[:limit], len(between) > limit)


async def test_a_backend_posts_with_its_key_and_no_further(town: Town) -> None:
    text, _ = await town.server.parts.identity.keys.mint("backend", ["entries:post"])
    headers = {"Authorization": f"Bearer {text}"}

    async def post(type_: str, room: str = "public", id_: str = "k1") -> tuple[int, Any]:
        body = {"id": id_, "type": type_, "body": {"text": "from the backend"}}
        async with town.http.post(f"{town.server.url}/api/rooms/{room}/entries", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    status, first = await post("chat.message")
    assert (status, first["ok"]) == (200, True)
    assert (await post("chat.message"))[1]["duplicate"] is True
    entry = (await town.member.ask("room:history", "public", after=first["seq"] - 1, limit=1))["entries"][0]
    assert entry["author"] == "app:backend"
    assert (await post("member.role", id_="k2"))[0] == 403
    assert (await post("chat.message", "nowhere", "k3"))[0] == 404


async def test_a_request_with_an_id_can_be_sent_again(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="again")
    asked = {"account": town.stranger.account, "action": "mute", "id": "m1"}
    first = await town.owner.ask("room:moderate", "again", **asked)
    second = await town.owner.ask("room:moderate", "again", **asked)
    assert (second["seq"], second["duplicate"]) == (first["seq"], True)
    assert (await town.owner.ask("room:close", "again", id="c1"))["ok"]
    assert (await town.owner.ask("room:close", "again", id="c1"))["duplicate"] is True


async def until(condition: Any, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_socket_is_told_to_retry_when_session_store_is_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", guests=True, chains=[]
    )
    server = await Server.build(settings)
    await server.start()
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as database:
        database.execute("ALTER TABLE session RENAME TO elsewhere")
        socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        with capture_logs() as lines, pytest.raises(socketio.exceptions.ConnectionError) as told:
            await socket.connect(server.url, auth={"token": "nobody-knows"}, transports=["websocket"])
        assert "unauthorized" not in str(told.value)
        assert [line["event"] for line in lines].count("gateway.sign_in_unavailable") == 1
        assert not [line for line in lines if line["log_level"] == "error"]
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
        database.execute("ALTER TABLE elsewhere RENAME TO session")
    await server.stop()


# ── what strangers name ──────────────────────────────────────────────────────────────────────────────────────────


async def test_unknown_requests_leave_no_label_in_the_metrics(town: Town) -> None:
    telemetry = town.server.parts.process.telemetry
    await town.guest.ask("room:never-there")
    before = len(telemetry.text().splitlines())
    for number in range(200):
        answer = await town.guest.ask(f"room:stranger-{number}")
        assert answer["error"]["code"] == "invalid"
    text = telemetry.text().decode()
    assert "stranger" not in text
    assert len(text.splitlines()) == before
