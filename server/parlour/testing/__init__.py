"""For tests of DApps: `play` for games, `open_room` for other kinds, chains to follow, and fakes around a room.

The chains are loaded on first use. `AnvilChain` runs a real dev chain. `SimChain` is one in memory, `SimToken` puts a
token on it, `SimPair` a pool for markets, and `SimPool` pending transactions before it. `FaultProxy` stands between a
server and a node and spoils its answers; `FakeNode` answers in memory. `ServerProcess` is a real server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, settle
from parlour.testing.open_room import OpenRoom, open_room
from parlour.testing.play import Seated, Table, play

if TYPE_CHECKING:
    from parlour.testing.anvil import AnvilChain
    from parlour.testing.fake_node import FakeNode
    from parlour.testing.proxy import FaultProxy
    from parlour.testing.server import ServerProcess
    from parlour.testing.simchain import SimChain
    from parlour.testing.simpair import SimPair
    from parlour.testing.simpool import SimPool
    from parlour.testing.simtoken import SimToken

_HOMES = {
    "AnvilChain": "anvil",
    "FakeNode": "fake_node",
    "FaultProxy": "proxy",
    "ServerProcess": "server",
    "SimChain": "simchain",
    "SimPair": "simpair",
    "SimPool": "simpool",
    "SimToken": "simtoken",
}

__all__ = [
    "AnvilChain",
    "FakeClock",
    "FakeConnection",
    "FakeEncoder",
    "FakeNode",
    "FaultProxy",
    "MemoryStore",
    "OpenRoom",
    "Seated",
    "ServerProcess",
    "SimChain",
    "SimPair",
    "SimPool",
    "SimToken",
    "Table",
    "open_room",
    "play",
    "settle",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'parlour.testing' has no attribute {name!r}")
    value = getattr(import_module(f"parlour.testing.{home}"), name)
    globals()[name] = value
    return value
