"""What the tests of the Python client share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from eth_account import Account

import parlour_client
from parlour_client import Retry, Room

KEY = "0x" + "11" * 32
ADDRESS = Account.from_key(KEY).address

connect = partial(parlour_client.connect, retry=Retry(first=0.05))
"""`parlour_client.connect` with short pauses."""


async def read(room: Room, count: int) -> list[str]:
    """Return the texts of the next entries."""
    async with asyncio.timeout(60):
        return [(await anext(room)).text for _ in range(count)]


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; a test that waits longer than 5 s has failed."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)
