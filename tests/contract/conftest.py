"""Every store there is, and a second process's view of the same rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from parlour.adapters.sql.rooms import open_store
from parlour.runtime.store import Store
from parlour.runtime.store_memory import MemoryStore
from tests.databases import migrated_sqlite

Open = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens another store over the same rooms, as a second process would."""
    memory = MemoryStore()
    opened: list[Store] = []
    if request.param == "sqlite":
        url = await migrated_sqlite(tmp_path)
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres").migrated()

    async def again() -> Store:
        opened.append(memory if request.param == "memory" else await open_store(url))
        return opened[-1]

    yield again
    for each in opened:
        await each.close()


@pytest.fixture
async def store(open_again: Open) -> Store:
    return await open_again()
