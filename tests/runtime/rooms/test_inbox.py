"""What lists of one's own rooms say: unread, mentions, threads, the last message."""

from __future__ import annotations

from parlour.core.room import Post
from parlour.runtime.rooms.inbox import shown_unread
from parlour.runtime.rooms.interface import Bounds, Caller, RoomQuery
from parlour.runtime.store import Unread
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process


async def row(process: Process, account: str) -> dict[str, object]:
    [room] = (await process.rooms.list(Caller(account), RoomQuery(mine=True)))["rooms"]
    return {key: room.get(key) for key in ("unread", "mentions", "threads")} | {
        "last": room.get("last", {}).get("text")
    }


async def town() -> tuple[Process, int]:
    process = Process()
    await process.create()
    for account in (ALICE, BOB, CAROL):
        await process.join(FakeConnection(account))
    return process, (await process.post(ALICE, "root", mentions=[BOB]))["seq"]


async def test_reactions_pins_and_ones_own_messages_are_not_unread() -> None:
    process, seq = await town()
    for who, emoji in ((BOB, "🎉"), (CAROL, "🚀"), (BOB, "❤")):
        body = {"of": seq, "emoji": emoji, "on": True}
        await process.ask(Post(author=who, id=f"{who}{emoji}", type="chat.reaction", body=body))
    await process.ask(Post(author=OWNER, id="pin", type="chat.pin", body={"of": seq, "on": True}))
    assert await row(process, ALICE) == {"unread": 0, "mentions": 0, "threads": 0, "last": "root"}
    assert await row(process, BOB) == {"unread": 1, "mentions": 1, "threads": 0, "last": "root"}
    await process.rooms.mark_read("hall", Caller(BOB), seq)
    assert await row(process, BOB) == {"unread": 0, "mentions": 0, "threads": 0, "last": "root"}


async def test_edits_and_deletions_change_what_a_list_shows() -> None:
    process, seq = await town()
    await process.post(ALICE, "root, edited", type_="chat.edit", of=seq, mentions=[CAROL])
    assert await row(process, CAROL) == {"unread": 1, "mentions": 1, "threads": 0, "last": "root, edited"}
    await process.ask(Post(author=ALICE, id="gone", type="chat.delete", body={"of": seq}))
    assert await row(process, CAROL) == {"unread": 0, "mentions": 0, "threads": 0, "last": None}


async def test_thread_is_counted_for_those_who_are_in_it_and_read_by_itself() -> None:
    process, root = await town()
    first = (await process.post(BOB, "re", thread=root))["seq"]
    await process.post(CAROL, "re too", thread=root)
    assert [(await row(process, who))["threads"] for who in (ALICE, BOB, CAROL, OWNER)] == [1, 1, 1, 0]
    assert (await row(process, ALICE))["unread"] == 0
    last = (await process.post(CAROL, "and", thread=root))["seq"]
    await process.rooms.mark_read("hall", Caller(ALICE), last, thread=root)
    assert (await row(process, ALICE))["threads"] == 0
    page = await process.rooms.messages("hall", Caller(BOB), Bounds(thread=root))
    assert [message["seq"] for message in page["entries"]] == [root, first, first + 1, last]
    replies = page["entries"][0]["replies"]
    assert (replies["count"], replies["last"]["seq"], replies["by"]) == (3, last, [CAROL, BOB])
    main = await process.rooms.messages("hall", Caller(BOB), Bounds(replies=False))
    assert [message["seq"] for message in main["entries"]] == [root]


async def test_thread_is_paged_both_ways_from_its_root() -> None:
    process, root = await town()
    seqs = [root, *[(await process.post(BOB, str(n), thread=root))["seq"] for n in range(7)]]
    forward: list[int] = []
    after, more = None, True
    while more:
        page = await process.rooms.messages("hall", Caller(BOB), Bounds(after=after, limit=3, thread=root))
        forward += [message["seq"] for message in page["entries"]]
        after, more = forward[-1], page["more"]
    assert forward == seqs
    backward: list[int] = []
    before, more = 10_000, True
    while more:
        page = await process.rooms.messages("hall", Caller(BOB), Bounds(before=before, limit=3, thread=root))
        backward = [message["seq"] for message in page["entries"]] + backward
        before, more = backward[0], page["more"]
    assert backward == seqs


def test_more_than_a_thousand_is_a_thousand_and_more() -> None:
    assert shown_unread(Unread(0, 3, 1_001, 2), 0) == {"unread": 1_000, "mentions": 3, "threads": 2, "more": True}
    assert shown_unread(Unread(0, 0, 1_000), 0) == {"unread": 1_000, "mentions": 0, "threads": 0}
