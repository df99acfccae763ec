"""Three nodes on one Postgres and one Redis, clients spread over all: whatever dies, the rooms' logs hold."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import socketio

from parlour.testing.server import ServerProcess
from tests.history.black_hole import BlackHole, redis_behind_a_hole
from tests.history.checker import Ack
from tests.history.crowd import Crowd, assert_coded, crowd, until
from tests.history.load import HANG_S, RawClient
from tests.history.tallies import GAMES, KINDS, PlayingClient, equal_states
from tests.postgres import Postgres
from tests.redis_server import RedisServer

NEWER_SERVER = Path(__file__).parent / "newer_server.py"
ROOMS, CLIENTS, NODES = 6, 24, 3
PLAYING: dict[str, Any] = {"kinds": KINDS, "client": PlayingClient}
"""Every second room is a game, whose state is compared at the end."""
AWAY_S = 30
"""Longer than a lease, and than a silent node is believed to live."""


@dataclass
class Cluster:
    """Running nodes and what they meet at; the last node reaches Redis through `hole`."""

    nodes: list[ServerProcess]
    redis: RedisServer
    hole: BlackHole
    postgres: Postgres
    chance: random.Random


@pytest.fixture
async def cluster(own_postgres: Postgres) -> AsyncIterator[Cluster]:
    url = own_postgres.database()
    async with AsyncExitStack() as stack:
        redis, hole = await stack.enter_async_context(redis_behind_a_hole())
        nodes = []
        for at in [redis.url] * (NODES - 1) + [hole.url]:
            node = ServerProcess(url, env={"PARLOUR_REDIS_URL": at, **GAMES})
            nodes.append(await stack.enter_async_context(node))
        yield Cluster(nodes, redis, hole, own_postgres, random.Random(19))


async def kill_nodes(cluster: Cluster) -> None:
    """Kill nodes by chance, one after the other, and start each again."""
    for _ in range(3):
        node = cluster.chance.choice(cluster.nodes)
        await node.kill9()
        await asyncio.sleep(cluster.chance.uniform(0, 12))
        await node.start()


async def stop_a_node(cluster: Cluster) -> None:
    """Stop a node for longer than its rooms are reserved for it, and let it go on."""
    node = cluster.chance.choice(cluster.nodes)
    node.pause()
    await asyncio.sleep(AWAY_S)
    node.resume()


async def kill_redis(cluster: Cluster) -> None:
    """Let Redis be away."""
    cluster.redis.kill()
    await asyncio.sleep(AWAY_S)
    cluster.redis.start()


async def part_a_node_from_redis(cluster: Cluster) -> None:
    """Let Redis be there for two nodes of three, and silent for the third."""
    cluster.hole.swallow()
    await asyncio.sleep(AWAY_S)
    cluster.hole.pass_again()


async def restart_postgres(cluster: Cluster) -> None:
    """Let the database be away for a while."""
    cluster.postgres.stop()
    await asyncio.sleep(5)
    cluster.postgres.start()


FAULTS = [kill_nodes, stop_a_node, kill_redis, part_a_node_from_redis, restart_postgres]
Fault = Callable[[Cluster], Awaitable[None]]


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
async def test_nodes_lose_nothing_when(cluster: Cluster, fault: Fault) -> None:
    async with crowd(cluster.nodes[0].url, **PLAYING, rooms=ROOMS, clients=CLIENTS, pace_s=0.2) as spread:
        await judged(cluster, spread, [fault])


@pytest.mark.long
async def test_nodes_with_200_clients_lose_nothing_when_all_of_it_happens(cluster: Cluster) -> None:
    async with crowd(cluster.nodes[0].url, **PLAYING, rooms=20, clients=200, pace_s=3.0) as spread:
        await judged(cluster, spread, FAULTS)


@pytest.mark.long
async def test_rolling_restart_under_load_refuses_no_post_for_good(cluster: Cluster) -> None:
    async with crowd(cluster.nodes[0].url, **PLAYING, rooms=ROOMS, clients=CLIENTS, pace_s=0.1) as spread:
        await move(spread, cluster)
        await spread.all_acked_again()
        began = time.monotonic()
        for node in cluster.nodes:
            others = [each.url for each in cluster.nodes if each is not node]
            for number, client in enumerate(spread.clients):  # as a balancer sends them elsewhere
                client.url = others[number % 2] if client.url == node.url else client.url
            await node.restart()
            await spread.all_acked_again()
        pauses = sorted(pause for client in spread.clients for pause in pauses_of(client, began))
        p99, longest = pauses[int(len(pauses) * 0.99)], pauses[-1]
        print(f"{spread.acked} acks, {len(spread.refusals)} refused for now; p99 {p99:.2f} s, longest {longest:.2f} s")
        await spread.calm()
        print(f"{await equal_states(spread)} states of games are what their logs say")
        verdict = await spread.verdict()
        assert not verdict.findings, str(verdict)
        assert verdict.counts.get("nack", 0) == 0, str(verdict)
        assert_coded(spread.refusals)


@pytest.mark.long
async def test_rolling_upgrade_to_another_bus_version_loses_nothing(cluster: Cluster) -> None:
    async with crowd(cluster.nodes[0].url, **PLAYING, rooms=ROOMS, clients=CLIENTS, pace_s=0.2) as spread:
        await move(spread, cluster)
        await spread.all_acked_again()
        for number, node in enumerate(cluster.nodes):
            await node.stop()
            node.command = (sys.executable, str(NEWER_SERVER))
            await node.start()
            posted = spread.acked
            await until(lambda posted=posted: spread.acked > posted + CLIENTS)
            print(f"{number + 1} of {NODES} nodes are new: {spread.acked} acks, {len(spread.refusals)} refused for now")
        await spread.all_acked_again()
        verdict = await spread.verdict()
        assert not verdict.findings, str(verdict)
        assert_coded(spread.refusals)


def pauses_of(client: RawClient, began: float) -> list[float]:
    """Return the longest times without an ack, one for each restart."""
    acks = [event.at for event in client.history.events if isinstance(event, Ack) and event.at > began]
    gaps = sorted(later - earlier for earlier, later in pairwise(acks))
    return gaps[-NODES:]


async def judged(cluster: Cluster, spread: Crowd, faults: list[Fault]) -> None:
    """Spread the clients, let the faults happen, and check who is counted in the rooms and what their logs hold."""
    await move(spread, cluster)
    await spread.all_acked_again()
    for fault in faults:
        await fault(cluster)
        back_s = await spread.all_acked_again()
        print(f"{fault.__name__}: all acked again after {back_s:.1f} s, {spread.acked} acks")
    await spread.calm()
    print(f"all nodes count the same people after {await counted_alike(cluster, spread):.1f} s")
    print(f"{await equal_states(spread)} states of games are what their logs say")
    verdict = await spread.verdict()
    assert not verdict.findings, str(verdict)
    assert_coded(spread.refusals)


async def move(spread: Crowd, cluster: Cluster) -> None:
    """Spread the clients over all nodes: their next connection goes there."""
    for number, client in enumerate(spread.clients):
        client.url = cluster.nodes[number % NODES].url
        await client.drop()


async def counted_alike(cluster: Cluster, spread: Crowd) -> float:
    """Wait until each node counts in each room who follows it, nobody twice and no ghost; return the seconds."""
    began = time.monotonic()
    expected = {room: sum(room in client.rooms for client in spread.clients) for room in spread.rooms}
    for node in cluster.nodes:
        socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=spread.http)
        await socket.connect(node.url, auth={"token": spread.token}, transports=["websocket"], wait_timeout=HANG_S)
        async with asyncio.timeout(HANG_S):
            while (counts := await counts_of(socket, spread)) != expected:
                print(f"{node.url} counts {counts}")
                await asyncio.sleep(0.5)
        await socket.disconnect()
    return time.monotonic() - began


async def counts_of(socket: socketio.AsyncClient, spread: Crowd) -> dict[str, int | None]:
    answers = {room: await socket.call("room:presence", {"room": room}, timeout=HANG_S) for room in spread.rooms}
    return {room: answer.get("count") for room, answer in answers.items()}
