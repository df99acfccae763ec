"""Many short visits of every kind, after which no task, file or memory is left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import os
import random
import time
from contextlib import AsyncExitStack
from typing import Any

import psutil
import pytest

from tests.adapters.engine.lab import REPOSITORY, EchoHandlers, Lab, running
from tests.bounds import engine_limits

LIMITS = engine_limits(close_timeout=0.5, ping_interval=1.0, ping_timeout=1.0, connect_timeout=1.0)
REPORTED = 600.0
"""Seconds; a soak this long is written to docs/reports."""


class Forgetful(EchoHandlers):
    """Keeps no record, so that memory which grows is the engine's."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = self.left = 0

    def event(self, connection, name, args, ack) -> None:  # type: ignore[no-untyped-def]
        super().event(connection, name, args, ack)
        self.heard += len(self.events)
        self.events.clear()

    def disconnect(self, connection, reason) -> None:  # type: ignore[no-untyped-def]
        super().disconnect(connection, reason)
        self.left += len(self.gone)
        self.gone.clear()
        self.connected.remove(connection)


async def visit(lab: Lab, rng: random.Random) -> None:
    """Connect, send events and leave in one of the possible ways."""
    way = rng.random()
    if way < 0.2:
        async with lab.polling() as poller:
            await poller.post("40")
            await poller.get()
            await poller.post('42["join","r"]\x1e421["other",1]')
            await poller.get()
        return
    async with lab.client() as socket:
        socket.send('42["join","r"]')
        for number in range(rng.randint(1, 20)):
            socket.send(f'42["msg",{{"r":"r","n":{number}}}]')
            await asyncio.sleep(rng.random() * 0.05)
        if way < 0.4:
            socket.send("41")
        elif way < 0.6:
            socket.send(rng.choice(("4abc", "1", '42["drop"]', '42["out"]')))
        elif way < 0.7:
            socket.writer.transport.abort()
        await asyncio.sleep(rng.random() * 0.05)


def weight() -> dict[str, int]:
    gc.collect()
    process = psutil.Process()
    return {
        "rss_kib": process.memory_info().rss // 1_024,
        "tasks": len(asyncio.all_tasks()),
        "files": process.num_fds(),
    }


async def soak(seconds: float, visitors: int, rounds: int) -> dict[str, Any]:
    """Run rounds of visits and measure after each, when one client is left; the first round warms up."""
    handlers = Forgetful()
    async with running(handlers, limits=LIMITS) as lab, AsyncExitStack() as stack:
        staying = await stack.enter_async_context(lab.client())
        staying.send('42["join","r"]')

        async def listen() -> None:
            while True:
                opcode, text = await staying.message(10)
                assert opcode == 1
                if text == "2":
                    staying.send("3")

        async def keep_visiting(seed: int, until: float) -> None:
            rng = random.Random(seed)
            while time.monotonic() < until:
                await visit(lab, rng)

        async def round_of(length: float) -> dict[str, int]:
            until = time.monotonic() + length
            await asyncio.gather(*(keep_visiting(seed, until) for seed in range(visitors)))
            async with asyncio.timeout(60):
                while len(lab.engine.sessions) > 1:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(LIMITS.close_timeout + 0.5)
            return weight()

        listening = asyncio.ensure_future(listen())
        seen = [await round_of(seconds / rounds) for _ in range(rounds)]
        assert not listening.done(), listening.exception()
        listening.cancel()
    stats = dataclasses.asdict(lab.engine.stats)
    return {"seconds": seconds, "left": handlers.left, "events": handlers.heard, "stats": stats, "rounds": seen}


def nothing_stayed(report: dict[str, Any]) -> None:
    first, *_, last = report["rounds"]
    assert (last["tasks"], last["files"]) == (first["tasks"], first["files"])
    grown = last["rss_kib"] - first["rss_kib"]
    assert grown < 4_096 + 0.02 * first["rss_kib"], f"{grown} KiB more than after the first round"


async def test_seconds_of_visits_leave_nothing_behind() -> None:
    nothing_stayed(await soak(2, 20, 2))


@pytest.mark.long
@pytest.mark.timeout(1_200)
async def test_ten_minutes_of_visits_leave_nothing_behind() -> None:
    """PARLOUR_SOAK_SECONDS makes it shorter or longer; ten minutes and more are written to docs/reports."""
    report = await soak(float(os.environ.get("PARLOUR_SOAK_SECONDS", REPORTED)), 50, 5)
    nothing_stayed(report)
    if report["seconds"] >= REPORTED:
        (REPOSITORY / "docs" / "reports" / "soak.json").write_text(json.dumps(report, indent=2) + "\n")
