"""Stores a decided batch in one transaction. Nothing has been sent to anybody when it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from parlour.core.room import Account, Entry, Join, Leave
from parlour.runtime.live_room.context import Decision
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.store import FOREVER, Append, Listing, MemberRight

REMEMBERED = 10_000
"""Accounts per room known to be stored as members; a bound on memory, beyond it the store is asked again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a decided batch stores.

    Attributes:
        kept: accounts that the log lets in only because they play, once it is stored.
    """

    append: Append
    kept: frozenset[Account]


def draw_up(live: RoomState) -> Change | None:
    """Make what stores the batch and its line in lists; None where there is nothing to store.

    An empty batch after the lease ran out still asks the store who owns the room, so that no answer comes from an
    outdated log.
    """
    context, journal = live.context, live.journal
    stored, now, formats = journal.pending, context.clock.now(), context.formats
    if not stored:
        return Change(journal.append(), live.kept_by_seat) if now >= live.leased_until else None
    needed = journal.record.format
    if needed < formats.newest:
        needed = max(needed, formats.needed(stored))
    keeps = journal.snapshot_due(now) and not live.room.unreadable
    snapshot = journal.snapshot(live.room.snapshot(), formats.of_snapshot(needed)) if keeps else None
    kept = live.room.kept_by_seat(now)
    return Change(journal.append(snapshot, _listing(live, stored, needed), _rights(live, stored, kept)), kept)


def note_stored(live: RoomState, change: Change) -> None:
    """Note that the store has what was drawn up."""
    stored = live.journal.pending
    live.journal.appended(change.append, live.context.clock.now())
    live.kept_by_seat = change.kept
    if stored:
        live.context.on_batch(live.journal.record, stored)


async def commit(live: RoomState, batch: Sequence[Decision]) -> None:
    """Store a decided batch and its members, for a room whose turn waits by itself.

    Raises:
        Fenced: the room is another process's. StoreError: it cannot be stored now, or is not known to be.
    """
    change = draw_up(live)
    if change is not None:
        await live.context.store.append(change.append)
        note_stored(live, change)
    await complete(live, change, member_changes(live, batch))


async def complete(live: RoomState, change: Change | None, members: Mapping[Account, bool]) -> None:
    """Store who became a member and who stopped being one, and tell live lists; raises StoreError."""
    before = live.record.members
    await keep_members(live, members)
    if live.record.members != before:
        live.context.on_listed(live.record, _banned(live))
    else:
        tell_lists(live, change)


def tell_lists(live: RoomState, change: Change | None) -> None:
    """Tell live lists where the room's line in them, or the rights of its people, changed."""
    if change is not None and (change.append.listing is not None or change.append.rights):
        live.context.on_listed(live.record, _banned(live))


async def relist(live: RoomState) -> None:
    """Store the lists' row of a room that was just opened, if its rules show it differently now. Raises as `commit`."""
    journal, context = live.journal, live.context
    if live.room.lobby() != journal.record.game:
        await _store(live, journal.append(None, _listing_of(live, journal.record.format)))
    context.on_listed(journal.record, _banned(live))


async def leave_snapshot(live: RoomState) -> None:
    """Store a snapshot of a room that is about to close.

    Only where opening it again would read much log, or where another version of its game may carry the match on.
    Raises as `commit`.
    """
    journal, context = live.journal, live.context
    if not live.room.unreadable and journal.worth_a_snapshot(live.room.unfinished):
        format_ = context.formats.of_snapshot(journal.record.format)
        await _store(live, journal.append(journal.snapshot(live.room.snapshot(), format_)))


async def _store(live: RoomState, append: Append) -> None:
    await live.context.store.append(append)
    live.journal.appended(append, live.context.clock.now())


def _listing(live: RoomState, entries: Sequence[Entry], format: int) -> Listing | None:
    relisting = live.room.relisting
    if format > live.journal.record.format:
        return _listing_of(live, format)
    for entry in entries:
        if entry.type in relisting:
            return _listing_of(live, format)
    return None


def _listing_of(live: RoomState, format: int) -> Listing:
    room = live.room
    return Listing(room.title, room.visibility, room.options, room.closed, live.record.members, room.lobby(), format)


def _rights(live: RoomState, entries: Sequence[Entry], kept: Collection[Account]) -> list[MemberRight]:
    """Return the rights that accounts named in the entries have after them.

    Args:
        kept: accounts that come in only because they play; a member's right is stored for them meanwhile.
    """
    access, about = live.room.access, list[Account]()
    for entry in entries:
        if entry.type.startswith("member.") and isinstance(entry.body, dict):
            about.append(entry.body["account"])
    if not about and live.kept_by_seat == kept:
        return []
    return [
        MemberRight(account, "member", 0)
        if account in kept
        else MemberRight(account, access.roles.get(account), _until(access.banned, account))
        for account in dict.fromkeys([*about, *sorted(live.kept_by_seat.symmetric_difference(kept))])
    ]


def _banned(live: RoomState) -> Mapping[Account, int | None]:
    """Whom the room bans, and until when; who plays meanwhile may come in."""
    banned, kept = live.room.access.banned, live.kept_by_seat
    return {each: until for each, until in banned.items() if each not in kept} if kept else banned


def _until(banned: Mapping[Account, int | None], account: Account) -> int:
    if account not in banned:
        return 0
    until = banned[account]
    return FOREVER if until is None else min(until, FOREVER)


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def keep_members(live: RoomState, changes: Mapping[Account, bool]) -> None:
    """Store who became a member of the room and who stopped being one; raises StoreError."""
    if not changes:
        return
    store, room, now = live.context.store, live.record.id, live.context.clock.now()
    came = [account for account, belongs in changes.items() if belongs]
    left = [account for account, belongs in changes.items() if not belongs]
    added = await asyncio.gather(*(store.touch_member(room, account, now) for account in came))
    taken = await asyncio.gather(*(store.forget_member(room, account) for account in left))
    live.record.members += added.count(True) - taken.count(True)
    live.people.difference_update(left)
    if len(live.people) + len(came) > REMEMBERED:
        live.people.clear()
    live.people.update(came)


def member_changes(live: RoomState, batch: Iterable[Decision]) -> dict[Account, bool]:
    """Return which accounts a decided batch makes members, and which it removes."""
    changes: dict[Account, bool] = {}
    for decision in batch:
        command = decision.request.command
        if not isinstance(decision.answer, dict) or "duplicate" in decision.answer:
            continue
        if isinstance(command, Join):
            if command.author and command.author not in live.people:
                changes[command.author] = True
        elif isinstance(command, Leave):
            if command.author and not _holds_role(live, command.author):
                changes[command.author] = False
        else:
            for entry in decision.entries:
                if entry.type == "member.role" and isinstance(entry.body, dict):
                    changes[entry.body["account"]] = True
                elif entry.type in ("member.banned", "member.removed") and isinstance(entry.body, dict):
                    changes[entry.body["account"]] = False
    return changes


def _holds_role(live: RoomState, account: Account) -> bool:
    access = live.room.access
    return account == access.owner or account in access.roles
