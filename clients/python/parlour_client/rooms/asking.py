"""Asking about a room and changing it: history, members, watches, settings, moderation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, NamedTuple, cast
from uuid import uuid4

from parlour_client.entries import Entry, EntryPage, Page
from parlour_client.rooms.handle import Handle
from parlour_client.rooms.membership import PAGE
from parlour_client.types_gen import RoomInfo, WatchInfo
from parlour_client.wire import given

Action = Literal["mute", "unmute", "kick", "ban", "unban", "role"]


FOUND_PAGE = 100
"""Found messages asked for at once: the most a server answers."""


class Member(NamedTuple):
    """An account with a role in a room."""

    account: str
    role: str


class Asking(Handle):
    """What a handle asks and changes."""

    async def history(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> EntryPage:
        """Return a page of entries between two exclusive bounds, ascending. Raises ParlourError."""
        return await self._membership.history(before=before, after=after, limit=limit)

    async def all_entries(self, *, after: int = 0, before: int | None = None) -> AsyncIterator[Entry]:
        """Yield every entry between two exclusive bounds, ascending, to the log's end as it is then.

        Raises:
            ParlourError: the server refuses.
        """
        more = True
        while more:
            page, more = await self.history(after=after, before=before, limit=PAGE)
            for entry in page:
                yield entry
            if not page:
                return
            after = page[-1].seq

    async def search(self, query: str, *, before: int | None = None, limit: int | None = None) -> Page[Entry]:
        """Return a page of the messages whose text holds the words of `query`, newest first.

        Args:
            before: only messages with a lower seq.

        Raises:
            ParlourError: the server refuses.
        """
        ack = await self.request("room:search", **given(query=query, before=before, limit=limit))
        return Page([Entry.from_json(wire) for wire in ack["entries"]])

    async def all_found(self, query: str) -> AsyncIterator[Entry]:
        """Yield every message whose text holds the words of `query`, newest first. Raises ParlourError."""
        before: int | None = None
        while page := await self.search(query, before=before, limit=FOUND_PAGE):
            if before is not None and page[0].seq >= before:
                return  # an older server that knows no `before` answers its first page again
            for entry in page:
                yield entry
            before = page[-1].seq

    async def members(self) -> list[Member]:
        """Return every account with a role in the room. Raises ParlourError."""
        return [member async for member in self.all_members()]

    async def all_members(self) -> AsyncIterator[Member]:
        """Yield every account with a role in the room, the highest roles first. Raises ParlourError."""
        cursor: str | None = None
        while True:
            ack = await self.request("room:members", **given(cursor=cursor))
            for one in ack["members"]:
                yield Member(one["account"], one["role"])
            cursor = ack.get("cursor")
            if cursor is None:
                return

    async def mark_read(self, seq: int | None = None) -> None:
        """Mark everything up to `seq` (by default the head) as read. Raises ParlourError."""
        await self.request("room:read", seq=self.head if seq is None else seq)

    async def read(self, seq: int | None = None) -> None:
        """The earlier name of `mark_read`."""
        await self.mark_read(seq)

    async def watch(
        self,
        *,
        chain: int,
        address: str,
        event: str,
        where: Mapping[str, Any] | None = None,
        finality: str | None = None,
        confirm: list[str] | None = None,
        from_block: int | None = None,
    ) -> WatchInfo:
        """Have a contract's events written into this room as `chain.event` entries; returns the watch.

        Args:
            event: its signature as in Solidity.
            where: values of indexed arguments.
            finality, confirm: levels of protocol section 5, such as `safe`.
            from_block: the first block; by default the next.

        Raises:
            ParlourError: the server refuses.
        """
        watch = given(
            chain=chain,
            address=address,
            event=event,
            where=where,
            finality=finality,
            confirm=confirm,
            fromBlock=from_block,
        )
        return cast(WatchInfo, (await self._change("room:watch", watch=watch))["watch"])

    async def unwatch(self, id: str) -> None:
        """End the watch `id`. Raises ParlourError."""
        await self._change("room:unwatch", watch=id)

    async def invite(self, account: str | None = None, *, uses: int | None = None, until: int | None = None) -> str:
        """Return an invitation that `join(invite=…)` takes, for one account or for whoever has it.

        Args:
            uses: how often it can be redeemed; by default once.
            until: its end, milliseconds since 1970 UTC; by default in seven days.

        Raises:
            ParlourError: the server refuses.
        """
        return str((await self._change("room:invite", **given(account=account, uses=uses, until=until)))["invite"])

    async def configure(
        self,
        *,
        title: str | None = None,
        visibility: Literal["public", "private"] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> RoomInfo:
        """Change the room's settings; returns the room object. Raises ParlourError."""
        changed = given(title=title, visibility=visibility, options=options)
        return cast(RoomInfo, (await self._change("room:configure", **changed))["room"])

    async def moderate(
        self,
        account: str,
        action: Action,
        *,
        role: str | None = None,
        until: int | None = None,
        reason: str | None = None,
    ) -> int:
        """Mute, ban or promote somebody; returns the seq of the entry that says so.

        Args:
            role: the new one, for the action `role`.
            until: the end of a mute or a ban, milliseconds since 1970 UTC.

        Raises:
            Forbidden: nobody acts on an equal or higher role. ParlourError: refused otherwise.
        """
        details = given(role=role, until=until, reason=reason)
        return int((await self._change("room:moderate", account=account, action=action, **details))["seq"])

    async def close(self, reason: str | None = None) -> None:
        """Close the room for everybody; its log stays readable. Raises ParlourError."""
        await self._change("room:close", **given(reason=reason))

    async def _change(self, event: str, **data: Any) -> dict[str, Any]:
        """Send a request that changes something, with the id that makes its retry safe."""
        return await self.request(event, id=uuid4().hex, **data)
