"""Measures the memory of live rooms: opened, and busy, each with a full end of its log.

    python -m tests.bench.bench_memory [--rooms 10000] [--entries 200]

Rooms of chat are opened over a SQLite file by a registry with the settings' defaults. Then each room's log gets so many
messages of 95 bytes as a commit leaves them (numbered, hashed, their ids noted); they are not stored, because only
memory is measured. Nobody is connected: a connection has its own figure (`bench sockets`).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import orjson
import psutil
import structlog

from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.canonical_json import canonical
from parlour.core.identity.accounts import checksum
from parlour.core.log.patches import diff
from parlour.core.room import Draft, Post
from parlour.core.rooms.hall import Hall
from parlour.runtime.clock import SystemClock
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.host import HostLimits, RoomContext, RoomHost
from parlour.runtime.live_room.journal import Journal
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.settings import Settings, limits_of
from parlour.testing.fakes import FakeEncoder
from tests.bench.quiet import interpreter, machine

ROOMS, ENTRIES, TEXT = 10_000, 200, "x" * 84
OWNERS = [checksum(f"0x{n:040x}") for n in range(1, 21)]


def registry_over(store: Any, encoder: Any = None) -> RoomRegistry:
    """Make a registry of rooms with the settings' defaults."""
    kinds = Kinds({"chat": Hall})
    context = RoomContext(
        store=store,
        clock=SystemClock(),
        encoder=encoder or FakeEncoder(),
        limits=limits_of(HostLimits, Settings()),
        diff=diff,
        make_room=kinds.make,
        owner="bench",
        notify=lambda account, event, data: None,
    )
    return RoomRegistry(context, kinds)


def first() -> Post:
    """Make the post that opens a room."""
    return Post(author=OWNERS[0], id="first", type="chat.message", body={"text": TEXT})


async def add(journal: Journal, room: int, entries: int) -> None:
    """Add messages to a room's log as its commits do."""
    for n in range(entries):
        body = orjson.loads(orjson.dumps({"text": TEXT}))
        draft = Draft("chat.message", body, OWNERS[n % 20], f"{room:010d}{n:012d}")
        journal.begin({})
        journal.add(draft, canonical(body), 1_780_000_000_000 + n, n.to_bytes(16))
        journal.appended(journal.append())


async def bench(rooms: int, entries: int) -> list[str]:
    """Open rooms and fill the ends of their logs, and write a line on each step."""
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await upgrade(url)
        store = await open_store(url, file=SqliteFile(synchronous="OFF"))
        registry = registry_over(store)
        empty = process.memory_info().rss
        hosts: list[RoomHost] = []
        for start in range(0, rooms, 500):
            some = [f"room-{n}" for n in range(start, min(rooms, start + 500))]
            await asyncio.gather(*(registry.create(OWNERS[0], NewRoom("chat", room), limited=False) for room in some))
            await asyncio.gather(*(registry.ask(room, RoomRequest(first())) for room in some))
            hosts += await asyncio.gather(*(registry.reach(room) for room in some))
        gc.collect()
        opened = process.memory_info().rss
        spent = time.process_time()
        for step in range(0, entries, 20):
            for n, host in enumerate(hosts):
                await add(host.live.journal, n * entries + step, min(20, entries - step))
        spent = time.process_time() - spent
        gc.collect()
        busy = process.memory_info().rss
        await store.close()
    each = (busy - opened) / rooms / entries
    return [
        f"{rooms:,} live rooms: {(opened - empty) / 2**20:,.0f} MiB, {(opened - empty) / rooms / 1024:.1f} KiB each",
        f"and {entries} messages of 95 B in each: {(busy - opened) / 2**20:,.0f} MiB more, {each:,.0f} B a message",
        f"the whole process: {busy / 2**20:,.0f} MiB; {spent / rooms / entries * 1e6:.1f} µs of CPU a message",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench memory", description="Memory of live and of busy rooms.")
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print("\n".join([machine(), interpreter(), *asyncio.run(bench(asked.rooms, asked.entries))]))


if __name__ == "__main__":
    main()
