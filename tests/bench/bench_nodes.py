"""Measures posts through one, two and three nodes on one Postgres and one Redis, beside two Socket.IO clusters.

python -m tests.bench.bench_nodes [--rounds 3] [--seconds 4] [--json FILE]

Every node is on one core and the load on the other, so what counts is CPU per post. Six rooms of twenty members, who
are spread evenly over the nodes, as the owners are. Parlour stores, hashes and acknowledges each post; the peers only
pass it on: Node Socket.IO with @socket.io/redis-adapter, and python-socketio with AsyncRedisManager. `hop` is a lone
post through a node that does not own the room, less one through the owner. Heartbeats are among the bus's messages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import psutil
import redis.asyncio as redis

from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.bench import load
from tests.bench.bench_posts import UNLIMITED
from tests.bench.quiet import Conditions, print_table
from tests.bench.wire import Wire
from tests.postgres import Postgres, start_postgres
from tests.redis_server import RedisServer

CLIENTS, ROOMS, JOINS = 30, 6, 4
"""Clients, rooms, and how many of them each joins: twenty members a room."""
IN_FLIGHT = 2
"""Posts of a client without an answer."""
LONE = 100
"""Posts of which the median tells the latency."""
NODES = (1, 2, 3)
PEERS = load.HERE / "peers"


class Member(Wire):
    """A client that counts the entries it hears."""

    heard = 0

    def _frame(self, frame: bytes) -> None:
        if frame.startswith(b'42["entry"'):
            self.heard += 1
        else:
            super()._frame(frame)


@dataclass(frozen=True)
class Running:
    """The nodes of one side: where they listen, their pids, and whether clients sign in."""

    ports: Sequence[int]
    pids: Sequence[int]
    signs_in: bool


def command_of(side: str, port: int, url: str) -> list[str]:
    """Return what runs one node of a side."""
    return {
        "parlour": [sys.executable, "-m", "parlour", "serve"],
        "node": ["node", str(PEERS / "nodes_node.js"), str(port), url],
        "python": [sys.executable, str(PEERS / "python_socketio.py"), str(port), url],
    }[side]


@contextmanager
def running(side: str, nodes: int, postgres: Postgres, redis_url: str) -> Iterator[Running]:
    """Run the nodes of a side."""
    ports, pids, database = [free_port() for _ in range(nodes)], [], postgres.database()
    with ExitStack() as stack:
        for port in ports:
            env = {"PARLOUR_PORT": str(port), "PARLOUR_LOG_LEVEL": "warning", "PYTHONPATH": str(load.ROOT), **UNLIMITED}
            env |= {"PARLOUR_DATABASE_URL": database, "PARLOUR_REDIS_URL": redis_url}
            pids.append(stack.enter_context(load.running(command_of(side, port, redis_url), port, env)))
        yield Running(ports, pids, side == "parlour")


async def connect(servers: Running) -> list[Member]:
    """Connect the clients, spread over the nodes; the rooms of each node are opened there."""
    tokens = [""] * CLIENTS
    if servers.signs_in:
        async with aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{servers.ports[0]}"
            tokens = [(await sign_in(http, url, wallet(f"member-{n}")))["token"] for n in range(CLIENTS)]
        await found_each_other(servers)
    members = []
    for number, token in enumerate(tokens):
        port = servers.ports[number % len(servers.ports)]
        loop = asyncio.get_running_loop()
        _, member = await loop.create_connection(lambda token=token, port=port: Member(token, port), "127.0.0.1", port)
        await member.ready
        members.append(member)
    for room in range(ROOMS):
        first = members[room % len(servers.ports)]
        await asked(first, "room:create", {"kind": "chat", "id": f"room-{room}"})
        await asked(first, "room:join", {"room": f"room-{room}"})
    for number, member in enumerate(members):
        for room in rooms_of(number):
            await asked(member, "room:join", {"room": room})
    return members


async def found_each_other(servers: Running) -> None:
    """Wait until each node reaches all others."""
    async with aiohttp.ClientSession() as http:
        for port in servers.ports:
            while True:
                async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    lines = (await answer.text()).splitlines()
                if f"parlour_nodes {len(servers.ports) - 1}.0" in lines:
                    break
                await asyncio.sleep(0.1)


def rooms_of(number: int) -> list[str]:
    return [f"room-{room}" for room in range(ROOMS) if (number + room) % ROOMS < JOINS]


async def asked(member: Member, event: str, data: dict[str, Any]) -> None:
    """Ask; raises RuntimeError where it is refused."""
    answer = await member.ask(event, data)
    if not answer["ok"]:
        raise RuntimeError(f"{event}: {answer}")


async def post(member: Member, room: str, id_: str) -> None:
    """Post a message of a usual length."""
    body = {"text": f"{id_} ".ljust(120, "x")}
    await asked(member, "room:post", {"room": room, "id": id_, "type": "chat.message", "body": body})


async def saturate(members: Sequence[Member], seconds: float) -> int:
    """Post from all clients for so long; return how many posts were acknowledged."""
    until, acked = time.monotonic() + seconds, 0

    async def keep_posting(number: int, lane: int) -> None:
        nonlocal acked
        rooms, count = rooms_of(number), 0
        while time.monotonic() < until:
            count += 1
            await post(members[number], rooms[count % len(rooms)], f"{number}-{lane}-{count}-{until}")
            acked += 1

    await asyncio.gather(*(keep_posting(n, lane) for n in range(len(members)) for lane in range(IN_FLIGHT)))
    return acked


async def lone(member: Member, room: str) -> float:
    """Return the median milliseconds of a post with nothing else under way."""
    took = []
    for number in range(LONE):
        began = time.perf_counter()
        await post(member, room, f"lone-{room}-{number}")
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


async def sample(servers: Running, redis_server: RedisServer, seconds: float) -> dict[str, float]:
    """Measure one side with some nodes."""
    nodes = [psutil.Process(pid) for pid in servers.pids]

    def spent() -> float:
        return float(sum(sum(node.cpu_times()[:2]) for node in nodes))

    bus = redis.Redis.from_url(redis_server.url)
    members = await connect(servers)
    await saturate(members, seconds / 4)
    cpu, heard, sent, began = spent(), sum(each.heard for each in members), await published(bus), time.monotonic()
    acked = await saturate(members, seconds)
    took = time.monotonic() - began
    await asyncio.sleep(0.3)
    cpu, after = spent() - cpu, await published(bus)
    figures = {
        "posts": acked / took,
        "deliveries": (sum(each.heard for each in members) - heard) / took,
        "us": cpu / acked * 1e6,
        "calls": (after[0] - sent[0]) / acked,
        "bytes": (after[1] - sent[1]) / acked,
        "engine_us": (after[2] - sent[2]) / acked * 1e6,
        "local": await lone(members[0], "room-0"),
    }
    if len(servers.ports) > 1:  # the first client of the second node is a member of the first node's first room
        figures["far"] = await lone(members[1], "room-0")
    await bus.aclose()
    return figures


async def published(bus: redis.Redis) -> tuple[int, int, float]:
    """Return how many messages Redis was given, in how many bytes, and the CPU seconds it took."""
    stats, commands, cpu = [await bus.info(section) for section in ("stats", "commandstats", "cpu")]
    used = float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])
    return commands.get("cmdstat_publish", {"calls": 0})["calls"], stats["total_net_input_bytes"], used


def compare(rounds: int, seconds: float, sides: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """Take samples of every side and number of nodes, in turn, each on fresh servers."""
    results: dict[str, list[dict[str, float]]] = {f"{side} {nodes}": [] for side in sides for nodes in NODES}
    postgres, redis_server = start_postgres(), RedisServer()
    redis_server.start()
    try:
        for _ in range(rounds):
            for name, taken in results.items():
                side, nodes = name.split()
                with running(side, int(nodes), postgres, redis_server.url) as servers:
                    taken.append(asyncio.run(sample(servers, redis_server, seconds)))
    finally:
        redis_server.close()
        postgres.close()
    return results


COLUMNS = {"posts": 0, "deliveries": 0, "us": 0, "calls": 2, "bytes": 0, "engine_us": 1, "local": 2, "far": 2}
"""The figures of the table and their decimals."""


def table(results: dict[str, list[dict[str, float]]]) -> str:
    """Write the medians."""
    heads = ("posts/s", "deliv./s", "CPU µs", "bus msgs", "bus B", "Redis µs", "lone ms", "far ms", "hop ms")
    lines = [f"{'':12}" + "".join(f"{head:>10}" for head in heads)]
    for name, taken in results.items():
        figures = {key: median(each[key] for each in taken) for key in COLUMNS if key in taken[0]}
        cells = [f"{figures[key]:10,.{digits}f}" if key in figures else f"{'':10}" for key, digits in COLUMNS.items()]
        hop = f"{figures['far'] - figures['local']:10.2f}" if "far" in figures else ""
        lines.append(f"{name:12}{''.join(cells)}{hop}")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", type=Path)
    asked_for = parser.parse_args(argv)
    sides = ["parlour", "python"]
    if shutil.which("node"):
        load.install_peers()
        sides.insert(1, "node")
    os.sched_setaffinity(0, {int(load.LOAD_CORE)})
    with Conditions() as conditions:
        results = compare(asked_for.rounds, asked_for.seconds, sides)
    for name, taken in results.items():
        conditions.note_all(f"CPU of {name}", [each["us"] for each in taken])
    print_table(conditions, ["Per post: CPU of all nodes, messages and bytes to Redis, its CPU.", table(results)])
    if asked_for.json:
        asked_for.json.write_text(json.dumps({"measured_on": conditions.lines(), "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
