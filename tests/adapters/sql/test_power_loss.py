"""Nothing acknowledged is lost with the power: the real writer over a disk that drops what was not synced."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from parlour.adapters.sql import database
from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.runtime.commit_pace import CommitPace
from tests.adapters.sql.lossy_disk import LossyDisk
from tests.logs import Log, append_all, message, new_log

ROOMS = 8
SEED = 20_261_122


@dataclass(slots=True)
class Ack:
    """`seq` of `room` was acknowledged when the disk had seen `step` steps."""

    step: int
    room: str
    seq: int


class Undecided(CommitPace):
    """Chooses the thread by chance, so that commits change threads all the time."""

    chance = random.Random(SEED)

    def in_loop(self) -> bool:
        return self.chance.random() < 0.5


PACES: dict[str, CommitPace] = {"loop": CommitPace("loop"), "thread": CommitPace("thread"), "both": Undecided()}


async def work(folder: Path, synchronous: str, appends: int, mode: str) -> tuple[LossyDisk, list[Ack]]:
    """A busy writer, which checkpoints a few times."""
    disk, acks = LossyDisk(f"lossy-{uuid.uuid4().hex}"), []
    url = f"sqlite+aiosqlite:///{folder}/parlour.db"
    store = await open_store(url, file=SqliteFile(connect=disk.connect, synchronous=synchronous), pace=PACES[mode])
    await store.write(lambda connection: connection.exec_driver_sql("PRAGMA wal_autocheckpoint=200").close())

    async def post(log: Log, count: int) -> None:
        chance = random.Random(log.record.id)
        for n in range(count):
            size = chance.randint(1, 4)
            batch = log.batch(*(message(f"m{n}.{k}", "x" * chance.randint(0, 900)) for k in range(size)))
            assert await append_all(store, batch) == [None]
            log.advance(batch.entries)
            acks.append(Ack(len(disk.steps), log.record.id, log.head))
            await asyncio.sleep(0)

    logs = []
    for n in range(ROOMS):
        logs.append(await new_log(store, f"room-{n}"))
        acks.append(Ack(len(disk.steps), f"room-{n}", 1))
    await asyncio.gather(*(post(log, appends) for log in logs))
    await store.close()
    return disk, acks


async def lost(disk: LossyDisk, acks: list[Ack], cut: int, chance: random.Random, base: bytes, folder: Path) -> int:
    """How many acknowledged entries a power cut after `cut` steps takes; fails where what is left is not sound."""
    folder.mkdir()
    disk.cut(cut, chance, folder, {"parlour.db": base})
    with sqlite3.connect(folder / "parlour.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    heads: dict[str, int] = {}
    for ack in acks:
        if ack.step <= cut:
            heads[ack.room] = max(heads.get(ack.room, 0), ack.seq)
    store = await open_store(f"sqlite+aiosqlite:///{folder}/parlour.db", readers=1)
    missing = 0
    for room, head in heads.items():
        entries = await store.entries(room, 0, 100_000)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert first_break(entries, ZERO_HASH) is None
        missing += max(0, head - len(entries))
    await store.close()
    return missing


async def cut_often(tmp_path: Path, synchronous: str, cuts: int, mode: str) -> list[int]:
    """Losses of one run for each of `cuts` random moments."""
    home = tmp_path / "home"
    await upgrade(f"sqlite+aiosqlite:///{home}/parlour.db")
    base = (home / "parlour.db").read_bytes()
    disk, acks = await work(home, synchronous, appends=40, mode=mode)
    chance = random.Random(SEED)
    moments = [chance.randint(acks[0].step, len(disk.steps)) for _ in range(cuts)]
    return [await lost(disk, acks, at, chance, base, tmp_path / f"cut-{n}") for n, at in enumerate(moments)]


@pytest.mark.parametrize("mode", PACES)
async def test_acknowledged_entry_when_power_is_cut_is_kept(tmp_path: Path, mode: str) -> None:
    assert sum(await cut_often(tmp_path, "FULL", 40, mode)) == 0


@pytest.mark.parametrize("mode", PACES)
async def test_lossy_disk_when_power_is_cut_loses_unsynced_bytes(tmp_path: Path, mode: str) -> None:
    """The control: without the sync of every commit the same cuts do take acknowledged entries."""
    assert sum(await cut_often(tmp_path, "NORMAL", 20, mode)) > 0


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", PACES)
async def test_acknowledged_entry_in_two_hundred_power_cuts_is_kept(tmp_path: Path, mode: str) -> None:
    losses = await cut_often(tmp_path, "FULL", 200, mode)
    assert (len(losses), sum(losses)) == (200, 0)


def test_writer_by_default_syncs_every_commit(tmp_path: Path) -> None:
    engine = database.sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
