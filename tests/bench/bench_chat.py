"""`parlour bench chat`: the bars of conversation, and what one post costs, counted.

A crowd of 1,000 in one room at 50 messages a second (p99 of all copies 100 ms; the slowest copy is shown too), one's
own 500 rooms with unread and mentions (20 ms), searches in one log (p99 50 ms), uploads (half of dd with fsync,
16 MiB).
`--only crowd,mine,search,files,calls,bytes` leaves parts out.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import structlog

from parlour.adapters.engine import loop_factory
from parlour.adapters.sql.database import SqliteFile
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.app import Server
from parlour.core.room import Draft
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.lists import RoomLists
from parlour.runtime.store import MemberRight, RoomFilter
from parlour.settings import load as settings
from tests.bench import bench_files, bench_game, bench_posts, bench_search, load
from tests.bench.quiet import Conditions, print_table
from tests.bench.wire import Wire, connect
from tests.game_calls import SERVING, Calls, in_thread
from tests.logs import ALICE, Log

PARTS = ("crowd", "mine", "search", "files", "calls", "bytes")
CROWD_MS, MINE_MS = 100.0, 20.0
ROOMS, PAGE, RUNS = 500, 50, 20
OWNED = 100
"""Of these rooms are the account's own: no server lets it own more by default."""
COUNTED = 200
"""Posts that are counted, one after the other."""
SETTLED_S = 0.01
"""After a post, until the server has ended all it does about it."""


def crowd(members: int, rate: float, seconds: float) -> tuple[str, load.Sample]:
    """Let members of one room write, all together so many messages a second."""
    with tempfile.TemporaryDirectory() as folder, bench_posts.parlour(Path(folder), accounts=members) as target:
        port, pid, tokens = target
        shape = ("-m", "post", "-n", str(members), "-r", "1", "-R", str(rate), "-W", "1", "-d", str(seconds))
        sample = load.load(port, pid, *shape, *tokens)
    line = (
        f"{members:,} members, {rate:.0f} messages/s: copy p50 {sample['p50_ms']:.1f} ms, "
        f"p99 {sample['p99_ms']:.1f} ms (goal {CROWD_MS:.0f}), "
        f"slowest {sample['max_ms']:.1f} ms; server {sample['server_cpu_pct']:.0f} % of a core; "
        f"{sample['copies_missing']} copies missing"
    )
    return line, sample


def bytes_written(posts: int) -> str:
    """Count what the kernel is given for the disk while lone posts are stored, each in its own commit."""
    with tempfile.TemporaryDirectory() as folder, bench_posts.parlour(Path(folder), accounts=20) as (port, pid, tokens):
        before = _written(pid)
        shape = (*bench_posts.LONE, "-m", "post", "-W", "0.1", "-d", str(max(1.0, posts / 200)))
        sample = load.load(port, pid, *shape, *tokens)
        grew = _written(pid) - before
    stored = sample["acks_total"]
    return f"{grew / stored:,.0f} bytes written a lone post, members' joins and the log included ({stored:.0f} posts)"


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


