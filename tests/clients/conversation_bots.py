"""The bot of the conversations: a router for greetings, and a router whose words are commands."""

from __future__ import annotations

from parlour_client import Bot, Context, Filter, Router


def greeting_bot() -> Bot:
    """Return a bot that answers `gm` of people, and adds numbers on `!sum of`."""
    bot = Bot("", "0x" + "22" * 32)
    greetings = Router("greetings", room="lob*")
    bot.include(greetings)

    @greetings.message(Filter.startswith("gm") & ~Filter.from_bot())
    async def greet(ctx: Context) -> None:
        await ctx.reply("gm")

    @bot.group("sum").command("of")
    async def add(ctx: Context, one: int, other: int) -> None:
        await ctx.reply(str(one + other))

    return bot
