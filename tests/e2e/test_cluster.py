"""Two nodes on one Postgres and one Redis: every room is served on both, whoever owns it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest_asyncio
import redis.asyncio as redis

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient, heard, of_type, until
from tests.postgres import Postgres
from tests.redis_server import RedisServer, redis_server

__all__ = ["redis_server"]


@dataclass
class Nodes:
    """Running nodes, and clients connected to them."""

    nodes: list[ServerProcess]
    stack: AsyncExitStack
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    async def enter(self, name: str, node: int) -> PythonClient:
        """Connect a wallet to one of the nodes."""
        client = await self.stack.enter_async_context(PythonClient(["websocket"]))
        if name not in self.tokens:
            self.tokens[name] = (await sign_in(self.http, self.nodes[0].url, wallet(name)))["token"]
        await client.connect(self.nodes[node].url, self.tokens[name])
        return client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(postgres: Postgres, redis_server: RedisServer) -> AsyncIterator[list[ServerProcess]]:
    url = postgres.database()
    env = {"PARLOUR_REDIS_URL": redis_server.url, "PARLOUR_GUESTS": "on"}
    async with ServerProcess(url, env=env) as one, ServerProcess(url, env=env) as two:
        await found([one, two])
        yield [one, two]


async def found(servers: list[ServerProcess]) -> None:
    """Wait until each node reaches all others."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        for server in servers:
            while await metric(http, server, "parlour_nodes") < len(servers) - 1:
                await asyncio.sleep(0.05)


async def metric(http: aiohttp.ClientSession, server: ServerProcess, name: str) -> float:
    async with http.get(server.url + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((name + " ", name + "{")))


@pytest_asyncio.fixture
async def nodes(servers: list[ServerProcess]) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        yield Nodes(servers, stack, await stack.enter_async_context(aiohttp.ClientSession()))


def message(number: int) -> dict[str, object]:
    return {"id": f"m-{number}", "type": "chat.message", "body": {"text": f"message {number}"}}


async def test_people_on_two_nodes_talk_in_one_room(nodes: Nodes) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "talk"}))["ok"]
    assert (await ann.ask("room:join", {"room": "talk"}))["ok"]
    joined = await bea.ask("room:join", {"room": "talk"})
    assert joined["ok"], joined
    for number in range(10):
        sender = (ann, bea)[number % 2]
        answer = await sender.ask("room:post", {"room": "talk", **message(number)})
        assert answer["ok"], answer
    await until(lambda: len([e for e in heard(ann, "entry") if e["type"] == "chat.message"]) == 10)
    await until(lambda: len([e for e in heard(bea, "entry") if e["type"] == "chat.message"]) == 10)
    assert [e["seq"] for e in heard(ann, "entry")][-10:] == [e["seq"] for e in heard(bea, "entry")][-10:]
    history = await bea.ask("room:history", {"room": "talk", "limit": 3})
    assert [e["body"]["text"] for e in history["entries"]] == [f"message {n}" for n in (7, 8, 9)]
    assert (await bea.ask("room:presence", {"room": "talk"}))["count"] == 2


async def test_game_is_played_from_two_nodes(nodes: Nodes) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "tic-tac-toe", "id": "board"}))["ok"]
    for each in (ann, bea):
        assert (await each.ask("room:join", {"room": "board"}))["ok"]
    for number, cell in enumerate([0, 3, 1, 4, 2]):
        body = {"action": "place", "args": {"cell": cell}}
        move = {"room": "board", "id": f"move-{number}", "type": "game.action", "body": body}
        answers = [await each.ask("room:post", move) for each in (ann, bea)]
        assert any(answer["ok"] for answer in answers), answers
    for each in (ann, bea):
        await until(lambda each=each: any(entry["type"] == "game.ended" for entry in heard(each, "entry")))
    last = [heard(each, "state")[-1]["seq"] for each in (ann, bea)]
    assert last[0] == last[1]


