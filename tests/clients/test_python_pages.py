"""docs/documents.md and docs/files.md: their Python and their curl run against a real server, as they stand."""

from __future__ import annotations

import asyncio
import re
import textwrap
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.test_documents import Editor
from tests.e2e.test_protocol_http import mint

DOCS = Path(__file__).parents[2] / "docs"
SCOPES = ("rooms:read", "entries:read", "entries:post")


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


async def run(code: str, **names: Any) -> None:
    """Run a block that awaits, with the names that its page leaves to the reader."""
    exec(f"async def block():\n{textwrap.indent(code, '    ')}", names)
    await names["block"]()


async def shell(code: str, folder: Path, **names: str) -> str:
    """Run a block of commands; each has to succeed."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", code.replace("curl ", "curl -sS --fail-with-body "),
        cwd=folder, env=names, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await process.communicate())[0].decode()
    assert process.returncode == 0, told
    return told


async def test_python_and_curl_of_the_page_about_documents_work(tmp_path: Path) -> None:
    [python], [curl] = blocks("documents.md", "python"), [c for c in blocks("documents.md", "sh") if "curl" in c]
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as parlour:
        await parlour.create("document", id="notes")
        await run(python, connect=connect, url=server.url, key=wallet("bea"))
        (tmp_path / "update.bin").write_bytes(Editor().write("By a backend. "))
        async with parlour.join("notes") as room:
            kept = await room.request("doc:version", id="v", title="first")
        names = {"URL": server.url, "KEY": await mint(server, "backend", *SCOPES), "PATH": "/usr/bin:/bin"}
        told = await shell(curl.replace('"version": 12', f'"version": {kept["seq"]}'), tmp_path, **names)
    assert "Written by a bot." in told
    assert "By a backend." in told
    assert '"seq"' in told.splitlines()[-1]


async def test_python_and_curl_of_the_page_about_files_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [python], [curl] = blocks("files.md", "python"), blocks("files.md", "sh")
    (tmp_path / "note.txt").write_text("a note")
    (tmp_path / "cat.png").write_bytes(b"no cat")
    monkeypatch.chdir(tmp_path)
    async with (
        aiohttp.ClientSession() as http,
        ServerProcess() as server,
        connect(server.url, wallet("ann")) as parlour,
    ):
        await parlour.create("chat", id="hall")
        await run(python, parlour=parlour, Path=Path)
        names = {"TOKEN": (await sign_in(http, server.url, wallet("ann")))["token"], "PATH": "/usr/bin:/bin"}
        told = await shell(curl.replace("https://rooms.example", server.url), tmp_path, **names)
    assert '"name":"cat.png"' in told
