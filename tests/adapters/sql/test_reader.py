"""Reads that share a hop to the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from parlour.adapters.sql.database import sqlite_engine
from parlour.adapters.sql.reader import ReadsTogether, SqliteReader
from parlour.runtime.store import StoreError


class CountingReader(SqliteReader):
    """Counts how often it is asked."""

    hops = 0

    async def read(self, work):  # type: ignore[no-untyped-def]  # as its base class
        self.hops += 1
        return await super().read(work)


async def test_short_reads_of_one_pass_are_one_hop_and_fail_together(tmp_path: Path) -> None:
    reader = CountingReader(sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/some.db", readers=2), 2)
    together = ReadsTogether(reader)
    numbers = [together.read(lambda connection, n=n: connection.scalar(text(f"SELECT {n}"))) for n in range(3)]
    assert await asyncio.gather(*numbers) == [0, 1, 2]
    assert reader.hops == 1
    bad = together.read(lambda connection: connection.scalar(text("SELECT nothing")))
    answers = await asyncio.gather(bad, together.read(lambda connection: 1), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreError, StoreError]
    with pytest.raises(StoreError):
        await together.read(lambda connection: connection.scalar(text("SELECT nothing")))
    assert await together.read(lambda connection: 2) == 2
    await together.close()
