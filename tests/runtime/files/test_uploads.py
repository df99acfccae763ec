"""Uploads: what is kept, what is refused, and that nothing is left of what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path
from zlib import compress

import pytest
import pytest_asyncio

from parlour.adapters.files.disk import DiskStore
from parlour.adapters.files.room_lists import SqlFileRows
from parlour.adapters.sql.rooms import open_store
from parlour.errors import Invalid, ParlourError, TooLarge
from parlour.runtime.files.store import StoredFile
from parlour.runtime.files.sweep import Sweeper
from parlour.runtime.files.uploads import FileLimits, Uploads
from parlour.testing.fakes import FakeClock
from tests.core.files.pictures import SECRET, chunk, exif, jpeg, png
from tests.databases import migrated_sqlite

LIMITS = FileLimits(file_bytes=3_000_000, files_owned=4_000_000, file_pixels=10_000, avatar_bytes=500)
ALICE = "0x" + "1" * 40
DAY_SECONDS = 86_400


class Kept:
    """A folder, its lists, and uploads into them."""

    def __init__(self, folder: Path, rows: SqlFileRows) -> None:
        self.folder = folder
        self.store = DiskStore(folder)
        self.rows = rows
        self.clock = FakeClock()
        self.uploads = Uploads(self.store, rows, self.clock, LIMITS)
        self.sweeper = Sweeper(self.store, rows, self.clock)

    async def upload(self, *pieces: bytes, name: str = "a.bin") -> StoredFile:
        return await self.uploads.keep("hall", ALICE, name, sent(pieces))

    async def content(self, file: StoredFile) -> bytes:
        found = await self.rows.find("hall", file.facts.hash)
        assert found is not None
        return b"".join([piece async for piece in self.store.read(found.key, 0, found.facts.bytes)])

    def left(self) -> list[bytes]:
        """Everything that any file below the folder holds."""
        return [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]


async def sent(pieces: Sequence[bytes | Exception]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


@pytest_asyncio.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    sql = await open_store(await migrated_sqlite(tmp_path))
    yield Kept(tmp_path / "files", SqlFileRows(sql.writer, sql.reader))
    await sql.close()


async def test_file_is_kept_as_it_was_sent(kept: Kept) -> None:
    pieces = [b"some ", b"text ", b"\xc3", b"\xa9"]
    file = await kept.upload(*pieces, name="../note.txt")
    whole = b"".join(pieces)
    assert (file.facts.hash, file.facts.bytes) == (sha256(whole).digest(), len(whole))
    assert (file.facts.type, file.name) == ("text/plain", "note.txt")
    assert await kept.content(file) == whole
    assert kept.left() == [whole]


async def test_large_file_arrives_in_many_pieces(kept: Kept) -> None:
    piece = bytes(range(256)) * 100
    file = await kept.upload(*[piece] * 100)
    assert (file.facts.bytes, file.facts.type) == (2_560_000, "application/octet-stream")
    assert await kept.content(file) == piece * 100


async def test_image_is_kept_without_its_metadata(kept: Kept) -> None:
    file = await kept.upload(jpeg(exif(6), tail=SECRET), name="a.jpg")
    assert (file.facts.type, file.facts.width, file.facts.height) == ("image/jpeg", 3, 4)
    content = await kept.content(file)
    assert sha256(content).digest() == file.facts.hash
    assert len(content) == file.facts.bytes
    assert all(SECRET not in each for each in kept.left())


async def test_same_content_is_kept_once(kept: Kept) -> None:
    first = await kept.upload(b"the same")
    again = await kept.upload(b"the ", b"same", name="b.bin")
    assert first.facts == again.facts
    assert kept.left() == [b"the same"]


@pytest.mark.parametrize(
    ("pieces", "refusal", "reason"),
    [
        ([], Invalid, None),
        ([b"", b""], Invalid, None),
        ([b"x" * 1_500_000, b"x" * 1_500_001], TooLarge, None),
        ([png(width=101, height=100)], TooLarge, "pixels"),
        ([png(width=2**31 - 1, height=2**31 - 1)], TooLarge, "pixels"),
    ],
    ids=["nothing", "empty pieces", "a byte too many", "pixels", "pixel bomb"],
)
async def test_refused_upload_leaves_nothing(
    kept: Kept, pieces: list[bytes], refusal: type[ParlourError], reason: str | None
) -> None:
    with pytest.raises(refusal) as refused:
        await kept.upload(*pieces)
    assert refused.value.reason == reason
    assert kept.left() == []


async def test_upload_that_breaks_off_leaves_nothing(kept: Kept) -> None:
    with pytest.raises(Invalid):
        await kept.uploads.keep("hall", ALICE, "a", sent([b"x" * 2_000_000, Invalid("The body ended too early.")]))
    assert kept.left() == []


async def test_upload_that_is_cancelled_leaves_nothing(kept: Kept) -> None:
    begun = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(kept.uploads.keep("hall", ALICE, "a", pieces()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept.left() == []


async def test_quota_is_of_the_account_and_leaves_nothing_behind(kept: Kept) -> None:
    await kept.upload(b"a" * 2_500_000)
    with pytest.raises(TooLarge) as refused:
        await kept.upload(b"b" * 2_500_000)
    assert refused.value.reason == "quota"
    await kept.clock.advance(DAY_SECONDS)
    await kept.sweeper.sweep()
    assert all(not each.startswith(b"b") for each in kept.left())


@pytest.mark.parametrize("lie", [b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", b"\xff\xd8\xff\xe0 not a jpeg at all"])
async def test_file_that_only_begins_like_an_image_is_no_image(kept: Kept, lie: bytes) -> None:
    file = await kept.upload(lie, name="cat.png")
    assert (file.facts.type, file.facts.width) == ("application/octet-stream", None)


async def test_compressed_bomb_is_never_unpacked(kept: Kept) -> None:
    bomb = chunk(b"zTXt", b"note\x00\x00" + compress(b"\x00" * 50_000_000))
    file = await kept.upload(png(bomb))
    assert file.facts.bytes == len(png())


async def test_avatar_is_a_small_image(kept: Kept) -> None:
    avatar = await kept.uploads.keep_avatar(ALICE, sent([png()]))
    assert await kept.rows.find("", avatar.facts.hash) is not None
    for pieces in ([b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"], [png(chunk(b"IDAT", b"x" * 500))]):
        with pytest.raises((Invalid, TooLarge)):
            await kept.uploads.keep_avatar(ALICE, sent(pieces))


async def test_sweeper_removes_what_nobody_named_for_a_day(kept: Kept) -> None:
    await kept.upload(b"draft")
    await kept.clock.advance(DAY_SECONDS)
    assert await kept.sweeper.sweep() == 0
    await kept.clock.advance(60)
    assert await kept.sweeper.sweep() == 1
    assert kept.left() == []
