"""A whole server whose storage fails under load: the disk is full, the file is locked, Postgres is gone.

Every time: coded errors, a process that lives, service that resumes by itself, nothing acknowledged lost.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from tests.e2e.stock import PythonClient
from tests.history.crowd import Crowd, assert_coded, crowd, until
from tests.missing import missing
from tests.postgres import Postgres

COMMITS = ["loop", "thread"]
"""Values of PARLOUR_COMMIT: the thread that meets the fault."""


async def assert_alive(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/healthz") as answer:
        assert answer.status == 200


@asynccontextmanager
async def reader(people: Crowd, server: ServerProcess) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """`await ask(event, data)` on a fresh socket."""
    async with PythonClient(["websocket"]) as client:
        await client.connect(server.url, people.token)
        yield client.ask


async def assert_kept(people: Crowd) -> None:
    """Nothing acknowledged is lost, and nobody was told about the layers below."""
    verdict = await people.verdict()
    assert not verdict.findings, str(verdict)
    assert_coded(people.refusals)


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted_disk(tmp_path / "small", 8)


def mounted_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """Mount a disk of that size, and take it away afterwards."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", folder]
    mounted = subprocess.run(mounting, check=False, capture_output=True, text=True)
    if mounted.returncode:
        missing(f"cannot mount a tmpfs: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass


@pytest.mark.parametrize("commit", COMMITS)
async def test_disk_when_full_refuses_posts_answers_reads_and_recovers(small_disk: Path, commit: str) -> None:
    async with (
        ServerProcess(f"sqlite+aiosqlite:///{small_disk}/parlour.db", env={"PARLOUR_COMMIT": commit}) as server,
        crowd(server.url) as people,
    ):
        await people.all_acked_again()
        fill(small_disk / "ballast")
        await until(lambda: len(people.refusals) > 20)
        stood = people.acked
        async with reader(people, server) as ask:
            page = await ask("room:history", {"room": people.rooms[0], "limit": 20})
            assert page["ok"], page
            assert len(page["entries"]) > 1
            assert (await ask("room:list", {}))["rooms"]
        await asyncio.sleep(1.0)
        assert people.acked == stood, "the disk is full and something was acknowledged"
        await assert_alive(server)

        (small_disk / "ballast").unlink()
        took = await people.all_acked_again()
        print(f"full disk: everybody served {took:.2f} s after there was room")
        await assert_kept(people)
        assert "Traceback" not in server.log()


# ── a locked file ────────────────────────────────────────────────────────────────────────────────────────────────

LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


@asynccontextmanager
async def locked(path: Path, seconds: float) -> AsyncIterator[None]:
    """Another process holds the file for that long; leaving waits for its end."""
    locker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCKER, str(path), str(seconds), stdout=asyncio.subprocess.PIPE
    )
    assert locker.stdout is not None
    assert await locker.stdout.readline() == b"locked\n"
    yield
    await locker.wait()


async def survive_a_lock(seconds: float, commit: str) -> None:
    async with ServerProcess(env={"PARLOUR_COMMIT": commit}) as server, crowd(server.url) as people:
        await people.all_acked_again()
        async with locked(server.folder / "parlour.db", seconds):
            await asyncio.sleep(0.5)
            stood = people.acked
            await asyncio.sleep(seconds / 2)
            assert people.acked == stood, "the file is locked and something was acknowledged"
            await assert_alive(server)
        took = await people.all_acked_again()
        print(f"locked {seconds:g} s: everybody served {took:.2f} s after, {len(people.refusals)} refusals")
        await assert_kept(people)
        assert "Traceback" not in server.log()


@pytest.mark.parametrize("commit", COMMITS)
async def test_database_when_locked_by_another_process_resumes(commit: str) -> None:
    await survive_a_lock(3, commit)


@pytest.mark.long
async def test_database_when_locked_for_twenty_seconds_refuses_and_resumes() -> None:
    await survive_a_lock(20, "auto")


# ── Postgres goes away ───────────────────────────────────────────────────────────────────────────────────────────


async def survive_restarts(postgres: Postgres, cycles: int) -> None:
    async with ServerProcess(postgres.database()) as server, crowd(server.url) as people:
        for _ in range(cycles):
            await people.all_acked_again()
            await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
            refused = len(people.refusals)
            await until(lambda: len(people.refusals) > refused)  # noqa: B023 asked within this round
            await asyncio.sleep(0.5)
            await assert_alive(server)
            await asyncio.to_thread(postgres.start)
            back = time.monotonic()
            await people.all_acked_again()
            print(f"Postgres: everybody served {time.monotonic() - back:.2f} s after it was back")
        await assert_kept(people)
        assert "Traceback" not in server.log()


async def test_postgres_when_crashing_under_load_loses_nothing(own_postgres: Postgres) -> None:
    await survive_restarts(own_postgres, 1)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_postgres_when_crashing_ten_times_loses_nothing(own_postgres: Postgres) -> None:
    await survive_restarts(own_postgres, 10)
