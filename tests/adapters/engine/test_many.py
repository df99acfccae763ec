"""Many connections: thousands at rest, all gone at once, all back at once."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
import socketio

from parlour.testing.processes import free_port
from tests.adapters.engine.lab import REPOSITORY, Lab, RawSocket, running, tool
from tests.bounds import engine_limits

CALM = engine_limits(close_timeout=0.5)


def allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < count:
        pytest.fail(f"this needs {count} open files (ulimit -n)")


async def come(lab: Lab, room: str) -> RawSocket:
    """Connect and join, however long it takes: after a 503 try again later, with jitter as the SDKs do."""
    delay = 0.1
    while True:
        socket = await RawSocket.connect(lab.port, "/socket.io/?EIO=4&transport=websocket")
        if socket.status == 101:
            break
        assert socket.status == 503
        assert b"Retry-After" in socket.head
        socket.writer.close()
        await asyncio.sleep(delay * random.uniform(0.5, 1.5))
        delay = min(delay * 2, 3.0)
    await socket.text()
    socket.send("40")
    socket.send(f'420["join","{room}"]')
    while not (await socket.text(30)).startswith("430"):
        pass
    return socket


async def storm(count: int, *, figures: bool = False) -> None:
    """Let `count` clients connect, vanish at once and reconnect at once, while few may connect at a time."""
    allow_files(2 * count + 200)
    limits = dataclasses.replace(CALM, connecting=max(8, count // 20))
    async with running(limits=limits) as lab:
        sockets = await asyncio.gather(*(come(lab, f"r{number % 50}") for number in range(count)))
        assert len(lab.engine.sessions) == count
        started = time.process_time()
        for socket in sockets:
            socket.writer.transport.abort()
        await lab.handlers.until_empty()
        assert len(lab.handlers.gone) == count
        assert all(not members for members in lab.handlers.rooms.values())
        if figures:
            assert time.process_time() - started < count / 1_000, "leaving costs no more than leaving one's own rooms"
        sockets = await asyncio.gather(*(come(lab, f"r{number % 50}") for number in range(count)))
        assert len(lab.engine.sessions) == count
        for socket in sockets:
            socket.writer.transport.abort()


async def test_crowd_that_vanishes_and_reconnects_is_served() -> None:
    await storm(300)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_five_thousand_that_vanish_and_reconnect_are_served() -> None:
    await storm(5_000, figures=True)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_ten_thousand_idle_connections_cost_next_to_nothing() -> None:
    """Another process holds the connections; memory, heartbeats and one client's answers are checked."""
    allow_files(12_000)
    generator = Path(tempfile.gettempdir()) / "parlour-sioload"
    subprocess.run([tool("cc"), "-O2", "-o", str(generator), str(REPOSITORY / "tests/bench/sioload.c")], check=True)
    async with server() as (port, process):
        idle = process.memory_info().rss
        holding = await asyncio.create_subprocess_exec(
            *(str(generator), "-p", str(port), "-m", "idle", "-n", "10000", "-i", "256", "-d", "60"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(f"http://127.0.0.1:{port}", transports=["websocket"])
        async with asyncio.timeout(60):
            while process.num_fds() < 10_000:
                await asyncio.sleep(0.2)
        per_connection = (process.memory_info().rss - idle) / 10_000
        assert per_connection < 8_192, f"{per_connection:.0f} bytes"
        before = sum(process.cpu_times()[:2])
        worst = 0.0
        for number in range(300):
            started = time.monotonic()
            assert await client.call("echo", number) == number
            worst = max(worst, time.monotonic() - started)
            await asyncio.sleep(0.1)
        assert sum(process.cpu_times()[:2]) - before < 0.1 * 30, "idle connections cost next to nothing"
        assert worst < 0.5
        holding.kill()
        await holding.wait()
        async with asyncio.timeout(60):
            while process.num_fds() > 100:
                await asyncio.sleep(0.05)
        assert await client.call("echo", "still here") == "still here"
        await client.disconnect()


@asynccontextmanager
async def server() -> AsyncIterator[tuple[int, psutil.Process]]:
    """Run the engine in a process of its own."""
    port = free_port()
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.sockets_server", str(port), env={**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        yield port, psutil.Process(started.pid)
    finally:
        started.kill()
        await started.wait()
