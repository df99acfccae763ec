"""A bot that tells of large transfers of a token in words, and takes back those that a reorganisation undid.

Usage: BOT_KEY=0x… python chain_bridge.py url room token-address [chain]
"""

import sys

from parlour_client import Bot, Context, Filter, Parlour

TRANSFER = "Transfer(address indexed from, address indexed to, uint256 value)"
URL, ROOM, TOKEN, CHAIN = (*sys.argv[1:5], *("http://localhost:8080", "lobby", "", "31337")[len(sys.argv) - 1 :])
LARGE = 1_000 * 10**18

bot = Bot(URL, key="env:BOT_KEY", state=True)


@bot.startup()
async def watch(parlour: Parlour) -> None:
    """Let the room hear of the token, as somebody who may, unless it does already."""
    if TOKEN:
        async with parlour.join(ROOM) as room:
            if any(watch.get("address", "").lower() == TOKEN.lower() for watch in room.info.get("watches", [])):
                return
            await room.watch(chain=int(CHAIN), address=TOKEN, event=TRANSFER, finality="included")


@bot.chain("Transfer", Filter.finality("included"))
async def transfer(ctx: Context) -> None:
    assert ctx.entry is not None
    assert isinstance(ctx.entry.body, dict)
    args = ctx.entry.body["args"]
    if int(args["value"]) >= LARGE:
        posted = await ctx.room.say(f"🐋 {int(args['value']) / 10**18:,.0f} tokens went to {args['to'][:8]}…")
        told = {**ctx.store.get("told", {}), str(ctx.entry.seq): posted.seq}
        await ctx.store.set(told=dict(list(told.items())[-100:]))


@bot.on("chain.reverted")
async def undone(ctx: Context) -> None:
    """A reorganisation undid events: say so where the bot told of them."""
    assert ctx.entry is not None
    assert isinstance(ctx.entry.body, dict)
    for seq in ctx.entry.body["of"]:
        message = ctx.store.get("told", {}).get(str(seq))
        if message is not None:
            await ctx.room.edit(message, "↩️ The chain took this transfer back.")


if __name__ == "__main__":
    bot.run(rooms=[ROOM])
