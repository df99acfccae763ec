"""Measures the turn game of bench_game.py beside boardgame.io, in rounds that alternate between the servers.

python -m tests.bench.bench_game_peer [--rounds 5] [--seconds 3] [--rooms 32,256] [--base PYTHON] [--json FILE]

`--base` is the interpreter of another checkout of Parlour, which plays in the same rounds. On boardgame.io
(peers/bgio.js) an action counts when both players have the new state, which is all that it says of one: it has no acks,
keeps matches in memory and knows no accounts. A round of the game is nine moves and one `again`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parlour.testing.processes import free_port
from tests.bench import bench_game, load
from tests.bench.bench_game import DRAW, Table
from tests.bench.wire import Wire, connect

PACKAGE = "boardgame.io@0.50.2"
PLACE = load.TOOLS.parent / "boardgame.io"
"""Where npm installs it: a folder of its own, because npm takes out of a folder what it was not asked for again."""
NAMESPACE = "/tic-tac-toe,"
WARM_SECONDS = 8.0
"""V8 compiles what runs often: in its first seconds boardgame.io does half of what it does later."""
_STATE_ID = b'"_stateID":'


class BoardWire(Wire):
    """A socket in boardgame.io's namespace of the game.

    Attributes:
        state_id: of the newest state it was sent, which the next action has to name.
    """

    state_id = 0

    def say(self, event: str, *args: object) -> None:
        """Send an event."""
        self.send(f"42{NAMESPACE}{json.dumps([event, *args])}")

    def _frame(self, frame: bytes) -> None:
        if frame.startswith((b'42/tic-tac-toe,["update"', b'42/tic-tac-toe,["sync"')):
            start = frame.index(_STATE_ID) + len(_STATE_ID)
            end = start
            while frame[end : end + 1].isdigit():
                end += 1
            self.state_id = int(frame[start:end])
            self.on_state()
        elif frame.startswith(b"40/"):
            self.ready.set_result(None)
        elif frame.startswith(b"0"):
            self.send(f"40{NAMESPACE}")
        elif frame == b"2":
            self.send("3")


class BoardTable(Table):
    """A table at boardgame.io."""

    def __init__(self, match: str, wires: Sequence[BoardWire]) -> None:
        super().__init__(wires)
        self._match = match
        self._wires = wires

    def act(self) -> None:
        """Send the next action."""
        step = self.step % (len(DRAW) + 1)
        seat = self.step % 2
        move, args = ("place", [DRAW[step]]) if step < len(DRAW) else ("again", [])
        self.awaited = 2
        self.step += 1
        self.since = time.perf_counter()
        payload = {"type": move, "args": args, "playerID": str(seat)}
        wire = self._wires[seat]
        wire.say("update", {"type": "MAKE_MOVE", "payload": payload}, wire.state_id, self._match, str(seat))


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """Run boardgame.io; answers its port and pid."""
    if not (PLACE / "node_modules" / "boardgame.io").exists():
        command = ["npm", "i", "--no-save", "--no-audit", "--no-fund", "--prefix", str(PLACE), PACKAGE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    env = {"NODE_ENV": "production", "NODE_PATH": str(PLACE / "node_modules")}
    with load.running(["node", str(load.HERE / "peers" / "bgio.js"), str(port)], port, env) as pid:
        yield port, pid


async def tables(port: int, rooms: int) -> list[BoardTable]:
    """Seat two players at each of so many tables."""
    loop, wires = asyncio.get_running_loop(), list[BoardWire]()
    for _ in range(2 * rooms):
        _, wire = await loop.create_connection(lambda: BoardWire("", port), "127.0.0.1", port)
        await wire.ready
        wires.append(wire)
    found = []
    for number in range(rooms):
        pair, match = wires[2 * number : 2 * number + 2], f"match-{time.monotonic_ns()}"
        for seat, wire in enumerate(pair):
            heard = asyncio.Event()
            wire.on_state = heard.set
            wire.say("sync", match, str(seat), None, 2)
            await asyncio.wait_for(heard.wait(), 10)
        found.append(BoardTable(match, pair))
    return found


async def _on_peer(port: int, pid: int, rooms: int, seconds: float) -> dict[str, Any]:
    return await bench_game.play_at(await tables(port, rooms), seconds, pid, WARM_SECONDS)


async def _on_parlour(port: int, pid: int, rooms: int, seconds: float, frames: bool) -> dict[str, Any]:
    wires = await connect(port, await bench_game.tokens(port, 2 * rooms), frames)
    return await bench_game.play_at(await bench_game.duels(wires, rooms), seconds, pid, WARM_SECONDS)


def sample(name: str, python: str, rooms: int, seconds: float) -> dict[str, Any]:
    """Measure one server once, on a fresh database."""
    if name == "boardgame.io":
        with server() as (port, pid):
            return asyncio.run(_on_peer(port, pid, rooms, seconds))
    with tempfile.TemporaryDirectory() as folder, bench_game.server(Path(folder), python) as (port, pid):
        return asyncio.run(_on_parlour(port, pid, rooms, seconds, name.endswith("frames")))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all servers in alternating rounds, and print the medians."""
    parser = argparse.ArgumentParser(prog="bench game-peer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rooms", default="32,256")
    parser.add_argument("--base", help="interpreter of another checkout")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    os.sched_setaffinity(0, {int(load.LOAD_CORE)})
    servers = {"parlour": sys.executable, "parlour, frames": sys.executable, "boardgame.io": ""}
    if asked.base:
        servers["base"] = asked.base
    report = []
    for rooms in bench_game.numbers(asked.rooms):
        samples: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
        for _ in range(asked.rounds):
            for name, python in servers.items():
                samples[name].append(sample(name, python, rooms, asked.seconds))
        for name, taken in samples.items():
            report.append({"server": name, "rooms": rooms, "rounds": asked.rounds, **_medians(taken)})
            print(report[-1], flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n")


def _medians(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    keys = [key for key in samples[0] if key != "rooms"]
    return {key: statistics.median(one[key] or 0 for one in samples) for key in keys}


if __name__ == "__main__":
    main()
