"""Samples of a running server, and how fast each figure grows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psutil

from parlour.testing.server import ServerProcess

Sample = dict[str, float]
HOUR_S = 3_600


def sample_of(server: ServerProcess) -> Sample:
    """Return what a server has now: memory, descriptors, threads, tasks, and the rows of each table."""
    process, database = psutil.Process(server.pid), server.folder / "parlour.db"
    sample: Sample = {
        "at": time.monotonic(),
        "memoryMB": process.memory_info().rss / 1e6,
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
        "tasks": float((server.folder / "tasks").read_text() or 0),
        "databaseMB": sum(path.stat().st_size for path in server.folder.glob("parlour.db*")) / 1e6,
    }
    return {**sample, **{f"rows {table}": rows for table, rows in rows_of(database).items()}}


def rows_of(database: Path) -> dict[str, int]:
    """Count the rows of every table of Parlour's own."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        own = [table for table in tables if not table.startswith("sqlite_") and "_text" not in table]
        return {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in own}


def growth_an_hour(samples: Sequence[Sample], name: str) -> float:
    """Return the slope of the line that fits a figure best (least squares), in units an hour."""
    times, values = [each["at"] for each in samples], [each.get(name, 0.0) for each in samples]
    mean_time, mean_value = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - mean_time) ** 2 for at in times)
    together = sum((at - mean_time) * (value - mean_value) for at, value in zip(times, values, strict=True))
    return together / spread * HOUR_S
