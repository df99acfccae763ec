"""The examples of docs/embedding.md, and both SDKs talking in each."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI

from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from parlour.wiring.http import static_folder
from parlour_client import connect
from tests.e2e.stock import node_modules
from tests.embedding.kit import database, served, uvicorn_serving

PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"
SCRIPT = "tests/embedding/say_hello.mjs"
LINES = 40
"""Of an example: what a reader copies at a glance."""
PLACES: dict[str, dict[str, str]] = {
    "aiohttp": {},
    "fastapi": {},
    "namespace": {"path": "/socket.io", "namespace": "/parlour"},
}


def example(name: str) -> dict[str, Any]:
    """The names that an example of the page defines."""
    codes = [part.split("```")[0] for part in PAGE.read_text().split("```python\n")[1:]]
    code = dict(zip(("aiohttp", "fastapi", "functions", "script", "namespace"), codes, strict=True))[name]
    assert len(code.splitlines()) <= LINES
    names: dict[str, Any] = {"__name__": "example"}
    exec(code, names)
    return names


@pytest.mark.parametrize("name", PLACES)
async def test_both_sdks_talk_in_an_example(tmp_path: Path, name: str) -> None:
    port, place = free_port(), PLACES[name]
    url = f"http://127.0.0.1:{port}/rooms"
    app = example(name)["make_app"](f"http://127.0.0.1:{port}", database(tmp_path))
    serving = uvicorn_serving(app, port) if isinstance(app, FastAPI) else served(app, port)
    async with serving, connect(url, wallet("ann"), **place) as ann, aiohttp.ClientSession() as http:
        await ann.create("chat", id="hall")
        async with ann.join("hall") as room:
            token = (await sign_in(http, url, wallet("ben")))["token"]
            options, script = json.dumps({"url": url, "token": token, **place}), str(PAGE.parents[1] / SCRIPT)
            sdk, modules = str(static_folder() / "client"), str(node_modules())
            browser = await asyncio.create_subprocess_exec("node", script, options, sdk, modules)
            async for entry in room:
                assert (entry.author, entry.text) == (wallet("ben").address, "hello from the browser's SDK")
                break
            await room.say("hello")
            assert await browser.wait() == 0


async def test_script_of_the_page_writes_and_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await example("script")["main"](database(tmp_path))
    assert "2 app.step {'done': 'everything'}" in capsys.readouterr().out


def test_functions_of_the_page_can_be_registered(tmp_path: Path) -> None:
    from parlour import Parlour

    example("functions")["greet"](Parlour(url="http://localhost/", database_url=database(tmp_path)))
