"""Asking about a room and changing it: history, members, watches, settings, moderation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, NamedTuple, cast
from uuid import uuid4

from parlour_client.chat import Message, MessagePage
from parlour_client.entries import Entry, EntryPage, Page
from parlour_client.rooms.handle import Handle
from parlour_client.rooms.membership import PAGE
from parlour_client.types_gen import DepthReply, ReportInfo, RoomInfo, RulesChange, WatchInfo
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

    async def read_messages(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int | None = None,
        threads: bool | None = None,
    ) -> MessagePage:
        """Return a page of messages as they are now, each with its edits, reactions and thread. Raises ParlourError.

        Args:
            before, after: seqs, excluded; without `after` they are the last messages.
            threads: False leaves the replies in threads out.
        """
        return await self._messages(view="messages", before=before, after=after, limit=limit, threads=threads)

    async def thread(
        self, root: int, *, before: int | None = None, after: int | None = None, limit: int | None = None
    ) -> MessagePage:
        """Return the message that began a thread and its replies; with `before` alone the last ones.

        Raises:
            ParlourError: the server refuses.
        """
        return await self._messages(view="messages", thread=root, before=before, after=after, limit=limit)

    async def pins(self) -> list[Message]:
        """Return the pinned messages, the one pinned last first. Raises ParlourError."""
        return (await self._messages(view="pins")).items

    async def _messages(self, **asked: Any) -> MessagePage:
        ack = await self.request("room:history", **given(**asked))
        return MessagePage([Message.from_json(wire) for wire in ack["entries"]], bool(ack["more"]))

    async def search(
        self,
        query: str,
        *,
        by: str | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Entry]:
        """Return a page of messages, and the document, that hold the words of `query`, newest first.

        Args:
            by: only messages of this account.
            before, after: only messages with a lower, or a higher seq.
            cursor: the `cursor` of the page before.

        Raises:
            ParlourError: the server refuses.
        """
        bounds = given(before=before, after=after, limit=limit, cursor=cursor)
        ack = await self.request("room:search", **given(query=query, **{"from": by}), **bounds)
        return Page([Entry.from_json(wire) for wire in ack["entries"]], ack.get("cursor"))

    async def all_found(self, query: str) -> AsyncIterator[Entry]:
        """Yield every message whose text holds the words of `query`, newest first. Raises ParlourError."""
        before: int | None = None
        cursor: str | None = None
        while True:
            page = await self.search(query, before=before, limit=FOUND_PAGE, cursor=cursor)
            if before is not None and page and page[0].seq >= before:
                return  # an older server that knows no `before` answers its first page again
            for entry in page:
                yield entry
            cursor = page.cursor
            if cursor is None and not page:
                return
            before = page[-1].seq if cursor is None else None

    async def report(
        self, seq: int, reason: Literal["spam", "abuse", "scam", "other"], *, note: str | None = None
    ) -> None:
        """Report a message to the moderators; nobody in the room learns who did. Raises ParlourError."""
        await self.request("room:report", **given(of=seq, reason=reason, note=note))

    async def reports(self, *, cursor: str | None = None) -> Page[ReportInfo]:
        """Return a page of the room's open reports, for its moderators. Raises ParlourError."""
        ack = await self.request("room:reports", **given(cursor=cursor))
        return Page(list(ack["reports"]), ack["cursor"])

    async def dismiss_report(self, report: str) -> None:
        """End a report without doing anything. Raises ParlourError."""
        await self.request("room:moderate", action="dismiss", report=report, id=uuid4().hex)

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

    async def mark_read(self, seq: int | None = None, *, thread: int | None = None) -> None:
        """Mark the room, or a thread, as read up to `seq`, by default the head. Raises ParlourError."""
        upto = self.head if seq is None else seq
        await self.request("room:read", **given(seq=upto, thread=thread))
        if thread is None:
            self._replica.read = max(self._replica.read, upto)

    async def read(self, seq: int | None = None) -> None:
        """The earlier name of `mark_read`."""
        await self.mark_read(seq)

    async def notify(
        self, level: Literal["all", "mentions", "none"], *, thread: int | None = None, until: int | None = None
    ) -> None:
        """Say how much this account wants to hear of the room, or of a thread in it. Raises ParlourError.

        Args:
            until: when that ends by itself, milliseconds since 1970 UTC.
        """
        await self.request("room:notify", **given(level=level, thread=thread, until=until))

    async def watch(
        self,
        *,
        chain: int,
        address: str | None = None,
        event: str | None = None,
        where: Mapping[str, Any] | None = None,
        finality: str | None = None,
        confirm: list[str] | None = None,
        from_block: int | None = None,
        blocks: bool | None = None,
        balance: Mapping[str, str] | None = None,
    ) -> WatchInfo:
        """Have a contract's events written into this room as `chain.event` entries; returns the watch.

        Args:
            event: its signature as in Solidity.
            blocks, balance: in place of address and event: every block, or `{account, token?}` whenever it changes.
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
            blocks=blocks,
            balance=balance,
        )
        return cast(WatchInfo, (await self._change("room:watch", watch=watch))["watch"])

    async def fill_gap(self, seq: int) -> int:
        """Have the events read again that the `chain.gap` at `seq` left out; return how many are on their way.

        Raises:
            ParlourError: the server refuses.
        """
        return cast(int, (await self._change("room:watch", fill=seq))["filled"])

    async def depth(self, *, within: int | None = None, levels: int | None = None) -> DepthReply:
        """Return what a market's pool sells and buys, from its price outwards.

        Args:
            within: basis points from the pool's price to the last level; 100 by default.
            levels: of each side; 10 by default.

        Raises:
            ParlourError: the server refuses.
        """
        return cast(DepthReply, await self.request("market:depth", **given(within=within, levels=levels)))

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
        gate: Mapping[str, Any] | Literal[False] | None = None,
        rules: RulesChange | None = None,
    ) -> RoomInfo:
        """Change the room's settings and rules, those that are named; returns the room object. Raises ParlourError.

        Args:
            gate: another gate (docs/gates.md); False removes it.
        """
        changed = given(title=title, visibility=visibility, options=options, gate=gate, rules=rules)
        if gate is False:
            changed["gate"] = None
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

    async def release_message(self, seq: int) -> None:
        """Let everybody read a message that waits for a moderator. Raises ParlourError."""
        await self._change("room:moderate", action="release", seq=seq)

    async def close(self, reason: str | None = None) -> None:
        """Close the room for everybody; its log stays readable. Raises ParlourError."""
        await self._change("room:close", **given(reason=reason))

    async def _change(self, event: str, **data: Any) -> dict[str, Any]:
        """Send a request that changes something, with the id that makes its retry safe."""
        return await self.request(event, id=uuid4().hex, **data)