async def test_strangers_on_two_nodes_are_matched_and_told_once(nodes: Nodes) -> None:
    """Whichever node owns the line, and whichever runs the matchmaking: there are two of each case."""
    for kind in ("tic-tac-toe", "battleship"):
        for first in (0, 1):
            names = [f"{name} of {kind} {first}" for name in ("ann", "bea")]
            people = [await nodes.enter(names[0], first), await nodes.enter(names[1], 1 - first)]
            for each in people:
                answer = await each.ask("match:find", {"kind": kind, "id": f"{kind}-{first}"})
                assert answer["ok"], answer
            await until(lambda people=people: all(heard(each, "match:found") for each in people))
            room = heard(people[0], "match:found")[0]["room"]
            for each in people:
                joined = await each.ask("room:join", {"room": room})
                assert joined["ok"], joined
            await until(lambda ann=people[0], room=room: of_type(ann, room, "game.started"))
            await asyncio.gather(*(each.ask("room:leave", {"room": room}) for each in people))
            told = [[found["room"] for found in heard(each, "match:found")] for each in people]
            assert told == [[room], [room]]


async def test_private_room_of_the_other_node_is_not_found(nodes: Nodes) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "den", "visibility": "private"}))["ok"]
    assert (await ann.ask("room:join", {"room": "den"}))["ok"]
    for request in ("room:join", "room:history", "room:presence"):
        refused = await bea.ask(request, {"room": "den"})
        assert refused["error"]["code"] == "not_found", refused


async def test_slow_room_counts_an_account_over_two_nodes(nodes: Nodes) -> None:
    ann = await nodes.enter("ann", 0)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "slow", "rules": {"slow": 600_000}}))["ok"]
    sockets = [await nodes.enter("bea", node) for node in (0, 1, 0, 1)]
    for each in sockets:
        assert (await each.ask("room:join", {"room": "slow"}))["ok"]
    posts = [each.ask("room:post", {"room": "slow", **message(number)}) for number, each in enumerate(sockets)]
    answers = await asyncio.gather(*posts)
    assert [answer["ok"] for answer in answers].count(True) == 1, answers
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert {(error["code"], error["reason"]) for error in refused} == {("rate_limited", "slow")}
    assert all(590_000 < error["retryAfter"] <= 600_000 for error in refused), refused
    other = await nodes.enter("cid", 1)
    assert (await other.ask("room:post", {"room": "slow", **message(9)}))["ok"], "the time is each account's own"


async def test_invitation_by_account_is_told_on_the_other_node(nodes: Nodes) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "club", "visibility": "private"}))["ok"]
    asked = {"room": "club", "account": wallet("bea").address}
    invited = await ann.ask("room:invite", asked)
    assert invited["ok"], invited
    await until(lambda: bool(heard(bea, "notice")))
    assert (await bea.ask("room:join", {"room": "club", "invite": invited["invite"]}))["ok"]
    kicked = await ann.ask("room:moderate", {"room": "club", "account": wallet("bea").address, "action": "kick"})
    assert kicked["ok"], kicked
    await until(lambda: heard(bea, "room:removed") == [{"room": "club", "reason": "kicked"}])


async def test_foreign_publisher_is_refused_and_counted(nodes: Nodes, redis_server: RedisServer) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "quiet"}))["ok"]
    for each in (ann, bea):
        assert (await each.ask("room:join", {"room": "quiet"}))["ok"]
    async with redis.from_url(redis_server.url) as stranger, stranger.pubsub() as overheard:
        await overheard.psubscribe("parlour:*")
        while (heard_there := await overheard.get_message(timeout=30))["type"] != "pmessage":
            pass
        channel, said = heard_there["channel"], heard_there["data"]
        for forged in (said[:-1] + bytes([said[-1] ^ 1]), bytes([said[0] + 1]) + said[1:], said, b"x" * 200):
            await stranger.publish(channel, forged)
    for server in nodes.nodes:
        refused = 0.0
        while refused < 3:
            refused = await metric(nodes.http, server, "parlour_bus_refused")
    assert (await bea.ask("room:post", {"room": "quiet", **message(1)}))["ok"]
    await until(lambda: any(entry["id"] == "m-1" for entry in heard(ann, "entry", "quiet")))


