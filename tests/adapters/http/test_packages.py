"""The npm package that the server packs: what npm would have packed, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.adapters.http.packages import pack
from parlour.app import Server
from parlour.settings import load, static_folder
from tests.e2e.browser.prefix import behind_a_prefix

PACKAGE = static_folder() / "package"


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "copy")
    for file in copy.rglob("*"):
        os.utime(file, (1, 1))
        file.chmod(0o777)
    assert pack(PACKAGE) == pack(PACKAGE) == pack(copy)


def test_package_holds_its_folder_and_what_its_entries_name() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(PACKAGE))) as tar:
        files = {entry.name: entry for entry in tar.getmembers()}
        manifest = json.load(tar.extractfile("package/package.json") or io.BytesIO())
    built = {f"package/{file.relative_to(PACKAGE).as_posix()}" for file in PACKAGE.rglob("*") if file.is_file()}
    assert files.keys() == built
    assert list(files) == sorted(files)
    assert all((entry.uid, entry.gid, entry.mode) == (0, 0, 0o644) for entry in files.values())
    targets = [target for entry in manifest["exports"].values() if isinstance(entry, dict) for target in entry.values()]
    assert len(targets) >= 4
    assert {f"package/{target.removeprefix('./')}" for target in targets} <= files.keys()
    assert not [name for name in files if name.endswith(".map")]


@pytest.fixture
async def server(tmp_path: Path):
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/db"))
    await server.start()
    yield server
    await server.stop()


async def test_package_is_served_to_every_origin_with_a_tag(server: Server) -> None:
    url, origin = server.url + "/parlour/client.tgz", {"Origin": "http://localhost:5173"}
    async with aiohttp.ClientSession() as http:
        async with http.get(url, headers=origin) as answer:
            body, headers = await answer.read(), answer.headers
        assert hashlib.sha256(body).digest() == hashlib.sha256(pack(PACKAGE)).digest()
        assert headers["Content-Type"] == "application/gzip"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Encoding" not in headers, "a client that undoes it would be left with a tar"
        async with http.get(url, headers={"If-None-Match": headers["ETag"]}) as again:
            assert (again.status, await again.read()) == (304, b"")


def manifest_of(packed: bytes) -> Any:
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return json.load(tar.extractfile("package/package.json") or io.BytesIO())


async def test_react_package_takes_the_client_from_the_server_it_came_from(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(server.url + "/parlour/react.tgz") as answer:
            body = await answer.read()
        manifest = manifest_of(body)
        assert manifest["name"] == "@parlour/react"
        assert manifest["dependencies"] == {"@parlour/client": f"{server.url}/parlour/client.tgz"}
        assert {"react", "yjs"} <= manifest["peerDependencies"].keys()
        async with http.get(manifest["dependencies"]["@parlour/client"]) as client:
            assert manifest_of(await client.read())["name"] == "@parlour/client"
        async with http.get(
            server.url + "/parlour/react.tgz", headers={"If-None-Match": answer.headers["ETag"]}
        ) as kept:
            assert kept.status == 304
        # Who is no proxy of ours must not send others elsewhere.
        claims = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
        async with http.get(server.url + "/parlour/react.tgz", headers=claims) as claimed:
            assert await claimed.read() == body


async def test_react_package_behind_a_trusted_proxy_names_the_address_of_the_proxy(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/db"
    server = await Server.build(load(port=0, database_url=url, trusted_proxies="127.0.0.1"))
    await server.start()
    try:
        claims = {"X-Forwarded-Host": "dapp.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/chat/"}
        async with (
            aiohttp.ClientSession(headers=claims) as http,
            http.get(server.url + "/parlour/react.tgz") as answer,
        ):
            dependencies = manifest_of(await answer.read())["dependencies"]
        assert dependencies == {"@parlour/client": "https://dapp.example/chat/parlour/client.tgz"}
    finally:
        await server.stop()


@pytest.mark.parametrize("path", ["client.js", "client.d.ts", "session.js", "package/dist/index.d.ts", "nothing.js"])
async def test_sdk_can_be_read_by_every_origin(server: Server, path: str) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        headers = {"Origin": "https://anywhere.example", "Accept-Encoding": "gzip"}
        async with http.get(f"{server.url}/parlour/{path}", headers=headers) as answer:
            assert answer.status == (404 if path == "nothing.js" else 200)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in answer.headers
            body = await answer.read()
        if path == "client.js":
            assert answer.headers["Content-Encoding"] == "gzip"
            assert len(body) < 26_000
        async with http.get(f"{server.url}/api/rooms", headers=headers) as other:
            assert "Access-Control-Allow-Origin" not in other.headers


async def test_package_behind_a_path_prefix_is_the_same(server: Server) -> None:
    async with behind_a_prefix(server.url) as front, aiohttp.ClientSession() as http:
        async with http.get(f"{front}parlour/client.tgz") as answer:
            assert await answer.read() == pack(PACKAGE)
        async with http.get(f"{front}parlour/client.d.ts") as types:
            [target] = re.findall(r'from "\./(.+)\.js"', await types.text())
        async with http.get(f"{front}parlour/{target}.d.ts") as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_pages_chunks_are_kept_for_good_and_the_page_is_checked(server: Server) -> None:
    [chunk, *_] = (static_folder() / "demo").glob("chunk-*.js")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{server.url}/demo/{chunk.name}") as answer:
            assert answer.headers["Cache-Control"].endswith("immutable")
        for path in ("/", "/admin/"):
            async with http.get(server.url + path) as page:
                assert page.headers["Cache-Control"] == "no-cache"
                assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            async with http.get(server.url + path, headers={"If-None-Match": page.headers["ETag"]}) as again:
                assert again.status == 304
            async with http.head(server.url + path) as head:
                assert (head.status, await head.read()) == (200, b"")
