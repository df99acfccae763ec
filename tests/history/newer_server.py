"""`parlour serve` of a release whose nodes speak another version on the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parlour.commands.serve import serve_forever
from parlour.runtime.cluster.envelope import VERSION, Seals
from parlour.settings import load
from parlour.wiring import cluster


def newer(secret: Callable[..., str], now: Callable[[], int]) -> Seals:
    """Make seals of the next version."""
    return Seals(secret, now, VERSION + 1)


if __name__ == "__main__":
    cluster.Seals = newer  # type: ignore[assignment,misc]
    asyncio.run(serve_forever(load()))
