"""Stores a decided batch in one transaction. Nothing has been sent to anybody when it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from parlour.core.room import Account, Entry, Join, Leave
from parlour.runtime.live_room.context import Decision
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.store import FOREVER, Listing, MemberRight

REMEMBERED = 10_000
"""Accounts per room known to be stored as members; a bound on memory, beyond it the store is asked again."""


async def commit(live: RoomState, batch: Sequence[Decision]) -> None:
    """Store the entries of a decided batch, its changes of members, and its row in lists.

    An empty batch after the lease ran out still asks the store who owns the room, so that no answer comes from an
    outdated log.

    Raises:
        Fenced: the room is another process's. StoreError: it cannot be stored now, or is not known to be.
    """
    context, journal = live.context, live.journal
    stored, now, formats = journal.pending, context.clock.now(), context.formats
    members, listing = journal.record.members, None
    if stored:
        needed = journal.record.format
        if needed < formats.newest:
            needed = max(needed, formats.needed(stored))
        keeps = journal.snapshot_due(now) and not live.room.unreadable
        snapshot = journal.snapshot(live.room.snapshot(), formats.of_snapshot(needed)) if keeps else None
        listing = _listing(live, stored, needed)
        kept = live.room.kept_by_seat(now)
        await journal.commit(context.store, snapshot, listing, now, _rights(live, stored, kept))
        live.kept_by_seat = kept
        context.on_batch(journal.record, stored)
    elif now >= live.leased_until:
        await journal.commit(context.store, None, None, now)
    await keep_people(live, batch)
    if listing is not None or journal.record.members != members:
        context.on_listed(journal.record)


async def relist(live: RoomState) -> None:
    """Store the lists' row of a room that was just opened, if its rules show it differently now. Raises as `commit`."""
    journal, context = live.journal, live.context
    if live.room.lobby() != journal.record.game:
        await journal.commit(context.store, None, _listing_of(live, journal.record.format), context.clock.now())
    context.on_listed(journal.record)


async def leave_snapshot(live: RoomState) -> None:
    """Store a snapshot of a room that is about to close.

    Only where opening it again would read much log, or where another version of its game may carry the match on.
    Raises as `commit`.
    """
    journal, context = live.journal, live.context
    if not live.room.unreadable and journal.worth_a_snapshot(live.room.unfinished):
        format_ = context.formats.of_snapshot(journal.record.format)
        await journal.commit(context.store, journal.snapshot(live.room.snapshot(), format_), None, context.clock.now())


def _listing(live: RoomState, entries: Sequence[Entry], format: int) -> Listing | None:
    relisting = live.room.relisting
    if format > live.journal.record.format or any(entry.type in relisting for entry in entries):
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
    access = live.room.access
    about = [e.body["account"] for e in entries if e.type.startswith("member.") and isinstance(e.body, dict)]
    return [
        MemberRight(account, "member", 0)
        if account in kept
        else MemberRight(account, access.roles.get(account), _until(access.banned, account))
        for account in dict.fromkeys([*about, *sorted(live.kept_by_seat.symmetric_difference(kept))])
    ]


def _until(banned: Mapping[Account, int | None], account: Account) -> int:
    if account not in banned:
        return 0
    until = banned[account]
    return FOREVER if until is None else min(until, FOREVER)


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def keep_people(live: RoomState, batch: Iterable[Decision]) -> None:
    """Store who became a member of the room and who stopped being one; raises StoreError."""
    changes = _changes(live, batch)
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


def _changes(live: RoomState, batch: Iterable[Decision]) -> dict[Account, bool]:
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
