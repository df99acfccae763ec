"""Creating rooms and finding them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, cast
from uuid import uuid4

from parlour_client.entries import Page
from parlour_client.people.notices import NoticePage
from parlour_client.ports import Requests
from parlour_client.types_gen import (
    BoardRow,
    FoundMessage,
    ListedRoom,
    LookupReply,
    Profile,
    RatingInfo,
    RoomInfo,
    RulesChange,
)
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
        gate: Mapping[str, Any] | None = None,
        settle: Mapping[str, Any] | None = None,
        rules: RulesChange | None = None,
    ) -> RoomInfo:
        """Create a room and return it (protocol section 3, "Rooms").

        Args:
            id: drawn where None, so that asking again after a lost answer is safe.
            gate: who may come in (docs/gates.md); everybody by default.
            settle: the escrow that pays its games out (docs/settlement.md).

        Raises:
            ParlourError: the server refuses.
        """
        settings = given(
            title=title, options=options, visibility=visibility, signed=signed, gate=gate, settle=settle, rules=rules
        )
        ack = await self._requests.request("room:create", {"id": id or uuid4().hex, "kind": kind, **settings})
        return cast(RoomInfo, ack["room"])

    async def create_party(self, kind: str, size: int, *, id: str | None = None) -> RoomInfo:
        """Make a party for a game, which this account leads, and return its room; others come by `invite`.

        Args:
            size: how many it is for; all of them look for a table together (`find_match(…, party=room["id"])`).

        Raises:
            ParlourError: the server refuses.
        """
        ack = await self._requests.request("party:create", {"id": id or uuid4().hex, "kind": kind, "size": size})
        return cast(RoomInfo, ack["room"])

    async def block(self, account: str, on: bool = True) -> None:
        """Block an account, or no longer: its mentions and invitations arrive nowhere. Raises ParlourError."""
        await self._requests.request("account:block", {"account": account, "on": on})

    async def push(self, subscription: Mapping[str, Any], on: bool = True) -> None:
        """Push this account's notices to a browser, or no longer. Raises ParlourError.

        Args:
            subscription: what its `PushSubscription.toJSON()` gives, such as a page sent it to a back end.
        """
        await self._requests.request("account:push", {"subscription": dict(subscription), "on": on})

    async def set_status(
        self, status: Literal["active", "idle", "busy"], *, text: str | None = None, until: int | None = None
    ) -> None:
        """Say how one is to the people of one's rooms. Raises ParlourError.

        Args:
            until: when one is active again, milliseconds since 1970 UTC.
        """
        await self._requests.request("account:status", given(status=status, text=text, until=until))

    async def blocks(self) -> list[str]:
        """Return whom this account blocks. Raises ParlourError."""
        return list((await self._requests.request("account:blocks", {}))["accounts"])

    async def dm(self, accounts: Sequence[str]) -> RoomInfo:
        """Open the direct room with these accounts, one to nine: the same people, the same room.

        It accepts the room too. Raises ParlourError.
        """
        return cast(RoomInfo, (await self._requests.request("dm:open", {"accounts": list(accounts)}))["room"])

    async def answer_dm(self, room: str, accept: bool) -> None:
        """Accept a stranger's direct room, or decline it; nobody is told of the latter. Raises ParlourError."""
        await self._requests.request("dm:answer", {"room": room, "accept": accept})

    async def read_notices(self, up_to: str) -> None:
        """Mark what this account was told as read, up to the notice with this id. Raises ParlourError."""
        await self._requests.request("notices:read", {"upTo": up_to})

    async def _kept_notices(self, *, cursor: str | None, limit: int | None) -> NoticePage:
        ack = await self._requests.request("notices:list", given(cursor=cursor, limit=limit))
        return NoticePage(list(ack["notices"]), ack["cursor"], ack["unread"])

    async def profile(
        self, *, name: str | None = None, avatar: str | None = None, bio: str | None = None, bot: bool | None = None
    ) -> Profile:
        """Change this account's profile, the keys that are named; "" takes one off. Raises ParlourError.

        Args:
            bot: whether a program acts for this account; others see it.
        """
        ack = await self._requests.request("account:profile", given(name=name, avatar=avatar, bio=bio, bot=bot))
        return cast(Profile, ack["profile"])

    async def profiles(self, accounts: list[str]) -> dict[str, Profile]:
        """Return the profiles of accounts, 100 at most. Raises ParlourError."""
        ack = await self._requests.request("account:profiles", {"accounts": accounts})
        return cast(dict[str, Profile], ack["profiles"])

    async def ratings(self, kind: str, accounts: Sequence[str]) -> dict[str, RatingInfo]:
        """Return what accounts are rated in a game, 100 of them at most. Raises ParlourError."""
        ack = await self._requests.request("ratings:of", {"kind": kind, "accounts": list(accounts)})
        return cast(dict[str, RatingInfo], ack["ratings"])

    async def board(
        self, board: str, *, around: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> Page[BoardRow]:
        """Return a page of a board, such as `rating:chess`.

        Args:
            around: an account to have in the middle of the page.
            cursor: the `cursor` of the page before.

        Raises:
            ParlourError: there is no such board, or the account is not on it.
        """
        ack = await self._requests.request(
            "board:read", {"board": board, **given(around=around, cursor=cursor, limit=limit)}
        )
        return Page(list(ack["rows"]), ack.get("cursor"))

    async def rooms(
        self,
        *,
        kind: str | None = None,
        query: str | None = None,
        open: bool | None = None,
        mine: bool | None = None,
        featured: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[ListedRoom]:
        """Return a page of rooms.

        Args:
            query: words of the id or the title.
            open: only tables that somebody who joins now plays at.
            mine: only rooms this account has a role in, with `unread` and `mentions`.
            featured: only rooms that the server's operators recommend.
            cursor: the `cursor` of the page before.

        Raises:
            ParlourError: the server refuses.
        """
        wanted = given(kind=kind, query=query, open=open, mine=mine, featured=featured, cursor=cursor, limit=limit)
        ack = await self._requests.request("room:list", wanted)
        return Page(list(ack["rooms"]), ack.get("cursor"))

    async def search(
        self,
        query: str,
        *,
        rooms: Sequence[str] | None = None,
        type: str | None = None,
        by: str | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[FoundMessage]:
        """Return a page of messages that hold the words of `query`, newest first, with a snippet of each.

        A document whose text holds them is there as its newest edit, a `doc.update` without a body.

        Args:
            rooms: where to look; by default in the rooms this account belongs to.
            type: only entries of this type, `chat.message` or `doc.update`.
            by: only messages of this account.
            before, after: only messages written before, or after then (ms since 1970).
            cursor: the `cursor` of the page before.

        Raises:
            ParlourError: the server refuses.
        """
        named = None if rooms is None else list(rooms)
        bounds = given(before=before, after=after, limit=limit, cursor=cursor)
        asked = given(query=query, rooms=named, type=type, **{"from": by})
        ack = await self._requests.request("search", {**asked, **bounds})
        return Page(list(ack["found"]), ack["cursor"])

    async def all_rooms(
        self,
        *,
        kind: str | None = None,
        query: str | None = None,
        open: bool | None = None,
        mine: bool | None = None,
        featured: bool | None = None,
    ) -> AsyncIterator[ListedRoom]:
        """Yield the rooms of every page. Args and errors as for `rooms`."""
        cursor: str | None = None
        while True:
            page = await self.rooms(kind=kind, query=query, open=open, mine=mine, featured=featured, cursor=cursor)
            for room in page:
                yield room
            cursor = page.cursor
            if cursor is None:
                return

    async def lookup(
        self, chain: int, *, tx: str | None = None, block: int | str | None = None, address: str | None = None
    ) -> LookupReply:
        """Look up one transaction, block or account on a chain that the server follows.

        Args:
            block: a number, a hash, or `latest`, `safe` or `finalized`.

        Raises:
            ParlourError: the server refuses.
        """
        asked = given(chain=chain, tx=tx, block=block, address=address)
        return cast(LookupReply, await self._requests.request("chain:lookup", asked))
