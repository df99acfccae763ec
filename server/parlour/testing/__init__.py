"""What ships for tests of DApps: `play` for games without a server."""

from parlour.testing.play import Seated, Table, play

__all__ = ["Seated", "Table", "play"]
