"""A node with a defect between it and the others, clients on it, rooms on another node: the checker finds it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from tests.history.checker import Verdict, check
from tests.history.crowd import crowd
from tests.history.load import read_log
from tests.postgres import Postgres
from tests.redis_server import RedisServer, redis_server

__all__ = ["redis_server"]

BROKEN_SERVER = Path(__file__).parent / "broken_server.py"
OWNS_NONE = {"PARLOUR_ROOMS_LIVE": "0"}
MESSAGES, LONGEST_S = 4000, 240
"""So many messages to the broken node are enough, and so long: clients whose answers were lost post no further."""
PATIENCE_S = 5
"""Who has no answer by then is left to the checker: the defect may have lost it."""


@pytest.mark.long
@pytest.mark.parametrize(
    ("defect", "kinds"),
    [("", set()), ("skip-one-bus-message-in-a-thousand", {"gap"}), ("forward-twice", {"replayed"})],
)
async def test_checker_of_a_node_with_a_defect_finds_it(
    postgres: Postgres, redis_server: RedisServer, defect: str, kinds: set[str]
) -> None:
    url, env = postgres.database(), {"PARLOUR_REDIS_URL": redis_server.url}
    command = (sys.executable, str(BROKEN_SERVER), defect) if defect else None
    async with (
        ServerProcess(url, env=env) as owner,
        ServerProcess(url, env={**env, **OWNS_NONE}, command=command) as edge,
    ):
        found = await judged(owner, edge)
    assert found.kinds == kinds, str(found)


async def judged(owner: ServerProcess, edge: ServerProcess) -> Verdict:
    async with crowd(owner.url, rooms=2, clients=12, pace_s=0.1) as spread:
        await spread.all_acked_again()
        for client in spread.clients:
            client.url = edge.url
            await client.drop()
        await sent(owner, spread.http)
        for client in spread.clients:
            client.stop_posting()
        await wait_for(lambda: all(client.settled for client in spread.clients), PATIENCE_S)
        finals = {room: await read_log(spread.http, spread.url, room, spread.token) for room in spread.rooms}
        await spread.end()
        return check([client.history for client in spread.clients], finals)


async def sent(owner: ServerProcess, http: aiohttp.ClientSession) -> None:
    """Wait until a node has sent enough: a busy machine puts many posts into one message."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        async with http.get(owner.url + "/metrics") as answer:
            [line] = [each for each in (await answer.text()).splitlines() if each.startswith("parlour_bus_messages ")]
        if float(line.split()[1]) >= MESSAGES:
            return
        await asyncio.sleep(0.5)


async def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Wait, and go on when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
