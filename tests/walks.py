"""Which files one message and one chain event run through, traced on a real server in this process.

    python -m tests.walks

A file decides where one of its functions that ran can refuse the message, change what is stored of it, or choose who
gets it and in which order. Such a file is listed in `MESSAGE` or `CHAIN_EVENT` and counted. Every other file that ran
carries: `LEFT_OUT` says why. What can refuse is found by machine (`refusing`): a function that ran and makes an error
that a client gets or the chain's follower handles; Internal apart, which is a fault and no decision. A file with such a
function must be counted, or stand in `FOR_CALLERS` with the file that asks it. A file that ran and stands nowhere fails
the test, so that somebody has to judge it.
"""

from __future__ import annotations

import ast
import asyncio
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
import socketio

import parlour
from parlour import errors
from parlour.app import Server
from parlour.settings import load
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain
from parlour.testing.wallets import sign_in, wallet

SERVER = f"{Path(parlour.__file__).parent}/"
MESSAGE = {
    "adapters/socket/costs.py": "whether it is within what its connection and its account may send",
    "adapters/socket/posts.py": "whether it is well formed",
    "runtime/live_room/host.py": "whether the room takes requests now: it is busy, closing, or another process's",
    "runtime/live_room/decide.py": "whether its id is known, and it is within what the room takes, in rate and in size",
    "core/rooms/hall.py": "whether the room is open, and which types of entries clients write",
    "core/rooms/access.py": "whether its author may: bans, mutes, roles, private rooms",
    "core/rooms/chat.py": "whether it is a message, and who is mentioned",
    "runtime/live_room/publish.py": "in which order it is told: entries, acks, states; who may not hear it any more",
}
"""What a message runs through from its first byte to its ack, and what each file decides."""
CHAIN_EVENT = {
    "runtime/chain/follower.py": "what a new head means: go on, follow another branch, or halt",
    "runtime/nodes/reader.py": "what is read of a block, and whether a node's answer is believed",
    "core/chain/blocks.py": "where two branches part, and how far a chain is safe and final",
    "core/chain/routes.py": "which watch gets which log",
    "runtime/chain/ledger.py": "what is committed of a step: cursor, blocks, logs and rows for rooms together",
    "core/chain/room_news.py": "what rooms are told: events, corrections, confirmations",
    "runtime/chain/outbox_queue.py": "in which order rows go to a room, and which wait for its rate",
    "runtime/delivery.py": "when rows are tried again, when parked",
}
"""What a chain event runs through before it reaches its room."""
CHAIN_ERRORS = {"Malformed", "TooDeep", "Undecodable", "ForeignChain", "Halted", "Absent"}
"""What the chain's follower answers: by trying again, following another branch, or halting."""
ANSWERED = CHAIN_ERRORS | {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ParlourError) and kind is not errors.Internal
}
"""Errors that decide something where they are made."""
LEFT_OUT = {
    "runtime/foreign_changes.py": "runs beside: looks a few times a second at what other processes changed",
    "runtime/identity/sanctions.py": "runs beside: reads who is muted or banned on the whole server",
    "runtime/operating/": "runs beside: erases rooms, and wakes operators who follow a log",
    "adapters/operating/": "runs beside: reads what is to be erased",
    "adapters/accounts/": "runs beside: reads which sessions ended",
    "adapters/console/": "runs beside: seals what operators did, follows the settings that they change",
    "adapters/news/": "stores what receivers of hooks are told, in the transaction of what it tells of",
    "adapters/engine/": "carries bytes: Engine.IO and Socket.IO know no rooms",
    "adapters/socket/connection_limits.py": "a data class: what is known of a connection",
    "adapters/socket/gateway.py": "looks the request up in a table and calls its handler; what that raises is the ack",
    "adapters/socket/request_spec.py": "a data class: the request under way and its ack",
    "adapters/sql/": "stores what it is given; refuses nothing but a second writer",
    "adapters/telemetry/": "counts",
    "core/canonical_json.py": "a codec",
    "core/chain/decoding.py": "a codec",
    "core/chain/logs.py": "a codec",
    "core/chain/quantities.py": "a codec",
    "core/chain/receipts.py": "a codec",
    "core/chain/rlp.py": "a codec",
    "core/log/": "a codec: canonical JSON and the hash chain",
    "core/gates/": "who passes the gate of a room that has one; this walk's room has none",
    "core/room/": "data classes: commands, entries, and the shape of a kind",
    "core/rooms/attached.py": "a codec: the hashes of files that a message names",
    "core/rooms/holding.py": "what rules hold back; this walk's room has none",
    "core/rooms/normal_form.py": "a codec: one normal form of texts; chat.py refuses by it",
    "core/rooms/talk.py": "counts what stands in the conversation",
    "core/rooms/texts.py": "a codec: texts, mentions and anchors",
    "errors.py": "errors",
    "runtime/archive/": "runs beside: the index of search",
    "runtime/audit/": "runs beside: seals what operators did",
    "runtime/blocks/": "runs beside: tells rooms that watch blocks and balances",
    "runtime/chain/backlogs.py": "counts what waits for a room; beyond a bound room_news.py tells a gap",
    "runtime/chain/begin.py": "where a follower begins, before this walk",
    "runtime/chain/chains.py": "holds a chain's parts; which rate a room has, room_pace.py asks",
    "runtime/chain/config.py": "a data class",
    "runtime/notice_records.py": "data classes",
    "runtime/nodes/endpoints.py": "picks a node; which one changes no outcome",
    "runtime/chain/halts.py": "runs beside: looks for a chain that stands still",
    "runtime/nodes/heads.py": "wakes the follower",
    "runtime/chain/lease.py": "chooses the process, not the outcome",
    "runtime/chain/outbox.py": "turns rows into commands; delivery.py decides what a room's refusal means",
    "runtime/chain/progress.py": "counts",
    "runtime/chain/room_pace.py": "token buckets; outbox_queue.py asks them",
    "runtime/chain/second_reading.py": "runs beside: reads old blocks again",
    "runtime/chain/step_listener.py": "data classes: the seam for what blocks concern beside watches",
    "runtime/chain/store.py": "data classes",
    "runtime/clock.py": "a clock",
    "runtime/commit_pace.py": "chooses the thread that commits",
    "runtime/entropy.py": "random bytes for salts",
    "runtime/gates/": "asks a chain about rooms with a gate; this walk's room has none",
    "runtime/identity/": "runs beside: looks for sessions that ended",
    "runtime/limits.py": "token buckets; who asks them, and with what, is in costs.py and decide.py",
    "runtime/matchmaking/": "runs beside: looks through the lines of people who seek a table",
    "runtime/live_room/agenda.py": "timers of games",
    "runtime/live_room/audience.py": "writes a frame to every connection here; the kind says from whom it is hidden",
    "runtime/live_room/commit.py": "stores the batch as it was decided, with the room's members and line in lists",
    "runtime/live_room/context.py": "data classes: requests and decisions",
    "runtime/shown/entry_json.py": "an encoding",
    "runtime/live_room/journal.py": "the end of the log in memory: numbers, hashes, known ids",
    "runtime/live_room/mailbox.py": "a bounded queue; host.py refuses what it does not take",
    "runtime/live_room/prepare.py": "reads beforehand what decide.py needs",
    "runtime/live_room/presence.py": "who is here; a message changes nothing of it",
    "runtime/live_room/scheduler.py": "gives rooms their turns, all alike",
    "runtime/live_room/seen_ids.py": "a set of known ids",
    "runtime/live_room/state.py": "holds the room, and passes commands on",
    "runtime/live_room/tick_budget.py": "timers of games",
    "runtime/live_room/turns.py": "takes a batch from step to step; a store failure is beside this walk",
    "runtime/loop_watch.py": "runs beside: measures the loop",
    "runtime/rooms/": "finds the live room; whether one that is not live exists is decided beside this walk",
    "runtime/server_rooms/": "runs beside: looks for chains that are silent; and rooms the server makes, not this one",
    "runtime/slices.py": "lets the loop serve others between two slices of work",
    "runtime/statuses.py": "notes who made a request",
    "runtime/timings.py": "counts durations",
    "runtime/store_records.py": "data classes",
    "runtime/tracking/": "runs beside: transactions that rooms track",
    "testing/": "the other side: the chain and its node",
    "wiring/": "passes calls on to what was wired",
    "runtime/webhooks/": "notes rooms that were written; sends their entries later",
}
"""Files, or folders, that ran and do not count, each with its reason."""
FOR_CALLERS = {
    "core/canonical_json.py": "says what no JSON is; decide.py makes it the answer",
    "core/chain/logs.py": "says what no log is; reader.py drops the answer",
    "core/rooms/attached.py": "says what no list of files is; chat.py asks",
    "core/rooms/texts.py": "says what no text, mention or anchor is; chat.py asks",
    "core/chain/decoding.py": "says that a log does not fit its event; logs.py tells the room so",
    "core/chain/receipts.py": "says that receipts cannot be read; reader.py drops the answer",
    "runtime/limits.py": "counts; decide.py asks it with the room's settings",
}
"""Files that raise for one caller, which decides to ask and answers: pure codecs, and counters."""


