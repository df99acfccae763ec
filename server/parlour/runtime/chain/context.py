"""What every chain of a process shares."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from parlour.runtime.chain.store import ChainStore
from parlour.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class ChainContext:
    """The store, the clock, and the name of this process in leases (drawn at random where none is given)."""

    store: ChainStore
    clock: Clock
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
