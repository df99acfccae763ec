"""The watch of the event loop: a call that holds it is named in the log, once."""

from __future__ import annotations

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from parlour.runtime.loop_watch import LoopWatch

LIMIT = 0.2
"""Seconds; far above what this loop does by itself, so that only the planted call counts."""


def hold_the_loop(watch: LoopWatch) -> None:
    """Blocks as a plugin's long call does, until the watch has noticed (or a hang guard ends the test)."""
    deadline = time.monotonic() + 60
    while watch.stalls == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(2 * LIMIT)


async def until(condition: object) -> None:
    async with asyncio.timeout(60):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_stall_is_logged_once_with_the_call_that_holds_the_loop() -> None:
    watch = LoopWatch(LIMIT)
    with capture_logs() as logged:
        watch.start()
        hold_the_loop(watch)
        await until(lambda: any(line["event"] == "loop.went_on" for line in logged))
        watch.stop()
    stalls = [line for line in logged if line["event"] == "loop.stalled" and "hold_the_loop" in line["stack"]]
    assert len(stalls) == 1
    assert watch.stalls >= 1
    assert watch.stalled_seconds > LIMIT


@pytest.mark.parametrize("again", [False, True])
async def test_watch_can_be_stopped_and_started_again(again: bool) -> None:
    watch = LoopWatch(LIMIT)
    watch.start()
    watch.stop()
    if again:
        watch.start()
        watch.stop()
    await asyncio.sleep(0)
