"""A bot that plays tic-tac-toe without losing, at every table that has a seat for it.

Usage: BOT_KEY=0x… python player.py [url]
"""

import sys
from functools import cache

from parlour_client import Bot, Context

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", key="env:BOT_KEY")


@cache
def worth(cells: tuple[int | None, ...], me: int, next_: int) -> int:
    """Return 1 where I win with best play of both, 0 for a draw, -1 where I lose."""
    for line in LINES:
        owners = {cells[cell] for cell in line}
        if len(owners) == 1 and None not in owners:
            return 1 if owners == {me} else -1
    free = [cell for cell, owner in enumerate(cells) if owner is None]
    if not free:
        return 0
    values = [worth((*cells[:cell], next_, *cells[cell + 1 :]), me, 1 - next_) for cell in free]
    return max(values) if next_ == me else min(values)


def best(cells: list[int | None], me: int) -> int:
    free = [cell for cell, owner in enumerate(cells) if owner is None]
    return max(free, key=lambda cell: worth((*cells[:cell], me, *cells[cell + 1 :]), me, 1 - me))


@bot.turn()
async def play(ctx: Context) -> None:
    assert ctx.room.seat is not None
    await ctx.room.act("place", cell=best(ctx.state["cells"], ctx.room.seat))


if __name__ == "__main__":
    bot.run(rooms=["table-*"])
