"""Measures what a request costs the server inside others' applications: microseconds of CPU, medians of rounds in turn.

python -m tests.bench.bench_embed [--rounds 3] [--requests 4000] [--json FILE]

`direct` is `parlour serve`; `aiohttp`, `fastapi` (ASGI on uvicorn) and `socketio` (a namespace) are the hosts of
docs/embedding.md; `plain` is python-socketio without Parlour, which relays without looking at rights or limits. A
request is a signal with an ack: to nobody else, or to a room of a hundred.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
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

SENDERS, MEMBERS = 20, 100
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
    "socketio": Side((str(HOST_PROCESS), "socketio"), "/rooms", "/socket.io", "/parlour,"),
    "plain": Side((str(load.HERE / "peers" / "plain_socketio.py"),), signs_in=False),
}


class Client:
    """A Socket.IO client over WebSocket that reads frames no further than it must."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, namespace: str) -> None:
        self._socket = socket
        self._namespace = namespace
        self._numbers = itertools.count()
        self.heard = 0

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, base: str, side: Side, token: str) -> Client:
        """Connect, and wait until the namespace is open."""
        socket = await http.ws_connect(f"{base}{side.path}/?EIO=4&transport=websocket", max_msg_size=0)
        await socket.receive_str()
        await socket.send_str(f"40{side.namespace}{json.dumps({'token': token})}")
        while not (await socket.receive_str()).startswith("40"):
            pass
        return cls(socket, side.namespace)

    async def ask(self, event: str, body: dict[str, Any]) -> None:
        """Send a request and wait for its ack; raises RuntimeError where it is refused."""
        number = next(self._numbers)
        await self._socket.send_str(f"42{self._namespace}{number}{json.dumps([event, body])}")
        ack = f"43{self._namespace}{number}["
        while not (told := await self._socket.receive_str()).startswith(ack):
            await self._note(told)
        if '"ok":true' not in told.replace(" ", ""):
            raise RuntimeError(told)

    async def hear(self, signals: int) -> None:
        """Read until so many signals came in all."""
        while self.heard < signals:
            await self._note(await self._socket.receive_str())

    async def _note(self, told: str) -> None:
        if told == "2":
            await self._socket.send_str("3")
        self.heard += '["signal"' in told


@contextmanager
def running(side: Side, folder: Path) -> Iterator[tuple[str, int]]:
    """Run a server; its address and pid."""
    port = free_port()
    env = {"PARLOUR_PORT": str(port), "PARLOUR_LOG_LEVEL": "warning", "PYTHONPATH": str(load.ROOT), **UNLIMITED}
    env["PARLOUR_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder / 'parlour.db'}"
    with load.running([sys.executable, *side.command], port, env) as pid:
        yield f"http://127.0.0.1:{port}", pid


async def sample(base: str, pid: int, side: Side, requests: int) -> dict[str, float]:
    """Return the CPU microseconds of a lone request, and of one that a hundred hear."""
    server = psutil.Process(pid)

    def spent() -> float:
        return sum(server.cpu_times()[:2])

    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        token = (await sign_in(http, base + side.below, wallet("ann")))["token"] if side.signs_in else ""
        clients = [await Client.open(http, base, side, token) for _ in range(MEMBERS)]
        senders = clients[:SENDERS]
        for number, client in enumerate(senders):
            await client.ask("room:create", {"kind": "chat", "id": f"own-{number}"})
            await client.ask("room:join", {"room": f"own-{number}"})

        async def signal(number: int, times: int) -> None:
            for _ in range(times):
                await senders[number].ask("room:signal", {"room": f"own-{number}", "type": "typing", "body": {"n": 1}})

        await asyncio.gather(*(signal(number, 20) for number in range(SENDERS)))
        before = spent()
        await asyncio.gather(*(signal(number, requests // SENDERS) for number in range(SENDERS)))
        lone = (spent() - before) / requests * 1e6
        speaker = clients[0]
        await speaker.ask("room:create", {"kind": "chat", "id": "hall"})
        for client in clients:
            await client.ask("room:join", {"room": "hall"})
        rounds = requests // 10
        before = spent()
        for count in range(1, rounds + 1):
            await speaker.ask("room:signal", {"room": "hall", "type": "typing", "body": {"n": 1}})
            await asyncio.gather(*(client.hear(count) for client in clients[1:]))
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
