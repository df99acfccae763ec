"""Files of a build: whole or compressed as asked, named by a tag, kept by caches as their name allows."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from parlour.adapters.http.files import CHECKED, KEPT_FOR_GOOD, BuiltFile, BuiltFiles
from parlour.errors import NotFound

SCRIPT = b"export const gm = 'gm';\n" * 100
Ask = Callable[..., Awaitable[web.Response]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "built"
    (built / "types").mkdir(parents=True)
    (built / "client.js").write_bytes(SCRIPT)
    (built / "chunk-FDWRLE76.js").write_bytes(SCRIPT)
    (built / "types" / "index.d.ts").write_bytes(b"export {};\n")
    (tmp_path / "secret.js").write_bytes(SCRIPT)
    return built


@pytest.fixture
def ask(folder: Path) -> Ask:
    files = BuiltFiles(folder)

    async def one(path: str, **headers: str) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await files.find(path)).answer(make_mocked_request("GET", f"/parlour/{path}", headers=named))

    return one


async def test_file_is_compressed_for_those_who_take_it(ask: Ask) -> None:
    plain, zipped = await ask("client.js"), await ask("client.js", Accept_Encoding="br, gzip;q=0.8")
    assert plain.body == SCRIPT
    assert "Content-Encoding" not in plain.headers
    assert isinstance(zipped.body, bytes)
    assert gzip.decompress(zipped.body) == SCRIPT
    assert len(zipped.body) < len(SCRIPT) / 5
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert {plain.headers["Vary"], zipped.headers["Vary"]} == {"Accept-Encoding"}
    assert plain.headers["ETag"] != zipped.headers["ETag"], "other bytes have another tag"


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("*", True),
        ("deflate,gzip;q=1.0", True),
        ("gzip;q=0.1, br", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("x-gzipped", False),
        ("br", False),
        ("", False),
    ],
)
async def test_compression_is_negotiated(ask: Ask, accepted: str, zipped: bool) -> None:
    answer = await ask("client.js", Accept_Encoding=accepted)
    assert ("Content-Encoding" in answer.headers) == zipped


async def test_file_whose_name_holds_its_hash_is_kept_for_good(ask: Ask) -> None:
    assert (await ask("chunk-FDWRLE76.js")).headers["Cache-Control"] == KEPT_FOR_GOOD
    assert (await ask("client.js")).headers["Cache-Control"] == CHECKED
    for name in ("instrument-serif-latin-400-normal.woff2", "tic-tac-toe.js", "a-BD557POJ"):
        assert BuiltFile.of(name, b"").cache == CHECKED


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_file_that_the_client_has_is_not_sent_again(ask: Ask, encoding: str) -> None:
    first = await ask("client.js", Accept_Encoding=encoding)
    again = await ask("client.js", Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, None)
    assert [again.headers[name] for name in ("ETag", "Cache-Control", "Vary")] == [
        first.headers[name] for name in ("ETag", "Cache-Control", "Vary")
    ]
    weak = await ask("client.js", If_None_Match=f'W/{first.headers["ETag"]}, "other"')  # a proxy weakens tags
    assert weak.status == 304
    assert (await ask("client.js", If_None_Match='"other"')).status == 200


async def test_file_that_was_built_anew_is_read_again(ask: Ask, folder: Path) -> None:
    before = await ask("client.js")
    (folder / "client.js").write_bytes(b"export {};\n")
    after = await ask("client.js")
    assert after.body == b"export {};\n"
    assert after.headers["ETag"] != before.headers["ETag"]


async def test_types_are_no_video(ask: Ask) -> None:
    assert (await ask("types/index.d.ts")).headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (await ask("client.js")).headers["Content-Type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["../secret.js", "types/../../secret.js", "types", "nothing.js", "a\x00b", "/etc/hosts"]
)
async def test_path_that_leads_out_or_nowhere_is_not_found(ask: Ask, path: str) -> None:
    with pytest.raises(NotFound):
        await ask(path)


@pytest.mark.parametrize("name", ["font.woff2", "client.tgz"])
def test_file_that_is_compressed_already_stays_as_it_is(name: str) -> None:
    assert BuiltFile.of(name, bytes(4_000)).zipped is None