async def test_node_without_redis_reads_and_refuses_at_once(nodes: Nodes, redis_server: RedisServer) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "calm"}))["ok"]
    for each in (ann, bea):
        assert (await each.ask("room:join", {"room": "calm"}))["ok"]
    redis_server.kill()
    answers = [await ann.ask("room:post", {"room": "calm", **message(number)}) for number in range(3)]
    assert all(answer["ok"] for answer in answers)
    refused = await bea.ask("room:post", {"room": "calm", **message(3)})
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    history = await bea.ask("room:history", {"room": "calm", "limit": 1})
    assert history["entries"][0]["body"]["text"] == "message 2"
    async with nodes.http.get(nodes.nodes[1].url + "/readyz") as ready:
        assert ready.status == 200
        assert (await ready.json())["checks"]["nodes"].startswith("degraded: ")
    redis_server.start()
    await found(nodes.nodes)
    await until(lambda: [e["body"]["text"] for e in heard(bea, "entry") if "text" in e["body"]][-1:] == ["message 2"])
    assert (await bea.ask("room:post", {"room": "calm", **message(3)}))["ok"]
    assert heard(bea, "closing") == []


async def test_foreign_room_is_joined_right_once_redis_is_back(nodes: Nodes, redis_server: RedisServer) -> None:
    ann, bea = await nodes.enter("ann", 0), await nodes.enter("bea", 1)
    assert (await ann.ask("room:create", {"kind": "chat", "id": "port"}))["ok"]
    assert (await ann.ask("room:join", {"room": "port"}))["ok"]
    redis_server.kill()
    refused = await bea.ask("room:join", {"room": "port"})
    error = refused["error"]
    assert (error["code"], error["retryable"], error["retryAfter"] > 0) == ("unavailable", True, True)
    posting = asyncio.create_task(posted(ann, 40))
    redis_server.start()
    while not (joined := await bea.ask("room:join", {"room": "port"}))["ok"]:
        assert joined["error"]["retryable"], joined
        await asyncio.sleep(joined["error"]["retryAfter"] / 1000)
    assert (await posting)[-1]["seq"] == 41
    await until(lambda: heard(bea, "entry")[-1:] == heard(ann, "entry")[-1:])
    told = [entry["seq"] for entry in heard(bea, "entry") if entry["seq"] > joined["head"]]
    assert [entry["seq"] for entry in joined["entries"]] + told == list(range(1, 42))


async def posted(client: PythonClient, count: int) -> list[dict[str, Any]]:
    """Post messages into the room "port", a few a second; the acks."""
    acks = []
    for number in range(count):
        acks.append(await client.ask("room:post", {"room": "port", **message(number)}))
        await asyncio.sleep(0.05)
    assert all(ack["ok"] for ack in acks), acks
    return acks


async def test_clients_of_another_node_do_not_notice_that_the_owner_drains(
    postgres: Postgres, redis_server: RedisServer
) -> None:
    url, env = postgres.database(), {"PARLOUR_REDIS_URL": redis_server.url.replace("/0", "/1")}
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ServerProcess(url, env=env)) for _ in range(2)]
        await found(servers)
        nodes = Nodes(servers, stack, await stack.enter_async_context(aiohttp.ClientSession()))
        ann, bea, cem = [await nodes.enter(name, at) for name, at in (("ann", 0), ("bea", 1), ("cem", 1))]
        rooms = {"port": "chat", "board": "tic-tac-toe"}
        for room, kind in rooms.items():
            assert (await ann.ask("room:create", {"kind": kind, "id": room}))["ok"]
        for each in (bea, cem):
            assert all([(await each.ask("room:join", {"room": room}))["ok"] for room in rooms])
        posting = asyncio.create_task(posted(bea, 60))
        await until(lambda: len(heard(cem, "entry", "port")) > 10)
        assert await servers[0].stop() == 0
        move = {"room": "board", "id": "m", "type": "game.action", "body": {"action": "place", "args": {"cell": 4}}}
        assert (await bea.ask("room:post", move))["ok"]
        assert [ack["seq"] for ack in await posting] == list(range(2, 62))
        await until(lambda: len(heard(cem, "entry", "port")) == 60)
        for each in (bea, cem):
            assert [entry["seq"] for entry in heard(each, "entry", "port")] == list(range(2, 62))
            await until(
                lambda each=each: heard(each, "state", "board")[-1]["seq"] == heard(bea, "entry", "board")[-1]["seq"]
            )
            assert heard(each, "closing") == []
