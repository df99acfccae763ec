"""The bot of clients/python/examples, run as its reader would run it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Parlour, Position, Room, connect

EXAMPLE = Path(__file__).parents[2] / "clients" / "python" / "examples" / "gm_bot.py"

PATIENCE_S = 120.0
"""For a post while its server is killed and starts again: several processes may have to, on a busy machine."""


class RunningBot:
    """The example in a process of its own."""

    def __init__(self, url: str, name: str) -> None:
        self.account = wallet(name).address
        self._url, self._key = url, "0x" + bytes(wallet(name).key).hex()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLE), self._url, env=os.environ | {"BOT_KEY": self._key}
        )

    async def stop(self) -> int:
        if self._process.returncode is None:
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), 60)


@pytest.fixture
def bots(server: ServerProcess) -> list[RunningBot]:
    return [RunningBot(server.url, name) for name in ("bot one", "bot two")]


async def test_bot_says_gm_and_plays_a_person_and_itself(server: ServerProcess, bots: list[RunningBot]) -> None:
    async with connect(server.url, wallet("person").key) as person:
        await person.create("chat", id="lobby")
        await person.create("tic-tac-toe", id="table-person")
        async with person.join("lobby") as lobby, person.join("table-person") as table:
            await bots[0].start()
            try:
                await _until(lambda: table.state["status"] == "playing")
                await _play_badly(table)
                posted = await lobby.say("gm")
                async for entry in lobby:
                    if entry.author == bots[0].account:
                        break
                assert (entry.text, entry.body["replyTo"]) == ("gm ☀️", posted.seq)
                assert table.state["players"] == [person.account, bots[0].account]
                assert table.state["winner"] == 1, "the person played badly on purpose"

                await bots[1].start()
                await person.create("tic-tac-toe", id="table-bots")
                await _watch_to_the_end(person, bots)
            finally:
                assert [await bot.stop() for bot in bots] == [0, 0]


async def _play_badly(table: Room) -> None:
    """Cells that no line holds together; the bot takes the middle and the corners."""
    while table.state["status"] == "playing":
        if table.state["turn"] == table.seat:
            free = [cell for cell, owner in enumerate(table.state["cells"]) if owner is None]
            await table.act("place", cell=max(free, key=lambda cell: (cell % 2, cell)))
        await asyncio.sleep(0.02)


async def _watch_to_the_end(person: Parlour, bots: list[RunningBot]) -> None:
    async with person.join("table-bots", as_="spectator") as table:
        await _until(lambda: table.state["status"] == "ended")
        assert sorted(table.state["players"]) == sorted(bot.account for bot in bots)
        log, _ = await table.history(after=0, limit=100)
        assert [entry.type for entry in log][-1] == "game.ended"
        moves = [entry for entry in log if entry.type == "game.action"]
        assert len({entry.author for entry in moves}) == 2


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


async def test_client_resumes_on_a_real_server_over_a_kill() -> None:
    async with ServerProcess() as server, connect(server.url, wallet("ann").key, timeout=PATIENCE_S) as ann:
        await ann.create("chat", id="lobby")
        async with connect(server.url, wallet("bea").key) as bea, bea.join("lobby") as hers, ann.join("lobby") as mine:
            first = await mine.say("before")
            assert (await anext(hers)).seq == first.seq
            kept = hers.position
            await server.kill9()
            waiting = asyncio.create_task(mine.say("sent while it was dead"))
            await asyncio.sleep(0.2)
            await server.start()
            second = await waiting
            assert [(await anext(hers)).text, second.seq] == ["sent while it was dead", first.seq + 1]
            third = await mine.say("after")
            assert (await anext(hers)).seq == third.seq
        assert isinstance(kept, Position)
        async with connect(server.url, wallet("bea").key) as bea, bea.join("lobby", since=kept) as hers:
            assert [(await anext(hers)).seq for _ in range(2)] == [second.seq, third.seq]
