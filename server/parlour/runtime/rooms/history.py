"""Reading a room beside its live path: history, messages, members, search; the same rights on socket and HTTP.

Rights and redactions are judged by the room as its log has it (`RoomHost.consult`), never by what is still on its way
to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.room import Account, Entry, RoomId
from parlour.core.rooms.access import ROLES
from parlour.core.rooms.hall import Hall
from parlour.errors import Unauthorized
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.live_room.entry_json import entry_json
from parlour.runtime.live_room.host import RoomHost
from parlour.runtime.rooms.registry import RoomRegistry

HISTORY_DEFAULT = 50
HISTORY_LIMIT = 1000
"""Entries one answer may hold, the size of a recovery by replay."""
CHUNK = 64
"""Entries read at once: `ANSWER_BYTES` if all are of the largest."""
MESSAGE_PAGES = 8
"""Pages searched for messages between other entries before an answer says `more`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an account (or "" for a guest) and its server rank."""

    account: Account = ""
    rank: int = 0


class Reading:
    """Answers reads of rooms; every call checks the right to join. Any of them may raise StoreError."""

    def __init__(self, registry: RoomRegistry) -> None:
        self._registry = registry
        self._store = registry.context.store
        self._clock = registry.context.clock

    async def room(self, room: RoomId, reader: Reader) -> tuple[RoomHost, Hall]:
        """The live room, if this reader may join it.

        Raises:
            NotFound, Forbidden, Unavailable.
        """
        host = self._registry.open(room)
        return host, await host.read_state(lambda hall: self._checked(hall, reader))

    def _checked(self, hall: Hall, reader: Reader) -> Hall:
        hall.may_read(reader.account, reader.rank, self._clock.now())
        return hall

    async def shown(
        self, host: RoomHost, reader: Reader, entries: Sequence[Entry], *, proof: bool = False
    ) -> list[dict[str, Any]]:
        """Entries as this reader may see them now; raises as `room`, for the right may be lost while they were read."""
        live = self._registry.open(host.id)
        return await live.read_state(
            lambda hall: [show(self._checked(hall, reader), e, reader, proof) for e in entries]
        )

    async def describe(self, room: RoomId, reader: Reader) -> dict[str, Any]:
        """The room object of acks."""
        host, _ = await self.room(room, reader)
        return host.described()

    async def history(
        self,
        room: RoomId,
        reader: Reader,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int | None = None,
        view: str = "entries",
        proof: bool = False,
    ) -> dict[str, Any]:
        """`{entries, more}`: bounds exclusive, ascending; the latest page unless `after` alone is given."""
        host, _ = await self.room(room, reader)
        limit = min(limit or HISTORY_DEFAULT, HISTORY_LIMIT)
        if view == "messages":
            messages, more = await self._messages(host.id, before, after, limit)
            shown = await self.shown(host, reader, messages)
            return {"entries": await self._folded(host.id, shown), "more": more}
        entries, more = await self._page(host.id, before, after, limit)
        return {"entries": await self.shown(host, reader, entries, proof=proof), "more": more}

    async def _page(self, room: RoomId, before: int | None, after: int | None, limit: int) -> tuple[list[Entry], bool]:
        """In ascending order `limit` entries at most, or `ANSWER_BYTES` and one entry; and whether there are more."""
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

    async def _folded(self, room: RoomId, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Messages with their edits, deletions and reactions."""
        shown = {message["seq"]: message | {"reactions": {}} for message in messages}
        if shown:
            for later in await self._store.corrections(room, list(shown)):
                _correct(shown[later.ref or 0], later)
        return list(shown.values())

    async def members(self, room: RoomId, reader: Reader, cursor: str | None, limit: int) -> dict[str, Any]:
        """`{members: [{account, role}], cursor}`: each page the highest roles first, else by account."""
        if not reader.account:
            raise Unauthorized()
        host, _ = await self.room(room, reader)
        accounts, following = await self._store.members(room, cursor, limit)
        now = self._clock.now()

        def ranked(hall: Hall) -> list[dict[str, Any]]:
            roles = {account: hall.access.role(account, now) for account in accounts if hall.admits(account, now)}
            if cursor is None:
                granted = {a: hall.access.role(a, now) for a in (hall.owner, *hall.access.roles) if a}
                roles = granted | roles
            by_role = sorted(roles.items(), key=lambda item: -ROLES.get(item[1] or "guest", 0))
            return [{"account": account, "role": role} for account, role in by_role if role is not None]

        return {"members": await host.read_state(ranked), "cursor": following}

    async def search(self, room: RoomId, reader: Reader, query: str, limit: int) -> dict[str, Any]:
        """`{entries}`, newest first."""
        host, _ = await self.room(room, reader)
        return {"entries": await self.shown(host, reader, await self._store.search(host.id, query, limit))}


def show(hall: Hall, entry: Entry, reader: Reader, proof: bool = False) -> dict[str, Any]:
    """An entry as this reader may see it."""
    return entry_json(entry, hidden=hall.computed and hall.hides(entry, reader.account or None), proof=proof)


def _correct(message: dict[str, Any], later: Entry) -> None:
    body = later.body
    if later.type == "chat.edit" and isinstance(body, dict):
        message["edited"] = {"seq": later.seq, "at": later.at, "text": body["text"]}
    elif later.type == "chat.delete":
        message["deleted"] = {"seq": later.seq, "at": later.at}
    elif later.type == "chat.reaction" and isinstance(body, dict):
        reacted: list[str] = message["reactions"].setdefault(body["emoji"], [])
        if body["on"] and later.author not in reacted:
            reacted.append(later.author)
        elif not body["on"] and later.author in reacted:
            reacted.remove(later.author)
        if not reacted:
            del message["reactions"][body["emoji"]]
