"""The bot of the conversations: a router for greetings, and a router whose words are commands."""

from __future__ import annotations

import asyncio

from parlour_client import Bot, Context, Filter, Router


class LoopClock:
    """The clock of the event loop, which a conversation moves on; chance gives 0."""

    def now(self) -> float:
        """Return the seconds on the loop's clock."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def chance(self) -> float:
        """Draw always the same."""
        return 0.0


def greeting_bot() -> Bot:
    """Return a bot with a handler of each kind: a filtered message, commands and their terms, a timer and a turn."""
    bot = Bot("", "0x" + "22" * 32)
    greetings = Router("greetings", room="lob*")
    bot.include(greetings)

    @greetings.message(Filter.startswith("gm") & ~Filter.from_bot())
    async def greet(ctx: Context) -> None:
        await ctx.reply("gm")

    @bot.group("sum").command("of")
    async def add(ctx: Context, one: int, other: int) -> None:
        await ctx.reply(str(one + other))

    @bot.command("close", role="moderator")
    async def close(ctx: Context) -> None:
        await ctx.reply("closed")

    @bot.command("roll", cooldown=10.0)
    async def roll(ctx: Context) -> None:
        await ctx.reply("4")

    @bot.every(60.0, per_room=True, jitter=0.0)
    async def tick(ctx: Context) -> None:
        await ctx.room.say("tick")

    @bot.turn()
    async def play(ctx: Context) -> None:
        await ctx.room.act("place", cell=ctx.state["cells"].index(None))

    return bot
