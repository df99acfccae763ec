"""A bot that tells a room when the price of a market passes a bound: `!alert above 2500`, `!alert below 2000`.

Usage: BOT_KEY=0x… python market_alert.py [url] [market room] [room to tell]
"""

import sys
from decimal import Decimal, InvalidOperation
from typing import Literal

from parlour_client import Bot, Context

MARKET = sys.argv[2] if len(sys.argv) > 2 else "market:31337:pool"
TELL = sys.argv[3] if len(sys.argv) > 3 else "lobby"

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", key="env:BOT_KEY", state=True)
alert = bot.group("alert")


def bound(side: Literal["above", "below"], price: str) -> list[str]:
    try:
        return [side, str(Decimal(price))]
    except InvalidOperation:
        raise ValueError(f"a price is wanted, not {price!r}") from None


@alert.command("above")
async def above(ctx: Context, price: str) -> None:
    """Tell when the price goes above this."""
    await keep(ctx, bound("above", price))


@alert.command("below")
async def below(ctx: Context, price: str) -> None:
    """Tell when the price goes below this."""
    await keep(ctx, bound("below", price))


async def keep(ctx: Context, wanted: list[str]) -> None:
    await ctx.store.set(alerts=[*ctx.store.get("alerts", []), wanted][-50:])
    await ctx.react("🔔")


@bot.error(ValueError)
async def not_a_price(ctx: Context, error: Exception) -> None:
    await ctx.reply(str(error))


@bot.on("market.trade", room="market:*")
async def trade(ctx: Context) -> None:
    """Tell of each bound that the price passes, once."""
    assert ctx.entry is not None
    assert isinstance(ctx.entry.body, dict)
    price, store = Decimal(ctx.entry.body["price"]), ctx.store_of(TELL)
    alerts = store.get("alerts", [])
    due = [[side, limit] for side, limit in alerts if (price - Decimal(limit)) * (1 if side == "above" else -1) > 0]
    if due:
        await store.set(alerts=[one for one in alerts if one not in due])
        room = await ctx.parlour.enter(TELL)
        for side, limit in due:
            await room.say(f"{ctx.room.id} is {side} {limit}: {price}")
        room.release()


if __name__ == "__main__":
    bot.run(rooms=[MARKET, TELL])
