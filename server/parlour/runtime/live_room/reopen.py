"""Opens a room from the store: at first, and again after a failure that leaves open what was stored."""

from __future__ import annotations

from collections.abc import Callable

from parlour.core.room import Command, Entry, RoomId
from parlour.runtime.backoff import Backoff
from parlour.runtime.live_room.commit import keep_members, member_changes, relist
from parlour.runtime.live_room.context import Decision, RoomContext, RoomRequest
from parlour.runtime.live_room.state import RoomState, open_room, read_log
from parlour.runtime.store import Damaged, Fenced, StoreError

REOPENING = Backoff(first_s=0.05, longest_s=2.0)
"""Pauses between attempts to read a room again."""


async def open_listed(context: RoomContext, room: RoomId) -> RoomState:
    """Open a room, and store its line in lists where that is out of date; raises as `open_room`."""
    live = await open_room(context, room)
    await relist(live)
    return live


async def open_again(
    context: RoomContext, room: RoomId, heard: int, may_go_on: Callable[[], bool]
) -> tuple[RoomState, list[Entry]]:
    """Open a room until the store can read it; return it with the entries after `heard`, which were never sent.

    Args:
        may_go_on: asked after each failure; where it is False the failure is raised.

    Raises:
        Fenced, Damaged: at once. StoreError: where it may not go on.
    """
    failures = 0
    while True:
        try:
            live = await open_listed(context, room)
            missed = await read_log(context, room, heard, live.record.head)
            await keep_members(live, member_changes(live, [Decision(RoomRequest(Command()), {}, entries=missed)]))
            return live, missed
        except (Fenced, Damaged):
            raise
        except StoreError:
            if not may_go_on():
                raise
            failures += 1
            await context.clock.sleep(REOPENING.pause_after(failures))
