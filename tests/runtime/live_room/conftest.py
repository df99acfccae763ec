"""A process with one chat room, `hall`; every test of this folder runs with both ways to commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.kit import Process


@pytest.fixture(autouse=True, params=["loop", "thread"])
def commits(request: pytest.FixtureRequest) -> Iterator[str]:
    """Stores answer turns before they return, as a commit in the loop's thread does, or later."""
    before = Process.commits_at_once
    Process.commits_at_once = request.param == "loop"
    yield request.param
    Process.commits_at_once = before


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.create()
    return process
