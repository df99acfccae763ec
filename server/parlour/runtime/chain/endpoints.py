"""The endpoints of one chain: which one the next step uses, and how each is doing.

One endpoint is pinned for a whole step, so that two nodes' views never mix (F30). The choice is sticky: it changes when
the endpoint fails, falls behind or turns out to be another chain.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.runtime.backoff import Backoff
from parlour.runtime.chain.node import Node, RateLimited
from parlour.runtime.clock import Clock

_PAUSES = Backoff(first_s=0.05, longest_s=15.0, growth=1.7)
"""An endpoint that only lost a connection is asked again at once; one that is away costs a call in 15 s."""


@dataclass(slots=True, eq=False)
class Endpoint:
    """A node and its health.

    Attributes:
        verified: chain id and genesis were compared since the last failure (F15).
        foreign: what showed it to be another chain, or empty; such an endpoint is not used.
        head: the height it last reported.
        pause_until: monotonic seconds before which it is left alone.
    """

    node: Node
    verified: bool = False
    foreign: str = ""
    failures: int = 0
    errors: int = 0
    last_error: str = ""
    head: int = -1
    behind: bool = False
    pause_until: float = 0.0
    latency: float = 0.0

    def status(self) -> dict[str, Any]:
        return {
            "name": self.node.name,
            "healthy": not self.failures and not self.foreign and not self.behind,
            "head": self.head,
            "errors": self.errors,
            "lastError": self.foreign or self.last_error,
            "latencyMs": round(self.latency * 1000, 1),
        }


class Endpoints:
    """All endpoints of a chain, the preferred one first."""

    def __init__(self, nodes: Sequence[Node], clock: Clock, rng: random.Random | None = None) -> None:
        self.all = [Endpoint(node) for node in nodes]
        self._clock = clock
        self._current = self.all[0]
        self._random = rng or random.Random()

    def pick(self) -> Endpoint:
        """The endpoint of the next step."""
        now = self._clock.monotonic()
        if not self._usable(self._current, now):
            self._current = min(self.all, key=lambda e: (bool(e.foreign), e.pause_until > now, e.behind, e.pause_until))
        return self._current

    def _usable(self, endpoint: Endpoint, now: float) -> bool:
        return not endpoint.foreign and not endpoint.behind and endpoint.pause_until <= now

    def others(self, than: Endpoint) -> list[Endpoint]:
        """Endpoints worth asking instead."""
        now = self._clock.monotonic()
        return [e for e in self.all if e is not than and self._usable(e, now)]

    def worked(self, endpoint: Endpoint, head: int, latency: float) -> None:
        endpoint.failures, endpoint.head, endpoint.behind = 0, head, False
        endpoint.latency = latency if not endpoint.latency else 0.8 * endpoint.latency + 0.2 * latency

    def failed(self, endpoint: Endpoint, error: Exception) -> None:
        """Leave the endpoint alone for a while: 50 ms, growing 1.7-fold with jitter, or as long as it asked for."""
        endpoint.failures += 1
        endpoint.errors += 1
        endpoint.verified = False
        endpoint.last_error = f"{type(error).__name__}: {error}"[:200]
        pause = _PAUSES.pause_after(endpoint.failures) * (0.75 + self._random.random() / 2)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            pause = max(pause, min(error.retry_after, 60.0))
        endpoint.pause_until = self._clock.monotonic() + pause

    def lags(self, endpoint: Endpoint, head: int) -> None:
        """It answered with a head we are already past: use another one, if there is one."""
        endpoint.head = head
        endpoint.behind = bool(self.others(endpoint))
        if endpoint.behind:
            endpoint.pause_until = self._clock.monotonic() + 1.0

    def refresh(self) -> None:
        """Those that were behind and had their pause may be asked again."""
        now = self._clock.monotonic()
        for endpoint in self.all:
            if endpoint.behind and endpoint.pause_until <= now:
                endpoint.behind = False

    def pause(self) -> float:
        """Seconds until some endpoint may be asked again."""
        now = self._clock.monotonic()
        usable = [e.pause_until - now for e in self.all if not e.foreign]
        return max(0.0, min(usable, default=_PAUSES.longest_s))

    @property
    def healthy(self) -> int:
        return sum(not e.failures and not e.foreign for e in self.all)

    async def close(self) -> None:
        for endpoint in self.all:
            await endpoint.node.close()
