"""The life of a bot, by the test harness: timers, lasting state, start and end, concurrency; and the harness itself."""

from __future__ import annotations

import asyncio
from datetime import time
from itertools import pairwise
from typing import Any

import pytest

from parlour_client import Bot, Context
from parlour_client.testing import ALICE, BotHarness
from tests.clients.test_python_router import bot


async def test_timers_run_by_their_last_start_and_per_room() -> None:
    ticks: list[str] = []
    root = bot()

    @root.every(10)
    async def often(ctx: Context) -> None:
        ticks.append("often")
        await ctx.sleep(4)
        if len(ticks) == 1:
            raise RuntimeError("on purpose")

    @root.every(at=time(8, 0, 30), per_room=True)
    async def daily(ctx: Context) -> None:
        ticks.append(f"daily {ctx.room.id}")

    async with BotHarness(root) as harness:
        await harness.advance(9)
        assert ticks == []
        await harness.advance(16)
        assert ticks == ["often", "often"]
        await harness.advance(10)
        assert sorted(ticks) == ["daily lobby", "often", "often", "often"]
        assert len(harness.errors) == 1


async def test_daily_timer_runs_once_a_day() -> None:
    days: list[float] = []
    root = bot()

    @root.every(at=time(7, 30))
    async def daily(ctx: Context) -> None:
        days.append(ctx.now())

    async with BotHarness(root) as harness:
        await harness.advance(3 * 86_400)
    assert [later - earlier for earlier, later in pairwise(days)] == [86_400, 86_400]


@pytest.mark.parametrize(("seconds", "at"), [(None, None), (3, time(8)), (0, None), (-1, None)])
async def test_timer_without_one_pause_is_refused(seconds: float | None, at: time | None) -> None:
    with pytest.raises(ValueError, match="timer"):
        bot().every(seconds, at=at)


async def test_state_lasts_in_the_room_over_a_restart() -> None:
    def counter() -> Bot:
        root = bot(state=True)

        @root.command("count")
        async def count(ctx: Context) -> None:
            await ctx.store.set(count=ctx.store.get("count", 0) + 1)
            await ctx.reply(str(ctx.store["count"]))

        @root.command("forget")
        async def forget(ctx: Context) -> None:
            await ctx.store.remove("count", "unknown")
            await ctx.reply(str(dict(ctx.store)))

        return root

    async with BotHarness(counter()) as harness:
        await harness.say("!count")
        await harness.say("!count")
    async with BotHarness(counter(), after=harness) as harness:
        await harness.say("!count")
        harness.refuse("forbidden")
        await harness.say("!count")
        assert harness.texts[-1] == "3"
        await harness.say("!count")
        await harness.say("!forget")
        assert harness.texts == ["1", "2", "3", "4", "{}"]


async def test_bot_without_state_says_what_is_missing() -> None:
    root = bot()

    @root.message()
    async def message(ctx: Context) -> None:
        await ctx.store.set(a=1)

    async with BotHarness(root) as harness:
        await harness.say("gm")
        assert "state=True" in str(harness.errors[0])


async def test_startup_and_shutdown_run_around_the_rooms() -> None:
    steps: list[str] = []
    root = bot()

    @root.startup()
    async def begin(parlour: Any) -> None:
        steps.append(f"begin {parlour.account[-1]}")

    @root.shutdown()
    async def end(parlour: Any) -> None:
        steps.append("end")

    @root.message()
    async def message(ctx: Context) -> None:
        steps.append(ctx.text)

    async with BotHarness(root) as harness:
        await harness.say("gm")
    assert steps == ["begin 1", "gm", "end"]


async def test_own_messages_are_handled_only_where_wanted() -> None:
    for own, texts in ((False, ["1"]), (True, ["1", "2", "3"])):
        root = bot(own=own)

        @root.message()
        async def count(ctx: Context) -> None:
            number = int(ctx.text)
            if number < 3:
                await ctx.room.say(str(number + 1))

        async with BotHarness(root) as harness:
            await harness.say("0")
            assert harness.texts == texts


async def test_concurrency_bounds_the_handlers_that_run_at_once() -> None:
    most = now = 0
    root = bot(concurrency=2)

    @root.signal("work")
    async def work(ctx: Context) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await ctx.sleep(1)
        now -= 1

    async with BotHarness(root) as harness:
        for _ in range(5):
            await harness.signal("work")
        await harness.advance(10)
    assert (most, now) == (2, 0)


# ── the harness itself ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_harness_drops_and_refuses_without_losing_a_post() -> None:
    root = bot()

    @root.message()
    async def echo(ctx: Context) -> None:
        await ctx.reply(ctx.text)

    async with BotHarness(root) as harness:
        await harness.drop()
        assert [entry.text for entry in await harness.say("after a drop")] == ["after a drop"]
        harness.refuse("unavailable", times=2)
        assert [entry.text for entry in await harness.say("busy")] == ["busy"]
        harness.refuse("forbidden")
        assert await harness.say("never") == []
        assert [type(error).__name__ for error in harness.errors] == ["Forbidden"]
        assert any("handler echo failed in room lobby" in line for line in harness.logs)


async def test_harness_waits_for_what_is_real_when_told_to() -> None:
    root = bot()

    @root.message()
    async def think(ctx: Context) -> None:
        await ctx.reply(await asyncio.to_thread(lambda: "thought"))

    async with BotHarness(root) as harness:
        await harness.say("think")
        await harness.until(lambda: harness.texts)
        assert harness.texts == ["thought"]
        harness.answers["ratings:of"] = {"ratings": {}}
        assert await harness.parlour.ratings("chess", [ALICE]) == {}