async def mine(rooms: int) -> list[str]:
    """Read an account's rooms, each with messages and mentions that it has not read: a page, and all pages."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await upgrade(url)
        store = await open_store(url, file=SqliteFile(synchronous="OFF"))
        try:
            await asyncio.gather(*(_unread_room(store, number) for number in range(rooms)))
            registry = SimpleNamespace(context=SimpleNamespace(store=store))
            lists = RoomLists(cast(Any, registry), cast(Any, _Own()))
            pages = [await _pages(lists) for _ in range(RUNS)]
        finally:
            await store.close()
    first, whole = (statistics.median(each[part] for each in pages) for part in (0, 1))
    found = pages[0][2]
    return [
        f"mine of {found:.0f} rooms: a page of {PAGE} {first:.1f} ms (goal {MINE_MS:.0f}), all pages {whole:.1f} ms"
    ]


async def _unread_room(store: SqlStore, number: int) -> None:
    owner = ALICE if number < OWNED else "ann"
    log = Log(f"room-{number}", owner=owner)
    await log.create(store)
    drafts = [Draft("chat.message", {"text": "x" * 60, "mentions": [ALICE]}, "ann", f"m{k}") for k in range(20)]
    await store.touch_member(log.record.id, ALICE, 1)
    await log.append(store, *drafts, rights=(MemberRight(ALICE, "member", 0),))


class _Own:
    """Rights of a list as `RoomRights.joinable` gives them, without a registry of live rooms."""

    def joinable(self, caller: Caller, query: RoomQuery) -> RoomFilter:
        return RoomFilter(caller.account or None, query.kind, query.query, query.open, query.mine)


async def _pages(lists: RoomLists) -> tuple[float, float, float]:
    """Return the ms of the first page, those of all pages, and the rooms on them."""
    took: list[float] = []
    cursor, found = None, 0
    while cursor is not None or not took:
        began = time.perf_counter()
        page = await lists.page(Caller(ALICE), RoomQuery(mine=True, cursor=cursor, limit=PAGE))
        took.append((time.perf_counter() - began) * 1_000)
        cursor, found = page["cursor"], found + len(page["rooms"])
    return took[0], sum(took), float(found)


def calls(posts: int, members: int = 20) -> str:
    """Count the Python calls of lone posts on a whole server in this process; nothing is timed."""
    counted = Calls()
    threading.setprofile(counted)
    sys.setprofile(counted)
    try:
        with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(f"sqlite+aiosqlite:///{folder}/parlour.db", counted, posts, members))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    loop, writer = (counted.of_thread(name) for name in SERVING)
    return (
        f"{counted.median:.0f} Python calls a post to {members} members ({loop:.0f} in the loop, {writer:.0f} in the "
        f"writer), {counted.median_builtins:.0f} of functions in C"
    )


async def _serve(url: str, counted: Calls, posts: int, members: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    unlimited = {name.removeprefix("PARLOUR_").lower(): int(value) for name, value in bench_posts.UNLIMITED.items()}
    server = await Server.build(settings(port=0, database_url=url, log_level="warning", **unlimited))
    await server.start()
    try:
        port = int(server.url.rpartition(":")[2])
        tokens = await bench_game.tokens(port, members)
        await in_thread(lambda: asyncio.run(_converse(port, tokens, counted, posts)))
    finally:
        await server.stop()


async def _converse(port: int, tokens: list[str], counted: Calls, posts: int) -> None:
    wires = await connect(port, tokens)
    room = (await wires[0].ask("room:create", {"kind": "chat"}))["room"]["id"]
    for wire in wires:
        await wire.ask("room:join", {"room": room})
    for number in range(-5, posts):
        await _post(wires[number % len(wires)], room, number, counted)


async def _post(wire: Wire, room: str, number: int, counted: Calls) -> None:
    await asyncio.sleep(SETTLED_S)
    if number >= 0:
        counted.begin()
    message = {"room": room, "id": f"m{number}", "type": "chat.message", "body": {"text": f"message {number}"}}
    answer = await wire.ask("room:post", message)
    await asyncio.sleep(SETTLED_S)
    counted.on = False
    if not answer["ok"]:
        raise RuntimeError(str(answer["error"]))


def main(args: Sequence[str] | None = None) -> None:
    """Measure the parts that are asked for, and print a line or more on each."""
    parser = argparse.ArgumentParser(prog="parlour bench chat", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--messages", type=int, default=1_000_000, help="of the log that is searched")
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--mb", type=int, default=24, help="of an upload")
    parser.add_argument("--posts", type=int, default=COUNTED, help="that are counted")
    asked = parser.parse_args(args)
    wanted, lines = asked.only.split(","), []
    with Conditions() as conditions:
        if "crowd" in wanted:
            lines.append(crowd(asked.members, asked.rate, asked.seconds)[0])
        if "mine" in wanted:
            lines += asyncio.run(mine(asked.rooms))
        if "search" in wanted:
            found = asyncio.run(bench_search.bench(asked.messages, asked.searches))
            lines += [f"search in {asked.messages:,} messages, {line}" for line in found]
        if "calls" in wanted:
            lines.append(calls(asked.posts))
        if "bytes" in wanted:
            lines.append(bytes_written(asked.posts))
    print_table(conditions, lines)
    if "files" in wanted:
        bench_files.main(["--mb", str(asked.mb)])


if __name__ == "__main__":
    main()
