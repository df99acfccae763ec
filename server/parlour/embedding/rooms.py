"""Rooms as the host's own code uses them: with an account's rights, or with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from parlour.adapters.engine.frames import decoded
from parlour.adapters.http.callers import API_KEY_RANK
from parlour.adapters.socket.posts import parse_post
from parlour.adapters.socket.rooms import wanted_page, wanted_room
from parlour.core.room import Account, Close
from parlour.errors import Unauthorized
from parlour.protocol.requests import RoomClose, RoomCreate, RoomHistory, RoomList, parse
from parlour.runtime.limits import Limiter
from parlour.runtime.rooms.interface import Bounds, Caller, RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room

HOST = Caller("app:host", API_KEY_RANK)
"""The host's own code: it writes as `app:host`, with the rights of an API key, which are a moderator's."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What rooms are asked through while a Parlour runs."""

    rooms: RoomService
    limiter: Limiter


class Rooms:
    """The rooms of one Parlour. All methods raise the ParlourError that a client would be answered.

    `caller` is whose rights and limits count: what `Parlour.authenticate` returned, or by default the host itself.
    A caller's calls count as calls of the HTTP API; the host's own are not counted.
    """

    def __init__(self, asking: Callable[[], Asking]) -> None:
        self._asking = asking

    async def create(self, kind: str, id: str | None = None, *, caller: Caller = HOST, **settings: Any) -> Room:
        """Create a room; the same caller, id and settings again find the room that there is.

        Args:
            id: by default a random one.
            settings: `title`, `visibility`, `options`, `signed`, `rules` and `gate`, as in `room:create` (protocol §3).
        """
        asking = self._asking()
        asked = parse(RoomCreate, {"kind": kind, "id": id or uuid4().hex, **settings})
        await asking.limiter.hit("rooms", _account(caller))
        answer = await asking.rooms.create(caller, wanted_room(asked))
        return Room(self._asking, caller, answer["room"])

    async def get(self, id: str, *, caller: Caller = HOST) -> Room:
        """Find a room that the caller may join."""
        asking = await _count(self._asking(), caller)
        return Room(self._asking, caller, await asking.rooms.describe(named_room(id), caller))

    async def list(self, *, caller: Caller = HOST, **query: Any) -> dict[str, Any]:
        """Answer `{rooms, cursor}`, newest activity first.

        Args:
            query: `kind`, `query`, `open`, `mine`, `cursor` and `limit`, as in `room:list` (protocol §3).
        """
        asking = await _count(self._asking(), caller)
        return await asking.rooms.list(caller, wanted_page(parse(RoomList, query)))


class Room:
    """One room, with the rights of one caller.

    Attributes:
        id: as it was created.
        info: the room object of acks (protocol §3), as it was when this was made.
    """

    def __init__(self, asking: Callable[[], Asking], caller: Caller, info: Mapping[str, Any]) -> None:
        self.id: str = info["id"]
        self.info = info
        self._asking = asking
        self._caller = caller

    async def post(self, type: str, body: dict[str, Any] | bytes, *, id: str | None = None) -> dict[str, Any]:
        """Write an entry; answer `{seq, at, hash}`, with `duplicate` where the id was used before for the same.

        Args:
            id: makes a retry safe; by default a new one.
        """
        asking = await _count(self._asking(), self._caller)
        command = parse_post({"room": self.id, "id": id or uuid4().hex, "type": type, "body": body})
        command.author, command.rank = _account(self._caller), self._caller.rank
        return await asking.rooms.ask(self.id, RoomRequest(command))

    async def history(
        self, *, before: int | None = None, after: int | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """Answer `{entries, more}`, ascending between exclusive bounds; the latest unless only `after` is given."""
        asking = await _count(self._asking(), self._caller)
        asked = parse(RoomHistory, {"room": self.id, "before": before, "after": after, "limit": limit})
        page = await asking.rooms.history(self.id, self._caller, Bounds(asked.before, asked.after, asked.limit))
        plain: dict[str, Any] = decoded(page)[0]
        return plain

    async def close(self, reason: str | None = None, *, id: str | None = None) -> None:
        """Close the room for good."""
        asking = await _count(self._asking(), self._caller)
        asked = parse(RoomClose, {"room": self.id, "reason": reason, "id": id})
        command = Close(_account(self._caller), self._caller.rank, reason=asked.reason)
        await asking.rooms.ask(self.id, RoomRequest(command, request_id=asked.id))


def _account(caller: Caller) -> Account:
    """Return who writes; raises Unauthorized for a guest, whose empty account would be the server's."""
    if not caller.account:
        raise Unauthorized()
    return caller.account


async def _count(asking: Asking, caller: Caller) -> Asking:
    """Count one call of a caller other than the host; raises RateLimited."""
    if caller is not HOST:
        await asking.limiter.hit("http", caller.payer)
    return asking
