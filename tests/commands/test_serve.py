"""`parlour serve` as a process: what it refuses, and how it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from parlour.testing.server import ServerProcess


def serve(database_url: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    command = [sys.executable, "-m", "parlour", "serve", "--port", "0", "--database-url", database_url]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=100)


async def test_second_server_of_a_sqlite_file_is_refused_and_names_the_first(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    async with ServerProcess(url) as first:
        refused = serve(url)
        assert refused.returncode == 3
        assert f"is served by process {first.pid}." in refused.stderr
        assert "Traceback" not in refused.stderr
    async with ServerProcess(url):
        pass


async def test_server_is_not_refused_when_the_last_one_was_killed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    async with ServerProcess(url) as first:
        await first.kill9()
        async with ServerProcess(url):
            pass
