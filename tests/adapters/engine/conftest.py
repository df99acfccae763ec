"""Loops and servers for the engine's tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from parlour.adapters.engine import loop_factory
from tests.adapters.engine.lab import Lab, running

ON_BOTH_LOOPS = {"test_connect", "test_engine_connection", "test_session_table"}
"""The Socket.IO protocol also runs on asyncio's own loop, which Windows has to use."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on the loop the engine is made for."""
    factories = {"uvloop": loop_factory()}
    if item.path.stem in ON_BOTH_LOOPS:
        factories["asyncio"] = asyncio.new_event_loop
    return factories


@pytest.fixture(params=["front", "aiohttp"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    """A running engine, once with the direct handshake in front of aiohttp and once without."""
    async with running(front=request.param == "front") as lab:
        yield lab
