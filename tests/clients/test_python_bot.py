"""Bots of the Python client: handlers, commands and turns, and that nothing a handler does ends the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parlour_client import Bot, Context, Entry, connect
from tests.clients.fake_server import FakeServer
from tests.clients.kit import until

BOT_KEY, PERSON_KEY = "0x" + "22" * 32, "0x" + "33" * 32


@asynccontextmanager
async def serving(bot: Bot, server: FakeServer, *rooms: str) -> AsyncIterator[None]:
    task = asyncio.create_task(bot.serve(rooms))
    await until(lambda: server.seen["room:join"] >= 1)
    await asyncio.sleep(0.05)
    yield
    bot.stop()
    await asyncio.wait_for(task, 60)


def said(server: FakeServer, room: str = "lobby") -> list[str]:
    return [entry["body"]["text"] for entry in server.rooms[room].entries if entry["type"] == "chat.message"]


async def say(server: FakeServer, text: str) -> None:
    async with connect(server.url, PERSON_KEY) as parlour, parlour.join("lobby") as room:
        await room.say(text)


async def test_handler_answers_a_message_and_not_its_own_bot(server: FakeServer) -> None:
    bot = Bot(server.url, BOT_KEY)

    @bot.on("chat.message", room="lob*")
    async def greet(ctx: Context, entry: Entry) -> None:
        await ctx.reply(f"heard {entry.text}")
        await ctx.react("☀️")

    async with serving(bot, server, "lobby"):
        await say(server, "gm")
        await until(lambda: server.rooms["lobby"].head == 4)
        await asyncio.sleep(0.05)
    assert said(server) == ["gm", "heard gm"]
    assert server.rooms["lobby"].entries[2]["body"]["replyTo"] == 2
    assert server.rooms["lobby"].entries[3]["body"] == {"of": 2, "emoji": "☀️", "on": True}


async def test_handler_that_raises_is_logged_and_ends_nothing(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Bot(server.url, BOT_KEY)

    @bot.on("chat.message")
    async def fragile(ctx: Context) -> None:
        if ctx.text == "boom":
            raise RuntimeError("on purpose")
        await ctx.reply("alive")

    async with serving(bot, server, "lobby"):
        await say(server, "boom")
        await say(server, "still there?")
        await until(lambda: said(server)[-1] == "alive")
    assert "fragile failed in room lobby" in caplog.text


async def test_command_gets_its_words_as_arguments(server: FakeServer) -> None:
    bot = Bot(server.url, BOT_KEY)

    @bot.command("add")
    async def add(ctx: Context, left: int, right: int = 1) -> None:
        await ctx.reply(str(left + right))

    async with serving(bot, server, "lobby"):
        await say(server, "!add 2 40")
        await say(server, "!add two")
        await say(server, "!unknown")
        await until(lambda: len(said(server)) == 5)
    assert [text for text in said(server) if not text.startswith("!add ") and text != "!unknown"] == [
        "42",
        "!add: invalid literal for int() with base 10: 'two'",
    ]


async def test_turn_handler_runs_when_it_is_the_bots_turn(server: FakeServer) -> None:
    table = server.room("table-1", "tic-tac-toe")
    table.state = {"cells": [None] * 9, "turn": 0, "status": "playing"}
    bot = Bot(server.url, BOT_KEY)

    @bot.turn()
    async def play(ctx: Context) -> None:
        await ctx.room.act("place", cell=ctx.state["cells"].index(None))

    async with serving(bot, server, "table-*"):
        await until(lambda: table.head == 2)
        assert table.entries[-1]["body"] == {"action": "place", "args": {"cell": 0}}
        view = {"cells": [0, 1, *[None] * 7], "turn": 0, "status": "playing"}
        await server.sio.emit("state", {"room": "table-1", "seq": 2, "state": view}, room="table-1")
        await until(lambda: table.head == 3)
        assert table.entries[-1]["body"]["args"] == {"cell": 2}
        over = {"cells": [0] * 9, "turn": 0, "status": "over"}
        await server.sio.emit("state", {"room": "table-1", "seq": 3, "state": over}, room="table-1")
        await asyncio.sleep(0.1)
    assert table.head == 3


async def test_stop_lets_running_handlers_finish(server: FakeServer) -> None:
    bot = Bot(server.url, BOT_KEY)
    begun = asyncio.Event()

    @bot.on("chat.message")
    async def slow(ctx: Context) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        await ctx.reply("done before going")

    async with serving(bot, server, "lobby"):
        await say(server, "work")
        await begun.wait()
    assert said(server) == ["work", "done before going"]


async def test_error_hook_gets_what_handlers_raise(server: FakeServer) -> None:
    errors: list[str] = []
    bot = Bot(server.url, BOT_KEY, on_error=lambda error: errors.append(type(error).__name__))

    @bot.on("chat.message")
    async def fragile(ctx: Context) -> None:
        if ctx.text == "boom":
            raise RuntimeError("on purpose")

    @bot.signal("nudge")
    async def nudged(ctx: Context) -> None:
        raise KeyError("on purpose")

    async with serving(bot, server, "lobby"):
        for text in ("boom", "gm"):
            await say(server, text)
        sender = {"account": "0x1", "connection": "c1"}
        await server.sio.emit("signal", {"room": "lobby", "from": sender, "type": "nudge", "body": 1}, room="lobby")
        await until(lambda: len(errors) == 2)
    assert sorted(errors) == ["KeyError", "RuntimeError"]


def test_handler_that_can_never_run_is_refused_at_registration() -> None:
    """One that is no coroutine function, and commands whose words cannot become what an annotation says."""
    bot = Bot("http://localhost:1", BOT_KEY)
    with pytest.raises(TypeError, match="async def"):

        @bot.on("chat.message")  # type: ignore[type-var]
        def plain(ctx: Context) -> None: ...

    async def misspelt(ctx: Context, count: "itn") -> None: ...  # type: ignore[name-defined]  # noqa: F821, UP037

    async def unlike(ctx: Context, when: bytes) -> None: ...

    async def named(ctx: Context, **words: str) -> None: ...

    for handler in (misspelt, unlike, named):
        with pytest.raises(TypeError, match=handler.__name__):
            bot.command("many")(handler)
