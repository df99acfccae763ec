"""Measures games on the whole server: durable actions, ticking rooms, bytes per update.

python -m tests.bench.bench_game [--seconds 3] [--rooms 32,256] [--arenas 5,10,20,40] [--frames] [--json FILE]

Turn game: tic-tac-toe for two, rematch after rematch, one action in flight a room; an action counts when it is
acknowledged (so: on disk) and both players have its state. Ticking: arenas of ten players who steer once a second; the
jitter is how far from 50 ms after the last one a player's state arrives. Server on one core, players on the other.
Figures of others: boardgame.io is measured by bench_game_peer.py; @colyseus/schema 12 bytes a
tic-tac-toe move and 324-1,588 an arena tick of 20-100 ships with three numbers each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from parlour.core.log.patches import diff
from parlour.games.arena import Arena
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing import play
from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.bench import load
from tests.bench.quiet import Conditions, print_table
from tests.bench.wire import Wire, connect

DRAW = (0, 1, 2, 4, 3, 5, 7, 6, 8)
"""Nine moves that nobody wins, so that every match has the same length."""
PLAYERS = 10
UNLIMITED = {
    f"PARLOUR_{name}": "1000000"
    for name in (
        "POSTS_PER_SECOND",
        "POSTS_BURST",
        "SIGN_INS_PER_MINUTE",
        "SIGN_INS_BURST",
        "ROOMS_OWNED",
        "ROOMS_PER_MINUTE",
        "ROOMS_BURST",
    )
}


class Table:
    """Plays one game without end; the next action follows when everybody has seen the last one.

    Attributes:
        took: seconds of each action so far.
        step: actions sent so far.
        awaited: acks and states of the last action that are to come.
        since: when it was sent.
    """

    def __init__(self, wires: Sequence[Wire]) -> None:
        self.took: list[float] = []
        self.step = self.awaited = 0
        self.since = 0.0
        for wire in wires:
            wire.on_state = self.one

    def act(self) -> None:
        """Send the next action."""
        raise NotImplementedError

    def one(self) -> None:
        """Note one ack or state."""
        self.awaited -= 1
        if self.awaited == 0:
            self.took.append(time.perf_counter() - self.since)
            self.act()


class Duel(Table):
    """A table of tic-tac-toe."""

    def __init__(self, room: str, wires: Sequence[Wire]) -> None:
        super().__init__(wires)
        self.room, self.wires = room, wires
        self._round = 0
        for wire in wires:
            wire.on_ack = self._acked

    def act(self) -> None:
        step = self.step % (len(DRAW) + 2)
        if step < len(DRAW):
            seat, body = (step + self._round) % 2, {"action": "place", "args": {"cell": DRAW[step]}}
        else:
            seat, body = step % 2, {"action": "rematch"}
            self._round += step == len(DRAW) + 1
        # A first wish for a rematch changes no view: nobody gets a state for it.
        self.awaited = 1 if step == len(DRAW) else 3
        self.step += 1
        self.since = time.perf_counter()
        post = {"room": self.room, "id": f"m{self.step}", "type": "game.action", "body": body}
        self.wires[seat].request(1_000_000 + self.step, "room:post", post)

    def _acked(self, frame: bytes) -> None:
        if b'"ok":true' not in frame:
            raise RuntimeError(frame.decode())
        self.one()


async def seat_everybody(wires: Sequence[Wire], kind: str, rooms: int, each: int, **options: Any) -> list[str]:
    """Make rooms of a kind, seat `each` clients in every one, and answer their ids."""
    names = []
    for number in range(rooms):
        name = f"{kind}-{time.monotonic_ns()}-{number}"
        group = wires[number * each : (number + 1) * each]
        created = await group[0].ask("room:create", {"kind": kind, "id": name, "options": options})
        assert created["ok"], created
        for wire in group:
            joined = await wire.ask("room:join", {"room": name})
            assert joined["ok"], joined
        names.append(name)
    return names


async def duels(wires: Sequence[Wire], rooms: int) -> list[Table]:
    """Seat two players at each of so many tables of tic-tac-toe."""
    names = await seat_everybody(wires, "tic-tac-toe", rooms, 2)
    return [Duel(name, wires[2 * n : 2 * n + 2]) for n, name in enumerate(names)]


async def play_at(tables: Sequence[Table], seconds: float, pid: int, warm: float = 1.0) -> dict[str, Any]:
    """Let all tables play at once, and measure their actions after so many seconds of warming up."""
    await asyncio.sleep(0.3)
    for table in tables:
        table.act()
    await asyncio.sleep(warm)
    for table in tables:
        table.took.clear()
    started, cpu = time.perf_counter(), cpu_seconds(pid)
    await asyncio.sleep(seconds)
    elapsed, spent = time.perf_counter() - started, cpu_seconds(pid) - cpu
    took = sorted(t for table in tables for t in table.took)
    for table in tables:
        table.act = lambda: None  # type: ignore[method-assign]  # the evening is over
    await asyncio.sleep(0.3)
    return {
        "rooms": len(tables),
        "actions_per_second": round(len(took) / elapsed),
        "actions_per_cpu_second": round(len(took) / spent) if spent else None,
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 2),
    }


async def ticking(wires: Sequence[Wire], arenas: int, seconds: float, pid: int) -> dict[str, Any]:
    """Measure that many arenas at 20 ticks a second, each with ten players who steer."""
    players = wires[: arenas * PLAYERS]
    names = await seat_everybody(players, "arena", arenas, PLAYERS, goal=1000)
    gaps: list[float] = []
    for wire in players:
        wire.on_state = watch_gaps(gaps)
    await asyncio.sleep(1.0)
    gaps.clear()
    cpu, until, steers = cpu_seconds(pid), time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        for number, wire in enumerate(players):
            steers += 1
            body = {"action": "steer", "args": {"dx": steers % 3 - 1, "dy": steers // 3 % 3 - 1}}
            room = names[number // PLAYERS]
            post = {"room": room, "id": f"s{steers}", "type": "game.action", "body": body}
            wire.send(f"42{2_000_000 + steers}{json.dumps(['room:post', post])}")
            if steers % 10 == 0:
                await asyncio.sleep(10 / len(players))
    spent = cpu_seconds(pid) - cpu
    for wire in players:
        wire.on_state = lambda: None
    for number, wire in enumerate(players):
        await wire.ask("room:leave", {"room": names[number // PLAYERS]})
    off = sorted(abs(gap - 0.05) for gap in gaps)
    return {
        "rooms": arenas,
        "players": arenas * PLAYERS,
        "states_per_second": round(len(gaps) / seconds),
        "jitter_p50_ms": round(off[len(off) // 2] * 1000, 2),
        "jitter_p99_ms": round(off[int(len(off) * 0.99)] * 1000, 2),
        "cpu_share": round(spent / seconds, 2),
    }


def watch_gaps(gaps: list[float]) -> Callable[[], None]:
    """Make a callback that adds the seconds since its last call to `gaps`."""
    last = 0.0

    def heard() -> None:
        nonlocal last
        now = time.perf_counter()
        if last:
            gaps.append(now - last)
        last = now

    return heard


def bytes_per_update() -> dict[str, Any]:
    """Measure the JSON of a `state` beside its room and numbers: the patch, or the view where that is shorter."""
    return {"tic_tac_toe": _duel_bytes(), **{f"arena_{n}": _arena_bytes(n) for n in (20, 100)}}


def _duel_bytes() -> float:
    game, sizes = play(TicTacToe, "ann", "ben"), []
    for turn, cell in enumerate(DRAW):
        before = game.view()
        game.post(("ann", "ben")[turn % 2], "place", {"cell": cell})
        sizes.append(_shorter(before, game.view()))
    return round(statistics.mean(sizes), 1)


def _arena_bytes(ships: int) -> float:
    class Crowd(Arena):
        seats = (1, 100)

    game, sizes = play(Crowd, *(f"p{n}" for n in range(ships)), goal=1000), []
    for n in range(ships):
        game.post(f"p{n}", "steer", {"dx": (1, -1)[n % 2], "dy": (1, -1)[n // 2 % 2]})
    game.wait(0.2)
    for _ in range(40):
        before = game.view()
        game.wait(0.05)
        sizes.append(_shorter(before, game.view()))
    return round(statistics.mean(sizes), 1)


def _shorter(before: Any, after: Any) -> int:
    return min(len(json.dumps(v, separators=(",", ":"))) for v in (diff(before, after), after))


def cpu_seconds(pid: int) -> float:
    """Read the CPU seconds a process has used (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(folder: Path, python: str = sys.executable) -> Iterator[tuple[int, int]]:
    """Run `parlour serve` on a fresh database; answers its port and pid.

    Args:
        python: the interpreter, whose checkout of Parlour is served.
    """
    port = free_port()
    env = {"PARLOUR_PORT": str(port), "PARLOUR_LOG_LEVEL": "warning", **UNLIMITED}
    env["PARLOUR_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder / 'parlour.db'}"
    with load.running([python, "-m", "parlour", "serve"], port, env) as pid:
        yield port, pid


async def tokens(port: int, count: int) -> list[str]:
    """Sign in that many wallets."""
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}"
        return [(await sign_in(http, url, wallet(f"p{n}")))["token"] for n in range(count)]


async def measure(port: int, pid: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure turn-based and ticking games of every size, and print each figure."""
    rooms, arenas = numbers(asked.rooms), numbers(asked.arenas)
    people = await tokens(port, max([*(2 * n for n in rooms), *(PLAYERS * n for n in arenas)]))
    wires = await connect(port, people, asked.frames)
    report: dict[str, Any] = {"turn_game": [], "ticking": []}
    for count in rooms:
        report["turn_game"].append(await play_at(await duels(wires, count), asked.seconds, pid))
        print(report["turn_game"][-1], flush=True)
    for count in arenas:
        report["ticking"].append(await ticking(wires, count, asked.seconds, pid))
        print(report["ticking"][-1], flush=True)
    return report


def numbers(text: str) -> list[int]:
    """Read `32,256`; an empty text is no number."""
    return [int(n) for n in text.split(",") if n]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="bench game", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rooms", default="32,256")
    parser.add_argument("--arenas", default="5,10,20,40")
    parser.add_argument("--frames", action="store_true", help="as the SDKs, which ask for frames")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with Conditions() as conditions, tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (port, pid):
        os.sched_setaffinity(0, {int(load.LOAD_CORE)})
        report = asyncio.run(measure(port, pid, asked))
    report["measured_on"] = conditions.lines()
    print_table(conditions, [])
    report["bytes_per_update"] = bytes_per_update()
    print(report["bytes_per_update"])
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
