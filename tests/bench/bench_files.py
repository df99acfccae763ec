"""`parlour bench files`: an upload beside `dd` with fsync, and the memory it takes.

Half of what dd does is the goal, at 16 MiB of memory at most.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import psutil
import socketio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet

MB = 1 << 20
GOAL_SHARE, GOAL_MIB = 0.5, 16.0


def dd_bytes_per_second(folder: Path, size: int) -> float:
    """Return how fast `dd` writes and syncs a file of this size."""
    target = folder / "dd"
    began = time.perf_counter()
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={target}", "bs=1M", f"count={size // MB}", "conv=fsync"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    took = time.perf_counter() - began
    target.unlink()
    return size / took


async def uploads(count: int, size: int) -> tuple[float, float]:
    """Return the best bytes a second of some uploads, one after the other, and the MiB the server grew by."""
    env = {"PARLOUR_UPLOAD_BYTES_PER_HOUR": str(1 << 40)}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        room = await _room(server, token)
        await asyncio.to_thread(_upload, server.port, room, token, os.urandom(MB))
        before, best = psutil.Process(server.pid).memory_info().rss, 0.0
        Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # sets the peak back to what there is now
        for _ in range(count):
            content = os.urandom(size)
            began = time.perf_counter()
            await asyncio.to_thread(_upload, server.port, room, token, content)
            best = max(best, size / (time.perf_counter() - began))
        return best, (_peak(server.pid) - before) / MB


async def _room(server: ServerProcess, token: str) -> str:
    client = socketio.AsyncClient()
    await client.connect(server.url, auth={"token": token}, transports=["websocket"])
    await client.call("room:create", {"kind": "chat", "id": "files"})
    await client.disconnect()
    return "files"


def _upload(port: int, room: str, token: str, content: bytes) -> None:
    """Send a file by a plain socket: what is measured is the server, and no client's own work."""
    head = (
        f"POST /api/rooms/{room}/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
        f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
        connection.sendall(content)
        answer = connection.makefile("rb").readline()
    assert b" 201 " in answer, answer


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("The kernel tells no peak.")


def main(args: Sequence[str]) -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(prog="parlour bench files", description=__doc__)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--mb", type=int, default=24)
    asked = parser.parse_args(list(args))
    size = asked.mb * MB
    with TemporaryDirectory() as folder:
        peer = max(dd_bytes_per_second(Path(folder), size) for _ in range(asked.count))
    speed, grew = asyncio.run(uploads(asked.count, size))
    share = speed / peer
    print(f"upload {speed / MB:.0f} MB/s · dd with fsync {peer / MB:.0f} MB/s · share {share:.2f} (goal {GOAL_SHARE})")
    print(f"memory {grew:.1f} MiB more at the peak (goal {GOAL_MIB:.0f})")
