"""Three nodes on one Postgres and one Redis, clients spread over all: whatever dies, the rooms' logs hold."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from parlour.testing.server import ServerProcess
from tests.history.crowd import Crowd, assert_coded, crowd
from tests.postgres import Postgres
from tests.redis_server import RedisServer

ROOMS, CLIENTS, NODES = 6, 24, 3


@dataclass
class Cluster:
    """Running nodes and what they meet at."""

    nodes: list[ServerProcess]
    redis: RedisServer
    chance: random.Random


@pytest.fixture
async def cluster(postgres: Postgres) -> AsyncIterator[Cluster]:
    url = postgres.database()
    async with AsyncExitStack() as stack:
        redis = RedisServer()
        stack.callback(redis.close)
        redis.start()
        env = {"PARLOUR_REDIS_URL": redis.url}
        nodes = [await stack.enter_async_context(ServerProcess(url, env=env)) for _ in range(NODES)]
        yield Cluster(nodes, redis, random.Random(19))


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
    await asyncio.sleep(15)
    node.resume()


async def kill_redis(cluster: Cluster) -> None:
    """Let Redis be away for longer than a silent node is believed to live."""
    cluster.redis.kill()
    await asyncio.sleep(15)
    cluster.redis.start()


@pytest.mark.long
@pytest.mark.parametrize("fault", [kill_nodes, stop_a_node, kill_redis])
async def test_nodes_lose_nothing_when(cluster: Cluster, fault: Callable[[Cluster], Awaitable[None]]) -> None:
    async with crowd(cluster.nodes[0].url, rooms=ROOMS, clients=CLIENTS, pace_s=0.2) as spread:
        await move(spread, cluster)
        await spread.all_acked_again()
        await fault(cluster)
        await spread.all_acked_again()
        verdict = await spread.verdict()
        assert not verdict.findings, str(verdict)
        assert_coded(spread.refusals)


async def move(spread: Crowd, cluster: Cluster) -> None:
    """Spread the clients over all nodes: their next connection goes there."""
    for number, client in enumerate(spread.clients):
        client.url = cluster.nodes[number % NODES].url
        await client.drop()
