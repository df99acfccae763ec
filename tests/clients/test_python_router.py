"""Routers of a bot, by the test harness: filters, middleware, errors, commands and their terms, questions."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest

from parlour_client import Account, Bot, Context, Filter, Router
from parlour_client.testing import ALICE, BOB, Action, BotHarness

KEY = "0x" + "22" * 32


def bot(**options: Any) -> Bot:
    return Bot("http://localhost:1", KEY, **options)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


# ── filters and routers ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_filters_join_by_and_or_and_not() -> None:
    greeter = bot()

    @greeter.message((Filter.startswith("gm") | Filter.text(r"good\s+morning")) & ~Filter.from_bot())
    async def greet(ctx: Context) -> None:
        await ctx.reply("gm")

    async with BotHarness(greeter) as harness:
        harness.server.bots.add(BOB)
        assert [entry.text for entry in await harness.say("GM all")] == ["gm"]
        assert [entry.text for entry in await harness.say("a good  morning")] == ["gm"]
        assert await harness.say("hello") == []
        assert await harness.say("gm", author=BOB) == []
        assert harness.errors == []


async def test_filters_read_body_author_mentions_and_finality() -> None:
    seen: list[str] = []
    watcher = bot()

    @watcher.chain("Transf*", Filter.finality("safe"), Filter.body(chain=1))
    async def moved(ctx: Context) -> None:
        seen.append("moved")

    @watcher.message(Filter.mentions_me(), Filter.author(ALICE))
    async def named(ctx: Context) -> None:
        seen.append("named")

    async with BotHarness(watcher) as harness:
        for body in (
            {"event": "Transfer", "chain": 1, "status": "included"},
            {"event": "Transfer", "chain": 2, "status": "safe"},
            {"event": "Approval", "chain": 1, "status": "safe"},
            {"event": "Transfer", "chain": 1, "status": "finalized"},
        ):
            await harness.entry("chain.event", body)
        assert seen == ["moved"]
        mention = {"text": "you", "mentions": [harness.server.account]}
        await harness.entry("chat.message", mention, author=BOB)
        await harness.entry("chat.message", {"text": "you", "mentions": None}, author=ALICE)
        await harness.entry("chat.message", mention, author=ALICE)
    assert seen == ["moved", "named"]


async def test_role_filter_follows_promotions() -> None:
    keeper = bot()

    @keeper.message(Filter.role("moderator"))
    async def obey(ctx: Context) -> None:
        await ctx.react("🫡")

    async with BotHarness(keeper) as harness:
        assert await harness.say("now") == []
        harness.give_role(ALICE, "owner")
        assert [entry.type for entry in await harness.say("now")] == ["chat.reaction"]


async def test_included_router_keeps_to_its_rooms() -> None:
    tables, root = Router("tables", room="table-*"), bot()

    @tables.message()
    async def heard(ctx: Context) -> None:
        await ctx.reply("at a table")

    root.include(tables)
    async with BotHarness(root) as harness:
        assert await harness.say("gm") == []
    async with BotHarness(root, room="table-1") as harness:
        assert [entry.text for entry in await harness.say("gm")] == ["at a table"]
    with pytest.raises(ValueError, match="tables is included already"):
        root.include(tables)
    with pytest.raises(ValueError, match="included already"):
        tables.include(root)


async def test_error_goes_to_the_nearest_router_that_takes_it() -> None:
    taken: list[str] = []
    inner, root = Router("inner"), bot()
    root.include(inner)

    @inner.message()
    async def fail(ctx: Context) -> None:
        raise {"value": ValueError, "key": KeyError, "os": OSError}[ctx.text]("on purpose")

    @inner.error(ValueError)
    async def nearest(ctx: Context, error: Exception) -> None:
        taken.append("inner")

    @inner.error(KeyError)
    async def hands_on(ctx: Context, error: Exception) -> bool:
        return False

    @root.error(LookupError)
    async def outermost(ctx: Context, error: Exception) -> None:
        taken.append(f"root {ctx.text}")

    async with BotHarness(root) as harness:
        for text in ("value", "key", "os"):
            await harness.say(text)
        assert taken == ["inner", "root key"]
        assert [type(error) for error in harness.errors] == [OSError]


async def test_middleware_goes_around_handlers_outermost_first() -> None:
    steps: list[str] = []
    inner, root = Router("inner"), bot()
    root.include(inner)

    @root.middleware()
    async def outer_layer(ctx: Context, call_next: Any) -> None:
        steps.append("root")
        if ctx.text != "stop":
            await call_next()
            steps.append("after")

    @inner.middleware()
    async def inner_layer(ctx: Context, call_next: Any) -> None:
        steps.append("inner")
        await call_next()

    @inner.message()
    async def heard(ctx: Context) -> None:
        steps.append(ctx.text)

    async with BotHarness(root) as harness:
        await harness.say("go")
        await harness.say("stop")
    assert steps == ["root", "inner", "go", "after", "root"]


# ── people, signals, turns ───────────────────────────────────────────────────────────────────────────────────────────


async def test_people_signals_and_turns_call_their_handlers() -> None:
    host = bot()

    @host.joined()
    async def welcome(ctx: Context) -> None:
        await ctx.reply(f"welcome {ctx.author[:4]}")

    @host.left()
    async def bye(ctx: Context) -> None:
        await ctx.reply(f"bye {ctx.author[:4]}")

    @host.signal("nudge")
    async def nudged(ctx: Context) -> None:
        assert ctx.signal is not None
        await ctx.reply(f"{ctx.author[:4]} nudged {ctx.signal['body']}")

    @host.turn()
    async def play(ctx: Context) -> None:
        await ctx.room.act("place", cell=ctx.state["cells"].index(None))

    state = {"cells": [None] * 3, "turn": 1, "status": "playing"}
    async with BotHarness(host, kind="tic-tac-toe", state=state) as harness:
        assert [entry.text for entry in await harness.come(ALICE)] == ["welcome 0xAA"]
        assert [entry.text for entry in await harness.go(ALICE)] == ["bye 0xAA"]
        assert [entry.text for entry in await harness.signal("nudge", 7)] == ["0xAA nudged 7"]
        assert await harness.signal("nudge", author=harness.parlour.account) == []
        assert await harness.signal("other") == []
        assert await harness.turn({**state, "turn": 0, "cells": [1, None, None]}) == [Action("place", {"cell": 1})]
        assert await harness.turn({**state, "turn": 0, "status": "ended"}) == []
        assert harness.errors == []


@pytest.mark.parametrize("room", ["lobby", "hall"])
async def test_turn_is_only_played_where_its_filters_and_its_room_pass(room: str) -> None:
    host = bot()
    played: list[str] = []

    @host.turn(Filter(lambda ctx: ctx.state["cells"][0] is None))
    async def first(ctx: Context) -> None:
        played.append("filtered")

    @host.turn("hall")  # as the pattern for rooms was given before filters came
    async def second(ctx: Context) -> None:
        played.append("hall")

    @host.turn(room="lob*")
    async def third(ctx: Context) -> None:
        played.append("lobby")

    state = {"cells": [None], "turn": 1, "status": "playing"}
    async with BotHarness(host, room=room, kind="tic-tac-toe", state=state) as harness:
        await harness.turn({**state, "turn": 0})
        await harness.turn({**state, "turn": 0, "cells": ["x"]})
    assert played == ["filtered", room, room]


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_annotations_convert_choices_enums_and_accounts() -> None:
    clerk = bot()

    @clerk.command("paint")
    async def paint(
        ctx: Context, colour: Colour, size: Literal["s", "l"], who: Account, pin: int | None = None
    ) -> None:
        await ctx.reply(f"{colour.name} {size} {who} {pin} {ctx.args['size']}")

    async with BotHarness(clerk) as harness:
        vitalik = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"
        await harness.say(f"!paint blue L {vitalik}")
        await harness.say(f"!paint green l {vitalik}")
        await harness.say("!paint red s 0x12")
        await harness.say("!paint red")
        assert harness.texts == [
            "BLUE l 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 None l",
            "!paint: one of red, blue, RED, BLUE is wanted, not 'green'",
            "!paint: an account's address is wanted (0x and 40 hex digits), not '0x12'",
            "!paint: missing a required argument: 'size'. Usage: !paint colour size who [pin]",
        ]


async def test_group_alias_and_help_find_their_command() -> None:
    pollster = bot()
    poll = pollster.group("poll")

    @poll.command("new", "create", help="Begin a poll.")
    async def new(ctx: Context, *, question: str) -> None:
        await ctx.reply(f"poll: {question}")

    @poll.command("close")
    async def close(ctx: Context) -> None:
        """End the poll."""

    async with BotHarness(pollster) as harness:
        for line in ("!poll new gm or gn?", "!Poll Create  again?", "!poll", "!help poll close", "!poll open"):
            await harness.say(line)
        listed = "!poll new question: Begin a poll.\n!poll close: End the poll."
        assert harness.texts == [
            "poll: gm or gn?", "poll: again?", listed, "!poll close\nEnd the poll.", listed,
        ]  # fmt: skip


async def test_command_ends_dispatch_unless_it_says_also() -> None:
    heard: list[str] = []
    root = bot()

    @root.command("quiet")
    async def quiet(ctx: Context) -> None:
        heard.append("command")

    @root.command("loud", also=True)
    async def loud(ctx: Context) -> None:
        heard.append("command")

    @root.message()
    async def message(ctx: Context) -> None:
        heard.append(ctx.text)

    async with BotHarness(root) as harness:
        for line in ("!quiet", "!loud", "!unknown"):
            await harness.say(line)
    assert heard == ["command", "command", "!loud", "!unknown"]


async def test_role_and_cooldown_refuse_a_call() -> None:
    keeper = bot()

    @keeper.command("close", role="moderator")
    async def close(ctx: Context) -> None:
        await ctx.reply("closed")

    @keeper.command("roll", cooldown=10)
    async def roll(ctx: Context) -> None:
        await ctx.reply("4")

    async with BotHarness(keeper) as harness:
        harness.give_role(BOB, "moderator")
        await harness.say("!close")
        await harness.say("!close", author=BOB)
        await harness.say("!roll")
        await harness.advance(3.5)
        await harness.say("!roll")
        await harness.say("!roll", author=BOB)
        await harness.advance(6.5)
        await harness.say("!roll")
        assert harness.texts == [
            "!close: only for the role moderator and those above it.", "closed", "4", "!roll: again in 7 s.", "4", "4",
        ]  # fmt: skip


async def test_two_commands_of_one_name_are_refused() -> None:
    root, other = bot(), Router()
    root.include(other)
    for router in (root, other):

        @router.command("roll")
        async def roll(ctx: Context) -> None: ...

    with pytest.raises(ValueError, match="two commands !roll"):
        async with BotHarness(root):
            pass


async def test_question_gets_the_authors_next_message_alone() -> None:
    heard: list[str] = []
    root = bot()

    @root.command("name")
    async def name(ctx: Context) -> None:
        try:
            answer = await ctx.ask("What is your name?", timeout=60)
        except TimeoutError:
            await ctx.reply("too late")
        else:
            await ctx.reply(f"hello {answer.text}")

    @root.message()
    async def message(ctx: Context) -> None:
        heard.append(ctx.text)

    async with BotHarness(root) as harness:
        await harness.say("!name")
        await harness.say("between", author=BOB)
        await harness.say("Alice")
        await harness.say("!name")
        await harness.advance(61)
        await harness.say("late")
        assert harness.texts == ["What is your name?", "hello Alice", "What is your name?", "too late"]
    assert heard == ["between", "late"]


async def test_moderator_bot_rejects_a_message_with_a_reason() -> None:
    root = bot()

    @root.message(Filter.text("casino"))
    async def moderate(ctx: Context) -> None:
        await ctx.reject("advertising")

    async with BotHarness(root) as harness:
        [deleted] = await harness.say("best casino")
        assert (deleted.type, deleted.body) == ("chat.delete", {"of": 2, "reason": "advertising"})
