"""Reads a room's log without its host: pages of entries, folded messages, search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from parlour.core.room import Entry, RoomId
from parlour.core.rooms.chat import edited_by
from parlour.core.rooms.reactions import REACTION, Reactions
from parlour.core.rooms.talk import root_of
from parlour.errors import NotFound
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import Store, Thread

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
        bounds = _up_to(bounds, host.record.head)
        entries, more = await self._page(host.id, bounds.before, bounds.after, _limit(bounds))
        return {"entries": await self._rights.shown(host.id, caller, entries, proof=proof), "more": more}

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> dict[str, Any]:
        """Answer `{entries, more}` of messages alone, with their edits, deletions and reactions folded in."""
        host, _ = await self._rights.open(room, caller)
        await self._store.number(host.id)
        if bounds.thread is not None:
            return await self._thread(host.id, caller, bounds.thread, bounds, host.record.head)
        messages, more = await self._messages(host.id, _up_to(bounds, host.record.head))
        ascending = bounds.after is not None
        folded = await self._folded(host.id, caller, messages if ascending else messages[::-1])
        return {"entries": folded if ascending else folded[::-1], "more": more or len(folded) < len(messages)}

    async def _thread(self, room: RoomId, caller: Caller, root: int, bounds: Bounds, head: int) -> dict[str, Any]:
        """Answer `{entries, more}`: a thread's root and its replies, ascending; with `before` the last ones."""
        top = (await self._store.pick(room, [root])).get(root)
        if top is None or root_of(top) is not None or not (top.type == "chat.message" or top.type.startswith("app.")):
            raise NotFound(f"There is no message {root} that a thread could begin with.", details={"path": "thread"})
        limit, after, before = _limit(bounds), bounds.after or 0, min(bounds.before or 2**53, head + 1)
        backward = bounds.after is None and bounds.before is not None
        start = 0 if backward else max(after, root)
        found = await self._store.replies(room, root, limit + 1, after=start, before=before)
        if after < root < before and not (backward and len(found) > limit):
            found = [top, *found]
        page = found[-limit:] if backward else found[:limit]
        folded = await self._folded(room, caller, page[::-1] if backward else page)
        return {"entries": folded[::-1] if backward else folded, "more": len(folded) < len(found)}

    async def pins(self, room: RoomId, caller: Caller) -> dict[str, Any]:
        """Answer `{entries, more}` of pinned messages, folded, the one pinned last first."""
        host, hall = await self._rights.open(room, caller)
        pins = list(reversed(hall.chat.pins))
        found = await self._store.pick(host.id, pins)
        messages = [found[seq] for seq in pins if seq in found]
        folded = await self._folded(host.id, caller, messages)
        return {"entries": folded, "more": len(folded) < len(messages)}

    async def edits(self, room: RoomId, caller: Caller, of: int) -> dict[str, Any]:
        """Answer `{entries, more}`: a message and its edits, ascending; raises NotFound for what is no message."""
        host, _ = await self._rights.open(room, caller)
        message = (await self._store.pick(host.id, [of])).get(of)
        if message is None or message.type != "chat.message":
            raise NotFound(f"There is no message {of} in this room.", details={"path": "of"})
        edits = await self._store.edits(host.id, of, HISTORY_LIMIT)
        told = fitting([each for each in (message, *edits) if each.seq <= host.record.head])
        return {
            "entries": await self._rights.shown(host.id, caller, told),
            "more": len(told) < 1 + len(edits),
        }

    async def _page(self, room: RoomId, before: int | None, after: int | None, limit: int) -> tuple[list[Entry], bool]:
        """Read entries ascending, at most `limit` and `ANSWER_BYTES` but always one; and whether more follow."""
        found: list[Entry] = []
        forward, size = after is not None, 0
        while True:
            wanted = min(CHUNK, limit + 1 - len(found))
            if forward:
                chunk = await self._store.entries(room, after or 0, wanted)
                inside = [e for e in chunk if before is None or e.seq < before]
            else:
                end = 2**53 if before is None else before
                chunk = inside = (await self._store.entries(room, 0, wanted, end))[::-1]
            for entry in inside:
                if len(found) == limit or size >= ANSWER_BYTES:
                    return (found if forward else found[::-1]), True
                found.append(entry)
                size += len(entry.raw or b"")
            if len(inside) < wanted:
                return (found if forward else found[::-1]), False
            after, before = (chunk[-1].seq, before) if forward else (None, chunk[-1].seq)

    async def _messages(self, room: RoomId, bounds: Bounds) -> tuple[list[Entry], bool]:
        found: list[Entry] = []
        before, after, limit = bounds.before, bounds.after, _limit(bounds)
        more = True
        for _ in range(MESSAGE_PAGES):
            page, more = await self._page(room, before, after, HISTORY_LIMIT if limit > HISTORY_DEFAULT else 4 * limit)
            messages = [e for e in page if e.type == "chat.message" and (bounds.replies or root_of(e) is None)]
            found = found + messages if after is not None else messages + found
            if len(found) >= limit or not more or sum(len(e.raw or b"") for e in found) >= ANSWER_BYTES:
                break
            before, after = (before, page[-1].seq) if after is not None else (page[0].seq, None)
        if len(found) > limit:
            return (found[:limit] if after is not None else found[-limit:]), True
        return found, more

    async def _folded(self, room: RoomId, caller: Caller, messages: Sequence[Entry]) -> list[dict[str, Any]]:
        """Fold edits, deletions, reactions and pins into messages, in the order given, until the answer is full.

        The answer holds `ANSWER_BYTES` and one message at most, as it is sent.
        """
        folded: list[dict[str, Any]] = []
        size = 0
        host, hall = await self._rights.open(room, caller)
        head = host.record.head
        pins, held = frozenset(hall.chat.pins), hall.chat.holding.held
        for start in range(0, len(messages), CHUNK):
            page = await self._rights.shown(room, caller, messages[start : start + CHUNK])
            shown = {message["seq"]: message for message in page}
            for seq, message in shown.items():
                if seq in pins:
                    message["pinned"] = True
                if seq in held and "redacted" not in message:
                    message["held"] = True
            for root, thread in (await self._store.threads(room, list(shown))).items():
                if thread.last_seq <= head:
                    shown[root]["replies"] = _summary(thread)
            reactions = {seq: Reactions() for seq in shown}
            for later in await self._store.corrections(room, list(shown)):
                if later.seq <= head and ("redacted" not in shown[later.ref or 0] or later.type != "chat.edit"):
                    _correct(shown[later.ref or 0], reactions[later.ref or 0], later)
            for seq, message in shown.items():
                if size >= ANSWER_BYTES:
                    return folded
                folded.append(message | reactions[seq].shown(caller.account))
                size += len(orjson.dumps(folded[-1]))
        return folded


