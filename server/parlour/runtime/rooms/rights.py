"""The right to a room, decided in one place for socket, HTTP, lists and transcript.

Rights and redactions are decided on the room as its log has it (`RoomHost.read_state`), never on what is still on its
way to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Entry, RoomId
from parlour.core.rooms.direct import Direct
from parlour.core.rooms.hall import Hall
from parlour.errors import Closed, Forbidden, GateNeeded
from parlour.runtime.identity.sanctions import check_unmuted
from parlour.runtime.live_room.reopen import ReadableRoom
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.shown.entry_json import entry_json
from parlour.runtime.store import RoomFilter

T = TypeVar("T")


class RoomRights:
    """Opens rooms for whoever may join them."""

    def __init__(self, registry: RoomRegistry) -> None:
        self._registry = registry
        self._clock = registry.context.clock

    async def open(self, room: RoomId, caller: Caller) -> tuple[ReadableRoom, Hall]:
        """Return the host of a room that this caller may join; of the room's past, where only that may be seen.

        Raises:
            NoSuchRoom, Forbidden, Unavailable. StoreError: the log cannot be read.
        """
        host, hall = await self._ask(room, caller, lambda hall: self._checked(hall, caller))
        if not hall.delays(caller.account or None, caller.rank):
            return host, hall
        past = await host.past()
        return past, past.hall

    async def _ask(self, room: RoomId, caller: Caller, question: Callable[[Hall], T]) -> tuple[ReadableRoom, T]:
        """Ask a room's state; where a gate is in between, ask the chain whether it lets the caller in."""
        host = await self._registry.reach(room)
        try:
            return host, await host.read_state(question)
        except GateNeeded as needed:
            hall = await host.read_state(lambda hall: hall)
            await self._registry.context.gates.let_in(hall, caller.account, needed)
            return host, await host.read_state(question)

    async def writable(self, room: RoomId, caller: Caller) -> RoomId:
        """Return the id of a room, as it was created, that this caller may write to and bring files into now.

        Raises:
            NoSuchRoom, Forbidden, Closed, Unavailable. StoreError: the log cannot be read.
        """
        host, direct = await self._ask(room, caller, lambda hall: self._check_writable(hall, caller))
        if direct is not None:
            others = direct.others(caller.account)
            direct.check_write(caller.account, await self._registry.context.blockers(caller.account, others))
        return host.id

    def joinable(self, caller: Caller, query: RoomQuery) -> RoomFilter:
        """Return the rooms of a list that the caller could join now."""
        return RoomFilter(
            caller.account or None,
            query.kind,
            query.query,
            query.open,
            query.mine,
            query.featured,
            now=self._clock.now(),
            joins_private=caller.rank >= SERVER_MODERATOR,
        )

    async def shown(
        self, room: RoomId, caller: Caller, entries: Sequence[Entry], *, proof: bool = False
    ) -> list[dict[str, Any]]:
        """Return entries as the caller may see them now, without those that it may not see yet.

        Raises:
            As `open`, because a right may end during the read.
        """
        host = await self._registry.reach(room)
        now = self._clock.now()

        def told(hall: Hall) -> list[dict[str, Any]] | None:
            self._checked(hall, caller)
            if hall.delays(caller.account or None, caller.rank):
                return None
            return [_shown(hall, entry, caller, proof, now) for entry in entries]

        shown = await host.read_state(told)
        if shown is not None:
            return shown
        past = await host.past()
        return [_shown(past.hall, entry, caller, proof, now) for entry in entries if entry.seq <= past.record.head]

    def _check_writable(self, hall: Hall, caller: Caller) -> Direct | None:
        """Return what is left to check in a direct room, once who blocks whom was read."""
        now = self._clock.now()
        if self._registry.context.muted(caller.account):
            check_unmuted("chat.message")
        if hall.closed:
            self._checked(hall, caller)
            raise Closed()
        if hall.frozen_at is not None:
            self._checked(hall, caller)
            hall.standing.check_thawed()
        hall.access.check_post(caller.account, caller.rank, now)
        if hall.reserved is not None:
            hall.reserved.check_write("chat.message")
        hall.check_rules("chat.message", caller.account, caller.rank, now)
        if not hall.rules.files:
            raise Forbidden("This room takes no files.", reason="rules")
        return hall.chat.direct

    def _checked(self, hall: Hall, caller: Caller) -> Hall:
        hall.may_read(caller.account, caller.rank, self._clock.now())
        return hall


def _shown(hall: Hall, entry: Entry, caller: Caller, proof: bool, now: int) -> dict[str, Any]:
    redacted = hall.redacts(entry, caller.account or None, caller.rank, now) if hall.may_redact(entry) else None
    return entry_json(entry, redacted=redacted, proof=proof)
