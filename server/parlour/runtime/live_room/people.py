"""Who belongs to a room: its owner, those with a granted role, those who joined and did not leave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from parlour.core.room import Account, Join, Leave
from parlour.runtime.live_room.context import Decision
from parlour.runtime.live_room.state import RoomState

REMEMBERED = 10_000
"""Accounts of one room the host need not ask the store about again."""


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
