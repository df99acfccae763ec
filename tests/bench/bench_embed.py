"""Measures what a request costs the server inside others' applications: microseconds of CPU, medians of rounds in turn.

python -m tests.bench.bench_embed [--rounds 3] [--requests 4000] [--json FILE]

`direct` is `parlour serve`; `aiohttp`, `fastapi` (ASGI on uvicorn) and `socketio` (a namespace) are the hosts of
docs/embedding.md; `plain` is python-socketio without Parlour, which relays without looking at rights or limits. A
request is a signal with an ack: to nobody else, or to a room of a hundred.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import psutil

from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.bench import load
from tests.bench.quiet import Conditions, print_table
from tests.bench.wire import Wire, connect

SENDERS, MEMBERS = 20, 100
SIGNAL = {"type": "typing", "body": {"n": 1}}
PLENTY = "1000000"
UNLIMITED = dict.fromkeys(
    (
        "PARLOUR_SIGNALS_PER_SECOND",
        "PARLOUR_SIGNALS_BURST",
        "PARLOUR_ROOM_SIGNALS_PER_SECOND",
        "PARLOUR_ROOM_SIGNALS_BURST",
    ),
    PLENTY,
)
HOST_PROCESS = load.ROOT / "tests" / "e2e" / "host_process.py"


@dataclass(frozen=True)
class Side:
    """One server of the table: its command, and where its clients find it."""

    command: tuple[str, ...]
    below: str = ""
    path: str = "/socket.io"
    namespace: str = ""
    signs_in: bool = True


SIDES = {
    "direct": Side(("-m", "parlour", "serve")),
    "aiohttp": Side((str(HOST_PROCESS), "aiohttp"), "/rooms", "/rooms/socket.io"),
    "fastapi": Side((str(HOST_PROCESS), "fastapi"), "/rooms", "/rooms/socket.io"),
    "socketio": Side((str(HOST_PROCESS), "socketio"), "/rooms", "/socket.io", "/parlour"),
    "plain": Side((str(load.HERE / "peers" / "python_socketio.py"), "{port}"), signs_in=False),
}


@contextmanager
def running(side: Side, folder: Path) -> Iterator[tuple[str, int]]:
    """Run a server; its address and pid."""
    port = free_port()
    env = {"PARLOUR_PORT": str(port), "PARLOUR_LOG_LEVEL": "warning", "PYTHONPATH": str(load.ROOT), **UNLIMITED}
    env["PARLOUR_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder / 'parlour.db'}"
    command = [sys.executable, *(part.format(port=port) for part in side.command)]
    with load.running(command, port, env) as pid:
        yield f"http://127.0.0.1:{port}", pid


async def sample(base: str, pid: int, side: Side, requests: int) -> dict[str, float]:
    """Return the CPU microseconds of a lone request, and of one that a hundred hear."""
    server = psutil.Process(pid)

    def spent() -> float:
        return sum(server.cpu_times()[:2])

    async def ask(wire: Wire, event: str, **body: Any) -> None:
        answer = await wire.ask(event, body)
        if not answer["ok"]:
            raise RuntimeError(str(answer))

    token = ""
    if side.signs_in:
        async with aiohttp.ClientSession() as http:
            token = (await sign_in(http, base + side.below, wallet("ann")))["token"]
    port = int(base.rpartition(":")[2])
    wires = await connect(port, [token] * MEMBERS, path=side.path, namespace=side.namespace)
    senders = wires[:SENDERS]
    for number, wire in enumerate(senders):
        await ask(wire, "room:create", kind="chat", id=f"own-{number}")
        await ask(wire, "room:join", room=f"own-{number}")

    async def signal(number: int, times: int) -> None:
        for _ in range(times):
            await ask(senders[number], "room:signal", room=f"own-{number}", **SIGNAL)

    await asyncio.gather(*(signal(number, 20) for number in range(SENDERS)))
    before = spent()
    await asyncio.gather(*(signal(number, requests // SENDERS) for number in range(SENDERS)))
    lone = (spent() - before) / requests * 1e6
    speaker, hearers, heard = wires[0], wires[1:], asyncio.Semaphore(0)
    await ask(speaker, "room:create", kind="chat", id="hall")
    for wire in wires:
        await ask(wire, "room:join", room="hall")
        wire.on_signal = heard.release
    rounds = requests // 10
    before = spent()
    for _ in range(rounds):
        await ask(speaker, "room:signal", room="hall", **SIGNAL)
        for _ in hearers:
            await heard.acquire()
    return {"lone": lone, "hundred": (spent() - before) / rounds * 1e6}


def compare(rounds: int, requests: int) -> dict[str, list[dict[str, float]]]:
    """Take samples of every side, in turn, each on a fresh server."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        for name, side in SIDES.items():
            with tempfile.TemporaryDirectory() as folder, running(side, Path(folder)) as (base, pid):
                results[name].append(asyncio.run(sample(base, pid, side, requests)))
    return results


def table(results: dict[str, list[dict[str, float]]]) -> str:
    """Write the medians, and each beside the direct engine and beside plain python-socketio."""
    lines = [f"{'':10}{'request':>10}{'x direct':>10}{'x plain':>10}{'to 100':>12}{'x direct':>10}{'x plain':>10}"]
    medians = {name: {key: median(s[key] for s in taken) for key in taken[0]} for name, taken in results.items()}
    for name, figures in medians.items():
        cells = [name.ljust(10)]
        for key, width in (("lone", 10), ("hundred", 12)):
            ratios = [figures[key] / medians[peer][key] for peer in ("direct", "plain")]
            cells.append(f"{figures[key]:{width},.0f}" + "".join(f"{ratio:10.2f}" for ratio in ratios))
        lines.append("".join(cells))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    os.sched_setaffinity(0, {int(load.LOAD_CORE)})
    with Conditions() as conditions:
        results = compare(asked.rounds, asked.requests)
    for name, taken in results.items():
        for key in taken[0]:
            conditions.note_all(f"{name}, {key}", [sample[key] for sample in taken])
    print_table(conditions, ["Microseconds of the server's CPU.", table(results)])
    if asked.json:
        asked.json.write_text(json.dumps({"measured_on": conditions.lines(), "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
