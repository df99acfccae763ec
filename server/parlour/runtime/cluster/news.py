"""What every node tells all others: notices, lists, who is here, and what accounts say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from parlour.core.room import Account, Entry, RoomId
from parlour.runtime.cluster.commands import adapter
from parlour.runtime.open_connections import Connections
from parlour.runtime.statuses import Status, Statuses
from parlour.runtime.store import RoomRecord

Tell = Callable[..., None]
"""Sends a record to one node."""
OnListed = Callable[[RoomRecord, Mapping[Account, int | None]], None]
OnStored = Callable[[RoomRecord, Entry], None]


class Rooms(Protocol):
    """The rooms of this process."""

    def note_created(self, room: RoomId) -> None: ...
    def follow_here(self, room: RoomId) -> None: ...
    def block_here(self, room: RoomId, account: Account, on: bool) -> None: ...
    def tell_here(self, room: RoomId, type_: str, body: Any) -> None: ...


class News:
    """Tells the other nodes what happens here, and does here what they tell.

    Args:
        listed: notes a changed line of a list here.

    Attributes:
        tells: by node, what sends to it.
        stored: called with an entry that another node stored, of those that one node acts on for all.
        told: by its first word, what is called with the rest of news that are not this module's own.
    """

    def __init__(self, connections: Connections, statuses: Statuses, rooms: Rooms, listed: OnListed) -> None:
        self._connections, self._statuses, self._rooms, self._listed = connections, statuses, rooms, listed
        self.tells: dict[bytes, Tell] = {}
        self.stored: OnStored = lambda record, entry: None
        self.told: Mapping[str, Callable[..., None]] = {}
        self._there: dict[bytes, dict[Account, None]] = {}
        connections.on_presence, connections.on_notify = self._here, self._notify
        connections.is_elsewhere = self._is_there
        statuses.on_said = self._said

    # ── what happens here ─────────────────────────────────────────────────────────────────────────────────────

    def _notify(self, account: Account, event: str, data: dict[str, Any]) -> None:
        for node, accounts in self._there.items():
            if account in accounts:
                self.tells[node]("news", "notify", account, event, data)

    def listed(self, record: RoomRecord, banned: Mapping[Account, int | None]) -> None:
        """Note that a room's line in lists may have changed, on every node."""
        self._listed(record, banned)
        if self.tells:
            self.tell_all("listed", asdict(record), banned)

    def _here(self, account: Account, here: bool) -> None:
        self.tell_all("here", [account], here)

    def _said(self, account: Account, said: Status | None, idle: bool) -> None:
        self.tell_all("said", account, said, idle)

    def _is_there(self, account: Account) -> bool:
        return any(account in accounts for accounts in self._there.values())

    def tell_all(self, *news: Any) -> None:
        """Tell every other node."""
        for tell in self.tells.values():
            tell("news", *news)

    # ── what the others tell ──────────────────────────────────────────────────────────────────────────────────

    def began(self, node: bytes, tell: Tell) -> None:
        """Tell a node what there is to know when its link begins."""
        self.tells[node], self._there[node] = tell, {}
        tell("news", "here", list(self._connections.accounts()), True)
        for account, said, idle in self._statuses.all_said():
            tell("news", "said", account, said, idle)

    def ended(self, node: bytes) -> None:
        """Forget what a node said of who is there."""
        self.tells.pop(node, None)
        self._there.pop(node, None)

    def heard(self, node: bytes, kind: str, *news: Any) -> None:
        """Do what a node tells; news that this release does not know are left alone."""
        match kind:
            case "notify":
                self._connections.notify_here(*news)
            case "listed":
                self._heard_listed(*news)
            case "stored":
                record, entry = news
                self.stored(adapter(RoomRecord).validate_python(record), adapter(Entry).validate_python(entry))
            case "here":
                self._heard_here(node, *news)
            case "said":
                self._heard_said(*news)
            case "followed":
                self._rooms.follow_here(*news)
            case "blocked":
                self._rooms.block_here(*news)
            case "signal":
                self._rooms.tell_here(*news)
            case _ if kind in self.told:
                self.told[kind](*news)

    def _heard_listed(self, record: dict[str, Any], banned: Mapping[Account, int | None]) -> None:
        room: RoomRecord = adapter(RoomRecord).validate_python(record)
        self._rooms.note_created(room.id)
        self._listed(room, banned)

    def _heard_here(self, node: bytes, accounts: Iterable[Account], here: bool) -> None:
        there = self._there[node]
        for account in accounts:
            if here:
                there[account] = None
            else:
                there.pop(account, None)

    def _heard_said(self, account: Account, said: dict[str, Any] | None, idle: bool) -> None:
        self._statuses.note_elsewhere(account, None if said is None else Status(**said), idle=idle)
