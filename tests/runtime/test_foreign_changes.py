"""Looks at what other processes changed, on a clock by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from parlour.runtime.foreign_changes import LOOK_SECONDS, follow
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeClock, settle


class Looked:
    """Counts looks, and lets some of them fail."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.failing: dict[str, Exception] = {}

    def at(self, name: str) -> Callable[[], Awaitable[None]]:
        async def look() -> None:
            self.times[name] += 1
            if name in self.failing:
                raise self.failing[name]

        return look


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def looked(clock: FakeClock) -> AsyncIterator[Looked]:
    looked = Looked()
    following = asyncio.create_task(follow({name: looked.at(name) for name in ("sessions", "roles")}, clock))
    await settle()
    yield looked
    following.cancel()


async def test_everything_is_looked_at_at_once_and_again(clock: FakeClock, looked: Looked) -> None:
    assert looked.times == {"sessions": 1, "roles": 1}
    await clock.advance(LOOK_SECONDS)
    assert looked.times == {"sessions": 2, "roles": 2}


@pytest.mark.parametrize(
    ("error", "event"), [(StoreError("away"), "changes.unread"), (KeyError("x"), "changes.look_failed")]
)
async def test_look_that_fails_is_logged_and_tried_again(
    clock: FakeClock, looked: Looked, error: Exception, event: str
) -> None:
    looked.failing["sessions"] = error
    with capture_logs() as logs:
        await clock.advance(LOOK_SECONDS)
    assert [(line["event"], line["of"]) for line in logs] == [(event, "sessions")]
    del looked.failing["sessions"]
    await clock.advance(LOOK_SECONDS)
    assert looked.times == {"sessions": 3, "roles": 3}
