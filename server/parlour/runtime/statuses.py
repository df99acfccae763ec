"""How accounts say they are (active, idle, busy, with a line of text), and which live rooms show it.

Kept in memory: a status outlives sockets and not the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.core.room import Account
from parlour.runtime.clock import Clock

ACTIVE, IDLE = "active", "idle"
MOST_KEPT = 10_000
"""Accounts whose word is kept; the oldest are active again."""


class Shows(Protocol):
    """A live room that shows who is in it."""

    def status_changed(self, account: Account) -> None:
        """Tell the people of the room soon."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an account says of itself: `active`, `idle` or `busy`, a text, and until when (ms)."""

    status: str
    text: str | None = None
    until: int | None = None


class Statuses:
    """What accounts say, and who made no request for a while.

    Args:
        idle_seconds: without a request of an account, after which it is idle by itself.

    Attributes:
        on_said: called with an account, its word and whether it is idle, where either changed in this process.
    """

    def __init__(self, clock: Clock, idle_seconds: float = 300.0) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._said: dict[Account, Status] = {}
        self._asked: dict[Account, float] = {}
        """When (monotonic seconds) each account that is connected asked last, the earliest first."""
        self._idle: set[Account] = set()
        self._gone: dict[Account, int] = {}
        self._rooms: dict[Account, set[Shows]] = {}
        self.on_said: Callable[[Account, Status | None, bool], None] = lambda account, said, idle: None

    def shown(self, account: Account) -> dict[str, Any] | None:
        """Return `{status, text?, until?}`, or None for an account that is just active."""
        said = self._said.get(account)
        if said is not None and said.until is not None and said.until <= self._clock.now():
            said = None
        status = ACTIVE if said is None else said.status
        if status == ACTIVE and account in self._idle:
            status = IDLE
        if status == ACTIVE and (said is None or said.text is None):
            return None
        shown: dict[str, Any] = {"status": status}
        if said is not None:
            shown |= {key: value for key, value in (("text", said.text), ("until", said.until)) if value is not None}
        return shown

    def say(self, account: Account, status: Status) -> None:
        """Keep what an account says, and tell the rooms that it is in."""
        self._keep(account, status)
        self._tell(account)

    def note_elsewhere(self, account: Account, said: Status | None, *, idle: bool) -> None:
        """Keep what an account says on another node, and whether it is idle there."""
        self._keep(account, said)
        (self._idle.add if idle else self._idle.discard)(account)
        self._show(account)

    def all_said(self) -> list[tuple[Account, Status | None, bool]]:
        """Return the accounts that said something or are idle."""
        return [(each, self._said.get(each), each in self._idle) for each in self._said.keys() | self._idle]

    def _keep(self, account: Account, said: Status | None) -> None:
        self._said.pop(account, None)
        if said is None:
            return
        if len(self._said) >= MOST_KEPT:
            del self._said[next(iter(self._said))]
        self._said[account] = said

    def asked(self, account: Account) -> None:
        """Note a request of an account: it is not idle by itself any more."""
        self._asked.pop(account, None)
        self._asked[account] = self._clock.monotonic()
        if account in self._idle:
            self._idle.discard(account)
            self._tell(account)

    def left(self, account: Account) -> None:
        """Note that the last socket of an account is gone."""
        self._asked.pop(account, None)
        if account in self._idle:
            self._idle.discard(account)
            self.on_said(account, self._said.get(account), False)
        self._gone[account] = self._clock.now()

    def take_gone(self) -> dict[Account, int]:
        """Return which accounts left since the last call, and when (ms)."""
        gone, self._gone = self._gone, {}
        return gone

    def give_back(self, gone: Mapping[Account, int]) -> None:
        """Keep what `take_gone` returned for its next call, where it could not be stored."""
        self._gone = {**gone, **self._gone}

    def enter(self, account: Account, room: Shows) -> None:
        """Tell this room of the account's status from now on."""
        self._rooms.setdefault(account, set()).add(room)

    def exit(self, account: Account, room: Shows) -> None:
        """Tell this room no longer."""
        rooms = self._rooms.get(account)
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._rooms[account]

    def sweep(self) -> None:
        """Let accounts be idle that made no request for a while, and end what was said until now."""
        idle_since, now = self._clock.monotonic() - self._idle_seconds, self._clock.now()
        for account, at in list(self._asked.items()):
            if at > idle_since:
                break
            if account not in self._idle:
                self._idle.add(account)
                self._tell(account)
        over = [account for account, said in self._said.items() if said.until is not None and said.until <= now]
        for account in over:
            del self._said[account]
            self._tell(account)

    def _tell(self, account: Account) -> None:
        self.on_said(account, self._said.get(account), account in self._idle)
        self._show(account)

    def _show(self, account: Account) -> None:
        for room in list(self._rooms.get(account, ())):
            room.status_changed(account)
