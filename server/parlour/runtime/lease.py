"""The rules of leases: who may take one, with which fence, and how often its holder renews it.

A lease only avoids contention. Correctness comes from the fence, which every write compares (runtime/store.py).
`adapters/sql/rooms.py` states the same rule as SQL, where one statement decides for many processes.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_MS = 300_000
"""A lease that ends later than this from now was taken by a clock that was ahead, and is free: no process takes one for
so long, and its rooms would stay closed for as long as that clock was wrong."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds something, until when (ms since 1970), and the fence of this holding."""

    holder: str | None = None
    until: int = 0
    fence: int = 0

    def taken_by(self, owner: str, ttl_ms: int, now: int) -> Lease | None:
        """Return the lease after `owner` took or renewed it at `now`; None while another owner holds it.

        A new owner gets a new fence; whoever renews keeps theirs.
        """
        if self.holder != owner and self.holds(now):
            return None
        return Lease(owner, now + ttl_ms, self.fence + (self.holder != owner))

    def holds(self, now: int) -> bool:
        """Return whether its holder has it at `now`."""
        return bool(self.holder) and now < self.until <= now + LONGEST_MS


def renewal_s(ttl_ms: int) -> float:
    """Return the seconds between renewals of a lease: a third of it, so that two may fail."""
    return ttl_ms / 3000
