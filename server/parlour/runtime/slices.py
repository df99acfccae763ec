"""Cuts a long computation into slices, between which the event loop serves others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SLICE_S = 0.004
"""Seconds of one slice: a few of them in one pass of the loop stay below what a player notices."""


async def in_slices(items: Sequence[T], most: int = 64) -> AsyncIterator[Sequence[T]]:
    """Yield the items in portions, and let others run whenever a slice of time is used up.

    Args:
        most: items of a portion; the time is looked at between portions.
    """
    began = time.perf_counter()
    for at in range(0, len(items), most):
        yield items[at : at + most]
        if time.perf_counter() - began > SLICE_S:
            await asyncio.sleep(0)
            began = time.perf_counter()
