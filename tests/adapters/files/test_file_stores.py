"""One contract for every store of files: a folder, and a bucket of a real S3 server."""

from __future__ import annotations

import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer

from parlour.adapters.files.disk import DiskStore
from parlour.adapters.files.open_store import open_file_store
from parlour.adapters.files.s3 import S3Store
from parlour.runtime.files.store import FileStore

WHOLE = bytes(range(256)) * 30_000
"""7.7 MB: more than one part of a multipart upload."""
DATABASE = "sqlite+aiosqlite:////srv/parlour/parlour.db"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = urllib.request.Request(f"http://{host}:{port}/files", method="PUT")
    urllib.request.urlopen(made, timeout=30).close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest_asyncio.fixture(params=["disk", "s3"])
async def files(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FileStore]:
    if request.param == "disk":
        opened: FileStore = DiskStore(tmp_path / "files")
    else:
        for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("REGION", "us-east-1")):
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("bucket"))
        opened = S3Store("s3://files/of/parlour", tmp_path / "arriving")
    yield opened
    await opened.close()


async def kept(files: FileStore, key: str, content: bytes) -> None:
    spool = await files.spool(key)
    await spool.write(content)
    await spool.end()
    await files.keep(spool)
    await spool.drop()


async def read(files: FileStore, key: str, start: int = 0, end: int = len(WHOLE)) -> bytes:
    return b"".join([piece async for piece in files.read(key, start, end)])


def left(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_kept_bytes_are_read_whole_and_in_parts(files: FileStore) -> None:
    await kept(files, "aa01", WHOLE)
    assert await read(files, "aa01") == WHOLE
    assert await read(files, "aa01", 5, 700_000) == WHOLE[5:700_000]
    assert await read(files, "aa01", len(WHOLE) - 1) == WHOLE[-1:]


async def test_removed_bytes_are_gone(files: FileStore, tmp_path: Path) -> None:
    await kept(files, "aa02", b"secret")
    await kept(files, "aa03", b"other")
    await files.remove("aa02")
    await files.remove("aa02")
    with pytest.raises(FileNotFoundError):
        await read(files, "aa02", 0, 6)
    assert await read(files, "aa03", 0, 5) == b"other"
    assert all(path.read_bytes() != b"secret" for path in left(tmp_path))


async def test_dropped_spool_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    spool = await files.spool("aa04")
    await spool.write(b"x" * 2_000_000)
    await spool.drop()
    await spool.drop()
    assert left(tmp_path) == []
    await spool.write(b"x" * 2_000_000)
    with pytest.raises(OSError):
        await spool.end()
    await spool.drop()


async def test_spool_of_a_crash_is_removed_by_its_key(files: FileStore, tmp_path: Path) -> None:
    spool = await files.spool("aa05")
    await spool.write(b"x" * 2_000_000)
    await files.remove("aa05")
    assert left(tmp_path) == []
    await spool.drop()


async def test_rewritten_spool_is_what_is_kept(files: FileStore) -> None:
    spool = await files.spool("aa06")
    await spool.write(b"0123456789")
    await spool.end()
    assert await spool.look(lambda read, size: (read(3, 2), size)) == (b"34", 10)
    await spool.rewrite([b"<", (2, 4), (8, 10), b">"])
    assert (spool.size, await spool.look(lambda read, size: read(0, 99))) == (6, b"<2389>")
    await files.keep(spool)
    await spool.drop()
    assert await read(files, "aa06", 0, 6) == b"<2389>"


async def test_s3_that_cannot_be_reached_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    files = S3Store("s3://files", tmp_path, retries=0)
    with pytest.raises(OSError):
        await kept(files, "aa07", b"x")


def test_setting_names_a_folder_a_bucket_or_what_is_beside_the_database(tmp_path: Path) -> None:
    beside = open_file_store(None, DATABASE)
    assert isinstance(beside, DiskStore)
    assert beside.path("aa01") == Path("/srv/parlour/files/aa/aa01")
    folder = open_file_store(str(tmp_path), DATABASE)
    assert isinstance(folder, DiskStore)
    assert folder.path("aa01") == tmp_path / "aa" / "aa01"
    assert isinstance(open_file_store("s3://bucket/prefix", DATABASE), S3Store)
