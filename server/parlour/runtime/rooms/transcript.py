"""A room's transcript (protocol §6): its whole log, who could sign in it, and the server's signature of its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from parlour.core.proof.authors import Signers
from parlour.core.room import Entry, RoomId
from parlour.protocol import PROTOCOL
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.rooms.interface import Accounts, Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomRecord

PAGE = 1000
"""Entries read at once."""


class Transcripts:
    """Writes transcripts from the store, up to the head at the time of the request."""

    def __init__(self, rights: RoomRights, context: RoomContext, accounts: Accounts) -> None:
        self._rights = rights
        self._context = context
        self._accounts = accounts

    async def read(self, room: RoomId, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """Check the right to the room, and answer the transcript's lines.

        Raises:
            NotFound, Forbidden, Unavailable, StoreError: also while lines are read, for a right may end meanwhile.
        """
        host, _ = await self._rights.open(room, caller)
        return self._lines(host.record.copy(), caller)

    async def _lines(self, record: RoomRecord, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """Yield `{room, epochs, head, protocol, floor?}`, delegations, entries with salts, and last `{signed}`."""
        epochs: list[dict[str, Any]] = []
        signers, keys = Signers(), set[tuple[str, str]]()
        async for page in self._pages(record):
            _note_epochs(epochs, page)
            keys |= await asyncio.to_thread(signers.keys, page)
        first: dict[str, Any] = {"room": record.id, "epochs": epochs, "head": record.head, "protocol": PROTOCOL}
        if record.floor > 1:
            first["floor"] = {"seq": record.floor, "previous": "0x" + record.floor_hash.hex()}
        yield first
        for author in sorted({author for author, _ in keys}):
            for delegation in await self._accounts.delegations(author):
                if (author, delegation["sessionKey"]) in keys:
                    yield {"delegation": delegation}
        async for page in self._pages(record):
            for shown in await self._rights.shown(record.id, caller, page, proof=True):
                yield {"entry": shown}
        if self._context.sign is not None:
            yield {"signed": self._context.sign(record.id, record.epoch, record.head, record.hash)}

    async def _pages(self, record: RoomRecord) -> AsyncIterator[list[Entry]]:
        """Read the log from its floor to `record.head`."""
        after = record.floor - 1
        while after < record.head:
            page = [e for e in await self._context.store.entries(record.id, after, PAGE) if e.seq <= record.head]
            if not page:
                return
            yield page
            after = page[-1].seq


def _note_epochs(epochs: list[dict[str, Any]], page: list[Entry]) -> None:
    for entry in page:
        if not epochs or epochs[-1]["epoch"] != entry.epoch:
            epochs.append({"epoch": entry.epoch, "from": entry.seq})
