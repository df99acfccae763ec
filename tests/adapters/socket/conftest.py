"""The town that the tests of this folder share, one for each module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from parlour.app import Server
from parlour.settings import Settings
from tests.adapters.socket.town import (
    PEOPLE,
    Town,
    furnish,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{folder}/parlour.db", guests=True, chains=[],
        posts_per_second=10_000, posts_burst=10_000, changes_per_minute=10_000, reads_burst=10_000,
        unknown_rooms_burst=10_000,
    )  # fmt: skip
    server = await Server.build(settings)
    await server.start()
    async with aiohttp.ClientSession() as http:
        town = Town(server, http)
        for name in PEOPLE:
            town.people[name] = await town.enter(name)
        for visibility in ("public", "private"):
            await furnish(town, visibility, visibility)
        yield town
        await asyncio.gather(*(person.socket.disconnect() for person in town.people.values()))
    await server.stop()
