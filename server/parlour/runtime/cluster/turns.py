"""Keeps the order of requests to a room while its owner changes: who comes later waits for who is asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from parlour.runtime.clock import Clock, Timer

LONGEST_SECONDS = 3.0
"""After so long those that wait go on, whatever is not answered yet."""

Send = Callable[[], None]


@dataclass(slots=True)
class _Room:
    """The requests to one room.

    Attributes:
        flying: how many are sent and not answered.
        to: where they went.
        held: those that wait, each with its number.
        pausing: ends the pause before those that were refused are asked again.
        patience: ends the wait for answers.
    """

    flying: int = 0
    to: object = None
    held: list[tuple[int, Send]] = field(default_factory=list)
    pausing: Timer | None = None
    patience: Timer | None = None


class Turns:
    """Lets requests to a room go, each to the owner of its moment, and never past an earlier one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rooms: dict[str, _Room] = {}
        self._numbers = count(1)

    def number(self) -> int:
        """Return the place of a request that comes now."""
        return next(self._numbers)

    def is_idle(self, key: str) -> bool:
        """Return whether no request to a room is under way or waits."""
        return key not in self._rooms

    def holds(self, key: str, number: int, send: Send) -> bool:
        """Return whether others wait; then `send` is called in its turn."""
        room = self._rooms.get(key)
        if room is None or not room.held:
            return False
        room.held.append((number, send))
        return True

    def goes(self, key: str, number: int, to: object, send: Send) -> bool:
        """Note that a request goes to `to`; False where it has to wait for what went elsewhere: then `send` is called.

        Whoever is told True calls `answered` or `refused` later.
        """
        room = self._rooms.setdefault(key, _Room())
        if room.held or (room.flying and room.to is not to):
            self._hold(key, room, number, send)
            return False
        room.flying += 1
        room.to = to
        return True

    def answered(self, key: str) -> None:
        """Note that a request that went has its answer."""
        room = self._rooms.get(key)
        if room is not None:
            room.flying = max(0, room.flying - 1)
            self._go_on(key, room)

    def refused(self, key: str, number: int, send: Send, pause: float) -> None:
        """Ask again for a request whose owner was another one, after a pause and before all that came later."""
        room = self._rooms.setdefault(key, _Room())
        room.flying = max(0, room.flying - 1)
        if room.pausing is None:
            room.pausing = self._clock.call_later(pause, lambda: self._paused(key, room))
        self._hold(key, room, number, send)

    def _hold(self, key: str, room: _Room, number: int, send: Send) -> None:
        room.held.append((number, send))
        if room.patience is None:
            room.patience = self._clock.call_later(LONGEST_SECONDS, lambda: self._tired(key, room))

    def _paused(self, key: str, room: _Room) -> None:
        room.pausing = None
        self._go_on(key, room)

    def _go_on(self, key: str, room: _Room) -> None:
        if room.held and room.flying == 0 and room.pausing is None:
            self._release(key, room)
        else:
            self._forget(key, room)

    def _tired(self, key: str, room: _Room) -> None:
        room.flying = 0
        self._release(key, room)

    def _release(self, key: str, room: _Room) -> None:
        if room.patience is not None:
            room.patience.cancel()
            room.patience = None
        held, room.held = sorted(room.held, key=lambda each: each[0]), []
        for _, send in held:
            send()
        self._forget(key, room)

    def _forget(self, key: str, room: _Room) -> None:
        if room.flying == 0 and not room.held and self._rooms.get(key) is room:
            del self._rooms[key]
