"""A server with people of every role, who ask over the socket and over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import socketio

from parlour.adapters.socket.connection_limits import GatewayClient
from parlour.app import Server
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import TEXT, RawSocket, client_frame

PEOPLE = ("owner", "moderator", "member", "stranger", "muted", "banned", "guest")
_ids = (f"id-{number}" for number in itertools.count())


def new_id() -> str:
    """An id no other request of this process has."""
    return next(_ids)


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
            event, data if room is None else {"room": room, **data}, timeout=60
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
    return await who.ask("room:post", room, id=id_ or new_id(), type="chat.message", body={"text": text, **body})


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
                spare = f"{room}-{new_id()}"
                await who.ask("room:create", kind="chat", id=spare)
            answer = await who.ask("room:close", spare)
        case "watch":
            watch = {"chain": 999, "address": "0x" + "5" * 40, "event": "E()"}
            answer = await who.ask("room:watch", room, watch=watch)
        case _:
            answer = await who.ask(f"room:{what}", room)
    return "ok" if answer["ok"] else str(answer["error"]["code"])


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


async def until(condition: Any, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
