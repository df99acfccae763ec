"""A bot that answers `gm` in the lobby and plays tic-tac-toe at every table.

Usage: BOT_KEY=0x… python gm_bot.py [url]
"""

import sys

from parlour_client import Bot, Context

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", key="env:BOT_KEY")


@bot.on("chat.message")
async def greet(ctx: Context) -> None:
    if ctx.text.strip().lower() == "gm":
        await ctx.reply("gm ☀️")


@bot.turn()
async def play(ctx: Context) -> None:
    free = [cell for cell, owner in enumerate(ctx.state["cells"]) if owner is None]
    await ctx.room.act("place", cell=min(free, key=lambda cell: (cell != 4, cell % 2, cell)))


if __name__ == "__main__":
    bot.run(rooms=["lobby", "table-*"])
