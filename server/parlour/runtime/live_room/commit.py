"""One durable transaction for a decided batch. Whatever raises here has told nobody anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from parlour.core.room import Account, Entry, Join, Leave
from parlour.runtime.live_room.context import Decision
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.store import Listing

REMEMBERED = 10_000
"""Accounts of one room the host need not ask the store about again."""


async def commit(live: RoomState, batch: Sequence[Decision]) -> None:
    """Store what was decided.

    Where that is nothing, and the lease ran out while we were held up, the store is asked whether the room is still
    ours: an answer from yesterday's log would be a lie.

    Raises:
        Fenced: the room is another process's. StoreError: it cannot be stored now, or is not known to be.
    """
    context, journal = live.context, live.journal
    stored, now = journal.pending, context.clock.now()
    members, listing = journal.record.members, None
    if stored:
        keeps = journal.snapshot_due(now) and not live.room.unreadable
        snapshot = journal.snapshot(live.room.snapshot()) if keeps else None
        listing = _listing(live, stored)
        await journal.commit(context.store, snapshot, listing, now)
        context.on_batch(journal.record, stored)
    elif now >= live.leased_until:
        await journal.commit(context.store, None, None, now)
    await keep_people(live, batch)
    if listing is not None or journal.record.members != members:
        context.on_listed(journal.record)


async def relist(live: RoomState) -> None:
    """For a room just opened: lists show its game as today's rules see it. Raises as `commit`."""
    journal, context = live.journal, live.context
    if live.room.lobby() != journal.record.game:
        await journal.commit(context.store, None, _listing_of(live), context.clock.now())
    context.on_listed(journal.record)


async def leave_snapshot(live: RoomState) -> None:
    """For a room about to close: a snapshot, where opening it again would read much log, or where another version of
    its game may want to carry the match on. Raises as `commit`."""
    journal, context = live.journal, live.context
    if not live.room.unreadable and journal.worth_a_snapshot(live.room.unfinished):
        snapshot = journal.snapshot(live.room.snapshot())
        await journal.commit(context.store, snapshot, None, context.clock.now())


def _listing(live: RoomState, entries: Sequence[Entry]) -> Listing | None:
    relisting = live.room.relisting
    return _listing_of(live) if any(entry.type in relisting for entry in entries) else None


def _listing_of(live: RoomState) -> Listing:
    room = live.room
    return Listing(room.title, room.visibility, room.options, room.closed, live.record.members, room.lobby())


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def keep_people(live: RoomState, batch: Iterable[Decision]) -> None:
    """Write down who came to belong and who no longer does; raises StoreError."""
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
    for done in batch:
        command = done.request.command
        if not isinstance(done.answer, dict) or "duplicate" in done.answer:
            continue
        if isinstance(command, Join):
            if command.author and command.author not in live.people:
                changes[command.author] = True
        elif isinstance(command, Leave):
            if command.author and not _holds_role(live, command.author):
                changes[command.author] = False
        else:
            for entry in done.entries:
                if entry.type == "member.role" and isinstance(entry.body, dict):
                    changes[entry.body["account"]] = True
                elif entry.type in ("member.banned", "member.removed") and isinstance(entry.body, dict):
                    changes[entry.body["account"]] = False
    return changes


def _holds_role(live: RoomState, account: Account) -> bool:
    access = live.room.access
    return account == access.owner or account in access.roles
