"""Commands of a bot: how a line is read, what `!help` says, and what an edited command does."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from parlour_client import Bot, Context, Room, connect
from parlour_client.bot.arguments import Arguments, split_words
from parlour_client.bot.commands import Command, CommandBook
from tests.clients.fake_server import FakeServer
from tests.clients.kit import KEY, until
from tests.clients.test_python_bot import BOT_KEY, PERSON_KEY, said, serving


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("don't panic", ["don't", "panic"]),
        ('12" record', ['12"', "record"]),
        ("it's 5 o'clock", ["it's", "5", "o'clock"]),
        ('"two words" one', ["two words", "one"]),
        ("'two words' one", ["two words", "one"]),
        ("“two words” one", ["two words", "one"]),
        ("\"don't panic\" it's", ["don't panic", "it's"]),
        ('"unmatched one', ['"unmatched', "one"]),
        ('say "" now', ["say", "", "now"]),
        ("C:\\temp \\", ["C:\\temp", "\\"]),
        ("a\n\tb", ["a", "b"]),
        ("", []),
    ],
)
def test_unmatched_quote_is_a_character(line: str, words: list[str]) -> None:
    assert split_words(line) == words


async def typed(
    ctx: Any, count: int, share: float = 1.0, loud: bool = False, most: int | None = None, *, rest: str = ""
) -> None:
    """Do nothing.

    It has every kind of argument.
    """


async def many(ctx: Any, first: str, *numbers: int) -> None: ...


def test_words_become_what_annotations_want() -> None:
    assert Arguments(typed).bind("3 0.5 YES 7 it's  \"as typed\"").arguments == {
        "ctx": None, "count": 3, "share": 0.5, "loud": True, "most": 7, "rest": "it's  \"as typed\"",
    }  # fmt: skip
    assert Arguments(many).bind("don't 1 2").args == (None, "don't", 1, 2)
    for line in ("3 0.5 maybe", "three", "3 half"):
        with pytest.raises(ValueError, match=r"maybe|three|half"):
            Arguments(typed).bind(line)
    with pytest.raises(TypeError, match="count"):
        Arguments(typed).bind("")


def test_help_is_made_from_the_docstrings() -> None:
    commands = CommandBook("!")
    assert commands.help("") is None
    commands.add(Command(("typed",), typed))
    commands.add(Command(("many",), many))
    assert commands.help("") == "!typed count [share] [loud] [most] [rest]: Do nothing.\n!many first [numbers…]"
    assert commands.help("typed").endswith("[rest]\nDo nothing.\n\nIt has every kind of argument.")  # type: ignore[union-attr]
    assert commands.help("!many") == "!many first [numbers…]"
    assert commands.help("nothing") == "There is no command nothing. !help lists them."


@pytest.mark.parametrize("name", ["", "two words", " roll", "roll\n"])
def test_command_that_nobody_can_type_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        Bot("http://localhost:1", BOT_KEY).command(name)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("!roll", ("roll", "")),
        ("! roll  20 ", ("roll", "20")),
        ("!roll\n20 3", ("roll", "20 3")),
        ("!", None),
        ("gm", None),
        ("! ", None),
    ],
)
def test_text_calls_a_command(text: str, called: Any) -> None:
    assert CommandBook("!").find(text) == called


# ── with a server ────────────────────────────────────────────────────────────────────────────────────────────────────


def echo_bot(server: FakeServer) -> Bot:
    bot = Bot(server.url, BOT_KEY)

    @bot.command("echo")
    async def echo(ctx: Context, *, text: str) -> None:
        """Say it again."""
        await ctx.reply(text)

    return bot


async def test_echo_dont_panic_is_answered(server: FakeServer) -> None:
    async with (
        serving(echo_bot(server), server, "lobby"),
        connect(server.url, PERSON_KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        await room.say("!echo don't panic")
        await room.say("!Help")
        await until(lambda: len(said(server)) == 4)
    assert [text for text in said(server) if not text.startswith(("!echo don", "!Help"))] == [
        "don't panic",
        "!echo text: Say it again.",
    ]


async def folded(room: Room, *texts: str) -> None:
    await until(lambda: [message.text for message in room.messages()] == list(texts))


async def test_edited_command_runs_again_and_its_reply_is_edited(server: FakeServer) -> None:
    async with (
        serving(echo_bot(server), server, "lobby"),
        connect(server.url, PERSON_KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        asked = await room.say("!echo helo")
        await folded(room, "!echo helo", "helo")
        await room.edit(asked.seq, "!echo hello")
        await folded(room, "!echo hello", "hello")
        plain = await room.say("gm")
        await room.edit(plain.seq, "!echo gm")
        await folded(room, "!echo hello", "hello", "!echo gm", "gm")
        assert room.messages()[-1].reply_to == plain.seq


async def test_edited_command_posts_anew_where_its_reply_is_gone(server: FakeServer) -> None:
    async with (
        serving(echo_bot(server), server, "lobby"),
        connect(server.url, PERSON_KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        asked = await room.say("!echo one")
        await folded(room, "!echo one", "one")
        server.rooms["lobby"].entries[2]["type"] = "chat.gone"
        await room.edit(asked.seq, "!echo two")
        await folded(room, "!echo two", "one", "two")


async def test_reply_to_what_is_no_message_is_a_plain_post(server: FakeServer) -> None:
    bot = Bot(server.url, BOT_KEY)

    @bot.on("chain.event")
    async def tell(ctx: Context) -> None:
        await ctx.reply("something happened")

    async with serving(bot, server, "lobby"):
        await server.write("lobby", "chain.event", {"watch": "w"})
        await until(lambda: said(server) == ["something happened"])
    assert "replyTo" not in server.rooms["lobby"].entries[-1]["body"]


async def test_bot_logs_joins_commands_and_errors(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parlour.bot")
    bot = echo_bot(server)

    @bot.command("boom")
    async def boom(ctx: Context) -> None:
        raise RuntimeError("on purpose")

    async with (
        serving(bot, server, "lobby"),
        connect(server.url, PERSON_KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        for text in ("!echo gm", "!boom", "!ech gm"):
            await room.say(text)
        await until(lambda: "no such command" in caplog.text)
    person = parlour.account
    for line in (
        f"signed in to {server.url} as 0x",
        "joined room lobby as member",
        f"{person} called !echo in room lobby (entry 2)",
        "handler boom failed in room lobby",
        f"{person} called !ech in room lobby: there is no such command",
        "stopped",
    ):
        assert line in caplog.text


async def test_second_bot_with_one_key_is_warned_of(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serving(echo_bot(server), server, "lobby"),
        serving(echo_bot(server), server, "lobby"),
        connect(server.url, KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        await room.say("!echo gm")
        await room.say("!echo gn")
        await until(lambda: len(said(server)) == 6)
        await until(lambda: caplog.text.count("another one runs with the same key") == 2)


async def test_lone_bot_is_warned_of_nothing(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serving(echo_bot(server), server, "lobby"),
        connect(server.url, KEY) as parlour,
        parlour.join("lobby") as room,
    ):
        await room.say("!echo gm")
        await folded(room, "!echo gm", "gm")
    assert "same key" not in caplog.text
