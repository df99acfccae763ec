"""A process with one chat room, `hall`."""

from __future__ import annotations

import pytest

from tests.runtime.kit import Process


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.create()
    return process
