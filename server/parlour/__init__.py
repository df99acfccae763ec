"""Parlour: rooms for DApps. What the author of a game imports; docs/games.md shows how.

Names are loaded on first use, so that `import parlour` (and `parlour --help`) stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parlour.core.authoring.chance import Chance
    from parlour.core.authoring.game import Game, Move
    from parlour.core.authoring.marks import action, on_chain
    from parlour.core.authoring.stakes import Stake
    from parlour.core.authoring.values import ChainLog, Clock, Player
    from parlour.core.room import Draft, Entry, Outcome, Post
    from parlour.core.rooms.kind import Kind
    from parlour.core.rooms.state import Address, Amount, Between, Length, Options, State
    from parlour.errors import Reject

__version__ = "0.1.0"

_HOMES = {
    "Address": "core.rooms.state",
    "Amount": "core.rooms.state",
    "Between": "core.rooms.state",
    "ChainLog": "core.authoring.values",
    "Chance": "core.authoring.chance",
    "Clock": "core.authoring.values",
    "Draft": "core.room",
    "Entry": "core.room",
    "Game": "core.authoring.game",
    "Kind": "core.rooms.kind",
    "Length": "core.rooms.state",
    "Move": "core.authoring.game",
    "Options": "core.rooms.state",
    "Outcome": "core.room",
    "Player": "core.authoring.values",
    "Post": "core.room",
    "Reject": "errors",
    "Stake": "core.authoring.stakes",
    "State": "core.rooms.state",
    "action": "core.authoring.marks",
    "on_chain": "core.authoring.marks",
}

__all__ = [
    "Address",
    "Amount",
    "Between",
    "ChainLog",
    "Chance",
    "Clock",
    "Draft",
    "Entry",
    "Game",
    "Kind",
    "Length",
    "Move",
    "Options",
    "Outcome",
    "Player",
    "Post",
    "Reject",
    "Stake",
    "State",
    "action",
    "on_chain",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'parlour' has no attribute {name!r}")
    value = getattr(import_module(f"parlour.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
