"""Runs the turns of all live rooms of a process.

    add → pass: every waiting room decides its batch → one append for all of them → every room sends its own

In one pass each room gets one turn, so a room with a thousand posts and one with two wait for each other no longer than
a turn takes; how much fits into a turn is limited by time and by what it sends (`HostLimits.turn_ms`,
`turn_deliveries`). While the store commits elsewhere the rooms of that commit are busy, and the next passes serve the
others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from parlour.runtime.clock import Clock
from parlour.runtime.live_room.commit import Change
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.store import Append, Store, StoreError

FULL_TURNS = 4
"""Turns of full length in one pass: whoever decided first waits for the others' decisions before the commit."""


@dataclass(slots=True, eq=False)
class Turn:
    """One decided batch of a room, on its way into the store.

    Attributes:
        room: who decided it, and will send it.
        batch: the requests.
        change: what is to be stored; None where nothing is.
        seconds: how long it took to decide.
    """

    room: Room
    batch: Sequence[RoomRequest]
    decisions: Sequence[Decision]
    change: Change | None
    seconds: float


class Room(Protocol):
    """What the scheduler asks of a live room. A room is busy from `begin` until it adds itself again."""

    def begin(self) -> Turn | None:
        """Decide what waits; None where nothing does, or where the room goes on by itself. Never raises."""

    def finish(self, turn: Turn, error: StoreError | None) -> None:
        """Send the turn, because it is durable, or handle that it is not known to be. Never raises."""


class Scheduler:
    """Gives every live room that has work its turn.

    Args:
        turn_ms: length of a turn of full length.

    Attributes:
        passes: how many there were.
    """

    def __init__(self, store: Store, clock: Clock, turn_ms: float) -> None:
        self.passes = 0
        self._store = store
        self._clock = clock
        self._pass_seconds = FULL_TURNS * turn_ms / 1000
        self._waiting: deque[Room] = deque()
        self._scheduled = False

    def add(self, room: Room) -> None:
        """Let the room begin a turn in the next pass. A room adds itself once, and again when it is not busy."""
        self._waiting.append(room)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._pass)

    def _pass(self) -> None:
        self._scheduled = False
        self.passes += 1
        waiting, turns = self._waiting, list[Turn]()
        until = self._clock.monotonic() + self._pass_seconds
        for _ in range(len(waiting)):  # as many as there is time for; the first to wait is the first to decide
            turn = waiting.popleft().begin()
            if turn is not None:
                turns.append(turn)
            if waiting and self._clock.monotonic() >= until:
                break
        if waiting and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._pass)
        storing, appends = list[Turn](), list[Append]()
        for turn in turns:
            if turn.change is None:
                turn.room.finish(turn, None)
            else:
                storing.append(turn)
                appends.append(turn.change.append)
        if appends:
            self._store.append_all(appends, partial(_finish, storing))


def _finish(turns: Sequence[Turn], errors: Sequence[StoreError | None]) -> None:
    for turn, error in zip(turns, errors, strict=True):
        turn.room.finish(turn, error)
