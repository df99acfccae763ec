"""The contract of `runtime.store.Store` for what goes with a log: erasing, search, snapshots, formats."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import Draft, Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import (
    EDIT,
    MESSAGE,
    Fenced,
    Listing,
    Store,
    TextQuery,
)
from tests.logs import ALICE, BOB, Log, edit, message, new_log
from tests.searching import searched


async def test_erasing_removes_body_and_salt_of_a_message_and_its_edits(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "secret"), edit("b", 2, "secret too"), message("c", "stays"))
    before = await store.entries("Room-1", 0, 10)
    await log.append(store, Draft("chat.delete", {"of": 2}, ALICE, "d", ref=2), erase=[2])
    after = await store.entries("Room-1", 0, 10)
    assert [entry.erased for entry in after] == [False, True, True, False, False]
    for entry in after[1:3]:
        assert (entry.body, entry.raw, entry.salt) == (None, None, None)
    assert [entry.body_hash for entry in after[:4]] == [entry.body_hash for entry in before]
    assert first_break(after, ZERO_HASH) is None
    assert (await store.known("Room-1", [(ALICE, "a")]))[ALICE, "a"].salt is None


async def test_search_finds_messages_holding_all_words_newest_first(store: Store) -> None:
    await new_log(
        store,
        "Room-1",
        message("a", "The quick brown Fox"),
        message("b", "a lazy dog"),
        message("c", "FOX and quick dog"),
        message("d", "Zażółć gęślą JAŹŃ"),
        message("e", "100% sure_thing \\o/"),
        Draft("app.note", {"text": "quick fox"}, ALICE, "f"),
    )

    async def hits(query: str, limit: int = 10) -> list[str]:
        return [entry.id for entry in await searched(store, "Room-1", query, limit)]

    assert await hits("quick fox") == ["c", "a"]
    assert await hits("quick fox", 1) == ["c"]
    assert await hits("fox lazy") == []
    assert await hits("jaźń") == ["d"]
    assert await hits("100%") == ["e"]
    assert await hits("sure_thing") == ["e"]
    assert await hits("%") == ["e"]
    assert await hits("q_ick") == []
    assert await hits("\\o/") == ["e"]
    assert await hits("  ") == []


async def test_search_reads_texts_and_nothing_else_of_a_body(store: Store) -> None:
    await new_log(
        store,
        "Room-1",
        Draft("chat.message", {"mentions": [ALICE], "replyTo": 1, "text": 'Say "Hello\\World"'}, ALICE, "a"),
        message("b", "tab\there \u0001odd"),
        message("c", "\u212bngstr\u00f6m \U0001f44d\ufe0f"),
        Draft("app.blob", b'{"text":"hello"}', ALICE, "d"),
    )

    async def hits(query: str) -> list[str]:
        return [entry.id for entry in await searched(store, "Room-1", query, 10)]

    assert await hits('"HELLO\\world"') == ["a"]
    assert await hits("here") == ["b"]
    assert await hits("\u0001odd") == ["b"]
    assert await hits("\u00e5NGSTR") == ["c"]
    assert await hits("\U0001f44d") == ["c"]
    for word in ("text", "mentions", "replyto", ALICE[:8], "{", "\\there", "u0001"):
        assert await hits(word) == [], word


async def test_search_finds_the_newest_text_and_nothing_erased(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "apples"), message("b", "pears"))
    await log.append(store, edit("c", 2, "plums"), edit("d", 2, "cherries"))
    assert await searched(store, "Room-1", "apples", 10) == []
    assert await searched(store, "Room-1", "plums", 10) == []
    assert [entry.seq for entry in await searched(store, "Room-1", "cherries", 10)] == [2]
    await log.append(store, Draft("chat.delete", {"of": 2}, ALICE, "x", ref=2), erase=[2])
    assert await searched(store, "Room-1", "cherries", 10) == []
    assert [entry.id for entry in await searched(store, "Room-1", "pears", 10)] == ["b"]
    [pear] = await searched(store, "Room-1", "pears", 10)
    assert await searched(store, "Room-1", "pears", 10, pear.seq) == []
    assert await searched(store, "Room-1", "pears", 10, pear.seq + 1) == [pear]


async def test_snapshot_when_loaded_is_the_newest_and_older_ones_are_found(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "x"), snapshot=Snapshot(2, {"n": 2}))
    await log.append(store, message("b", "x"), message("c", "x"), snapshot=Snapshot(4, {"n": 4, "z": [1, "ł"]}))
    await log.append(store, message("d", "x"))
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(4, {"n": 4, "z": [1, "ł"]})
    assert await store.snapshot_before("Room-1", 4) == Snapshot(2, {"n": 2})
    assert await store.snapshot_before("Room-1", 2) is None


async def test_snapshot_when_loaded_has_the_format_it_was_stored_with(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "x"), snapshot=Snapshot(2, {"n": 2}, format=2))
    await log.append(store, message("b", "x"), snapshot=Snapshot(3, {"n": 3}))
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(3, {"n": 3}, format=1)
    assert await store.snapshot_before("Room-1", 3) == Snapshot(2, {"n": 2}, format=2)


async def test_room_format_is_raised_with_entries_and_never_falls(store: Store) -> None:
    log = await new_log(store, "Room-1", format=2)
    for asked, expected in ((3, 3), (1, 3), (4, 4)):
        listing = Listing("", "public", {}, False, 0, format=asked)
        await log.append(store, message(f"to-{asked}", "x"), listing=listing)
        saved = await store.load("Room-1")
        assert saved is not None
        assert saved.record.format == expected


async def test_reorg_drops_snapshots_and_stores_its_own(store: Store) -> None:
    log = await new_log(store)
    for seq in (2, 3, 4):
        await log.append(store, message(f"m{seq}", "x"), snapshot=Snapshot(seq, {"n": seq}))
    block = {"number": 1, "hash": "0x" + "11" * 32}
    reverted = Draft("chain.reverted", {"chain": 1, "of": [3], "block": block, "void": [{"seq": 4, "reason": "x"}]})
    await log.append(store, reverted, snapshot=Snapshot(5, {"n": 5}), drop_snapshots_from=3)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(5, {"n": 5})
    assert await store.snapshot_before("Room-1", 5) == Snapshot(2, {"n": 2})


async def test_append_that_is_fenced_changes_nothing_beside_the_log_either(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "secret"))
    await log.append(store, message("b", "x"), snapshot=Snapshot(3, {}))
    log.record.fence = 9
    listing = Listing("New", "private", {}, True, 9)
    with pytest.raises(Fenced):
        await log.append(
            store, message("c", "x"), snapshot=Snapshot(4, {}), listing=listing, erase=[2], drop_snapshots_from=1
        )
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(3, {})
    assert (saved.record.title, saved.record.closed) == ("", False)
    assert not (await store.pick("Room-1", [2]))[2].erased


async def test_search_is_bounded_by_author_time_and_seq(store: Store) -> None:
    authors = (ALICE, BOB, ALICE, BOB)
    await new_log(store, "Room-1", *(message(f"m{n}", "same words", author) for n, author in enumerate(authors)))
    times = [entry.at for entry in await store.entries("Room-1", 0, 10)]

    async def hits(limit: int = 10, **bounds: Any) -> list[str]:
        return [entry.id for entry in await searched(store, "Room-1", "same", limit, **bounds)]

    assert await hits() == ["m3", "m2", "m1", "m0"]
    assert await hits(author=ALICE) == ["m2", "m0"]
    assert await hits(since=times[2], until=times[3]) == ["m2", "m1"]
    assert await hits(3, since=times[3]) == ["m3", "m2"]
    assert await hits(after=3, before=5) == ["m2"]


@pytest.mark.parametrize("query", ["天気", "気", "いい 天", "ok", "o 気", "天気は"])
async def test_search_finds_short_words_of_any_script(store: Store, query: str) -> None:
    await new_log(store, "Room-1", message("a", "今日はいい天気 OK"), message("b", "weather"), message("c", "今日"))
    found = [entry.id for entry in await searched(store, "Room-1", query, 10)]
    assert found == (["a"] if all(word in "今日はいい天気 ok" for word in query.split()) else [])


async def test_search_of_many_rooms_finds_each_up_to_its_limit(store: Store) -> None:
    for room in ("Room-1", "Room-2", "Room-3"):
        await new_log(store, room, *(message(f"m{n}", f"{room} gm") for n in range(3)))
    found = await store.find(["Room-1", "Room-3", "Room-9"], TextQuery(["gm"], 2))
    assert {room: [hit.seq for hit in each.hits] for room, each in found.items()} == {
        "Room-1": [4, 3],
        "Room-3": [4, 3],
    }
    assert [each.rest for each in found.values()] == [3, 3]


async def written(store: Store) -> Log:
    """A document that Alice and Bob edited, and a message about it."""
    return await new_log(
        store,
        "Room-1",
        Draft("doc.update", b"\x00\x01", ALICE, "u1"),
        message("m1", "a lazy remark"),
        Draft("doc.update", b"\x00\x02", BOB, "u2"),
        kind="document",
    )


async def test_search_finds_a_document_by_its_text_as_its_last_edit(store: Store) -> None:
    log = await written(store)
    await store.keep_document_text("ROOM-1", log.head, "The lazy Dog\n\0sleeps in 東京")

    async def hits(query: str, limit: int = 10, **bounds: Any) -> list[str]:
        return [entry.id for entry in await searched(store, "Room-1", query, limit, **bounds)]

    assert await hits("DOG sleeps") == ["u2"]
    assert await hits("東") == ["u2"], "too short for the index"
    assert await hits("lazy") == ["u2", "m1"]
    assert await hits("lazy", 1) == ["u2"]
    assert await hits("lazy", before=4) == ["m1"]
    assert await hits("lazy", after=3) == ["u2"]
    assert await hits("lazy", author=BOB) == ["u2"]
    assert await hits("lazy", type=EDIT) == ["u2"]
    assert await hits("lazy", type=MESSAGE) == ["m1"]
    texts = await store.document_texts(["Room-1", "Room-9"])
    assert {room: text.replace("\0", " ") for room, text in texts.items()} == {
        "Room-1": "The lazy Dog\n sleeps in 東京"
    }


async def test_search_finds_a_document_by_its_newest_text_alone(store: Store) -> None:
    log = await written(store)
    await store.keep_document_text("Room-1", log.head, "the first draft")
    await log.append(store, Draft("doc.update", b"\x00\x03", ALICE, "u3"), message("m2", "done"))
    for upto in (log.head - 1, log.head):
        await store.keep_document_text("Room-1", upto, "the second draft")
    await store.keep_document_text("Room-1", log.head - 2, "the first draft")
    assert await searched(store, "Room-1", "first", 10) == []
    assert [entry.id for entry in await searched(store, "Room-1", "second", 10)] == ["u3"]
    await store.keep_document_text("Room-1", log.head + 1, "")
    assert await searched(store, "Room-1", "second", 10) == []
    assert [entry.id for entry in await searched(store, "Room-1", "done", 10)] == ["m2"]
    await store.keep_document_text("Room-9", 1, "of a room that is gone")
    assert await store.find(["Room-9"], TextQuery(["gone"], 5)) == {}


TEXTS = st.text("ab天 %_\"'\\", min_size=1, max_size=8)


@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_search_equals_a_scan_after_any_history(store: Store, data: st.DataObject) -> None:
    room = f"Room-{uuid4().hex}"
    log = await new_log(store, room)
    texts: dict[int, str] = {}
    for n in range(data.draw(st.integers(1, 8))):
        done = data.draw(st.sampled_from(["say", "edit", "erase", "index"]))
        text = f"x{data.draw(TEXTS)}"
        if done == "say" or not texts:
            texts[log.head + 1] = text
            await log.append(store, message(f"m{n}", text))
        elif done == "edit":
            seq = data.draw(st.sampled_from(sorted(texts)))
            texts[seq] = text
            await log.append(store, edit(f"m{n}", seq, text))
        elif done == "erase":
            seq = data.draw(st.sampled_from(sorted(texts)))
            del texts[seq]
            await log.append(store, Draft("chat.delete", {"of": seq}, ALICE, f"m{n}", ref=seq), erase=[seq])
        else:
            await searched(store, room, "x", 10)
    query = data.draw(TEXTS)
    words = search_form(query).split()
    expected = [s for s in sorted(texts, reverse=True) if words and all(w in search_form(texts[s]) for w in words)]
    assert [entry.seq for entry in await searched(store, room, query, 10)] == expected
