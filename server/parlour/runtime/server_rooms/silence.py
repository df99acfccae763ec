"""Says in the states of live rooms that a chain they show is silent: they stand still, and nobody knows since when."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import StoreError

LOOK_S = 5.0
"""Seconds between two looks at the chains: a state may be stale for minutes before it says so."""


class SilentChains(Protocol):
    """What is known of the followers; runtime/chain/chains.py implements it."""

    def __contains__(self, chain: object) -> bool: ...

    def silent(self, grace_ms: int) -> frozenset[int]:
        """Return the chains of which nothing was heard for longer than this."""


class ChainSilence:
    """Knows which chains are silent, and shows rooms again when that changes.

    Args:
        grace_ms: how long a chain may be silent before its rooms say so (`PARLOUR_GATE_GRACE`).
    """

    def __init__(self, registry: RoomRegistry, chains: SilentChains, clock: Clock, grace_ms: int) -> None:
        self._registry, self._chains, self._clock, self._grace = registry, chains, clock, grace_ms
        self._silent: frozenset[int] = frozenset()
        registry.context.silent = self.is_stale

    def is_stale(self, hall: Hall) -> bool:
        """Return whether a chain that the room shows is silent, or followed no longer."""
        shown = hall.shown_chains()
        return bool(shown) and any(chain in self._silent or chain not in self._chains for chain in shown)

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """See which chains are silent now, and show the rooms of those that began or ended to be."""
        before, self._silent = self._silent, self._chains.silent(self._grace)
        changed = before ^ self._silent
        for host in self._registry.live() if changed else ():
            if host.is_open and changed.intersection(host.live.room.shown_chains()):
                with suppress(ParlourError, StoreError):
                    await host.show_again()
