"""For tests of DApps: `play` for games, `open_room` for other kinds, and fakes of a live room's surroundings."""

from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, settle
from parlour.testing.open_room import OpenRoom, open_room
from parlour.testing.play import Seated, Table, play

__all__ = [
    "FakeClock",
    "FakeConnection",
    "FakeEncoder",
    "MemoryStore",
    "OpenRoom",
    "Seated",
    "Table",
    "open_room",
    "play",
    "settle",
]
