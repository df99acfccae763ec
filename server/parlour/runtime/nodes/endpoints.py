"""The endpoints of one chain: their health, and which one the next step uses.

One endpoint is pinned for a whole step, so that two nodes' views never mix (chain.md F30, failing over within a step).
The choice changes only when the endpoint fails, falls behind or turns out to be another chain.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.runtime.backoff import Backoff
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import Node, RateLimited

_PAUSES = Backoff(first_s=0.05, longest_s=15.0, growth=1.7)
"""An endpoint that only lost a connection is asked again at once; one that is away costs a call in 15 s."""
_LONGEST_ASKED_S = 60.0
"""Seconds an endpoint is left alone at most because it asked for a pause: a wrong header must not end the following."""
_BEHIND_S = 1.0
"""Seconds an endpoint that lags is left alone, where another one can be asked."""


@dataclass(slots=True, eq=False)
class Endpoint:
    """A node and its health.

    Attributes:
        node: its client.
        verified: chain id and genesis were compared since the last failure (chain.md F15, another chain).
        foreign: what showed it to be another chain, or empty; such an endpoint is not used.
        failures, errors: failures in a row, and all of them.
        last_error: for operators.
        head: the height it last reported; -1 before.
        behind: it lags, and another endpoint is asked instead.
        pause_until: monotonic seconds before which it is left alone.
        latency: seconds a step takes, averaged.
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

    def forgive(self) -> None:
        """Forget its failures, because an operator says that it works now."""
        self.foreign, self.failures, self.pause_until = "", 0, 0.0

    def status(self) -> dict[str, Any]:
        """Return what operators see."""
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
        """Return the endpoint of the next step: the current one while it is usable, else the one usable soonest."""
        now = self._clock.monotonic()
        if not self._usable(self._current, now):
            self._current = min(self.all, key=lambda e: (bool(e.foreign), e.pause_until > now, e.behind, e.pause_until))
        return self._current

    def _usable(self, endpoint: Endpoint, now: float) -> bool:
        return not endpoint.foreign and not endpoint.behind and endpoint.pause_until <= now

    def others(self, than: Endpoint) -> list[Endpoint]:
        """Return the other endpoints that may be asked now."""
        now = self._clock.monotonic()
        return [e for e in self.all if e is not than and self._usable(e, now)]

    def on_success(self, endpoint: Endpoint, head: int, latency: float) -> None:
        """Note that a step on this endpoint worked, and how many seconds it took."""
        endpoint.failures, endpoint.head, endpoint.behind = 0, head, False
        endpoint.latency = latency if not endpoint.latency else 0.8 * endpoint.latency + 0.2 * latency

    def on_failure(self, endpoint: Endpoint, error: Exception) -> None:
        """Pause the endpoint: 50 ms, growing 1.7-fold with jitter, or as long as the node asks for."""
        endpoint.failures += 1
        endpoint.errors += 1
        endpoint.verified = False
        endpoint.last_error = f"{type(error).__name__}: {error}"[:200]
        pause = _PAUSES.pause_after(endpoint.failures) * (0.75 + self._random.random() / 2)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            pause = max(pause, min(error.retry_after, _LONGEST_ASKED_S))
        endpoint.pause_until = self._clock.monotonic() + pause

    def on_lag(self, endpoint: Endpoint, head: int) -> None:
        """Pause an endpoint that shows an older head for a second, if there is another one to ask."""
        endpoint.head = head
        endpoint.behind = bool(self.others(endpoint))
        if endpoint.behind:
            endpoint.pause_until = self._clock.monotonic() + _BEHIND_S

    def end_lags(self) -> None:
        """Let endpoints that lagged be asked again once their second is over."""
        now = self._clock.monotonic()
        for endpoint in self.all:
            if endpoint.behind and endpoint.pause_until <= now:
                endpoint.behind = False

    def pause(self) -> float:
        """Return the seconds until some endpoint may be asked again."""
        now = self._clock.monotonic()
        usable = [e.pause_until - now for e in self.all if not e.foreign]
        return max(0.0, min(usable, default=_PAUSES.longest_s))

    @property
    def healthy(self) -> int:
        """How many endpoints answered the last time they were asked."""
        return sum(not e.failures and not e.foreign for e in self.all)

    async def close(self) -> None:
        """Close every connection."""
        for endpoint in self.all:
            await endpoint.node.close()
