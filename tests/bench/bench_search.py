"""`parlour bench search`: searches in one long log, by rare, common, short and absent words.

The goal is a p99 of 50 ms in a log of a million messages, over the index that the server keeps.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import TextQuery

GOAL_MS = 50.0
WORDS = 20_000
"""Different words of the log, some of them common, as in a language (Zipf)."""
CHUNK = 20_000
LIMIT = 20


def texts(count: int, seed: int = 1) -> list[str]:
    """Return messages of 4 to 12 words."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(WORDS)]
    weights = [1 / (n + 1) for n in range(WORDS)]
    drawn = chance.choices(words, weights, k=8 * count)
    return [" ".join(drawn[8 * n : 8 * n + chance.randint(4, 8)]) for n in range(count)]


def fill(connection: Connection, first: int, said: Sequence[str]) -> None:
    """Put messages into the index as the indexer does."""
    rows = [{"row": (1 << 32) + first + n, "at": first + n, "text": each} for n, each in enumerate(said)]
    insert = "INSERT INTO message_text(rowid, at, author, text) VALUES (:row, :at, 'ann', :text)"
    connection.execute(text(insert), rows)
    bounds = {"low": rows[0]["row"] - 1, "high": rows[-1]["row"]}
    connection.execute(
        text(
            "INSERT INTO message_index(rowid, text) "
            "SELECT rowid, text FROM message_text WHERE rowid > :low AND rowid <= :high"
        ),
        bounds,
    )


async def filled(store: SqlStore, said: Sequence[str]) -> None:
    """Make one room whose log of messages is indexed."""
    head = len(said)

    def room(connection: Connection) -> None:
        names = (
            "key, id, kind, owner, title, label, visibility, signed, options, closed, members, created_at, updated_at, "
            "epoch, fence, lease_until, head, head_hash, floor, floor_hash, open, format"
        )
        values = (
            f"'hall', 'hall', 'chat', '', '', '', 'public', 0, '{{}}', 0, 0, 0, 0, 'e', 0, 0, {head}, x'', 1, x'', 0, 1"
        )
        connection.execute(text(f"INSERT INTO room ({names}) VALUES ({values})"))
        connection.execute(text("INSERT INTO searched_room VALUES ('hall', 1, :head)"), {"head": head})

    await store.write(room)
    for first in range(0, head, CHUNK):
        part = said[first : first + CHUNK]
        await store.write(lambda connection, first=first, part=part: fill(connection, first + 1, part))  # type: ignore[misc]


async def timed(store: SqlStore, queries: Sequence[str]) -> list[float]:
    """Return the milliseconds of each search, sorted."""
    took = []
    for query in queries:
        wanted = TextQuery(search_form(query).split(), LIMIT)
        began = time.perf_counter()
        await store.find(["hall"], wanted)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def bench(messages: int, searches: int) -> list[str]:
    """Return a line for each sort of query."""
    chance, said = random.Random(2), texts(messages)
    vocabulary = sorted({word for each in said[:5_000] for word in each.split()})
    long = [word for word in vocabulary if len(word) >= 4]
    sorts = {
        "one word": [chance.choice(long) for _ in range(searches)],
        "two words": [" ".join(chance.sample(said[chance.randrange(messages)].split(), 2)) for _ in range(searches)],
        "a prefix": [chance.choice(long)[:4] for _ in range(searches)],
        "absent": ["".join(chance.choices("qxzjkv", k=6)) for _ in range(searches)],
        "two letters": [chance.choice(vocabulary)[:2] for _ in range(searches)],
    }
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder)}/parlour.db"
        await upgrade(url)
        store = await open_store(url)
        await filled(store, said)
        lines = []
        for name, queries in sorts.items():
            took = await timed(store, queries)
            p99 = took[int(0.99 * (len(took) - 1))]
            lines.append(f"{name}: p50 {took[len(took) // 2]:.1f} ms · p99 {p99:.1f} ms (goal {GOAL_MS:.0f})")
        await store.close()
        return lines


def main(args: Sequence[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="parlour bench search", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    asked = parser.parse_args(list(args))
    for line in asyncio.run(bench(asked.messages, asked.searches)):
        print(line)
