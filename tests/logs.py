"""Writes well-formed logs for store tests: numbers, salts and hashes as a host makes them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, seal
from parlour.core.room import Body, Draft, Entry
from parlour.runtime.store import Append, RoomRecord, Store, StoreError

ALICE = "0x52908400098527886E0F7030069857D2E4169EE7"
BOB = "0xde709f2102306220921060314715629080e2fb77"


def message(id: str, text: str, author: str = ALICE) -> Draft:
    return Draft("chat.message", {"text": text}, author, id)


def edit(id: str, of: int, text: str, author: str = ALICE) -> Draft:
    return Draft("chat.edit", {"of": of, "text": text}, author, id, ref=of)


class Log:
    """One room's log as its only host sees it.

    Attributes:
        record: what `create` was called with.
        head, hash: where the log ends.
    """

    def __init__(self, room: str = "Room-1", epoch: str = "e1", at: int = 1_000, **columns: object) -> None:
        self.head, self.hash, self.at = 0, ZERO_HASH, at
        self.record = RoomRecord(room, "chat", ALICE, at, epoch=epoch, updated_at=at)
        for name, value in columns.items():
            setattr(self.record, name, value)

    def draft(self, *drafts: Draft) -> list[Entry]:
        """Make the next entries without moving the log."""
        entries: list[Entry] = []
        seq, previous = self.head, self.hash
        for draft in drafts:
            seq += 1
            place = (self.record.id, self.record.epoch, seq, self.at + seq, previous)
            made = seal(draft, place, os.urandom(16), canonical(draft.body))
            entries.append(made)
            previous = made.hash
        return entries

    def advance(self, entries: Sequence[Entry]) -> None:
        """Move the log to the last of these entries."""
        self.head, self.hash = entries[-1].seq, entries[-1].hash

    async def create(self, store: Store, *drafts: Draft) -> list[Entry]:
        body: Body = {"kind": self.record.kind, "owner": self.record.owner}
        entries = self.draft(Draft("room.created", body), *drafts)
        self.record.head, self.record.hash, self.record.updated_at = entries[-1].seq, entries[-1].hash, entries[-1].at
        await store.create(self.record, entries)
        self.advance(entries)
        return entries

    async def append(self, store: Store, *drafts: Draft, **options: Any) -> list[Entry]:
        batch = self.batch(*drafts, **options)
        await store.append(batch)
        if batch.entries:
            self.advance(batch.entries)
        return list(batch.entries)

    def batch(self, *drafts: Draft, **options: Any) -> Append:
        """Make an append of these drafts without moving the log."""
        record = self.record
        return Append(record.id, record.epoch, record.fence, self.head, self.draft(*drafts), **options)


async def append_all(store: Store, *batches: Append) -> list[StoreError | None]:
    """Do `store.append_all` and wait for what it tells."""
    told: asyncio.Future[list[StoreError | None]] = asyncio.get_running_loop().create_future()
    store.append_all(batches, lambda answers: told.set_result(list(answers)))
    return await told


async def new_log(store: Store, room: str = "Room-1", *drafts: Draft, **columns: object) -> Log:
    log = Log(room, **columns)  # type: ignore[arg-type]
    await log.create(store, *drafts)
    return log
