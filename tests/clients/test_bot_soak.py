"""Two hundred bots for five minutes against a real server: no handler call is lost, none is doubled."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Bot, Context, Entry, connect

BOTS, SECONDS, ROOMS = 200, 300, ("hall-0", "hall-1", "hall-2", "hall-3")

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]


def listener(url: str, number: int, calls: Counter[tuple[int, str, int]]) -> Bot:
    bot = Bot(url, wallet(f"soak {number}"))

    @bot.message()
    async def heard(ctx: Context, entry: Entry) -> None:
        calls[number, entry.room, entry.seq] += 1

    return bot


async def test_no_handler_call_is_lost_or_doubled_in_a_crowd() -> None:
    calls: Counter[tuple[int, str, int]] = Counter()
    posted: list[tuple[str, int]] = []
    env = {"PARLOUR_SIGN_INS_PER_MINUTE": "60000"}
    async with ServerProcess(env=env) as server, connect(server.url, wallet("ann")) as ann:
        for room in ROOMS:
            await ann.create("chat", id=room)
        rooms = [await ann.enter(room) for room in ROOMS]
        bots = [listener(server.url, number, calls) for number in range(BOTS)]
        serving = [asyncio.create_task(bot.serve([ROOMS[at % 4], ROOMS[(at + 1) % 4]])) for at, bot in enumerate(bots)]
        async with asyncio.timeout(300):
            while any(room.presence["count"] <= BOTS / 2 for room in rooms):
                await asyncio.sleep(0.2)
        for second in range(SECONDS):
            for room in rooms:
                posted.append((room.id, (await room.say(f"message {second}")).seq))
            if second == SECONDS // 2:
                await server.kill9()
                await server.start()
            await asyncio.sleep(1)
        wanted = len(posted) * BOTS // 2
        async with asyncio.timeout(120):
            while calls.total() < wanted:
                await asyncio.sleep(0.2)
        for bot in bots:
            bot.stop()
        await asyncio.gather(*serving)
    assert set(calls.values()) == {1}
    expected = {
        (at, room, seq) for at in range(BOTS) for room, seq in posted if room in (ROOMS[at % 4], ROOMS[(at + 1) % 4])
    }
    assert calls.keys() == expected
