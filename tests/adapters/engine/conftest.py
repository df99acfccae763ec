"""Loops and servers for the engine's tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from parlour.adapters.engine import loop_factory
from parlour.adapters.engine.send_queue import NATIVE
from tests import native_part
from tests.adapters.engine.lab import Lab, running
from tests.missing import missing

ON_BOTH_LOOPS = {"test_connect", "test_engine_connection", "test_session_table"}
"""The Socket.IO protocol also runs on asyncio's own loop, which Windows has to use."""
READING = {"test_admission", "test_fuzz", "test_fuzz_requests", "test_packets", "test_rfc6455"}
"""These show how input is read, in which the native part has no share: they run without it only."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on the loop the engine is made for."""
    factories = {"uvloop": loop_factory()}
    if item.path.stem in ON_BOTH_LOOPS:
        factories["asyncio"] = asyncio.new_event_loop
    return factories


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test without the native part (`server/native`), and with it where it has a share."""
    parts = ["python"] if Path(metafunc.module.__file__).stem in READING else ["python", "native"]
    metafunc.parametrize("fan_out", parts, indirect=True)


@pytest.fixture(autouse=True)
def fan_out(request: pytest.FixtureRequest) -> Iterator[str]:
    """Send to many without the native part or with it, as `pytest_generate_tests` says."""
    if request.param == "native" and not native_part.can_build():
        missing("the native part needs a C compiler and Python's headers")
    before = NATIVE.part
    NATIVE.use(native_part.build() if request.param == "native" else None)
    yield str(request.param)
    NATIVE.use(before)


@pytest.fixture(params=["front", "aiohttp"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    """A running engine, once with the direct handshake in front of aiohttp and once without."""
    async with running(front=request.param == "front") as lab:
        yield lab
