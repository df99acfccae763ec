"""Backups take the files of rooms along, and nothing that was erased before."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from parlour.adapters.files.disk import DiskStore
from parlour.adapters.files.room_lists import SqlFileRows
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.upkeep.backup import BackupError, backup, restore
from parlour.adapters.upkeep.file_copies import copy_in, copy_out, folder_of
from parlour.core.room import Draft
from parlour.runtime.files.store import FileFacts
from parlour.runtime.files.sweep import Sweeper
from parlour.testing.fakes import FakeClock
from tests.logs import ALICE, new_log


async def kept(store: SqlStore, files: DiskStore, content: bytes) -> FileFacts:
    """A file of Room-1's list."""
    facts = FileFacts(sha256(content).digest(), "text/plain", len(content))
    spool = await files.spool(facts.hash.hex())
    await spool.write(content)
    await spool.end()
    await files.keep(spool)
    await spool.drop()
    rows = SqlFileRows(store.writer, store.reader)
    assert await rows.add("Room-1", ALICE, facts, "a.txt", spool.key, now=0, most=1 << 20)
    return facts


def found_in(folder: Path, content: bytes) -> bool:
    return any(content in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_files_travel_with_a_backup_unless_they_were_erased(store: SqlStore, url: str, tmp_path: Path) -> None:
    files = DiskStore(tmp_path / "files")
    stays, goes = await kept(store, files, b"what stays"), await kept(store, files, b"what was erased")
    naming = Draft("chat.message", {"text": "a", "files": [f"0x{goes.hash.hex()}"]}, ALICE, "a")
    log = await new_log(store, "Room-1", naming)
    await backup(url, tmp_path / "one.db")
    assert await copy_out(tmp_path / "one.db", files) == 2

    await log.append(store, Draft("chat.delete", {"of": 2}, ALICE, "d", ref=2), erase=[2])
    await Sweeper(files, SqlFileRows(store.writer, store.reader), FakeClock(0)).sweep()
    await backup(url, tmp_path / "two.db")
    assert await copy_out(tmp_path / "two.db", files) == 1
    for folder in (tmp_path / "files", folder_of(tmp_path / "two.db")):
        assert not found_in(folder, b"what was erased")

    fresh = f"sqlite+aiosqlite:///{tmp_path}/fresh.db"
    await restore(tmp_path / "two.db", fresh)
    elsewhere = DiskStore(tmp_path / "elsewhere")
    assert await copy_in(tmp_path / "two.db", elsewhere) == 1
    again = await open_store(fresh)
    listed = await SqlFileRows(again.writer, again.reader).find("room-1", stays.hash)
    await again.close()
    assert listed is not None
    assert b"".join([piece async for piece in elsewhere.read(listed.key, 0, 10)]) == b"what stays"


async def test_files_of_an_earlier_backup_are_not_overwritten(store: SqlStore, url: str, tmp_path: Path) -> None:
    await backup(url, tmp_path / "one.db")
    assert await copy_out(tmp_path / "one.db", DiskStore(tmp_path / "files")) == 0
    with pytest.raises(BackupError):
        await copy_out(tmp_path / "one.db", DiskStore(tmp_path / "files"))


@pytest.mark.parametrize("key", ["../../../outside", "{outside}"])
async def test_backup_whose_keys_lead_elsewhere_writes_and_removes_nothing(
    store: SqlStore, url: str, tmp_path: Path, key: str
) -> None:
    """As an archive whose names begin with `../`: whoever made the backup would write into the operator's folders."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"the operator's")
    files, key = DiskStore(tmp_path / "files"), key.format(outside=outside)
    await kept(store, files, b"theirs")
    await backup(url, tmp_path / "one.db")
    await copy_out(tmp_path / "one.db", files)
    with closing(sqlite3.connect(tmp_path / "one.db")) as connection:
        connection.execute("UPDATE file SET key = ?", (key,))
        connection.commit()
    target = DiskStore(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "..").mkdir(parents=True, exist_ok=True)
    with pytest.raises(BackupError):
        await copy_in(tmp_path / "one.db", target)
    await target.remove(key)
    with pytest.raises(FileNotFoundError):
        await anext(target.read(key, 0, 1))
    assert outside.read_bytes() == b"the operator's"


@pytest.mark.parametrize("kind", ["link", "pipe"])
async def test_backup_whose_file_is_none_is_refused(store: SqlStore, url: str, tmp_path: Path, kind: str) -> None:
    """A link would bring a file of the operator's into a room; a pipe would be waited for."""
    files = DiskStore(tmp_path / "files")
    facts = await kept(store, files, b"theirs")
    await backup(url, tmp_path / "one.db")
    await copy_out(tmp_path / "one.db", files)
    place = DiskStore(folder_of(tmp_path / "one.db")).path(facts.hash.hex())
    place.unlink()
    if kind == "link":
        (tmp_path / "secret").write_bytes(b"secret")
        place.symlink_to(tmp_path / "secret")
    else:
        os.mkfifo(place)
    with pytest.raises(BackupError):
        await copy_in(tmp_path / "one.db", DiskStore(tmp_path / "elsewhere"))
    assert not found_in(tmp_path / "elsewhere", b"secret")
