"""A small server for each test of the clients."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.clients.fake_server import FakeServer, fake_server


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A fake server with the room `lobby`."""
    async with fake_server() as fake:
        fake.room("lobby")
        yield fake
