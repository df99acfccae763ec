"""Searches the texts of rooms, one or many; what is shown is what the caller may read at that moment.

A document is found by its text, and shown as the edit that changed it last, without the bytes of that.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from parlour.core.room import Entry, RoomId
from parlour.core.rooms.normal_form import search_form
from parlour.core.rooms.snippets import snippet_of
from parlour.errors import Closed, Forbidden, Invalid, NotFound, Unauthorized
from parlour.runtime.rooms.history import fitting
from parlour.runtime.rooms.interface import Caller, RoomQuery, TextSearch
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import EDIT, FOREVER, MESSAGE, MOST_SEQ, Store, TextHit, TextQuery

FOUND_DEFAULT, FOUND_LIMIT = 20, 100
"""Messages and documents of one answer."""
MOST_ROOMS = 200
"""Rooms of one search; without a list those of the caller that were busy last."""


class Searches:
    """Answers searches; every call checks rights, and may raise StoreError."""

    def __init__(self, rights: RoomRights, store: Store) -> None:
        self._rights = rights
        self._store = store

    async def in_room(self, room: RoomId, caller: Caller, asked: TextSearch) -> dict[str, Any]:
        """Answer `{entries, cursor}`, newest first; raises as `RoomRights.open`."""
        host, _ = await self._rights.open(room, caller)
        wanted = _query(asked)
        if asked.cursor is not None:
            (seq,) = _read_cursor(asked.cursor, 1)
            wanted = replace(wanted, before=min(wanted.before, seq))
        if not _findable(wanted, asked):
            return {"entries": [], "cursor": None}
        found = (await self._store.find([host.id], wanted)).get(host.id)
        if found is None:
            return {"entries": [], "cursor": None}
        stored = await self._store.pick(host.id, [hit.seq for hit in found.hits])
        entries = [stored[hit.seq] for hit in found.hits if hit.seq in stored]
        told = fitting(entries)
        rest = found.rest if len(told) == len(entries) else told[-1].seq
        shown = await self._rights.shown(host.id, caller, told)
        readable = [_bodiless(entry, stored[entry["seq"]]) for entry in shown if "redacted" not in entry]
        return {"entries": readable, "cursor": _cursor(rest) if rest else None}

    async def in_rooms(self, caller: Caller, rooms: Sequence[RoomId] | None, asked: TextSearch) -> dict[str, Any]:
        """Answer `{found: [{room, entry, snippet}], cursor}`, newest first, of the rooms the caller may read now.

        Args:
            rooms: None for those the caller belongs to.

        Raises:
            Unauthorized: a guest names no rooms.
        """
        if rooms is None:
            rooms = await self._own(caller)
        wanted = _query(replace(asked, before=None, after=None))
        wanted = replace(wanted, since=asked.after or 0, until=FOREVER if asked.before is None else asked.before)
        last: tuple[int, int] | None = None
        if asked.cursor is not None:
            at, skip = _read_cursor(asked.cursor, 2)
            last, wanted = (at, skip), replace(wanted, until=min(wanted.until, at), limit=wanted.limit + skip)
        if not rooms or not _findable(wanted, asked):
            return {"found": [], "cursor": None}
        found = await self._store.find(list(dict.fromkeys(rooms))[:MOST_ROOMS], wanted)
        hits = [(hit, room) for room, each in found.items() for hit in each.hits]
        hits.sort(key=lambda each: (-each[0].at, each[1].lower(), -each[0].seq))
        if last is not None:
            hits = hits[last[1] :] if hits and hits[0][0].at == last[0] else hits
        limit = _limit(asked)
        page = hits[:limit]
        more = len(hits) > limit or any(each.rest for each in found.values())
        answered = [item for item in await self._shown(page, caller, wanted.words) if item is not None]
        return {"found": answered, "cursor": _following(page, last) if more and page else None}

    async def _own(self, caller: Caller) -> list[RoomId]:
        if not caller.account:
            raise Unauthorized()
        wanted = self._rights.joinable(caller, RoomQuery(mine=True))
        records, _ = await self._store.rooms(wanted, limit=MOST_ROOMS)
        return [record.id for record in records]

    async def _shown(
        self, page: Sequence[tuple[TextHit, RoomId]], caller: Caller, words: Sequence[str]
    ) -> list[dict[str, Any] | None]:
        """Return what may be told of each hit, None where the caller may not read it."""
        by_room: dict[RoomId, list[int]] = {}
        for hit, room in page:
            by_room.setdefault(room, []).append(hit.seq)
        told: dict[tuple[RoomId, int], dict[str, Any]] = {}
        for room, seqs in by_room.items():
            stored = await self._store.pick(room, seqs)
            try:
                shown = await self._rights.shown(room, caller, list(stored.values()))
                host, _ = await self._rights.open(room, caller)
            except (NotFound, Forbidden, Closed, Unauthorized):
                continue
            texts = await self._newest_texts(room, stored, host.record.head)
            for entry in shown:
                if "redacted" not in entry:
                    seq = entry["seq"]
                    snippet = snippet_of(texts[seq], words)
                    told[room, seq] = {
                        "room": entry["room"],
                        "entry": _bodiless(entry, stored[seq]),
                        "snippet": snippet,
                    }
        return [told.get((room, hit.seq)) for hit, room in page]

    async def _newest_texts(self, room: RoomId, stored: dict[int, Entry], head: int) -> dict[int, str]:
        texts = {seq: _text(entry) for seq, entry in stored.items()}
        for later in await self._store.corrections(room, list(stored)):
            if later.type == "chat.edit" and later.ref in texts and later.seq <= head:
                texts[later.ref] = _text(later) or texts[later.ref]
        if edits := [seq for seq, entry in stored.items() if entry.type == EDIT]:
            document = (await self._store.document_texts([room])).get(room, "")
            texts |= dict.fromkeys(edits, document)
        return texts


def _query(asked: TextSearch) -> TextQuery:
    return TextQuery(
        search_form(asked.query).split(),
        _limit(asked),
        after=asked.after or 0,
        before=MOST_SEQ if asked.before is None else min(asked.before, MOST_SEQ),
        author=asked.author,
        type=asked.type,
    )


def _limit(asked: TextSearch) -> int:
    return min(asked.limit or FOUND_DEFAULT, FOUND_LIMIT)


def _findable(wanted: TextQuery, asked: TextSearch) -> bool:
    return bool(wanted.words) and asked.type in (None, MESSAGE, EDIT)


def _bodiless(shown: dict[str, Any], entry: Entry) -> dict[str, Any]:
    """Leave out the body of an edit: its bytes are not what was found, and a page of them would be large."""
    return {**shown, "body": None, "bodyHash": "0x" + entry.body_hash.hex()} if entry.type == EDIT else shown


def _text(entry: Entry) -> str:
    text = entry.body.get("text") if isinstance(entry.body, dict) else None
    return text if isinstance(text, str) else ""


# ── cursors: of a room the seq before; of many the time of the last one, and how many of that time were shown ───────


def _following(page: Sequence[tuple[TextHit, RoomId]], last: tuple[int, int] | None) -> str:
    at = page[-1][0].at
    skip = sum(hit.at == at for hit, _ in page)
    return _cursor(at, skip + (last[1] if last is not None and last[0] == at else 0))


def _cursor(*numbers: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(numbers)).rstrip(b"=").decode()


def _read_cursor(cursor: str, count: int) -> list[int]:
    """Read a cursor of ours; raises Invalid for anything else."""
    try:
        numbers = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(numbers, list) and len(numbers) == count and all(type(n) is int and n >= 0 for n in numbers):
            return numbers
    except (binascii.Error, ValueError):
        pass
    raise Invalid("That is no cursor of a search.", details={"path": "cursor"})
