"""What players give to a fair game's chance before it begins: first a commitment each, then the value (chance.py)."""

from __future__ import annotations

from parlour.core.games.chance import combined
from parlour.core.games.game import player_at
from parlour.core.games.world import World

DRAW_SECONDS = 60
"""How long players may take to contribute to chance, both steps together."""


def contributors(world: World) -> list[int]:
    """Seats that contribute to chance: everybody but bots."""
    return [seat for seat in world.playing() if not player_at(world, seat).bot]


def owing(world: World) -> list[int]:
    """Seats whose commitment or value is awaited."""
    asked = contributors(world)
    given = world.values if len(world.commits) == len(asked) else world.commits
    return [seat for seat in asked if seat not in given]


def draw_seed(world: World) -> str | None:
    """The seed that all contributions make together, in hex; None while one is missing."""
    if len(world.values) != len(contributors(world)):
        return None
    values = [bytes.fromhex(world.values[seat][2:]) for seat in sorted(world.values)]
    return combined(bytes.fromhex(world.seed), values).hex()
