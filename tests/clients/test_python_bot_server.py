"""A bot against a real server: a ban and its end, an edited command, and lists that are longer than a page."""

from __future__ import annotations

import asyncio

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Bot, Context, Retry, Room, connect
from parlour_client.bot import attendance


async def shown(room: Room, *texts: str) -> None:
    """Wait until the room's messages are these."""
    async with asyncio.timeout(30):
        while [message.text for message in room.messages()] != list(texts):
            await asyncio.sleep(0.02)


async def test_bot_comes_back_after_a_ban_and_follows_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "COME_BACK", Retry(first=0.1, longest=0.2))
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby", title="Lobby")
        bot = Bot(server.url, wallet("bot"))

        @bot.command("echo")
        async def echo(ctx: Context, *, text: str) -> None:
            await ctx.reply(text)

        async with ann.join("lobby") as room:
            came = asyncio.create_task(joins(room, wallet("bot").address))
            serving = asyncio.create_task(bot.serve(["lob*"]))
            await came
            asked = await room.say("!echo don't panic")
            await shown(room, "!echo don't panic", "don't panic")
            await room.edit(asked.seq, "!echo panic")
            await shown(room, "!echo panic", "panic")

            await room.moderate(wallet("bot").address, "ban")
            await room.say("!echo unheard")
            await shown(room, "!echo panic", "panic", "!echo unheard")
            came = asyncio.create_task(joins(room, wallet("bot").address))
            await room.moderate(wallet("bot").address, "unban")
            await came
            await room.say("!echo back")
            await shown(room, "!echo panic", "panic", "!echo unheard", "!echo back", "back")
            bot.stop()
            await asyncio.wait_for(serving, 60)


async def joins(room: Room, account: str) -> None:
    """Wait until an account that is not here comes into the room."""
    here = asyncio.Event()
    off = room.on_presence(lambda presence: here.set() if account in presence["members"] else None)
    try:
        await asyncio.wait_for(here.wait(), 30)
    finally:
        off()


async def test_every_list_is_read_to_its_end() -> None:
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby")
        for number in range(60):
            await ann.create("chat", id=f"room-{number}")
        async with ann.join("lobby") as room:
            await asyncio.gather(*(room.say(f"gm {number}") for number in range(130)))
            found = [entry.text async for entry in room.all_found("gm")]
            assert sorted(found) == sorted(f"gm {number}" for number in range(130))
            log = [entry.seq async for entry in room.all_entries()]
            assert log == list(range(1, room.head + 1))
            assert [entry.seq async for entry in room.all_entries(after=5, before=9)] == [6, 7, 8]
            assert [member.account async for member in room.all_members()] == [ann.account]
        assert len([info["id"] async for info in ann.all_rooms()]) == 61
