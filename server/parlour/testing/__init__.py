"""For tests of DApps: `play` for games without a server, and fakes for what a live room needs from outside."""

from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, settle
from parlour.testing.play import Seated, Table, play

__all__ = ["FakeClock", "FakeConnection", "FakeEncoder", "MemoryStore", "Seated", "Table", "play", "settle"]
