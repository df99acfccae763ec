"""The lease on one chain: while this process holds it, no other one follows the chain."""

from __future__ import annotations

import contextlib

from parlour.runtime.chain.context import ChainContext
from parlour.runtime.lease import renewal_s
from parlour.runtime.store import StoreError

LEASE_MS = 15_000
"""How long another process waits before it follows the chain of one that died."""
RENEWAL_S = renewal_s(LEASE_MS)
"""Seconds between renewals, and between tries of a process that stands by."""


class ChainLease:
    """Takes and renews the lease; `fence` is the number of this holding, 0 before the first."""

    def __init__(self, chain: int, context: ChainContext) -> None:
        self._chain, self._store, self._clock, self._owner = chain, context.store, context.clock, context.owner
        self._renewed_at = float("-inf")
        self.fence = 0

    async def renew(self) -> bool:
        """Take or renew the lease if that is due; return whether the fence is still the same.

        Raises:
            Fenced: another process holds it.
            StoreError: the store cannot tell.
        """
        now = self._clock.monotonic()
        if now - self._renewed_at <= RENEWAL_S:
            return True
        before = self.fence
        self.fence = await self._store.acquire(self._chain, self._owner, LEASE_MS, self._clock.now())
        self._renewed_at = now
        return self.fence == before

    async def release(self) -> None:
        """Give the lease back, if the store can be reached."""
        with contextlib.suppress(StoreError):
            await self._store.release(self._chain, self._owner)
