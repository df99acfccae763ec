"""docs/clients.md, done as its reader does it: every Python block runs, in order, against a real server."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Room, connect

GUIDE = Path(__file__).parents[2] / "docs" / "clients.md"
BLOCK = re.compile(r"^```python\n(?:# (\S+\.py)\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
SCRIPTS = {name: code for name, code in BLOCKS if name}
FRAGMENTS = [code for name, code in BLOCKS if not name]
KEY = "0x" + "44" * 32


@asynccontextmanager
async def script(name: str, folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A script of the guide in a process of its own, until the block ends."""
    path = folder / name
    path.write_text(SCRIPTS[name].replace("http://localhost:8080", url), encoding="utf-8")
    env = {**os.environ, "BOT_KEY": KEY, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(sys.executable, str(path), env=env, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def texts(room: Room, count: int) -> list[str]:
    """Return the next messages of a room."""
    async with asyncio.timeout(60):
        return [(await anext(room)).text for _ in range(count)]


async def test_scripts_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby", title="Lobby")
        async with ann.join("lobby") as room:
            async with script("hello.py", tmp_path, server.url) as hello:
                assert await texts(room, 1) == ["gm"]
                assert hello.stdout is not None
                said = ""
                async with asyncio.timeout(60):
                    while "chat.message {'text': 'gm'}" not in said:
                        said += (await hello.stdout.readline()).decode()
            async with script("sync_hello.py", tmp_path, server.url) as hello:
                assert await texts(room, 1) == ["gm from a script"]
                assert await asyncio.wait_for(hello.wait(), 60) == 0
            async with script("roll_bot.py", tmp_path, server.url):
                heard: list[str] = []
                async with asyncio.timeout(60):
                    while "gm ☀️" not in heard:  # the bot hears what is said once it has joined
                        await room.say("gm")
                        await asyncio.sleep(0.2)
                        heard = [message.text for message in room.messages()]
                    await room.say("!roll 1")
                    while "You rolled 1." not in heard:
                        await asyncio.sleep(0.05)
                        heard = [message.text for message in room.messages()]


async def test_test_of_the_guide_passes(tmp_path: Path) -> None:
    (tmp_path / "test_greeting.py").write_text(SCRIPTS["test_greeting.py"], encoding="utf-8")
    options = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), "test_greeting.py")
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *options, cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def test_fragments_of_the_guide_run_inside_main() -> None:
    assert len(FRAGMENTS) == 6
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as parlour:
        await parlour.create("chat", id="lobby", title="Lobby")
        for code in FRAGMENTS:
            async with parlour.join("lobby") as room:
                await run_fragment(code, {"parlour": parlour, "room": room})


async def run_fragment(code: str, names: dict[str, Any]) -> None:
    compiled = compile(code, str(GUIDE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = FunctionType(compiled, names)()
    if inspect.isawaitable(result):
        await result
