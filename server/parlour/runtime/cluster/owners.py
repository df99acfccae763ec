"""Finds which node owns a room: this one, another one, or nobody, which makes it this one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from parlour.core.room import RoomId
from parlour.runtime.clock import Clock
from parlour.runtime.cluster.peers import Peer, Peers
from parlour.runtime.store import StoreError

log = structlog.get_logger()

MOST_KNOWN = 100_000
"""Rooms whose owner is remembered, the oldest are asked for again: about 20 MB."""
BATCH = 256

Found = Callable[["Owner"], None]


class Holders(Protocol):
    """What this module needs of the store."""

    async def holders(self, rooms: Sequence[RoomId], now: int) -> dict[RoomId, str]:
        """Return who holds the leases of rooms, by lower-case id; those that nobody holds now are missing."""
        ...


class Owner:
    """Who owns a room.

    Attributes:
        peer: another node; None for this one, or for nobody.
        away: it is owned by a node that cannot be reached, or that is not known.
    """

    __slots__ = ("away", "peer")

    def __init__(self, peer: Peer | None = None, *, away: bool = False) -> None:
        self.peer = peer
        self.away = away


HERE = Owner()
AWAY = Owner(away=True)


class Owners:
    """Remembers the owners of rooms that are not live here.

    A room has an owner while its lease is held. What is remembered may be out of date: then its node refuses, and the
    store is asked again (`forget`).
    """

    def __init__(self, store: Holders, peers: Peers, clock: Clock) -> None:
        """Args: peers: of them, one takes the rooms without an owner while this node is full."""
        self._store, self._peers, self._clock = store, peers, clock
        self._known: dict[str, Peer] = {}
        self._waiting: dict[str, list[Found]] = {}
        self._task: asyncio.Task[None] | None = None

    def known(self, key: str) -> Peer | None:
        """Return the other node that is known to own a room; None where the store has to be asked."""
        peer = self._known.get(key)
        if peer is not None and (peer.draining or not peer.link.is_up):
            del self._known[key]
            return None
        return peer

    def forget(self, key: str) -> None:
        """Ask the store about this room again."""
        self._known.pop(key, None)

    def is_asked(self, key: str) -> bool:
        """Return whether the store is being asked about a room, so that who comes now waits behind the others."""
        return key in self._waiting

    def ask(self, key: str, found: Found) -> None:
        """Ask the store who owns a room; calls are in the order in which they were asked for."""
        self._waiting.setdefault(key, []).append(found)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._read(), name="room owners")

    async def find(self, room: RoomId) -> Owner:
        """Return who owns a room."""
        key = room.lower()
        peer = self.known(key)
        if peer is not None and not self.is_asked(key):
            return Owner(peer)
        answer: asyncio.Future[Owner] = asyncio.get_running_loop().create_future()
        self.ask(key, lambda owner: None if answer.done() else answer.set_result(owner))
        return await answer

    async def _read(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:BATCH]
            holders: dict[RoomId, str] | None = None
            try:
                holders = await self._store.holders(keys, self._clock.now())
            except StoreError as error:
                log.warning("cluster.owners_unknown", error=str(error))
            except Exception:  # who waits must be answered, and the next batch must be read
                log.exception("cluster.owners_failed")
            for key in keys:
                owner = AWAY if holders is None else self._owner(key, holders.get(key))
                for found in self._waiting.pop(key):
                    try:
                        found(owner)
                    except Exception:  # the others must hear of theirs, and the next batch must be read
                        log.exception("cluster.owner_untold")
        self._task = None

    def _owner(self, key: str, name: str | None) -> Owner:
        if name is None or name == self._peers.me.name:
            peer, otherwise = self._peers.roomy() if self._peers.is_full() else None, HERE
        else:
            peer, otherwise = self._peers.named(name), AWAY
        if peer is None:
            return otherwise
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[key] = peer
        return Owner(peer)
