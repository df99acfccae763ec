"""A bot that welcomes each newcomer of a room once, and remembers whom it has welcomed.

Usage: BOT_KEY=0x… python greeter.py [url] [room …]
"""

import sys

from parlour_client import Bot, Context, Filter

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", key="env:BOT_KEY", state=True)


@bot.joined(~Filter.from_bot())
async def welcome(ctx: Context) -> None:
    known = ctx.store.get("known", [])
    if ctx.author not in known:
        await ctx.store.set(known=[*known, ctx.author][-500:])  # what a post holds is limited
        await ctx.reply(f"Welcome, {ctx.author[:6]}…! Say gm.")


@bot.message(Filter.text(r"^gm\b") & ~Filter.from_bot())
async def greet(ctx: Context) -> None:
    await ctx.react("☀️")


if __name__ == "__main__":
    bot.run(rooms=sys.argv[2:] or ["lobby"])