def _summary(thread: Thread) -> dict[str, Any]:
    last = {"seq": thread.last_seq, "at": thread.last_at, "author": thread.last_author}
    return {"count": thread.replies, "last": last, "by": list(thread.by)}


def _up_to(bounds: Bounds, head: int) -> Bounds:
    """Return bounds that end at the room's head as its reader sees it, which may be behind the log."""
    before = head + 1 if bounds.before is None else min(bounds.before, head + 1)
    return replace(bounds, before=before)


def _limit(bounds: Bounds) -> int:
    return min(bounds.limit or HISTORY_DEFAULT, HISTORY_LIMIT)


def _correct(message: dict[str, Any], reactions: Reactions, later: Entry) -> None:
    body = later.body
    if later.type == "chat.edit" and isinstance(body, dict):
        message["edited"] = edited_by(later, body)
    elif later.type == "chat.delete":
        message["deleted"] = {"seq": later.seq, "at": later.at}
    elif later.type == "chat.resolve" and isinstance(body, dict):
        message.pop("resolved", None)
        if body["on"]:
            message["resolved"] = {"seq": later.seq, "at": later.at, "by": later.author}
    elif later.type == REACTION:
        reactions.apply(later)


def fitting(entries: Sequence[Entry]) -> list[Entry]:
    """Return the first entries, up to `ANSWER_BYTES` of bodies together, and one more."""
    size = 0
    for count, entry in enumerate(entries):
        if size >= ANSWER_BYTES:
            return list(entries[:count])
        size += len(entry.raw or b"")
    return list(entries)
