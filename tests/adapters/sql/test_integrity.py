"""What `parlour doctor` finds in a database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from parlour.adapters.sql.integrity import check
from parlour.adapters.sql.rooms import open_store
from tests.databases import migrated_sqlite
from tests.logs import new_log

HOUR_MS = 3_600_000


@pytest.mark.parametrize(("ahead_ms", "ok"), [(0, True), (-HOUR_MS, True), (HOUR_MS, False)])
async def test_doctor_finds_entries_from_the_future(tmp_path: Path, ahead_ms: int, ok: bool) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    await new_log(store, "Room-1", at=time.time_ns() // 1_000_000 + ahead_ms)
    await store.close()
    [finding] = [one for one in await check(url) if one.check == "clock"]
    assert finding.ok is ok, finding.detail
