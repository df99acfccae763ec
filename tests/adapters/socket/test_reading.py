"""Pages, folded messages, mentions and reading positions, as clients get them."""

from __future__ import annotations

import asyncio

import pytest

from tests.adapters.socket.town import (
    Town,
    new_id,
    say,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_mention_is_noticed_and_counted_until_read(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="mentions")
    await town.member.ask("room:join", "mentions")
    posted = await say(town.owner, "mentions", "hey", mentions=[town.member.account.lower()])
    await until(lambda: town.member.events("notice", "mentions"))
    assert town.member.events("notice", "mentions")[0]["seq"] == posted["seq"]

    async def counts() -> tuple[int, int]:
        rooms = (await town.member.ask("room:list", mine=True))["rooms"]
        room = next(room for room in rooms if room["id"] == "mentions")
        return room["unread"], room["mentions"]

    assert await counts() == (1, 1)
    await town.owner.ask("room:join", "mentions")
    await town.member.ask("room:read", "mentions", seq=posted["seq"])
    assert await counts() == (0, 0)
    await until(lambda: town.owner.events("read", "mentions"))
    read = {"room": "mentions", "account": town.member.account, "seq": posted["seq"]}
    assert town.owner.events("read", "mentions") == [read]
    assert (await town.member.ask("room:join", "mentions"))["read"] == posted["seq"]


async def test_messages_are_folded_as_a_page_shows_them(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="folded")
    first = (await say(town.owner, "folded", "first"))["seq"]
    for who, type_, body in (
        (town.owner, "chat.edit", {"of": first, "text": "first, edited"}),
        (town.member, "chat.reaction", {"of": first, "emoji": "👍", "on": True}),
        (town.stranger, "chat.reaction", {"of": first, "emoji": "👍", "on": True}),
        (town.member, "chat.reaction", {"of": first, "emoji": "👍", "on": False}),
    ):
        assert (await who.ask("room:post", "folded", id=new_id(), type=type_, body=body))["ok"]
    messages = (await town.guest.ask("room:history", "folded", view="messages"))["entries"]
    assert [m["seq"] for m in messages] == [first]
    assert messages[0]["edited"]["text"] == "first, edited"
    assert messages[0]["reactions"] == {"👍": [town.stranger.account]}


async def test_history_pages_are_ascending_with_exclusive_bounds(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="pages")
    for number in range(9):
        await say(town.owner, "pages", str(number))

    async def page(**bounds: int) -> tuple[list[int], bool]:
        answer = await town.member.ask("room:history", "pages", **bounds)
        return [entry["seq"] for entry in answer["entries"]], answer["more"]

    assert await page(limit=3) == ([8, 9, 10], True)
    assert await page(before=8, limit=3) == ([5, 6, 7], True)
    assert await page(after=8, limit=3) == ([9, 10], False)
    assert await page(after=2, before=5) == ([3, 4], False)
    assert await page(before=2) == ([1], False)


async def test_large_bodies_make_short_pages_that_every_stock_client_takes(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="bulky")
    sent = asyncio.gather(
        *(town.owner.ask("room:post", "bulky", id=str(n), type="app.x", body={"v": "x" * 32_000}) for n in range(160))
    )
    assert all(ack["ok"] for ack in await sent)
    latest = await town.owner.ask("room:history", "bulky", limit=1_000)
    first = await town.owner.ask("room:history", "bulky", limit=1_000, after=0)
    for page in (latest, first):
        assert page["more"]
        seqs = [entry["seq"] for entry in page["entries"]]
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        assert 2 << 20 <= sum(len(entry["body"].get("v", "")) + 8 for entry in page["entries"]) < (2 << 20) + 32_768
    assert (first["entries"][0]["seq"], latest["entries"][-1]["seq"]) == (1, 161)
    middle = await town.owner.ask(
        "room:history", "bulky", limit=1_000, after=first["entries"][-1]["seq"], before=latest["entries"][0]["seq"]
    )
    assert not middle["more"]
    assert len(first["entries"]) + len(middle["entries"]) + len(latest["entries"]) == 161
    joined = await town.owner.ask("room:join", "bulky", limit=100)
    assert joined["entries"] == latest["entries"]


async def test_pages_of_every_size_are_what_a_slice_of_the_log_would_be(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="sliced")
    for n in range(260):
        await town.owner.ask("room:post", "sliced", id=str(n), type="app.x", body={})
    log = list(range(1, 262))
    for limit in (1, 2, 63, 64, 65, 127, 128, 260, 261, 262, 1_000):
        for before in (None, 1, 2, 130, 261, 262, 500):
            older = log if before is None else log[: before - 1]
            page = await town.owner.ask("room:history", "sliced", limit=limit, before=before)
            assert ([e["seq"] for e in page["entries"]], page["more"]) == (older[-limit:], len(older) > limit)
            for after in (0, 5, 133, 260, 261, 300):
                between = [seq for seq in older if seq > after]
                page = await town.owner.ask("room:history", "sliced", limit=limit, before=before, after=after)
                assert ([e["seq"] for e in page["entries"]], page["more"]) == (between[:limit], len(between) > limit)
