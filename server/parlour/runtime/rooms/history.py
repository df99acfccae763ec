"""Reads a room's log without its host: pages of entries, folded messages, search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from parlour.core.room import Entry, RoomId
from parlour.core.rooms.reactions import REACTION, Reactions
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import Store

HISTORY_DEFAULT = 50
HISTORY_LIMIT = 1000
"""Entries one answer may hold, the size of a recovery by replay."""
CHUNK = 64
"""Entries read at once: `ANSWER_BYTES` if all are of the largest."""
MESSAGE_PAGES = 8
"""Pages searched for messages between other entries before an answer says `more`."""


class History:
    """Answers reads of logs; every call checks the right to join, and may raise StoreError."""

    def __init__(self, rights: RoomRights, store: Store) -> None:
        self._rights = rights
        self._store = store

    async def entries(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> dict[str, Any]:
        """Answer `{entries, more}`, ascending; the latest page unless `bounds.after` alone is given."""
        host, _ = await self._rights.open(room, caller)
        entries, more = await self._page(host.id, bounds.before, bounds.after, _limit(bounds))
        return {"entries": await self._rights.shown(host.id, caller, entries, proof=proof), "more": more}

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> dict[str, Any]:
        """Answer `{entries, more}` of messages alone, with their edits, deletions and reactions folded in."""
        host, _ = await self._rights.open(room, caller)
        messages, more = await self._messages(host.id, bounds.before, bounds.after, _limit(bounds))
        shown = await self._rights.shown(host.id, caller, messages)
        ascending = bounds.after is not None
        folded = await self._folded(host.id, caller, shown if ascending else shown[::-1])
        return {"entries": folded if ascending else folded[::-1], "more": more or len(folded) < len(shown)}

    async def search(self, room: RoomId, caller: Caller, query: str, bounds: Bounds) -> dict[str, Any]:
        """Answer `{entries}`, newest first, only those before `bounds.before`."""
        host, _ = await self._rights.open(room, caller)
        found = await self._store.search(host.id, query, _limit(bounds), bounds.before)
        return {"entries": await self._rights.shown(host.id, caller, _fitting(found))}

    async def _page(self, room: RoomId, before: int | None, after: int | None, limit: int) -> tuple[list[Entry], bool]:
        """Read entries ascending, at most `limit` and `ANSWER_BYTES` but always one; and whether more follow."""
        found: list[Entry] = []
        forward, size = after is not None, 0
        while True:
            wanted = min(CHUNK, limit + 1 - len(found))
            if forward:
                chunk = await self._store.entries(room, after or 0, wanted)
                fitting = [e for e in chunk if before is None or e.seq < before]
            else:
                end = 2**53 if before is None else before
                chunk = fitting = (await self._store.entries(room, 0, wanted, end))[::-1]
            for entry in fitting:
                if len(found) == limit or size >= ANSWER_BYTES:
                    return (found if forward else found[::-1]), True
                found.append(entry)
                size += len(entry.raw or b"")
            if len(fitting) < wanted:
                return (found if forward else found[::-1]), False
            after, before = (chunk[-1].seq, before) if forward else (None, chunk[-1].seq)

    async def _messages(
        self, room: RoomId, before: int | None, after: int | None, limit: int
    ) -> tuple[list[Entry], bool]:
        found: list[Entry] = []
        more = True
        for _ in range(MESSAGE_PAGES):
            page, more = await self._page(room, before, after, HISTORY_LIMIT if limit > HISTORY_DEFAULT else 4 * limit)
            messages = [e for e in page if e.type == "chat.message"]
            found = found + messages if after is not None else messages + found
            if len(found) >= limit or not more or sum(len(e.raw or b"") for e in found) >= ANSWER_BYTES:
                break
            before, after = (before, page[-1].seq) if after is not None else (page[0].seq, None)
        if len(found) > limit:
            return (found[:limit] if after is not None else found[-limit:]), True
        return found, more

    async def _folded(self, room: RoomId, caller: Caller, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Fold edits, deletions and reactions into messages, in the order given, until the answer is full.

        The answer holds `ANSWER_BYTES` and one message at most, as it is sent.
        """
        folded: list[dict[str, Any]] = []
        size = 0
        for start in range(0, len(messages), CHUNK):
            shown = {message["seq"]: dict(message) for message in messages[start : start + CHUNK]}
            reactions = {seq: Reactions() for seq in shown}
            for later in await self._store.corrections(room, list(shown)):
                _correct(shown[later.ref or 0], reactions[later.ref or 0], later)
            for seq, message in shown.items():
                if size >= ANSWER_BYTES:
                    return folded
                folded.append(message | reactions[seq].shown(caller.account))
                size += len(orjson.dumps(folded[-1]))
        return folded


def _limit(bounds: Bounds) -> int:
    return min(bounds.limit or HISTORY_DEFAULT, HISTORY_LIMIT)


def _fitting(entries: Sequence[Entry]) -> list[Entry]:
    """Return the first entries, up to `ANSWER_BYTES` of bodies together, and one more."""
    size = 0
    for count, entry in enumerate(entries):
        if size >= ANSWER_BYTES:
            return list(entries[:count])
        size += len(entry.raw or b"")
    return list(entries)


def _correct(message: dict[str, Any], reactions: Reactions, later: Entry) -> None:
    body = later.body
    if later.type == "chat.edit" and isinstance(body, dict):
        message["edited"] = {"seq": later.seq, "at": later.at, "text": body["text"]}
    elif later.type == "chat.delete":
        message["deleted"] = {"seq": later.seq, "at": later.at}
    elif later.type == REACTION:
        reactions.apply(later)
