"""A room's log with proof, as lines: the whole transcript (protocol §6), and the replay of its last finished match."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from parlour.core.proof.authors import Signers
from parlour.core.proof.match import end_of_match
from parlour.core.room import Entry, RoomId
from parlour.errors import NotFound
from parlour.protocol import PROTOCOL
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.live_room.state import read_pages
from parlour.runtime.rooms.interface import Accounts, Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.rooms.state_at import Seen, StatesAt, kept_record
from parlour.runtime.store import RoomRecord

SHOWN_AT_ONCE = 200
"""Entries of a replay that are shown under one check of the right to the room."""


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
        return self._lines(await kept_record(self._context.store, host.record), caller)

    async def _lines(self, record: RoomRecord, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """Yield `{room, epochs, head, protocol, floor?}`, delegations, entries with salts, and last `{signed}`."""
        epochs: list[dict[str, Any]] = []
        signers, keys = Signers(), set[tuple[str, str]]()
        async for page in read_pages(self._context, record.id, record.floor - 1, record.head):
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
        async for page in read_pages(self._context, record.id, record.floor - 1, record.head):
            for shown in await self._rights.shown(record.id, caller, page, proof=True):
                yield {"entry": shown}
        if self._context.sign is not None:
            yield {"signed": self._context.sign(record.id, record.epoch, record.head, record.hash)}


def _note_epochs(epochs: list[dict[str, Any]], page: list[Entry]) -> None:
    for entry in page:
        if not epochs or epochs[-1]["epoch"] != entry.epoch:
            epochs.append({"epoch": entry.epoch, "from": entry.seq})


class Replays:
    """Writes replays from the store; every call checks the right to join."""

    def __init__(self, rights: RoomRights, context: RoomContext, states: StatesAt) -> None:
        self._rights = rights
        self._context = context
        self._states = states

    async def read(self, room: RoomId, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """Fold the room up to the end of its last finished match, and answer the replay's lines.

        Raises:
            NotFound: no match has ended here (`no_match`). TooLarge: the log is too long to be folded for one reader.
            RateLimited, Forbidden, Unavailable. StoreError: also while lines are read.
        """
        record, seen = await self._states.watch_again(room, caller, end_of_match)
        if not seen:
            raise NotFound("No match has ended in this room.", reason="no_match")
        return self._lines(record, caller, seen)

    async def _lines(self, record: RoomRecord, caller: Caller, seen: Sequence[Seen]) -> AsyncIterator[dict[str, Any]]:
        """Yield `{room, kind, title, head, protocol, floor?}`, each `{entry}` with its `{frame}`, last `{signed}`."""
        last = seen[-1].entry
        about = {"room": record.id, "kind": record.kind, "title": record.title}
        first: dict[str, Any] = {**about, "head": last.seq, "protocol": PROTOCOL}
        if record.floor > 1:
            first["floor"] = {"seq": record.floor, "previous": "0x" + record.floor_hash.hex()}
        yield first
        for at in range(0, len(seen), SHOWN_AT_ONCE):
            page = seen[at : at + SHOWN_AT_ONCE]
            shown = await self._rights.shown(record.id, caller, [each.entry for each in page], proof=True)
            for each, entry in zip(page, shown, strict=True):
                yield {"entry": entry}
                if each.state is not None:
                    yield {"frame": {"seq": each.entry.seq, "at": each.entry.at, "state": each.state}}
        if self._context.sign is not None:
            yield {"signed": self._signed(record, last)}

    def _signed(self, record: RoomRecord, last: Entry) -> dict[str, Any]:
        assert self._context.sign is not None
        return self._context.sign(record.id, last.epoch, last.seq, last.hash)
