"""Parlour: rooms for DApps. What the author of a game imports, and who runs rooms in an application.

Names are loaded on first use, so that `import parlour` (and `parlour --help`) stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from parlour.version import __version__

if TYPE_CHECKING:
    from parlour.core.authoring.chance import Chance
    from parlour.core.authoring.game import Game, Move
    from parlour.core.authoring.marks import action, matched, on_chain
    from parlour.core.authoring.stakes import Stake
    from parlour.core.authoring.values import ChainLog, Clock, Player
    from parlour.core.boards.declared import Board
    from parlour.core.room import Draft, Entry, Outcome, Post
    from parlour.core.rooms.kind import Kind
    from parlour.core.rooms.state import Address, Amount, Between, Length, Options, State
    from parlour.embedding.parlour import Parlour
    from parlour.embedding.rooms import Room
    from parlour.errors import Reject
    from parlour.runtime.rooms.interface import Caller


_HOMES = {
    "Address": "core.rooms.state",
    "Amount": "core.rooms.state",
    "Board": "core.boards.declared",
    "Between": "core.rooms.state",
    "Caller": "runtime.rooms.interface",
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
    "Parlour": "embedding.parlour",
    "Player": "core.authoring.values",
    "Post": "core.room",
    "Reject": "errors",
    "Room": "embedding.rooms",
    "Stake": "core.authoring.stakes",
    "State": "core.rooms.state",
    "action": "core.authoring.marks",
    "matched": "core.authoring.marks",
    "on_chain": "core.authoring.marks",
}

__all__ = [
    "Address",
    "Amount",
    "Between",
    "Board",
    "Caller",
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
    "Parlour",
    "Player",
    "Post",
    "Reject",
    "Room",
    "Stake",
    "State",
    "__version__",
    "action",
    "matched",
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
