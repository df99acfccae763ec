"""Measures the log: acknowledged entries a second on SQLite or Postgres, beside the disk's fdatasync.

    python -m tests.bench.bench_log [url]

The entries are sealed before the clock starts: this is the store alone. Every room has `in_flight` appends of
`per_append` entries under way, each sent as soon as an earlier one of its room was answered.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.room import Entry
from parlour.runtime.store import Append, Store
from tests.bench.load import fdatasync_ms
from tests.logs import Log, message, new_log

TEXT = "x" * 90
"""About as long as a message of chat."""


@dataclass(frozen=True, slots=True)
class Result:
    """Acknowledged entries a second, CPU ms of this process for 1,000 entries, and the latency of an ack in ms."""

    rate: float
    cpu_ms_per_1000: float
    p50_ms: float
    p99_ms: float


async def measure(store: Store, rooms: int, per_append: int, in_flight: int, total: int) -> Result:
    """Append `total` entries over `rooms` rooms and measure it."""
    names = f"bench-{time.time_ns()}"  # a Postgres database is the same for every shape
    plans = [await _plan(store, f"{names}-{n}", total // rooms, per_append) for n in range(rooms)]
    took: list[float] = []
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_drive(store, plan, in_flight, took) for plan in plans))
    elapsed, spent = time.perf_counter() - start, time.process_time() - cpu
    done = sum(len(entries) for plan in plans for entries in plan)
    cuts = statistics.quantiles(took, n=100)
    return Result(done / elapsed, spent / done * 1e6, cuts[49] * 1_000, cuts[98] * 1_000)


async def _plan(store: Store, room: str, entries: int, per_append: int) -> list[list[Entry]]:
    log: Log = await new_log(store, room)
    plan = []
    for start in range(0, entries, per_append):
        plan.append(log.draft(*(message(f"m{start + n}", TEXT) for n in range(per_append))))
        log.advance(plan[-1])
    return plan


async def _drive(store: Store, plan: Sequence[Sequence[Entry]], in_flight: int, took: list[float]) -> None:
    under_way: list[asyncio.Task[None]] = []
    for entries in plan:
        if len(under_way) == in_flight:
            await under_way.pop(0)
        under_way.append(asyncio.create_task(_append(store, entries, took)))
    await asyncio.gather(*under_way)


async def _append(store: Store, entries: Sequence[Entry], took: list[float]) -> None:
    start = time.perf_counter()
    await store.append(Append(entries[0].room, "e1", 0, entries[0].seq - 1, entries))
    took.append(time.perf_counter() - start)


async def bench_log(url: str, total: int = 20_000, shapes: Sequence[tuple[int, int, int]] = ()) -> list[str]:
    """Measure each shape (rooms, entries per append, appends in flight per room) and write a line on each."""
    lines = []
    for rooms, per_append, in_flight in shapes or ((1, 1, 1), (64, 1, 1), (512, 1, 1), (26, 20, 1), (26, 1, 20)):
        await upgrade(url)
        store = await open_store(url)
        try:
            result = await measure(store, rooms, per_append, in_flight, total if rooms * in_flight > 1 else total // 10)
        finally:
            await store.close()
        lines.append(
            f"rooms {rooms:>4} × {in_flight:>2} in flight × {per_append:>2} entries: {result.rate:>8,.0f} entries/s, "
            f"{result.cpu_ms_per_1000:.1f} CPU-ms/1000, ack p50 {result.p50_ms:.2f} ms, p99 {result.p99_ms:.2f} ms"
        )
        url = _fresh(url)
    return lines


def _fresh(url: str) -> str:
    """The next shape gets a database of its own where that is a file."""
    return f"{url}x" if url.startswith("sqlite") else url


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every shape and print it."""
    parser = argparse.ArgumentParser(prog="bench store", description="The log layer alone: entries a second to disk.")
    parser.add_argument("url", nargs="?", help="an empty Postgres database; a fresh SQLite file without")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        p50, p99 = fdatasync_ms(Path(folder))
        print(f"fdatasync of 4 kB: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        url = asked.url or f"sqlite+aiosqlite:///{folder}/bench.db"
        print("\n".join(asyncio.run(bench_log(url))))


if __name__ == "__main__":
    main()