@dataclass(slots=True)
class Walk:
    """A profile function that notes which files of the server run while it is `on`.

    Attributes:
        files: in the order in which each ran first.
        functions: file and first line of each function that ran.
        calls: Python functions of the server that were called.
    """

    files: dict[str, None] = field(default_factory=dict)
    functions: set[tuple[str, int]] = field(default_factory=set)
    calls: int = 0
    on: bool = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        """Note a call; see sys.setprofile."""
        if self.on and event == "call" and frame.f_code.co_filename.startswith(SERVER):
            name = frame.f_code.co_filename.removeprefix(SERVER)
            self.files.setdefault(name)
            self.functions.add((name, frame.f_code.co_firstlineno))
            self.calls += 1

    def until(self, stop: str) -> list[str]:
        """The files before the first one whose path begins with `stop`."""
        files = list(self.files)
        reached = next((n for n, name in enumerate(files) if name.startswith(stop)), len(files))
        return files[:reached]


def unjudged(files: list[str], decides: dict[str, str]) -> list[str]:
    """Files that ran and stand in neither list."""
    return [name for name in files if name not in decides and not name.startswith(tuple(LEFT_OUT))]


def refusing(walk: Walk, files: list[str]) -> dict[str, list[str]]:
    """Which of these files can refuse, with their functions that ran and make an answered error."""
    found: dict[str, list[str]] = {}
    for name in files:
        tree = ast.parse(Path(SERVER, name).read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        makers = {made.name for made in functions if isinstance(made.returns, ast.Name) and made.returns.id in ANSWERED}
        for function in functions:
            first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
            if (name, first) in walk.functions and _made(function) & (ANSWERED | makers):
                found.setdefault(name, []).append(function.name)
    return found


def _made(function: ast.AST) -> set[str]:
    """The names that a function calls or raises: of classes of errors, and of functions that make one."""
    nodes = list(ast.walk(function))
    named = [node.func for node in nodes if isinstance(node, ast.Call)]
    named += [node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc is not None]
    return {node.id for node in named if isinstance(node, ast.Name)}


def uncounted(walk: Walk, files: list[str], decides: dict[str, str]) -> dict[str, list[str]]:
    """Files that can refuse, and are neither counted nor asked by one that is."""
    beside = ("adapters/engine/", "adapters/sql/", "testing/")
    return {
        name: functions
        for name, functions in refusing(walk, files).items()
        if name not in decides and name not in FOR_CALLERS and not name.startswith(beside)
    }


@contextmanager
def _traced() -> Iterator[Walk]:
    """Trace this thread and those that begin from now on: a server's writer has one of its own."""
    walk = Walk()
    threading.setprofile(walk)
    sys.setprofile(walk)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@asynccontextmanager
async def _server(folder: str, chain: SimChain) -> AsyncIterator[Server]:
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{folder}/parlour.db",
        chains=[{"chainId": chain.chain_id, "urls": ["http://sim"], "pollInterval": 3600}],
    )
    server = await Server.build(settings, chain_client=lambda url: FakeNode(chain))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def _member(server: Server, name: str) -> AsyncIterator[tuple[socketio.AsyncClient, asyncio.Queue[Any]]]:
    """A stock client that joined the room, and the entries it hears."""
    async with aiohttp.ClientSession() as http:
        session = await sign_in(http, server.url, wallet(name))
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        heard: asyncio.Queue[Any] = asyncio.Queue()
        client.on("entry", heard.put_nowait)
        await client.connect(server.url, auth={"token": session["token"]}, transports=["websocket"])
        await client.call("room:create", {"kind": "chat", "id": "hall"})
        assert (await client.call("room:join", {"room": "hall"}))["ok"]
        yield client, heard
        await client.disconnect()


