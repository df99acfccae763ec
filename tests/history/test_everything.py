"""The fault matrix with all kinds in it at once: whatever dies, nothing acknowledged is lost, twice or out of order.

`PARLOUR_FAULT_ROUNDS` says how often the long form goes through the faults.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from tests.anvil import anvil
from tests.history.black_hole import BlackHole, redis_behind_a_hole
from tests.history.everything import Everything, chains, everything, free_port, settings
from tests.history.test_faults_storage import fill, locked, mounted_disk
from tests.postgres import Postgres
from tests.redis_server import RedisServer

ROUNDS = int(os.environ.get("PARLOUR_FAULT_ROUNDS", "1"))
BROKEN_SERVER = Path(__file__).parent / "broken_server.py"
STOPPED_S = 12
"""Longer than a lease, and than a silent node is believed to live."""
NODES = 3


@dataclass
class House:
    """What faults happen to. `folder` is where a lone server has its database."""

    nodes: list[ServerProcess]
    chain: AnvilChain
    running: Everything
    folder: Path | None = None
    postgres: Postgres | None = None
    redis: RedisServer | None = None
    hole: BlackHole | None = None

    @property
    def node(self) -> ServerProcess:
        return self.running.place.chance.choice(self.nodes)


Fault = Callable[[House], Awaitable[None]]


async def kill(house: House) -> None:
    node = house.node
    await node.kill9()
    await node.start()


async def stop_for_a_while(house: House) -> None:
    node = house.node
    node.pause()
    await asyncio.sleep(STOPPED_S)
    node.resume()


async def restart(house: House) -> None:
    for node in house.nodes:
        await node.restart()


async def cut_connections(house: House) -> None:
    await asyncio.gather(*(client.drop() for client in house.running.place.clients))


async def reorganise(house: House) -> None:
    await house.chain.reorg(house.running.place.chance.randint(1, 12))


async def kill_during_a_reorganisation(house: House) -> None:
    node = house.node
    await house.chain.reorg(5)
    await node.kill9()
    await house.chain.reorg(2)
    await node.start()


async def stop_the_chain(house: House) -> None:
    house.chain.pause()
    await asyncio.sleep(5)
    house.chain.resume()


async def fill_the_disk(house: House) -> None:
    assert house.folder is not None
    fill(house.folder / "ballast")
    await asyncio.sleep(4)
    (house.folder / "ballast").unlink()


async def lock_the_database(house: House) -> None:
    assert house.folder is not None
    async with locked(house.folder / "parlour.db", 4):
        await asyncio.sleep(1)


async def restart_postgres(house: House) -> None:
    assert house.postgres is not None
    await asyncio.to_thread(house.postgres.stop, signal.SIGQUIT)
    await asyncio.sleep(2)
    await asyncio.to_thread(house.postgres.start)


async def kill_redis(house: House) -> None:
    assert house.redis is not None
    house.redis.kill()
    await asyncio.sleep(STOPPED_S)
    house.redis.start()


async def part_a_node_from_redis(house: House) -> None:
    assert house.hole is not None
    house.hole.swallow()
    await asyncio.sleep(STOPPED_S)
    house.hole.pass_again()


COMMON: list[Fault] = [
    kill, reorganise, stop_for_a_while, cut_connections, kill_during_a_reorganisation, restart, stop_the_chain,
]  # fmt: skip


async def judged(house: House, faults: list[Fault], rounds: int = 1) -> None:
    """Let the faults happen, each once everything is answered again, and let every kind judge."""
    await house.running.all_act()
    for fault in faults * rounds:
        await fault(house)
        await house.running.after(fault.__name__)
    findings = await house.running.verdict()
    assert not findings, findings
    for node in house.nodes:
        log = node.log()
        assert "Traceback" not in log, log[log.index("Traceback") - 1_000 :][:4_000]


async def test_everything_on_one_server_survives_a_kill_amid_a_reorganisation() -> None:
    port = free_port()
    async with (
        anvil(slots=32) as chain,
        ServerProcess(chains=chains(chain), env=settings(port)) as server,
        everything([server.url], chain, port, pace_s=0.2) as running,
    ):
        await judged(House([server], chain, running), [kill_during_a_reorganisation])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted_disk(tmp_path / "disk", 256)


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_everything_on_sqlite_survives_every_fault(disk: Path) -> None:
    port = free_port()
    async with (
        anvil(slots=32) as chain,
        ServerProcess(f"sqlite+aiosqlite:///{disk}/parlour.db", chains=chains(chain), env=settings(port)) as one,
        everything([one.url], chain, port, pace_s=0.3) as running,
    ):
        house = House([one], chain, running, folder=disk)
        await judged(house, [*COMMON, fill_the_disk, lock_the_database], ROUNDS)


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_everything_on_postgres_survives_every_fault(own_postgres: Postgres) -> None:
    port = free_port()
    async with (
        anvil(slots=32) as chain,
        ServerProcess(own_postgres.database(), chains=chains(chain), env=settings(port)) as one,
        everything([one.url], chain, port, pace_s=0.3) as running,
    ):
        await judged(House([one], chain, running, postgres=own_postgres), [*COMMON, restart_postgres], ROUNDS)


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_everything_on_three_nodes_survives_every_fault(own_postgres: Postgres, tmp_path: Path) -> None:
    port, url = free_port(), own_postgres.database()
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(anvil(slots=32))
        redis, hole = await stack.enter_async_context(redis_behind_a_hole())
        nodes = []
        for at in [redis.url] * (NODES - 1) + [hole.url]:
            env = {**settings(port), "PARLOUR_REDIS_URL": at, "PARLOUR_FILES": str(tmp_path / "files")}
            nodes.append(await stack.enter_async_context(ServerProcess(url, chains=chains(chain), env=env)))
        running = await stack.enter_async_context(everything([node.url for node in nodes], chain, port, pace_s=0.5))
        house = House(nodes, chain, running, postgres=own_postgres, redis=redis, hole=hole)
        await judged(house, [*COMMON, kill_redis, part_a_node_from_redis, restart_postgres], ROUNDS)


DEFECTS = {
    "tell-a-notice-twice": "notices",
    "skip-a-webhook": "lost",
    "forget-reverts": "chain",
    "forget-gates": "gate",
}


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("defect", "kind"), DEFECTS.items(), ids=DEFECTS)
async def test_checks_of_all_kinds_find_a_server_with_a_defect(defect: str, kind: str) -> None:
    port, command = free_port(), (sys.executable, str(BROKEN_SERVER), defect)
    async with (
        anvil(slots=32) as chain,
        ServerProcess(chains=chains(chain), env=settings(port), command=command) as server,
        everything([server.url], chain, port, pace_s=0.1) as running,
    ):
        await chain.mine(20)  # so that no reorganisation undoes a contract
        for _ in range(3):
            await running.all_act()
            await chain.reorg(20)  # deep: a follower that is late has not read the newest blocks
        findings = await running.verdict()
    assert kind in {found.kind for found in findings}, findings
