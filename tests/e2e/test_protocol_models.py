"""One conversation that has every request, ack and event in it: each is as its model says.

All other tests of this folder check the same for whatever they happen to hear (tests/e2e/stock.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.adapters.socket.requests import REQUESTS
from parlour.app import Server
from parlour.protocol.events import EVENTS
from parlour.settings import load
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, post, said
from tests.e2e.stock import PythonClient, heard, until

NOT_SERVED = {"match:find", "match:cancel"}
ASKED_FOR = {"frame", "ack"}
"""Events for clients that ask for them: test_protocol_frames.py checks those."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Server, SimChain]]:
    """A server in this process that follows a chain in memory."""
    chain = SimChain()
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db",
        chains=[{"chainId": chain.chain_id, "urls": ["http://sim"], "pollInterval": 0.05}],
        lobby_ms=20,
    )
    server = await Server.build(settings, chain_client=lambda url: FakeNode(chain))
    await server.start()
    yield server, chain
    await server.stop()


async def converse(server: Server, chain: SimChain, owner: PythonClient, guest: PythonClient) -> None:
    """Ask everything there is; `guest` is an account without rights."""
    account = next(data["account"] for name, data in guest.events if name == "welcome")
    await done(guest, "room:list", live=True)
    await done(owner, "room:create", kind="chat", id="hall", title="Hall")
    for client in (owner, guest):
        await done(client, "room:join", room="hall", limit=5)
    first = await said(owner, "hall", "gm", mentions=[account])
    for type_, body in (
        ("chat.edit", {"of": first["seq"], "text": "good morning"}),
        ("chat.reaction", {"of": first["seq"], "emoji": "☀️", "on": True}),
        ("chat.pin", {"of": first["seq"], "on": True}),
        ("app.drawing", b"\x00\x01"),
    ):
        await done(owner, "room:post", **post("hall", type_, body))
    await done(owner, "room:signal", room="hall", type="typing", body={"on": True})
    await done(guest, "room:read", room="hall", seq=first["seq"])
    await done(owner, "room:history", room="hall", proof=True)
    await done(owner, "room:history", room="hall", view="messages")
    for name in ("members", "presence"):
        await done(owner, f"room:{name}", room="hall")
    await done(owner, "room:search", room="hall", query="gm")
    await done(owner, "room:invite", room="hall", account=account)
    await done(owner, "room:list", mine=True)
    await done(owner, "room:configure", room="hall", title="The hall", id="c1")
    await watch(chain, owner)
    await done(owner, "room:moderate", room="hall", account=account, action="ban", reason="noise")
    await done(owner, "room:leave", room="hall")
    await done(owner, "room:join", room="hall")
    await done(owner, "room:close", room="hall", reason="over", id="x1")
    await play(owner, guest)
    for name, body in (("match:find", {"kind": "chat"}), ("match:cancel", {"ticket": "t"})):
        assert (await owner.ask(name, body))["ok"] is False


async def watch(chain: SimChain, owner: PythonClient) -> None:
    """Hear of an event of the chain, and of no more."""
    asked = {"chain": chain.chain_id, "address": CONTRACT, "event": PING}
    async with asyncio.timeout(60):
        while not (ack := await owner.ask("room:watch", {"room": "hall", "watch": asked, "id": "w1"}))["ok"]:
            await asyncio.sleep(0.05)
    chain.mine([chain.ping(7)])
    await until(lambda: [entry for entry in heard(owner, "entry", "hall") if entry["type"] == "chain.event"])
    await done(owner, "room:unwatch", room="hall", watch=ack["watch"]["id"])


async def play(owner: PythonClient, guest: PythonClient) -> None:
    """A game's first move, and an invitation to come and see."""
    await done(owner, "room:create", kind="tic-tac-toe", id="table")
    for client in (owner, guest):
        await done(client, "room:join", room="table")
    players: Any = heard(owner, "state", "table")
    action = {"action": "place", "args": {"cell": 4}}
    answers = [await client.ask("room:post", post("table", "game.action", action)) for client in (owner, guest)]
    assert any(answer["ok"] for answer in answers), (players, answers)
    await until(lambda: heard(guest, "state", "table"))


async def test_everything_the_server_says_is_as_its_model_says(server: tuple[Server, SimChain]) -> None:
    house, chain = server
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        people = []
        for name in ("owner", "guest"):
            client = await stack.enter_async_context(PythonClient(["websocket"]))
            await client.connect(house.url, (await sign_in(http, house.url, wallet(name)))["token"])
            people.append(client)
        owner, guest = people
        await until(lambda: all(heard(client, "welcome") for client in people))
        await converse(house, chain, owner, guest)
        stopping = asyncio.ensure_future(house.stop())
        await until(lambda: heard(owner, "closing"))
        await stopping
        assert not [*owner.wire.faults, *guest.wire.faults]
        seen = owner.wire.seen | guest.wire.seen
        assert seen == {*REQUESTS, *EVENTS, "refused"} - NOT_SERVED - ASKED_FOR
