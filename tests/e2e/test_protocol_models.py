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
from eth_utils.crypto import keccak
from pycrdt import Doc, Text

from parlour.adapters.socket.requests import REQUESTS
from parlour.app import Server
from parlour.protocol.events import EVENTS
from parlour.settings import load
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, post, said
from tests.e2e.stock import PythonClient, heard, until

ASKED_FOR = {"frame", "ack"}
"""Events for clients that ask for them: test_protocol_frames.py checks those."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Server, SimChain]]:
    """A server in this process that follows a chain in memory."""
    chain = SimChain()
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db",
        chains=[{"chainId": chain.chain_id, "urls": ["http://sim"], "pollInterval": 0.05, "pending": True}],
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
    await done(owner, "search", query="gm")
    await done(guest, "account:profile", name="Grace")
    await done(owner, "account:profiles", accounts=[account])
    await done(owner, "account:block", account=account, on=False)
    await done(owner, "account:blocks")
    browser = {"endpoint": "https://push.invalid/x", "keys": {"p256dh": "k" * 87, "auth": "a" * 22}}
    await done(owner, "account:push", subscription=browser, on=False)
    await done(owner, "account:status", status="busy", text="in a match")
    await done(owner, "room:signal", room="hall", type="presence", body={"x": 1})
    await done(guest, "room:report", room="hall", of=first["seq"], reason="spam")
    await done(owner, "room:reports", room="hall")
    await done(owner, "room:invite", room="hall", account=account)
    direct = (await done(owner, "dm:open", accounts=[account]))["room"]["id"]
    await said(owner, direct, "psst")
    await done(guest, "dm:answer", room=direct, accept=True)
    await done(guest, "room:notify", room="hall", level="mentions")
    newest = (await done(guest, "notices:list"))["notices"][0]
    await done(guest, "notices:read", upTo=newest["id"])
    await done(owner, "room:list", mine=True)
    await done(owner, "room:configure", room="hall", title="The hall", id="c1")
    await watch(chain, owner)
    await trade(chain, owner)
    await write(owner)
    await done(owner, "room:moderate", room="hall", account=account, action="ban", reason="noise")
    await done(owner, "room:leave", room="hall")
    await done(owner, "room:join", room="hall")
    await done(owner, "room:close", room="hall", reason="over", id="x1")
    await play(owner, guest)
    await find_a_table(owner, guest)


POOL, TOKENS = "0x" + "77" * 20, ["0x" + "11" * 20, "0x" + "22" * 20]


def small_pool(chain: SimChain) -> None:
    """Put a v2 pair with two tokens on the chain: what a market asks of it, and nothing more."""
    words = {"token0()": int(TOKENS[0], 16), "token1()": int(TOKENS[1], 16), "decimals()": 18}
    views = {keccak(text=name)[:4]: value.to_bytes(32, "big") for name, value in words.items()}
    views[keccak(text="getReserves()")[:4]] = b"".join(n.to_bytes(32, "big") for n in (10**18, 10**18, 0))
    for address in (POOL, *TOKENS):
        chain.contracts[address] = lambda block, data: views.get(data[:4], b"")


async def trade(chain: SimChain, owner: PythonClient) -> None:
    """Make a market, ask for its depth, look the newest block up, and hear of what is on its way to the pool."""
    small_pool(chain)
    options = {"chain": chain.chain_id, "pool": POOL}
    await done(owner, "room:create", kind="market", id="market", options=options)
    await done(owner, "market:depth", room="market")
    await done(owner, "chain:lookup", chain=chain.chain_id, block="latest")
    await done(owner, "chain:pending", chain=chain.chain_id, to=[POOL])


async def watch(chain: SimChain, owner: PythonClient) -> None:
    """Hear of an event of the chain, and of no more."""
    asked = {"chain": chain.chain_id, "address": CONTRACT, "event": PING}
    async with asyncio.timeout(60):
        while not (ack := await owner.ask("room:watch", {"room": "hall", "watch": asked, "id": "w1"}))["ok"]:
            await asyncio.sleep(0.05)
    chain.mine([chain.ping(7)])
    await until(lambda: [entry for entry in heard(owner, "entry", "hall") if entry["type"] == "chain.event"])
    await done(owner, "room:unwatch", room="hall", watch=ack["watch"]["id"])


async def write(owner: PythonClient) -> None:
    """Write a document, keep a version of it, and go back to that."""
    await done(owner, "room:create", kind="document", id="draft")
    doc: Doc[Any] = Doc()
    doc["text"] = Text("gm")
    await done(owner, "room:join", room="draft")
    await done(owner, "room:post", **post("draft", "doc.update", doc.get_update()))
    version = (await done(owner, "doc:version", room="draft", title="First", id="v1"))["seq"]
    await done(owner, "doc:versions", room="draft")
    await done(owner, "doc:read", room="draft", **{"as": "text"})
    await done(owner, "doc:restore", room="draft", version=version, id="v2")


async def find_a_table(owner: PythonClient, guest: PythonClient) -> None:
    """Leave the line, wait long enough to be told how the ticket stands, and find a table."""
    asked = {"kind": "tic-tac-toe"}
    ticket = (await done(guest, "match:find", **asked, id="m0"))["ticket"]
    await done(guest, "match:cancel", ticket=ticket)
    await done(owner, "match:find", **asked, id="m1")
    await until(lambda: heard(owner, "match:status"))
    await done(guest, "match:find", **asked, id="m2")
    await until(lambda: heard(owner, "match:found"))
    await done(owner, "party:create", kind="tic-tac-toe", size=2, id="club")
    await done(owner, "room:join", room="club")
    await done(owner, "party:ready", room="club", on=True)
    await done(owner, "ratings:of", kind="tic-tac-toe", accounts=[])
    await done(owner, "board:read", board="rating:tic-tac-toe")


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
            client = await stack.enter_async_context(PythonClient(["websocket"], "/"))
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
        assert seen == {*REQUESTS, *EVENTS, "refused"} - ASKED_FOR
