"""Slices of a long computation: nothing is left out, and others run in between."""

from __future__ import annotations

import asyncio
import time

from parlour.runtime.slices import SLICE_S, in_slices


async def test_slices_hold_every_item_in_order() -> None:
    found = [item async for some in in_slices(range(1000), most=64) for item in some]
    assert found == list(range(1000))
    assert [some async for some in in_slices([])] == []


async def test_others_run_between_slices_that_took_their_time() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    async for _ in in_slices(range(5), most=1):
        until = time.perf_counter() + 2 * SLICE_S
        while time.perf_counter() < until:
            pass
    running.cancel()
    assert turns >= 4
