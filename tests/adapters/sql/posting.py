"""Writing to a store that fails on purpose, as a host does: again until it works, from what the store has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from sqlalchemy import Connection, text

from parlour.adapters.sql.rooms import SqlStore
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.runtime.store import StoreError
from tests.logs import Log, message

HANG_SECONDS = 60
"""A guard against a test that hangs, not a limit of anything."""
_numbers = count(1)


async def post_until(store: SqlStore, log: Log, outcome: str, acked: list[str]) -> None:
    """Post until one is "refused" or until one is "stored"; ids that are acknowledged on the way go into `acked`."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            await reload(store, log)
            id = f"m{next(_numbers)}"
            try:
                await log.append(store, message(id, "x" * 2_000))
            except StoreError:
                if outcome == "refused":
                    return
                await asyncio.sleep(0.05)
                continue
            acked.append(id)
            if outcome == "stored":
                return


async def reload(store: SqlStore, log: Log) -> None:
    """As a host does after a store failure: begin again from what the store has."""
    try:
        saved = await store.load(log.record.id)
    except StoreError:
        return
    assert saved is not None
    log.head, log.hash = saved.record.head, saved.record.hash


async def assert_kept(store: SqlStore, log: Log, acked: list[str]) -> None:
    entries = await store.entries(log.record.id, 0, 1_000_000)
    assert first_break(entries, ZERO_HASH) is None
    assert set(acked) <= {entry.id for entry in entries}


def add(account: str) -> Callable[[Connection], int]:
    """Make a job of another part of the process: one row in one of its tables."""

    def work(connection: Connection) -> int:
        row = {"room": "r", "account": account, "at": 1}
        connection.execute(
            text("INSERT INTO member (room, account, joined_at, read) VALUES (:room, :account, :at, 0)"), row
        )
        return len(account)

    return work
