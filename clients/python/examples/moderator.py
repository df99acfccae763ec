"""A bot with the role of a moderator: deletes advertising, mutes who goes on, and lifts mutes on command.

Usage: BOT_KEY=0x… python moderator.py [url] [room …]
"""

import sys
from collections import Counter

from parlour_client import Account, Bot, Context, Filter, Forbidden

STRIKES = 3
"""Deleted messages after which an account is muted."""
MUTE_MS = 10 * 60_000

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", key="env:BOT_KEY")
strikes: Counter[tuple[str, str]] = Counter()


@bot.message(Filter.text(r"free\s+(money|mint|airdrop)|t\.me/") & ~Filter.role("moderator"))
async def advertising(ctx: Context) -> None:
    await ctx.reject("advertising")
    strikes[ctx.room.id, ctx.author] += 1
    if strikes[ctx.room.id, ctx.author] >= STRIKES:
        strikes.pop((ctx.room.id, ctx.author))
        until = int(ctx.now() * 1000) + MUTE_MS
        await ctx.room.moderate(ctx.author, "mute", until=until, reason="advertising")


@bot.command("unmute", role="moderator")
async def unmute(ctx: Context, account: Account) -> None:
    """Lift a mute."""
    await ctx.room.moderate(account, "unmute")
    await ctx.react("👍")


@bot.error(Forbidden)
async def no_right(ctx: Context, error: Exception) -> None:
    await ctx.reply("I need the role of a moderator for that.")


if __name__ == "__main__":
    bot.run(rooms=sys.argv[2:] or ["lobby"])
