"""Lists of files on both databases: who may name what, what counts, and what is garbage when."""

from __future__ import annotations

from hashlib import sha256

import pytest

from parlour.adapters.files.room_lists import GRACE_MS, SqlFileRows
from parlour.adapters.sql.rooms import SqlStore
from parlour.core.room import Draft
from parlour.runtime.files.store import NAMED_WITHIN_MS, FileFacts, FilesOwned
from tests.logs import ALICE, BOB, new_log

NOW = 10 * NAMED_WITHIN_MS
MOST = 1000


def facts(content: bytes) -> FileFacts:
    return FileFacts(sha256(content).digest(), "image/png", len(content), 4, 3)


CAT, DOG = facts(b"cat"), facts(b"dog!")


def naming(id_: str, *files: FileFacts, type_: str = "chat.message", **more: int) -> Draft:
    body = {"text": id_, "files": [f"0x{each.hash.hex()}" for each in files], **more}
    return Draft(type_, body, ALICE, id_, ref=more.get("of"))


async def listed(rows: SqlFileRows, file: FileFacts, room: str = "Room-1", owner: str = ALICE, at: int = NOW) -> None:
    key = None if await rows.holds(file.hash) else f"key-{file.hash.hex()[:6]}"
    assert await rows.add(room, owner, file, "a.png", key, now=at, most=MOST)


async def test_file_is_found_on_its_rooms_list_alone(rows: SqlFileRows) -> None:
    await listed(rows, CAT)
    found = await rows.find("room-1", CAT.hash)
    assert found is not None
    assert (found.facts, found.name, found.key) == (CAT, "a.png", f"key-{CAT.hash.hex()[:6]}")
    assert await rows.find("Room-2", CAT.hash) is None
    assert await rows.attachable("ROOM-1", ALICE, [CAT.hash, DOG.hash], NOW) == {CAT.hash}
    assert await rows.attachable("Room-1", BOB, [CAT.hash], NOW) == set()


async def test_content_that_is_not_kept_is_not_listed(rows: SqlFileRows) -> None:
    assert not await rows.add("Room-1", ALICE, CAT, "a.png", None, now=NOW, most=MOST)
    assert await rows.find("Room-1", CAT.hash) is None


async def test_quota_counts_a_content_once_for_each_account(rows: SqlFileRows) -> None:
    await listed(rows, CAT)
    await listed(rows, CAT, "Room-2")
    await listed(rows, CAT, "Room-2", BOB)
    assert [await rows.owned(who) for who in (ALICE, BOB)] == [3, 3]
    with pytest.raises(FilesOwned):
        await rows.add("Room-1", ALICE, DOG, "b.png", "key", now=NOW, most=6)
    assert not await rows.holds(DOG.hash)
    assert await rows.add("Room-1", ALICE, DOG, "b.png", "key", now=NOW, most=7)


async def test_upload_that_did_not_end_is_garbage_after_a_day(rows: SqlFileRows) -> None:
    await rows.intend("begun", NOW)
    await rows.intend("kept", NOW)
    assert await rows.add("Room-1", ALICE, CAT, "a.png", "kept", now=NOW, most=MOST)
    assert await rows.garbage(NOW + NAMED_WITHIN_MS - 1, 10) == []
    assert await rows.garbage(NOW + NAMED_WITHIN_MS, 10) == ["begun"]
    await rows.collected(["begun"])
    assert await rows.garbage(NOW + NAMED_WITHIN_MS, 10) == []


async def test_file_that_nobody_names_goes_after_a_day(rows: SqlFileRows, sql: SqlStore) -> None:
    await listed(rows, CAT)
    await listed(rows, DOG)
    await new_log(sql, "Room-1", naming("m", CAT))
    late = NOW + NAMED_WITHIN_MS
    assert await rows.attachable("Room-1", ALICE, [CAT.hash, DOG.hash], late) == {CAT.hash}
    assert await rows.forget_unnamed(late) == 0
    assert await rows.forget_unnamed(late + GRACE_MS) == 1
    assert await rows.find("Room-1", DOG.hash) is None
    assert await rows.garbage(0, 10) == [f"key-{DOG.hash.hex()[:6]}"]
    assert await rows.find("Room-1", CAT.hash) is not None


async def test_erasing_the_last_message_that_names_a_file_frees_it(rows: SqlFileRows, sql: SqlStore) -> None:
    await listed(rows, CAT)
    await listed(rows, DOG)
    edited = naming("e", DOG, type_="chat.edit", of=2)
    log = await new_log(sql, "Room-1", naming("one", CAT), naming("two", CAT), edited)
    await log.append(sql, Draft("chat.delete", {"of": 2}, ALICE, "d", ref=2), erase=[2])
    assert await rows.find("Room-1", DOG.hash) is None
    assert await rows.find("Room-1", CAT.hash) is not None
    await log.append(sql, Draft("chat.delete", {"of": 3}, ALICE, "d2", ref=3), erase=[3])
    assert await rows.find("Room-1", CAT.hash) is None
    assert sorted(await rows.garbage(0, 10)) == sorted(f"key-{each.hash.hex()[:6]}" for each in (CAT, DOG))
    assert not await rows.holds(CAT.hash)


async def test_content_stays_while_another_room_lists_it(rows: SqlFileRows, sql: SqlStore) -> None:
    await listed(rows, CAT)
    await listed(rows, CAT, "Room-2", BOB)
    log = await new_log(sql, "Room-1", naming("one", CAT))
    await log.append(sql, Draft("chat.delete", {"of": 2}, ALICE, "d", ref=2), erase=[2])
    assert await rows.find("Room-1", CAT.hash) is None
    assert await rows.find("Room-2", CAT.hash) is not None
    assert await rows.garbage(0, 10) == []
