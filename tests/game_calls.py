"""Counts the Python calls of one move in a turn game, on a whole server in this process.

    python -m tests.game_calls [--most 60] [--commit loop|thread]

The server runs on uvloop in the main thread, as in production; the two players are sockets of another thread, which is
not counted. Every Python function that the loop and the writer call counts, libraries' too, from the post's first byte
to the ack and to the state of both players. Nothing is timed, so the figures are the same on every machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from parlour.adapters.engine import loop_factory
from parlour.app import Server
from parlour.runtime.commit_pace import CommitMode
from parlour.settings import load
from tests.bench import bench_game
from tests.bench.wire import Wire, connect

ROUNDS = 4
"""Matches that are counted; one more is played first, so that caches are filled."""
MOVES = (0, 1, 2, 4, 3, 5, 7, 6)
"""Of a drawn match all but the last, which ends it: that is two entries."""
CLIENTS = "clients"
SERVING = ("MainThread", "parlour-writer")
"""The threads that a move passes through; what the others do by the clock is not the move's."""
SETTLED = 0.01
"""Seconds after which the server has ended all it does about a move."""


@dataclass(slots=True)
class Calls:
    """A profile function (sys.setprofile) that counts the calls of each move.

    Attributes:
        moves: of each move counted so far: thread → calls of Python functions.
        builtins: the same of functions written in C.
        functions: thread and function → calls, over all moves.
    """

    moves: list[Counter[str]] = field(default_factory=list)
    builtins: list[Counter[str]] = field(default_factory=list)
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    on: bool = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if not self.on:
            return
        name = threading.current_thread().name
        if event == "call" and name != CLIENTS:
            code = frame.f_code
            self.moves[-1][name] += 1
            path = code.co_filename.rpartition("site-packages/")[2].rpartition("/parlour/")[2]
            self.functions[name, f"{path}:{code.co_qualname}"] += 1
        elif event == "c_call" and name != CLIENTS:
            self.builtins[-1][name] += 1

    def begin(self) -> None:
        """Count one more move from here on."""
        self.moves.append(Counter())
        self.builtins.append(Counter())
        self.on = True

    def of_thread(self, name: str) -> float:
        """Python calls of a move in one thread."""
        return statistics.median(each[name] for each in self.moves)

    @property
    def median(self) -> float:
        """Python calls of a move, in the threads it passes through together."""
        return statistics.median(sum(each[name] for name in SERVING) for each in self.moves)

    @property
    def least(self) -> int:
        """Python calls of the cheapest move: on a busy machine timers' calls fall into many of the others."""
        return min(sum(each[name] for name in SERVING) for each in self.moves)

    @property
    def median_builtins(self) -> float:
        """Calls of functions written in C."""
        return statistics.median(sum(each[name] for name in SERVING) for each in self.builtins)


def measure(commit: CommitMode) -> Calls:
    """Play matches on a server that commits in this thread, and count their moves."""
    calls = Calls()
    threading.setprofile(calls)
    sys.setprofile(calls)
    try:
        with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(folder, commit, calls))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


async def _serve(folder: str, commit: CommitMode, calls: Calls) -> None:
    url = f"sqlite+aiosqlite:///{folder}/parlour.db"
    server = await Server.build(load(port=0, database_url=url, commit=commit, log_level="warning"))
    await server.start()
    try:
        port = int(server.url.rpartition(":")[2])
        tokens = await bench_game.tokens(port, 2)
        await in_thread(lambda: asyncio.run(_play(port, tokens, calls)))
    finally:
        await server.stop()


async def in_thread(work: Callable[[], None]) -> None:
    """Run the clients in a thread of their own, whose name keeps them out of the count."""
    loop, done = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            loop.call_soon_threadsafe(done.set_exception, RuntimeError(f"the clients failed: {error!r}"))
        else:
            loop.call_soon_threadsafe(done.set_result, None)

    threading.Thread(target=run, name=CLIENTS).start()
    await done


async def _play(port: int, tokens: list[str], calls: Calls) -> None:
    wires = await connect(port, tokens)
    (room,) = await bench_game.seat_everybody(wires, "tic-tac-toe", 1, 2)
    table = _Table(room, wires)
    for number in range(1 + ROUNDS):
        for step, cell in enumerate(MOVES):
            await asyncio.sleep(SETTLED)
            if number:
                calls.begin()
            await table.act((step + number) % 2, {"action": "place", "args": {"cell": cell}}, heard=3)
            await asyncio.sleep(SETTLED)
            calls.on = False
        await table.act(number % 2, {"action": "place", "args": {"cell": 8}}, heard=3)
        for seat, heard in ((0, 1), (1, 3)):  # a first wish for a rematch changes no view
            await table.act(seat, {"action": "rematch"}, heard)


class _Table:
    """Sends one action after the other, and waits until both players have heard of it."""

    def __init__(self, room: str, wires: list[Wire]) -> None:
        self._room, self._wires = room, wires
        self._number = 0
        self._heard = asyncio.Semaphore(0)
        for wire in wires:
            wire.on_state = self._heard.release
            wire.on_ack = self._acked

    def _acked(self, frame: bytes) -> None:
        if b'"ok":true' not in frame:
            raise RuntimeError(frame.decode())
        self._heard.release()

    async def act(self, seat: int, body: dict[str, Any], heard: int) -> None:
        """Send an action and wait for so many acks and states."""
        self._number += 1
        post = {"room": self._room, "id": f"m{self._number}", "type": "game.action", "body": body}
        self._wires[seat].request(1_000_000 + self._number, "room:post", post)
        for _ in range(heard):
            await asyncio.wait_for(self._heard.acquire(), 60)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what one move calls."""
    parser = argparse.ArgumentParser(prog="game calls", description=__doc__)
    parser.add_argument("--most", type=int, default=60, help="functions to name")
    parser.add_argument("--commit", choices=("loop", "thread"), default="loop", help="where appends are committed")
    asked = parser.parse_args(arguments)
    calls = measure(asked.commit)
    moves = len(calls.moves)
    print(f"{calls.median:.0f} Python calls a move (median of {moves}); built-in ones {calls.median_builtins:.0f}.")
    for thread in sorted({thread for thread, _ in calls.functions}):
        print(f"{thread}: {sum(each[thread] for each in calls.moves) / moves:.1f} Python calls a move")
        named = [(count, name) for (where, name), count in calls.functions.items() if where == thread]
        for count, name in sorted(named, reverse=True)[: asked.most]:
            print(f"  {count / moves:6.2f}  {name}")


if __name__ == "__main__":
    main()
