"""Pages of messages: bounded by what they send, with all that folds into them."""

from __future__ import annotations

import orjson
import pytest

from parlour.core.room import Post
from parlour.core.rooms.reactions import MAX_KINDS
from parlour.errors import Illegal, NotFound
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.rooms.interface import Bounds, Caller, TextSearch
from parlour.testing.fakes import FakeConnection, carried
from tests.bounds import host_limits
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process

LARGEST = "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 1_600
"""28,800 bytes, and 1,600 characters as people count them."""


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
    found = await process.rooms.search("hall", Caller(ALICE), TextSearch("GM", limit=100))
    assert 50 < len(found["entries"]) < 100
    assert len(orjson.dumps(found)) <= ANSWER_BYTES + 40_000


async def test_search_is_read_to_its_end_page_by_page(process: Process) -> None:
    seqs = [(await process.post(ALICE, f"gm {n}"))["seq"] for n in range(5)]
    found, cursor = [], None
    while True:
        page = await process.rooms.search("hall", Caller(ALICE), TextSearch("gm", limit=2, cursor=cursor))
        found += [entry["seq"] for entry in page["entries"]]
        if (cursor := page["cursor"]) is None:
            break
    assert found == seqs[::-1]


async def test_old_reactions_fold_by_their_normal_form(process: Process) -> None:
    seq = (await process.post(ALICE, "gm"))["seq"]
    await process.ask(reaction(ALICE, seq, "❤", "1"))
    await process.ask(reaction(BOB, seq, "❤\ufe0f", "2"))
    await process.ask(reaction(ALICE, seq, "❤\ufe0f", "3", on=False))
    page = await process.rooms.messages("hall", Caller(), Bounds())
    assert page["entries"][-1]["reactions"] == {"❤": [BOB]}


def pin(of: int, on: bool = True) -> Post:
    return Post(author=OWNER, id=f"pin-{of}-{on}", type="chat.pin", body={"of": of, "on": on})


async def test_reaction_given_twice_writes_nothing_and_names_the_first(process: Process) -> None:
    seq = (await process.post(ALICE, "gm"))["seq"]
    first = await process.ask(reaction(BOB, seq, "❤", "one"))
    head = len(await process.log())
    again = await process.ask(reaction(BOB, seq, "❤\ufe0f", "two"))
    assert again == first | {"duplicate": True}
    off = await process.ask(reaction(ALICE, seq, "❤", "three", on=False))
    assert (off["seq"], off["duplicate"]) == (seq, True)
    assert len(await process.log()) == head
    restarted = Process(process.store, process.clock, limits=process.context.limits)
    await process.close()
    assert await restarted.ask(reaction(BOB, seq, "❤", "four")) == first | {"duplicate": True}


async def test_join_and_history_show_pins_the_one_pinned_last_first(process: Process) -> None:
    seqs = [(await process.post(ALICE, f"m{n}"))["seq"] for n in range(3)]
    await process.post(ALICE, "edited before", type_="chat.edit", of=seqs[2])
    for seq in (seqs[0], seqs[2], seqs[1]):
        await process.ask(pin(seq))
    await process.ask(pin(seqs[1], on=False))
    await process.post(ALICE, "edited after", type_="chat.edit", of=seqs[0])
    for asked in (process, Process(process.store, process.clock, limits=process.context.limits)):
        if asked is not process:
            await process.close()
        pins = (await asked.join(FakeConnection(BOB)))["pins"]
        assert [(each["seq"], each["edited"]["text"]) for each in pins] == [
            (seqs[2], "edited before"), (seqs[0], "edited after")
        ]  # fmt: skip
        page = await asked.rooms.pins("hall", Caller(BOB))
        assert [(each["seq"], each["edited"]["text"], each["pinned"]) for each in page["entries"]] == [
            (seqs[2], "edited before", True), (seqs[0], "edited after", True)
        ]  # fmt: skip
        messages = (await asked.rooms.messages("hall", Caller(BOB), Bounds()))["entries"]
        assert [message.get("pinned", False) for message in messages] == [True, False, True]
    await asked.ask(Post(author=ALICE, id="gone", type="chat.delete", body={"of": seqs[0]}))
    assert [each["seq"] for each in (await asked.join(FakeConnection(BOB)))["pins"]] == [seqs[2]]


async def test_join_shows_64_kb_of_pins_and_history_the_rest(process: Process) -> None:
    seqs = [(await process.post(ALICE, "é" * 3_900 + str(n)))["seq"] for n in range(12)]
    for seq in seqs:
        await process.ask(pin(seq))
    shown = [each["seq"] for each in (await process.join(FakeConnection(BOB)))["pins"]]
    assert shown == seqs[::-1][:8]
    page = await process.rooms.pins("hall", Caller(BOB))
    assert ([each["seq"] for each in page["entries"]], page["more"]) == (seqs[::-1], False)


async def test_edits_of_a_message_are_answered_from_the_first_text_on(process: Process) -> None:
    seq = (await process.post(ALICE, "one"))["seq"]
    for text in ("two", "three"):
        await process.post(ALICE, text, type_="chat.edit", of=seq)
    page = await process.rooms.edits("hall", Caller(BOB), seq)
    assert [carried(entry)["body"]["text"] for entry in page["entries"]] == ["one", "two", "three"]
    await process.ask(Post(author=ALICE, id="gone", type="chat.delete", body={"of": seq}))
    page = await process.rooms.edits("hall", Caller(BOB), seq)
    assert [entry["redacted"] for entry in page["entries"]] == ["erased"] * 3
    with pytest.raises(NotFound):
        await process.rooms.edits("hall", Caller(BOB), 1)


async def test_edit_tells_those_it_mentions_anew_and_nobody_twice(process: Process) -> None:
    seq = (await process.post(ALICE, "hey", mentions=[BOB]))["seq"]
    for mentions in ([BOB, CAROL], [CAROL], [CAROL, OWNER]):
        await process.post(ALICE, "ho", type_="chat.edit", of=seq, mentions=mentions)
    assert [account for account, _ in process.notices] == [BOB, CAROL, OWNER]
