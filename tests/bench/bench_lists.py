"""Measures `room:list` over many rooms: what a page costs in the store, on SQLite or Postgres.

    python -m tests.bench.bench_lists [url] [--rooms 100000]

The rooms are of four kinds, every tenth is private, one in a hundred waits for players. The viewer belongs to 200 of
them, and each of those was posted to. A page is 50 rooms. Of each page the median of 50 runs is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.room import Draft
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.lists import RoomLists
from parlour.runtime.store import Append, MemberRight, RoomFilter, RoomRecord
from tests.bench.quiet import Conditions
from tests.logs import ALICE, Log

ROOMS, MINE, PAGE, RUNS = 100_000, 200, 50, 50
KINDS = (("chat", 0.8), ("tic-tac-toe", 0.15), ("chess", 0.0495), ("word-party", 0.0005))
WORDS = ("salon", "garden", "market", "harbour", "library", "club", "studio", "kitchen", "tower", "bridge")


async def fill(store: SqlStore, rooms: int) -> None:
    """Create the rooms, and give the viewer's a few messages with mentions."""
    draw = random.Random(7)
    kinds = draw.choices([kind for kind, _ in KINDS], [share for _, share in KINDS], k=rooms)
    owners = [f"0x{n:040x}" for n in range(rooms // 10)]
    for start in range(0, rooms, 5_000):
        await asyncio.gather(
            *(_create(store, n, kinds[n], draw, owners[n // 10]) for n in range(start, min(rooms, start + 5_000)))
        )
    await asyncio.gather(*(_join(store, n * (rooms // MINE)) for n in range(MINE)))


async def _create(store: SqlStore, n: int, kind: str, draw: random.Random, owner: str) -> None:
    at = 1_000_000 + draw.randrange(10_000_000)
    title = f"{draw.choice(WORDS)} {draw.choice(WORDS)} {n}"
    open_game = {"status": "waiting", "seats": {"taken": 1, "total": 2}, "open": True} if n % 100 == 1 else None
    await store.create(
        RoomRecord(
            f"room-{n}", kind, owner, at, title, "private" if n % 10 == 3 else "public",
            epoch="e1", updated_at=at, game=open_game,
        ),
        [],
    )  # fmt: skip


async def _join(store: SqlStore, n: int) -> None:
    room = f"room-{n}"
    await store.touch_member(room, ALICE, 1)
    log = Log(room)
    for start in range(3):
        body = {"text": "x" * 60, "mentions": [ALICE]}
        drafts = [Draft("chat.message", body, ALICE, f"m{start}-{k}") for k in range(20)]
        entries = log.draft(*drafts)
        await store.append(Append(room, "e1", 0, log.head, entries, rights=(MemberRight(ALICE, "member", 0),)))
        log.advance(entries)


class _Anybody:
    """Rights of a list as `RoomRights.joinable` gives them, without a registry of live rooms."""

    def joinable(self, caller: Caller, query: RoomQuery) -> RoomFilter:
        return RoomFilter(caller.account or None, query.kind, query.query, query.open, query.mine)


PAGES: tuple[tuple[str, str, RoomQuery], ...] = (
    ("public, a guest", "", RoomQuery()),
    ("public or mine", ALICE, RoomQuery()),
    ("mine, with unread and mentions", ALICE, RoomQuery(mine=True)),
    ("of a common kind", "", RoomQuery(kind="chess")),
    ("of a rare kind", "", RoomQuery(kind="word-party")),
    ("open games", "", RoomQuery(open=True)),
    ("a common word", "", RoomQuery(query="harbour")),
    ("a rare word", "", RoomQuery(query="99991")),
    ("a word nobody used", "", RoomQuery(query="zebra")),
    ("two characters", "", RoomQuery(query="zq")),
)


async def measure(store: SqlStore, conditions: Conditions) -> list[str]:
    """Read each page again and again, and write a line on each."""
    lists = RoomLists(cast(Any, SimpleNamespace(context=SimpleNamespace(store=store))), cast(Any, _Anybody()))
    lines = [f"{'page of ' + str(PAGE):<34}{'p50 ms':>9}{'CPU ms':>9}{'rooms':>7}"]
    for name, account, query in PAGES:
        took, spent = [], []
        for _ in range(RUNS):
            start, cpu = time.perf_counter(), time.process_time()
            page = await lists.page(Caller(account), query)
            took.append(time.perf_counter() - start)
            spent.append(time.process_time() - cpu)
        p50, cpu_ms = statistics.median(took) * 1_000, statistics.median(spent) * 1_000
        for part in range(0, RUNS, RUNS // 5):
            conditions.note(name, statistics.median(spent[part : part + RUNS // 5]))
        lines.append(f"{name:<34}{p50:>9.2f}{cpu_ms:>9.2f}{len(page['rooms']):>7}")
    return lines


async def bench(url: str, rooms: int) -> list[str]:
    """Fill a database and measure its lists."""
    await upgrade(url)
    store = await open_store(url, file=SqliteFile(synchronous="OFF"))
    try:
        await fill(store, rooms)
        with Conditions() as conditions:
            lines = await measure(store, conditions)
        return [*conditions.lines(), f"{rooms:,} rooms, {MINE} of them the viewer's", *lines]
    finally:
        await store.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every page and print it."""
    parser = argparse.ArgumentParser(prog="bench lists", description="Pages of `room:list` over many rooms.")
    parser.add_argument("url", nargs="?", help="an empty Postgres database; a fresh SQLite file without")
    parser.add_argument("--rooms", type=int, default=ROOMS)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite+aiosqlite:///{folder}/bench.db"
        print("\n".join(asyncio.run(bench(url, asked.rooms))))


if __name__ == "__main__":
    main()
