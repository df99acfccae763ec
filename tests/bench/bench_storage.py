"""Measures what an entry costs on disk: bytes by table and index of a SQLite file, from dbstat.

    python -m tests.bench.bench_storage [--entries 50000]

Rooms of chat with ids, accounts and texts as the SDK sends them: a body is 95 bytes of JSON, the id 22 characters.
Entries come room by room in turn, as they do on a busy server.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.canonical_json import canonical
from parlour.core.identity.accounts import checksum
from tests.logs import Log, message

ROOMS, AUTHORS, BODY_BYTES = 50, 20, 95


async def fill(url: str, entries: int) -> None:
    """Append so many messages over all rooms."""
    await upgrade(url)
    store = await open_store(url, file=SqliteFile(synchronous="OFF"))
    draw = random.Random(7)
    accounts = [checksum("0x" + draw.randbytes(20).hex()) for _ in range(AUTHORS)]
    logs = [Log(f"room-{n}", epoch=f"{n:016x}", at=1_780_000_000_000) for n in range(ROOMS)]
    for log in logs:
        await log.create(store)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ          "
    empty = len(canonical({"text": ""}))
    for _ in range(entries // ROOMS):
        for log in logs:
            text = "".join(draw.choices(letters, k=BODY_BYTES - empty))
            id_ = base64.urlsafe_b64encode(draw.randbytes(16)).decode().rstrip("=")
            await log.append(store, message(id_, text, draw.choice(accounts)))
    await store.close()


def sizes(file: Path) -> list[tuple[str, int]]:
    """Return the bytes of each table and index, the largest first."""
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")
        return [(name, size) for name, size in found]


def bench(entries: int) -> list[str]:
    """Fill a file and write a line for each part of an entry."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        asyncio.run(fill(f"sqlite+aiosqlite:///{file}", entries))
        of_entries = [(name, size / entries) for name, size in sizes(file) if "entry" in name]
    lines = [f"{name:<28}{size:>8.1f} B" for name, size in of_entries]
    return [*lines, f"{'an entry of ' + str(BODY_BYTES) + ' B':<28}{sum(size for _, size in of_entries):>8.1f} B"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench storage", description="Bytes of an entry on disk, by table and index.")
    parser.add_argument("--entries", type=int, default=50_000)
    print("\n".join(bench(parser.parse_args(arguments).entries)))


if __name__ == "__main__":
    main()
