"""Exports: a room to keep as JSON, Markdown and HTML, inert, complete and within the caller's rights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import aiohttp
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, seal
from parlour.core.room import Draft
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post, said

NASTY = "<script>alert(1)</script> **bold** [x](javascript:alert(1))\n# not a title"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


async def export(
    server: ServerProcess, http: aiohttp.ClientSession, room: str, as_: str, name: str | None
) -> tuple[int, str, str]:
    headers = {}
    if name is not None:
        headers["Authorization"] = f"Bearer {(await sign_in(http, server.url, wallet(name)))['token']}"
    url = f"{server.url}/api/rooms/{room}/export"
    async with http.get(url, params={"as": as_}, headers=headers) as answer:
        return answer.status, answer.headers.get("Content-Disposition", ""), await answer.text()


async def test_room_is_exported_as_it_is_now(enter: Enter, server: ServerProcess, http: aiohttp.ClientSession) -> None:
    ann = await enter("ann")
    room = await made(ann, title="Tea & <b>talk</b>")
    for n in range(3):
        await said(ann, room, f"line {n}")
    gone = (await said(ann, room, "planted and deleted"))["seq"]
    await done(ann, "room:post", **post(room, "chat.edit", {"of": 2, "text": NASTY}))
    await done(ann, "room:post", **post(room, "chat.delete", {"of": gone}))

    status, named, text = await export(server, http, room, "json", "ann")
    whole = json.loads(text)
    assert (status, whole["format"], whole["room"]["id"]) == (200, 1, room)
    assert [entry["seq"] for entry in whole["entries"]] == list(range(1, 8))
    assert named == f'attachment; filename="{room}.json"'

    _, _, page = await export(server, http, room, "html", "ann")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Tea &amp; &lt;b&gt;talk" in page

    _, _, markdown = await export(server, http, room, "markdown", "ann")
    assert "line 1" in markdown
    assert "**bold**" not in markdown
    assert not [line for line in markdown.splitlines()[1:] if line.startswith(("#", "<"))]
    for each in (text, page, markdown):
        assert "planted and deleted" not in each


@pytest.mark.parametrize("as_", ["json", "markdown", "html"])
async def test_export_needs_the_right_to_read(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, as_: str
) -> None:
    ann = await enter("ann")
    private, public = await made(ann, visibility="private"), await made(ann)
    may = {
        (room, name): (await export(server, http, room, as_, name))[0]
        for room in (private, public)
        for name in (None, "bob", "ann")
    }
    assert [may[private, name] for name in (None, "bob", "ann")] == [404, 404, 200]
    assert [may[public, name] for name in (None, "bob", "ann")] == [200, 200, 200]


async def test_unknown_format_is_refused(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    assert (await export(server, http, "none", "pdf", None))[0] == 400


async def test_exported_room_is_read_back_into_a_new_one(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    ann = await enter("ann")
    room = await made(ann, title="Tea")
    token = (await sign_in(http, server.url, wallet("ann")))["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    async with http.post(f"{server.url}/api/rooms/{room}/files?name=a.txt", data=b"leaves", headers=bearer) as answer:
        file = (await answer.json())["file"]["hash"]
    await said(ann, room, "look", files=[file])
    await done(ann, "room:post", **post(room, "chat.pin", {"of": 2, "on": True}))
    archive, copy = tmp_path / "tea.zip", server.database_url

    async def parlour(*words: str) -> tuple[int, str]:
        ran = await asyncio.to_thread(CliRunner().invoke, cli, ["room", *words])
        return ran.exit_code, ran.output

    where = ("--url", server.url, "--token", token)
    assert (await parlour("export", room, "--out", str(archive), *where))[0] == 0
    assert (await parlour("import", str(archive), "--id", "copy", "--database-url", copy))[1].startswith("made copy")
    assert (await parlour("import", str(archive), "--id", "copy", "--database-url", copy))[0] == 3
    joined = await done(ann, "room:join", room="copy")
    assert (joined["role"], joined["room"]["title"]) == ("owner", "Tea")
    entries = (await done(ann, "room:history", room="copy"))["entries"]
    assert [entry["type"] for entry in entries][1:] == ["chat.message", "chat.pin", "room.announced"]
    async with http.get(f"{server.url}/api/rooms/copy/files/{file}", headers=bearer) as answer:
        assert await answer.read() == b"leaves"
    changed = tmp_path / "changed.zip"
    with ZipFile(archive) as whole, ZipFile(changed, "w") as target:
        for name in whole.namelist():
            target.writestr(name, whole.read(name).replace(b'"look"', b'"lock"'))
    code, told = await parlour("import", str(changed), "--id", "other", "--database-url", copy)
    assert (code, "changed" in told) == (3, True)


ANN = wallet("ann").address
CREATED = {"kind": "chat", "title": "", "visibility": "public", "options": {}, "signed": False, "owner": ANN}
Row = tuple[str, object]


def forged(path: Path, rows: list[Row], *, files: str = "{}", padding: int = 0) -> Path:
    """Write an archive whose hash chain is right, as anybody can."""
    previous, lines = ZERO_HASH, [{"room": "src", "epochs": [{"epoch": "e", "from": 1}], "head": len(rows)}]
    for number, (type_, body) in enumerate(rows, 1):
        draft = Draft(type_, body, ANN, f"i{number}")  # type: ignore[arg-type]  # that is the attack
        entry = seal(draft, ("src", "e", number, number, previous), bytes(16), canonical(body))
        previous = entry.hash
        told = {"room": "src", "epoch": "e", "seq": number, "id": entry.id, "type": type_, "author": ANN}
        hashes = {"bodyHash": "0x" + entry.body_hash.hex(), "hash": "0x" + entry.hash.hex(), "salt": "0x" + "00" * 16}
        lines.append({"entry": {**told, "at": number, "body": body, **hashes}})
    lines.append({"signed": {"by": ANN}})
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("transcript.ndjson", "\n".join(map(json.dumps, lines)) + "\n" + " " * padding)
        archive.writestr("files.json", files)
    return path


@pytest.mark.parametrize(
    ("rows", "more", "why"),
    [
        ([("chat.message", {"text": 5})], {}, "Entry 2 is not what a chat.message is"),
        ([("chat.message", {"text": "a", "mentions": [[]]})], {}, "Entry 2 is not what"),
        ([("member.role", {"account": [], "role": "owner", "by": ANN})], {}, "Entry 2 is not what"),
        ([("room.configured", {"by": ANN, "rules": 5})], {}, "Entry 2 is not what"),
        ([("chat.message", {"text": "a"}), ("chat.pin", {"of": {}, "on": True})], {}, "Entry 3 is not what"),
        ([("doc.unknown", {})], {}, "of a type that this server does not write"),
        ([], {"files": "[]"}, "list of files"),
        ([], {"files": '{"ab": {"by": 5}}'}, "list of files"),
        ([], {"padding": 4_000_000}, "times its size"),
    ],
)
async def test_archive_that_no_server_wrote_is_refused(
    server: ServerProcess, tmp_path: Path, rows: list[Row], more: dict[str, Any], why: str
) -> None:
    archive = forged(tmp_path / "a.zip", [("room.created", CREATED), *rows], **more)
    words = ["room", "import", str(archive), "--id", "forged", "--database-url", server.database_url]
    ran = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert (ran.exit_code in (2, 3), why in ran.output) == (True, True), ran.output
