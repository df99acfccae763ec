"""Measures a process of many rooms of which few talk, and people who come and go; connections are in this process.

    python -m tests.bench.bench_many [--rooms 10000] [--seconds 3]

Rooms of ten members each, over a SQLite file that syncs. First a hundred rooms alone, each with one post in flight;
then the same hundred (1 %) among all rooms: what a post costs must not grow with the rooms that are silent. Then
members of one room of 200 leave and join again. Frames are made and handed to each connection, and not sent:
`bench sockets` has what sending costs.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from typing import Any

import structlog

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.identity.accounts import checksum
from parlour.core.room import Join, Post
from parlour.runtime.connection import Frame
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.wiring.process import Frames
from tests.bench.bench_memory import registry_over
from tests.bench.quiet import Conditions, print_table

ROOMS, MEMBERS, TALKING, CROWD = 10_000, 10, 100, 200
ROUNDS = 5


class Member:
    """A connection that only counts what it is given."""

    congested = False
    _ids = count(1)

    def __init__(self, account: str) -> None:
        self.id, self.account, self.rank, self.heard = f"c{next(self._ids)}", account, 0, 0

    def write(self, frame: Frame, *, volatile: bool = False) -> None:
        self.heard += 1

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        raise RuntimeError(f"closed: {reason}")


async def seat(registry: RoomRegistry, rooms: Sequence[str], members: Sequence[Member]) -> None:
    """Create rooms, and let the members join each of them."""
    owner = members[0].account
    for start in range(0, len(rooms), 200):
        some = rooms[start : start + 200]
        await asyncio.gather(*(registry.create(owner, NewRoom("chat", room), limited=False) for room in some))
        joins = ((room, member) for room in some for member in members)
        await asyncio.gather(*(join(registry, room, member) for room, member in joins))


async def join(registry: RoomRegistry, room: str, member: Member) -> None:
    await registry.ask(room, RoomRequest(Join(author=member.account), connection=member))


async def talk(registry: RoomRegistry, rooms: Sequence[str], author: str, seconds: float) -> tuple[float, float, float]:
    """Keep one post in flight in each room; return posts a second, CPU µs a post, and the p99 of an ack in ms."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    name = time.time_ns()

    async def one(room: str) -> None:
        for n in count():
            began = time.perf_counter()
            if began >= until:
                return
            post = Post(author=author, id=f"{name}-{n}", type="chat.message", body={"text": "x" * 84})
            await registry.ask(room, RoomRequest(post))
            took.append(time.perf_counter() - began)

    cpu = time.process_time()
    await asyncio.gather(*(one(room) for room in rooms))
    cpu = time.process_time() - cpu
    return len(took) / seconds, cpu / len(took) * 1e6, statistics.quantiles(took, n=100)[98] * 1_000


async def churn(registry: RoomRegistry, room: str, crowd: Sequence[Member], seconds: float) -> tuple[float, float]:
    """Let members leave and join again, ten at a time; return comings and goings a second, and CPU µs of each."""
    done, cpu, began = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - began < seconds:
        some = [crowd[(done + n) % len(crowd)] for n in range(10)]
        for member in some:
            registry.forget_connection(member, [room])
        await asyncio.gather(*(join(registry, room, member) for member in some))
        done += len(some)
    return done / (time.perf_counter() - began), (time.process_time() - cpu) / done * 1e6


async def bench(rooms: int, seconds: float) -> tuple[Conditions, list[str]]:
    """Measure rounds of each row and write their medians."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await upgrade(url)
        store = await open_store(url)
        registry = registry_over(store, Frames())
        members = [Member(checksum(f"0x{n:040x}")) for n in range(1, CROWD + 1)]
        talking = [f"talk-{n}" for n in range(TALKING)]
        await seat(registry, talking, members[:MEMBERS])
        with Conditions() as conditions:
            rows: dict[str, list[tuple[Any, ...]]] = {}
            alone, among = f"{TALKING} rooms alone", f"{TALKING} talking among {rooms:,} rooms"
            for _ in range(ROUNDS):
                rows.setdefault(alone, []).append(await talk(registry, talking, members[0].account, seconds))
            await seat(registry, [f"silent-{n}" for n in range(rooms - TALKING)], members[:MEMBERS])
            for _ in range(ROUNDS):
                rows.setdefault(among, []).append(await talk(registry, talking, members[0].account, seconds))
            crowd = members[MEMBERS:]
            await asyncio.gather(*(join(registry, talking[0], member) for member in crowd))
            for _ in range(ROUNDS):
                rows.setdefault(f"join and leave, room of {CROWD}", []).append(
                    await churn(registry, talking[0], crowd, seconds)
                )
        for name, rounds in rows.items():
            for each in rounds:
                conditions.note(name, each[1])
        await store.close()
    lines = [f"{'':<36}{'a second':>10}{'CPU µs':>9}{'ack p99 ms':>12}"]
    for name, rounds in rows.items():
        rate, cpu, *p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        lines.append(f"{name:<36}{rate:>10,.0f}{cpu:>9.0f}{p99[0] if p99 else float('nan'):>12.1f}")
    return conditions, lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench many", description="Many rooms of which few talk; comings and goings.")
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print_table(*asyncio.run(bench(asked.rooms, asked.seconds)))


if __name__ == "__main__":
    main()
