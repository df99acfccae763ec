"""A real server plays its side of the conversations: it answers each request, and says each event, as they have it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from parlour.app import Server
from parlour.settings import Settings
from parlour.testing.wallets import sign_in, wallet
from tests.clients.conversations import VECTORS, Names, entries, read, written_out

SKIPPED = frozenset({"at", "createdAt", "members", "v", "count"})
"""Values that depend on time and on who else is there."""
PLAYED = [path for path in VECTORS if read(path)[0].get("server")]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", chains=[],
        posts_per_second=100_000, posts_burst=100_000, room_posts_per_second=100_000, room_posts_burst=100_000,
    )  # fmt: skip
    server = await Server.build(settings)
    await server.start()
    yield server
    await server.stop()


class Account:
    """One account's stock client; `heard` is what the server said, by event."""

    def __init__(self, url: str, session: dict[str, Any]) -> None:
        self.name = session["account"]
        self._url, self._token = url, session["token"]
        self._socket: socketio.AsyncClient | None = None
        self.heard: dict[str, asyncio.Queue[Any]] = {}

    async def connect(self) -> None:
        self.heard = defaultdict(asyncio.Queue)
        self._socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._socket.on("*", lambda event, data=None: self.heard[event].put_nowait(data))
        await self._socket.connect(self._url, auth={"token": self._token}, transports=["websocket"])

    async def send(self, event: str, data: Any) -> asyncio.Future[Any]:
        """Send a request; the answer is its ack to come."""
        assert self._socket is not None
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await self._socket.emit(event, data, callback=ack.set_result)
        return ack

    async def drop(self) -> None:
        if self._socket is not None:
            await self._socket.disconnect()
            self._socket = None


def staged(steps: list[dict[str, Any]]) -> set[int]:
    """Return the places of the requests whose answer is staged: they are not sent."""
    found: set[int] = set()
    unanswered: dict[str, int] = {}
    for place, step in enumerate(steps):
        if "open" in step:
            unanswered = {}
        elif step.get("wire") == "→":
            unanswered[step.get("as", f"line {place}")] = place
        elif "ack" in step:
            request = unanswered.pop(step.get("to", next(iter(unanswered))))
            if step.get("staged"):
                found.add(request)
    return found


async def play(steps: list[dict[str, Any]], me: Account, bob: Account) -> None:
    names, unsent = Names(me=me.name, bob=bob.name), staged(steps)
    unanswered: dict[str, asyncio.Future[Any]] = {}
    for place, step in enumerate(steps):
        at = f"line {place + 2}"
        if "open" in step:
            unanswered = {}
            await me.connect()
            names.check({"protocol": 1, "account": "$me", **step["open"]}, await me.heard["welcome"].get(), at)
        elif "drop" in step:
            await asyncio.gather(*unanswered.values())
            await me.drop()
        elif isinstance(step.get("bob"), dict):
            assert (await (await bob.send("room:join", {"room": "lobby"})))["ok"]
            assert (await (await bob.send("room:signal", {"room": "lobby", **written_out(step["bob"])})))["ok"]
        elif "bob" in step:
            posted = [one for short in step["bob"] for one in entries(short)]
            kept = [{key: one[key] for key in ("room", "id", "type", "body")} for one in posted]
            acks = await asyncio.gather(*[await bob.send("room:post", post) for post in kept])
            assert all(ack["ok"] for ack in acks), acks
        elif step.get("wire") == "→" and place not in unsent:
            data = names.filled(written_out(step["match"]))
            unanswered[step.get("as", at)] = await me.send(step["event"], _unnamed(data))
        elif "ack" in step and not step.get("staged"):
            ack = await unanswered.pop(step.get("to", next(iter(unanswered))))
            names.check(written_out(step["ack"]), ack, at, SKIPPED)
        elif step.get("wire") == "←" and "ack" not in step and not step.get("staged"):
            for said in entries(step["data"]):
                names.check(said, await me.heard[step["event"]].get(), at, SKIPPED)


def _unnamed(value: Any) -> Any:
    """Return a value in which every name that stands for nothing yet is an ordinary word."""
    if isinstance(value, dict):
        return {key: _unnamed(item) for key, item in value.items()}
    return value.removeprefix("$") if isinstance(value, str) else value


@pytest.mark.parametrize("path", PLAYED, ids=[path.stem for path in PLAYED])
async def test_server_says_what_the_conversation_has_it_say(path: Path, server: Server) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        me, bob = [Account(server.url, await sign_in(http, server.url, wallet(name))) for name in ("me", "bob")]
        await bob.connect()
        about, steps = read(path)
        created = {"kind": about.get("kind", "chat"), "id": "lobby"}
        assert (await (await bob.send("room:create", created)))["ok"]
        try:
            await play(steps, me, bob)
        finally:
            await me.drop()
            await bob.drop()
