"""Seals audit rows: every process looks twice a second, and a lock in the store lets one at a time do it."""

from __future__ import annotations

import structlog

from parlour.core.audit.hash_chain import ZERO_HASH, Verdict, judge
from parlour.runtime.audit.trail import AuditTrail
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

log = structlog.get_logger()

SEAL_SECONDS = 0.5
"""Between two looks: a row is sealed within a second."""
AT_ONCE = 500
"""Rows of one transaction: few enough that nobody waits for it."""


class Sealer:
    """Seals the rows of a trail for a process's life."""

    def __init__(self, trail: AuditTrail, clock: Clock) -> None:
        self._trail = trail
        self._clock = clock

    async def run(self) -> None:
        """Seal what waits, until cancelled."""
        while True:
            try:
                while await self._trail.seal(AT_ONCE) == AT_ONCE:
                    pass
            except StoreError as error:
                log.warning("audit.not_sealed", error=str(error))
            await self._clock.sleep(SEAL_SECONDS)


async def verify(trail: AuditTrail) -> Verdict:
    """Return how far the stored chain holds; raises StoreError."""
    verdict = Verdict(0, None, ZERO_HASH, None)
    while rows := await trail.sealed(verdict.rows, AT_ONCE):
        verdict = judge(rows, verdict)
        if verdict.wrong is not None:
            return verdict
    if (verdict.rows, verdict.hash) != await trail.head():
        wrong = f"Rows behind row {verdict.rows} are missing, or the head was changed."
        return Verdict(verdict.rows, verdict.at, verdict.hash, wrong)
    return verdict
