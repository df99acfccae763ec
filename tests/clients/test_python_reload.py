"""A bot that starts itself again when its program changes: the file that is watched, and the whole program."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib import util
from pathlib import Path

import pytest

from parlour_client import connect
from parlour_client.bot.reload import CodeWatch
from tests.clients.fake_server import FakeServer
from tests.clients.test_python_bot import BOT_KEY, PERSON_KEY, said

PROGRAM = """
import sys
from parlour_client import Bot

bot = Bot(sys.argv[1], key="env:BOT_KEY")

@bot.command("version")
async def version(ctx):
    await ctx.reply("one")

bot.run(["lobby"], reload=True)
"""


def write(path: Path, text: str) -> None:
    """Write a file, with a time that no file had before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_watch_sees_a_change_once_the_file_compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, calls = tmp_path / "watched_bot.py", []
    write(path, "X = 1\n")
    spec = util.spec_from_file_location("watched_bot", path)
    assert spec is not None
    monkeypatch.setitem(sys.modules, "watched_bot", util.module_from_spec(spec))
    watch = CodeWatch(lambda: calls.append("changed"))
    assert not watch.look()
    write(path, "X = (\n")
    assert not watch.look()
    write(path, "X = 2\n")
    assert watch.look()
    assert calls == ["changed"]
    assert watch.seen


async def test_program_that_changes_is_started_again(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "bot.py"
    write(path, PROGRAM)
    env = os.environ | {"BOT_KEY": BOT_KEY, "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(sys.executable, str(path), server.url, env=env)
    try:
        async with connect(server.url, PERSON_KEY) as parlour, parlour.join("lobby") as room, asyncio.timeout(60):
            for wanted in ("one", "two"):
                while wanted not in said(server):
                    await room.say("!version")
                    await asyncio.sleep(0.1)
                write(path, PROGRAM.replace("one", "two"))
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0
