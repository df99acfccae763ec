"""Ids are found by a number that several may share; only equal ids are the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlour.adapters.sql import room_reads, rows
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.rows import mark_of
from parlour.runtime.store import Repeated
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, message, new_log


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    if request.param == "sqlite":
        url = await migrated_sqlite(tmp_path)
    else:
        url = request.getfixturevalue("postgres").migrated()
    opened = await open_store(url)
    yield opened
    await opened.close()


def test_mark_fits_six_bytes_and_keeps_a_room_together() -> None:
    marks = [mark_of("room-1", ALICE, f"m{n}") for n in range(1_000)]
    assert all(0 <= mark < 2**47 for mark in marks)
    assert len({mark >> 39 for mark in marks}) == 1
    assert len(set(marks)) == 1_000


async def test_ids_that_share_a_mark_are_told_apart(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rows, room_reads):
        monkeypatch.setattr(module, "mark_of", lambda key, author, id_: 7)
    log = await new_log(store, "Room-1", message("a", "x"), message("b", "x"))
    await new_log(store, "Room-2", message("a", "x"))
    await log.append(store, message("a", "x", BOB), message("c", "x"))
    found = await store.known("Room-1", [(ALICE, "a"), (BOB, "a"), (BOB, "b"), (ALICE, "c")])
    assert {pair: known.seq for pair, known in found.items()} == {(ALICE, "a"): 2, (BOB, "a"): 4, (ALICE, "c"): 5}
    for repeated in ((message("c", "y"),), (message("d", "y"), message("d", "y"))):
        with pytest.raises(Repeated):
            await log.append(store, *repeated)
    assert (await store.entries("Room-1", 0, 10))[-1].id == "c"
