"""Issue 2 of the log: clients post and listen while their server is killed with SIGKILL, again and again."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.history.checker import Verdict, check
from tests.history.crowd import create_rooms
from tests.history.load import HANG_S, RawClient, read_log
from tests.postgres import Postgres

REPORTS = Path(__file__).parents[2] / "docs" / "reports"
BROKEN_SERVER = Path(__file__).parent / "broken_server.py"


@dataclass
class Outcome:
    verdict: Verdict
    acked: int = 0
    seconds: float = 0.0
    ready_s: list[float] = field(default_factory=list)
    first_ack_s: list[float] = field(default_factory=list)
    caught_up_s: float = 0.0

    def report(self) -> dict[str, Any]:
        return {
            "acked": self.acked,
            "seconds": round(self.seconds, 1),
            "kills": len(self.ready_s),
            "ready_s": {"median": _median(self.ready_s), "max": round(max(self.ready_s, default=0), 2)},
            "first_ack_s": {"median": _median(self.first_ack_s), "max": round(max(self.first_ack_s, default=0), 2)},
            "caught_up_s": round(self.caught_up_s, 2),
            "looked_at": self.verdict.counts,
            "findings": [vars_of(finding) for finding in self.verdict.findings],
        }


def vars_of(finding: Any) -> dict[str, str]:
    return {"kind": finding.kind, "room": finding.room, "detail": finding.detail}


async def run(
    server: ServerProcess,
    *,
    rooms: int,
    clients: int,
    kills: int,
    pace_s: float,
    between_s: tuple[float, float],
    patience_s: float = HANG_S,
) -> Outcome:
    """Post, kill, restart, be quiet, read, judge. Who is not done after `patience_s` is left to the checker."""
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        names = [f"room-{number}" for number in range(rooms)]
        token = (await sign_in(http, server.url, wallet("reader")))["token"]
        await create_rooms(http, server.url, token, names)
        crowd = [
            RawClient(http, server.url, f"client-{n}", [names[n % rooms], names[(n + 1) % rooms]], pace_s)
            for n in range(clients)
        ]
        started = time.monotonic()
        await asyncio.gather(*(client.start() for client in crowd))
        outcome = Outcome(Verdict([], {}))
        for _ in range(kills):
            await asyncio.sleep(random.uniform(*between_s))
            await _kill(server, crowd, outcome)
        await asyncio.sleep(between_s[0])
        for client in crowd:
            client.stop_posting()
        quiet = time.monotonic()
        await _until(lambda: all(client.settled for client in crowd), patience_s)
        finals = {room: await read_log(http, server.url, room, token) for room in names}
        await _until(lambda: all(c.position(r) >= len(finals[r].items) for c in crowd for r in c.rooms), patience_s)
        outcome.caught_up_s = time.monotonic() - quiet
        outcome.seconds = time.monotonic() - started
        outcome.acked = sum(client.acked for client in crowd)
        await asyncio.gather(*(client.end() for client in crowd))
        outcome.verdict = check([client.history for client in crowd], finals)
        return outcome


async def _kill(server: ServerProcess, crowd: Sequence[RawClient], outcome: Outcome) -> None:
    """Kill the server right after it acknowledged something, and start it again."""
    await _more_acked(crowd)
    await server.kill9()
    dead = time.monotonic()
    await server.start()
    outcome.ready_s.append(time.monotonic() - dead)
    await _more_acked(crowd)
    outcome.first_ack_s.append(time.monotonic() - dead)


async def _more_acked(crowd: Sequence[RawClient]) -> None:
    acked = sum(client.acked for client in crowd)
    await _until(lambda: sum(client.acked for client in crowd) > acked, HANG_S)


async def _until(condition: Any, seconds: float) -> None:
    """Wait, and go on when the time is over: the checker says what is missing."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 2) if values else 0.0


@pytest.mark.parametrize("commit", ["loop", "thread"])
async def test_server_when_killed_at_random_keeps_what_it_acknowledged(commit: str) -> None:
    async with ServerProcess(env={"PARLOUR_COMMIT": commit}) as server:
        outcome = await run(server, rooms=4, clients=20, kills=2, pace_s=0.06, between_s=(0.8, 1.6))
    assert not outcome.verdict.findings, str(outcome.verdict)
    assert outcome.acked > 100, outcome.report()
    assert len(outcome.first_ack_s) == 2, outcome.report()


async def test_server_on_postgres_when_killed_keeps_what_it_acknowledged(postgres: Postgres) -> None:
    async with ServerProcess(postgres.database()) as server:
        outcome = await run(server, rooms=4, clients=20, kills=1, pace_s=0.06, between_s=(0.8, 1.6))
    assert not outcome.verdict.findings, str(outcome.verdict)
    assert outcome.acked > 100, outcome.report()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("commit", ["thread", "loop"])
async def test_server_with_200_clients_when_killed_20_times_loses_nothing(commit: str) -> None:
    async with ServerProcess(env={"PARLOUR_COMMIT": commit}) as server:
        outcome = await run(server, rooms=20, clients=200, kills=20, pace_s=0.6, between_s=(1.5, 4.0))
    report = outcome.report()
    print(json.dumps(report, indent=2))
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "history-kill.json").write_text(json.dumps(report, indent=2) + "\n")
    assert not outcome.verdict.findings, str(outcome.verdict)
    assert max(outcome.first_ack_s) < 10, report


DEFECTS = {
    "ack-before-commit": "lost",
    "drop-one-in-five-hundred": "gap",
    "swap-two": "gap",
    "replay-twice": "replayed",
}


@pytest.mark.long
@pytest.mark.parametrize(("defect", "kind"), DEFECTS.items(), ids=DEFECTS)
async def test_checker_of_a_real_server_with_a_defect_finds_it(defect: str, kind: str) -> None:
    command = (sys.executable, str(BROKEN_SERVER), defect)
    async with ServerProcess(command=command) as server:
        outcome = await run(server, rooms=2, clients=10, kills=1, pace_s=0.05, between_s=(1.0, 1.5), patience_s=2)
    assert kind in outcome.verdict.kinds, str(outcome.verdict)