async def message() -> Walk:
    """The walk of one message in a room that is live already."""
    with tempfile.TemporaryDirectory() as folder, _traced() as walk:
        async with (
            _server(folder, SimChain()) as server,
            _member(server, "author") as (author, _),
            _member(server, "reader") as (_, heard),
        ):
            for number in range(3):
                walk.on = number == 2
                post = {"room": "hall", "id": f"p{number}", "type": "chat.message", "body": {"text": "gm"}}
                assert (await author.call("room:post", post))["ok"]
                await heard.get()
            walk.on = False
    return walk


async def chain_event() -> Walk:
    """The walk of one event of a watched contract, from the node's new head to the members of the room."""
    chain = SimChain()
    with tempfile.TemporaryDirectory() as folder, _traced() as walk:
        async with _server(folder, chain) as server, _member(server, "owner") as (owner, heard):
            watch = {"chain": chain.chain_id, "address": CONTRACT, "event": PING}
            async with asyncio.timeout(60):
                while not (await owner.call("room:watch", {"room": "hall", "watch": watch, "id": "w"}))["ok"]:
                    await asyncio.sleep(0.05)
            await heard.get()
            for number in range(3):
                walk.on = number == 2
                chain.mine([chain.ping(number)])
                await heard.get()
            walk.on = False
    return walk


def main() -> None:
    """Print both walks."""
    for title, made, stop, decides in (
        ("One message", message, "-", MESSAGE),
        ("One chain event, before its room", chain_event, "runtime/rooms/", CHAIN_EVENT),
    ):
        walk = asyncio.run(made())
        files = walk.until(stop)
        print(f"{title}: {sum(name in decides for name in files)} files decide, of {len(files)} that run.")
        for name in files:
            if name in decides:
                print(f"  {name:34} {decides[name]}")
        for name, functions in uncounted(walk, files, decides).items():
            print(f"  {name:34} ! refuses in {', '.join(functions)}, and is not counted")
        for name in unjudged(files, decides):
            print(f"  {name:34} ? neither list has it")


if __name__ == "__main__":
    main()
