"""Measures documents beside Hocuspocus: updates a CPU-second, and an open document of 100,000 updates.

python -m tests.bench.bench_document [--rounds 3] [--seconds 3] [--clients 10,50] [--json FILE]

Each client types one letter at a time and sends the next when all others have got it. Parlour acknowledges what is on
disk. Hocuspocus keeps the document in memory (`memory`), stores it seconds later (`sqlite`, its default) or at every
change (`durable`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from pycrdt import Doc, Text

from parlour.core.documents.room import DocumentRoom
from parlour.core.room import Post
from parlour.testing.kept_room import KeptRoom
from parlour.testing.processes import free_port
from tests.bench import bench_posts, load

PACKAGES = ("@hocuspocus/server@4.7.0", "@hocuspocus/extension-sqlite@4.7.0", "yjs@13.6.33")
PLACE = load.TOOLS.parent / "hocuspocus"
"""Where npm installs it: a folder of its own."""
UPDATES = 100_000
OPEN_ROOMS = 200


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each server and number of clients, and one for opening a document."""
    parser = argparse.ArgumentParser(prog="parlour bench document")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--clients", default="10,50")
    parser.add_argument("--json")
    asked = parser.parse_args(arguments)
    _install()
    samples: list[dict[str, Any]] = []
    for clients in map(int, asked.clients.split(",")):
        for _ in range(asked.rounds):
            samples += [_sample(name, clients, asked.seconds) for name in ("parlour", "memory", "sqlite", "durable")]
        _print(samples, clients)
    stored = snapshot()
    held = {"parlour": {**opening(stored), "memory": memory(stored)}, "hocuspocus": _held(stored)}
    print(f"a document of {UPDATES:,} updates:")
    for name, each in held.items():
        told_of = f"{each['bytes']:,} bytes to a newcomer, opened in {each['seconds'] * 1000:.1f} ms"
        print(f"  {name:<10} {told_of}, {each['memory'] / 1000:,.0f} kB of memory while it is open")
    if asked.json:
        told = {"samples": samples, "open": held}
        Path(asked.json).write_text(json.dumps(told, indent=2) + "\n")


def _print(samples: list[dict[str, Any]], clients: int) -> None:
    for name in ("parlour", "memory", "sqlite", "durable"):
        taken = [each for each in samples if (each["label"], each["clients"]) == (name, clients)]
        per_cpu = statistics.median(each["accepted_per_cpu_s"] for each in taken)
        rate, memory = (statistics.median(each[key] for each in taken) for key in ("accepted_per_s", "rss_end_mb"))
        print(
            f"{clients:>3} clients  {name:<8} {per_cpu:>8,.0f} updates/CPU-s {rate:>8,.0f} updates/s {memory:>7.1f} MB"
        )


def _install() -> None:
    if not (PLACE / "node_modules" / "@hocuspocus").exists():
        command = ["npm", "i", "--no-save", "--no-audit", "--no-fund", "--prefix", str(PLACE), *PACKAGES]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _sample(name: str, clients: int, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _server(name, Path(folder)) as (port, pid, token):
        proto = "parlour" if name == "parlour" else "hocuspocus"
        command = [
            "node", str(load.HERE / "peers" / "docload.cjs"), "--proto", proto, "--port", str(port), "--pid", str(pid),
            "--clients", str(clients), "--seconds", str(seconds), "--label", name, "--token", token,
        ]  # fmt: skip
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=PLACE, text=True).stdout
    sample: dict[str, Any] = json.loads(told)
    assert sample["bad"] == 0, sample
    return sample


@contextmanager
def _server(name: str, folder: Path) -> Iterator[tuple[int, int, str]]:
    if name == "parlour":
        with bench_posts.parlour(folder, accounts=1) as (port, pid, _):
            token = (folder / "tokens").read_text().split()[0]
            asyncio.run(_create(f"http://127.0.0.1:{port}", token))
            yield port, pid, token
        return
    port, store = free_port(), "mem" if name == "memory" else "sqlite"
    env = {"DEBOUNCE": "0"} if name == "durable" else {}
    script = shutil.copy(load.HERE / "peers" / "doc_hocus.mjs", PLACE)  # modules are looked for beside it
    with load.running(["node", str(script), str(port), store, str(folder / "hocus.db")], port, env) as pid:
        yield port, pid, "none"


async def _create(url: str, token: str) -> None:
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(http_session=http, handle_sigint=False)
        await client.connect(url, auth={"token": token}, transports=["websocket"])
        made = await client.call("room:create", {"kind": "document", "id": "bench"})
        assert made["ok"], made
        await client.disconnect()


def snapshot() -> str:
    """Return the snapshot of a document of so many typed letters."""
    doc: Doc[Any] = Doc(client_id=2**31)
    text, room = doc.get("t", type=Text), KeptRoom(DocumentRoom, {}, 1)
    sent: list[bytes] = []
    subscription = doc.observe(lambda event: sent.append(event.update))
    for number in range(UPDATES):
        text.insert(number, "abcdefghij"[number % 10])
    doc.unobserve(subscription)
    for number, update in enumerate(sent):
        room.submit(Post("bench", id=str(number), type="doc.update", body=update))
    return json.dumps(room.room.snapshot())


def opening(stored: str) -> dict[str, Any]:
    """Measure restoring a document from its snapshot, up to the answer of a join."""
    began = time.perf_counter()
    size = len(_opened(stored).contents.whole())
    return {"bytes": size, "seconds": time.perf_counter() - began}


def memory(stored: str) -> int:
    """Measure how many bytes the server holds for each open document."""
    began = _rss()
    held = [_opened(stored) for _ in range(OPEN_ROOMS)]
    return (_rss() - began) // len(held)


def _held(stored: str) -> dict[str, Any]:
    """Measure the same of Hocuspocus, in memory and without a network."""
    script = shutil.copy(load.HERE / "peers" / "doc_memory.mjs", PLACE)
    with tempfile.NamedTemporaryFile() as file:
        file.write(_opened(stored).contents.whole())
        file.flush()
        command = ["node", "--expose-gc", str(script), file.name, str(OPEN_ROOMS)]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=PLACE, text=True).stdout
    held: dict[str, Any] = json.loads(told)
    return held


def _opened(stored: str) -> DocumentRoom:
    room = DocumentRoom("table")
    room.restore(json.loads(stored))
    return room


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(sys.argv[1:])
