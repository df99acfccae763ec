"""Creating rooms and finding them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, cast
from uuid import uuid4

from parlour_client.entries import Page
from parlour_client.ports import Requests
from parlour_client.types_gen import ListedRoom, RoomInfo
from parlour_client.wire import given


class Directory:
    """The rooms of a server, as a client asks for them."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def create(
        self,
        kind: str,
        *,
        id: str | None = None,
        title: str | None = None,
        options: Mapping[str, Any] | None = None,
        visibility: Literal["public", "private"] | None = None,
        signed: bool | None = None,
    ) -> RoomInfo:
        """Create a room and return it (protocol section 3, "Rooms").

        Args:
            id: drawn where None, so that asking again after a lost answer is safe.

        Raises:
            ParlourError: the server refuses.
        """
        settings = given(title=title, options=options, visibility=visibility, signed=signed)
        ack = await self._requests.request("room:create", {"id": id or uuid4().hex, "kind": kind, **settings})
        return cast(RoomInfo, ack["room"])

    async def rooms(
        self,
        *,
        kind: str | None = None,
        query: str | None = None,
        open: bool | None = None,
        mine: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[ListedRoom]:
        """Return a page of rooms.

        Args:
            query: words of the id or the title.
            open: only tables that somebody who joins now plays at.
            mine: only rooms this account has a role in, with `unread` and `mentions`.
            cursor: the `cursor` of the page before.

        Raises:
            ParlourError: the server refuses.
        """
        wanted = given(kind=kind, query=query, open=open, mine=mine, cursor=cursor, limit=limit)
        ack = await self._requests.request("room:list", wanted)
        return Page(list(ack["rooms"]), ack.get("cursor"))

    async def all_rooms(
        self,
        *,
        kind: str | None = None,
        query: str | None = None,
        open: bool | None = None,
        mine: bool | None = None,
    ) -> AsyncIterator[ListedRoom]:
        """Yield the rooms of every page. Args and errors as for `rooms`."""
        cursor: str | None = None
        while True:
            page = await self.rooms(kind=kind, query=query, open=open, mine=mine, cursor=cursor)
            for room in page:
                yield room
            cursor = page.cursor
            if cursor is None:
                return
