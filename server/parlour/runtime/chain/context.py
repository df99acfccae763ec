"""What every chain of a process shares."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from parlour.runtime.chain.route_kinds import RouteKinds
from parlour.runtime.chain.store import ChainStore
from parlour.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class ChainContext:
    """What every chain uses.

    Attributes:
        store, clock: where chains are kept, and the time.
        owner: the name of this process in leases; drawn at random where none is given.
        routes: how subscriptions of each kind become routes.
    """

    store: ChainStore
    clock: Clock
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    routes: RouteKinds = field(default_factory=RouteKinds)
