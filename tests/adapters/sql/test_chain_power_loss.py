"""A chain step does not wait for the disk; a room's entry does. So whenever the entry survives a power cut, the step
that led to it does too: what a room got can always be named by a later reorg.
"""

from __future__ import annotations

import random
import sqlite3
import uuid
from pathlib import Path

import pytest

from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.chain.room_news import News
from parlour.runtime.chain.store import Cursor, Step
from tests.adapters.sql.lossy_disk import LossyDisk
from tests.adapters.sql.test_power_loss import PACES
from tests.logs import message, new_log

STEPS = 60
CUTS = 20


@pytest.mark.parametrize("mode", PACES)
async def test_power_cut_leaves_no_room_with_news_of_a_lost_step(tmp_path: Path, mode: str) -> None:
    home = tmp_path / "home"
    await upgrade(f"sqlite+aiosqlite:///{home}/parlour.db")
    base = (home / "parlour.db").read_bytes()
    disk = LossyDisk(f"lossy-{uuid.uuid4().hex}")
    store = await open_store(
        f"sqlite+aiosqlite:///{home}/parlour.db", file=SqliteFile(connect=disk.connect), pace=PACES[mode]
    )
    chain = SqlChainStore(store.writer, store.reader)
    log = await new_log(store, "room")
    fence = await chain.acquire(1, "me", 10_000, 0)
    at: tuple[int, str] | None = None
    acks: list[tuple[int, int]] = []
    lazy_steps = []
    for n in range(1, STEPS):
        before = len(disk.steps)
        news = News("room", "w", "apply", "chain.event", f"source-{n}", {"n": n})
        await chain.commit(Step(Cursor(1, "0xg", n, f"0x{n}"), fence, at, news=[news]))
        at = (n, f"0x{n}")
        lazy_steps += [step.what for step in disk.steps[before:]]
        await log.append(store, message(f"m{n}", "delivered"))
        acks.append((len(disk.steps), n))
    await store.close()
    assert lazy_steps.count("sync") < STEPS / 4, "steps wait for the disk after all"
    chance = random.Random(7)
    for cut in range(CUTS):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        moment = chance.randint(acks[0][0], len(disk.steps))
        disk.cut(moment, chance, folder, {"parlour.db": base})
        with sqlite3.connect(folder / "parlour.db") as connection:
            entries = connection.execute("SELECT count(*) FROM entry").fetchone()[0] - 1
            steps = connection.execute("SELECT number FROM chain_cursor").fetchone()[0]
        assert steps >= entries
        assert entries >= max(n for step, n in acks if step <= moment)
