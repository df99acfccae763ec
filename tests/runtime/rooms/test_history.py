"""Pages of messages: bounded by what they send, with all that folds into them."""

from __future__ import annotations

import orjson
import pytest

from parlour.core.room import Post
from parlour.core.rooms.reactions import MAX_KINDS
from parlour.errors import Illegal
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.rooms.interface import Bounds, Caller
from tests.bounds import host_limits
from tests.runtime.kit import ALICE, BOB, Process

LARGEST = "é" * 15_000
"""Bytes that a body may have."""


def reaction(author: str, of: int, emoji: str, id_: str, on: bool = True) -> Post:
    return Post(author=author, id=id_, type="chat.reaction", body={"of": of, "emoji": emoji, "on": on})


@pytest.fixture
async def process() -> Process:
    process = Process(limits=host_limits(room_posts_per_second=1e6, room_posts_burst=1_000_000))
    await process.create()
    return process


async def test_reactions_beyond_their_bound_are_refused_also_after_a_restart(process: Process) -> None:
    seq = (await process.post(ALICE, "gm"))["seq"]
    kinds = [chr(0x1F600 + number) for number in range(MAX_KINDS)]
    for number, emoji in enumerate(kinds):
        await process.ask(reaction(ALICE, seq, emoji, f"r{number}"))
    again = Process(process.store, process.clock, limits=process.context.limits)
    await process.registry.drain()
    for asked in (again,):
        error = await asked.refused(reaction(BOB, seq, "🎉", "one more"))
        assert isinstance(error, Illegal)
        assert error.reason == "too_many_kinds"
    await again.ask(reaction(ALICE, seq, kinds[0], "off", on=False))
    await again.ask(reaction(BOB, seq, "🎉", "now"))
    error = await again.refused(reaction(BOB, seq, "🚀", "two more"))
    assert error.reason == "too_many_kinds"


async def test_page_of_messages_is_bounded_by_what_it_sends_edits_included(process: Process) -> None:
    seqs = [(await process.post(ALICE, "gm"))["seq"] for _ in range(100)]
    for of in seqs:
        await process.post(ALICE, LARGEST, type_="chat.edit", of=of)
    seen: list[int] = []
    before, pages = None, 0
    while True:
        page = await process.rooms.messages("hall", Caller(ALICE), Bounds(before=before, limit=1000))
        assert len(orjson.dumps(page)) <= ANSWER_BYTES + 40_000
        pages += 1
        seen = [message["seq"] for message in page["entries"]] + seen
        if not page["more"]:
            break
        before = seen[0]
    assert (seen, pages) == (seqs, 2)
    page = await process.rooms.messages("hall", Caller(ALICE), Bounds(after=0, limit=1000))
    assert [message["seq"] for message in page["entries"]] == seqs[: len(page["entries"])]
    assert page["more"]
    assert page["entries"][0]["edited"]["text"] == LARGEST


async def test_search_is_bounded_by_what_it_sends(process: Process) -> None:
    for _ in range(100):
        await process.post(ALICE, "gm " + LARGEST)
    found = await process.rooms.search("hall", Caller(ALICE), "GM", Bounds(limit=100))
    assert 50 < len(found["entries"]) < 100
    assert len(orjson.dumps(found)) <= ANSWER_BYTES + 40_000


async def test_search_is_read_to_its_end_page_by_page(process: Process) -> None:
    seqs = [(await process.post(ALICE, f"gm {n}"))["seq"] for n in range(5)]
    found, before = [], None
    while page := (await process.rooms.search("hall", Caller(ALICE), "gm", Bounds(before=before, limit=2)))["entries"]:
        found += [entry["seq"] for entry in page]
        before = found[-1]
    assert found == seqs[::-1]


async def test_old_reactions_fold_by_their_normal_form(process: Process) -> None:
    seq = (await process.post(ALICE, "gm"))["seq"]
    await process.ask(reaction(ALICE, seq, "❤", "1"))
    await process.ask(reaction(BOB, seq, "❤\ufe0f", "2"))
    await process.ask(reaction(ALICE, seq, "❤\ufe0f", "3", on=False))
    page = await process.rooms.messages("hall", Caller(), Bounds())
    assert page["entries"][-1]["reactions"] == {"❤": [BOB]}
