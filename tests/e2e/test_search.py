"""docs/protocol.md "Search": whole logs and many rooms, by words of any script, within the caller's rights."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from parlour.adapters.operating.message_rows import SqlMessageSearch
from parlour.adapters.sql.rooms import open_store
from parlour.core.room import Draft
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.databases import migrated_sqlite, read_database
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, post, posted, refused, said
from tests.e2e.test_documents import Editor, document
from tests.forked import parlour
from tests.logs import ALICE, message, new_log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on", "PARLOUR_SEARCHES_PER_MINUTE": "10000"}) as server:
        yield server


async def rows(server: ServerProcess, query: str, word: str) -> int:
    """Return the count that a query of the database answers."""
    found: int = await read_database(
        server.database_url, lambda connection: connection.execute(text(query), {"word": word}).scalar_one()
    )
    return found


async def indexed(server: ServerProcess, word: str) -> int:
    """How many messages the index finds with a word."""
    if server.database_url.startswith("sqlite"):
        return await rows(server, "SELECT count(*) FROM message_index WHERE message_index MATCH :word", word)
    return await rows(server, "SELECT count(*) FROM message_text WHERE text ILIKE '%' || :word || '%'", word)


async def until_indexed(server: ServerProcess, word: str, count: int = 1) -> None:
    """Wait until the index finds so many messages with a word."""
    async with asyncio.timeout(60):
        while await indexed(server, word) != count:
            await asyncio.sleep(0.05)


async def test_room_is_searched_page_by_page_with_filters(enter: Enter) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    room = await made(ann)
    seqs = [(await said(who, room, f"needle {n}"))["seq"] for n, who in enumerate((ann, bob, ann, bob, ann))]
    found, cursor = [], None
    while True:
        page = await done(ann, "room:search", room=room, query="NEED", limit=2, cursor=cursor)
        assert page.keys() == {"entries", "cursor"}
        found += [entry["seq"] for entry in page["entries"]]
        if (cursor := page["cursor"]) is None:
            break
    assert found == seqs[::-1]

    async def of(**more: object) -> list[int]:
        page = await done(ann, "room:search", room=room, query="needle", **more)
        return [entry["seq"] for entry in page["entries"]]

    assert await of(**{"from": wallet("bob").address.lower()}) == [seqs[3], seqs[1]]
    assert await of(before=seqs[3], after=seqs[0]) == [seqs[2], seqs[1]]
    assert (await of(type="chat.message"), await of(type="app.note")) == (seqs[::-1], [])
    assert await refused(ann, "room:search", room=room, query="x", cursor="nonsense") == ("invalid", None)


async def test_consoles_search_finds_messages_and_no_documents(server: ServerProcess, enter: Enter) -> None:
    ann, word = await enter("ann"), fresh("quagga").replace("-", "x")
    draft, editor = await document(ann)
    await posted(ann, draft, "doc.update", editor.write(f" {word}"))
    room = await made(ann)
    seq = (await said(ann, room, word))["seq"]
    await until_indexed(server, word, 2)
    store = await open_store(f"sqlite+aiosqlite:///{server.folder}/parlour.db")
    try:
        hits = await SqlMessageSearch(store.reader).find(word, None)
    finally:
        await store.close()
    assert [(hit.room, hit.seq) for hit in hits] == [(room, seq)]


async def test_own_rooms_are_searched_together_newest_first(enter: Enter) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    word = fresh("quokka")
    rooms = [await made(ann) for _ in range(3)]
    for room in rooms:
        await done(ann, "room:join", room=room)
    said_in = [(room, (await said(ann, room, f"a {word} in it {n}"))["seq"]) for n in range(3) for room in rooms]
    found, cursor = [], None
    while True:
        page = await done(ann, "search", query=word, limit=4, cursor=cursor)
        assert all(hit.keys() == {"room", "entry", "snippet"} and word in hit["snippet"] for hit in page["found"])
        found += [(hit["room"], hit["entry"]["seq"]) for hit in page["found"]]
        if (cursor := page["cursor"]) is None:
            break
    assert sorted(found) == sorted(said_in)
    named = await done(ann, "search", query=word, rooms=[rooms[1].upper()])
    assert {hit["room"] for hit in named["found"]} == {rooms[1]}
    assert (await done(bob, "search", query=word))["found"] == []
    guest = await enter(None)
    assert await refused(guest, "search", query=word) == ("unauthorized", None)
    assert len((await done(guest, "search", query=word, rooms=rooms))["found"]) == 9


async def test_edited_text_is_found_and_shown_as_it_is_now(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann)
    before, after = fresh("wombat").replace("-", "x"), fresh("bilby").replace("-", "x")
    seq = (await said(ann, room, before))["seq"]
    await until_indexed(server, before)
    await done(ann, "room:post", **post(room, "chat.edit", {"of": seq, "text": f"now {after}"}))
    assert (await done(ann, "room:search", room=room, query=before))["entries"] == []
    [hit] = (await done(ann, "search", query=after, rooms=[room]))["found"]
    assert (hit["entry"]["seq"], hit["snippet"]) == (seq, f"now {after}")


async def test_erased_text_leaves_the_index_with_its_message(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann)
    word = fresh("dunnart").replace("-", "x")
    seq = (await said(ann, room, word))["seq"]
    await until_indexed(server, word)
    await done(ann, "room:post", **post(room, "chat.delete", {"of": seq}))
    assert await indexed(server, word) == 0
    assert await rows(server, "SELECT count(*) FROM message_text WHERE text = :word", word) == 0
    assert (await done(ann, "search", query=word, rooms=[room]))["found"] == []


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_document_is_found_by_its_text_as_it_is_now(enter: Enter, server: ServerProcess) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    word = fresh("potoroo").replace("-", "x")
    room, editor = await document(ann, visibility="private")
    edit = await posted(ann, room, "doc.update", editor.write(f"The {word.upper()} is a marsupial"))
    version = (await done(ann, "doc:version", room=room, id=fresh(), title="v1"))["seq"]
    await until_indexed(server, word)
    [hit] = (await done(ann, "search", query=f"{word} marsup"))["found"]
    assert (hit["room"], hit["entry"]["seq"], hit["entry"]["type"]) == (room, edit["seq"], "doc.update")
    assert (hit["entry"]["body"], hit["entry"]["hash"]) == (None, edit["hash"])
    assert hit["snippet"] == f"gmThe {word.upper()} is a marsupial"
    [entry] = (await done(ann, "room:search", room=room, query=word))["entries"]
    assert entry == hit["entry"]
    assert (await done(ann, "search", query=word, type="doc.update"))["found"] == [hit]
    assert (await done(ann, "search", query=word, type="chat.message"))["found"] == []
    assert (await done(bob, "search", query=word, rooms=[room]))["found"] == []
    assert await refused(bob, "room:search", room=room, query=word) == ("not_found", None)

    other = fresh("bettong").replace("-", "x")
    await posted(ann, room, "doc.update", editor.edit(lambda: editor.text.clear()))
    await posted(ann, room, "doc.update", editor.write(other))
    await done(ann, "doc:version", room=room, id=fresh(), title="v2")
    await until_indexed(server, other)
    assert await indexed(server, word) == 0
    assert (await done(ann, "search", query=word))["found"] == []
    await done(ann, "doc:restore", room=room, id=fresh(), version=version)
    await until_indexed(server, word)
    assert (await done(ann, "search", query=other))["found"] == []


async def test_queries_and_found_texts_are_not_logged(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await said(ann, room, "planted-secret-of-search")
    await done(ann, "search", query="planted-secret-of-search", rooms=[room])
    assert "planted-secret" not in server.log()


async def test_reindex_makes_the_index_anew(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    await new_log(store, "Room-1", message("a", "numbat one"), message("b", "numbat two"))
    editor = Editor()
    await new_log(store, "Room-2", Draft("doc.update", editor.write("a numbat too"), ALICE, "u"), kind="document")
    await store.close()
    assert "indexed 5 entries, 1 documents" in (await parlour("reindex", "--database-url", url))[1]
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as connection:
        assert connection.execute(
            "SELECT count(*) FROM message_index WHERE message_index MATCH 'numbat'"
        ).fetchone() == (3,)


# ── rights: path × role ──────────────────────────────────────────────────────────────────────────────────────────────

READERS = {"member", "muted", "moderator", "owner"}
ROLES = ("guest", "stranger", "member", "muted", "moderator", "owner", "banned", "kicked")


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_search_rights_are_those_of_the_room(enter: Enter, visibility: str) -> None:
    owner = await enter("owner")
    room, word = await made(owner, visibility=visibility), fresh("numbat")
    await said(owner, room, word)
    for name in ("member", "muted", "moderator", "kicked"):
        role = "moderator" if name == "moderator" else "member"
        await done(owner, "room:moderate", room=room, account=wallet(name).address, action="role", role=role)
    for name, action in (("muted", "mute"), ("banned", "ban"), ("kicked", "kick")):
        await done(owner, "room:moderate", room=room, account=wallet(name).address, action=action)
    allowed: dict[str, set[str]] = {"room:search": set(), "search": set(), "own": set()}
    for name in ROLES:
        client = await enter(None if name == "guest" else name)
        answer = await client.ask("room:search", {"room": room, "query": word})
        if answer["ok"] and answer["entries"]:
            allowed["room:search"].add(name)
        answer = await client.ask("search", {"rooms": [room], "query": word})
        if answer["ok"] and answer["found"]:
            allowed["search"].add(name)
        answer = await client.ask("search", {"query": word})
        if answer["ok"] and answer["found"]:
            allowed["own"].add(name)
    readers = READERS | ({"guest", "stranger", "kicked"} if visibility == "public" else set())
    assert allowed["room:search"] == allowed["search"] == readers
    assert allowed["own"] <= readers
    assert {"owner", "member"} <= allowed["own"]
