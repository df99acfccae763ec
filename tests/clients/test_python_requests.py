"""What each method of a room and of a client asks for, and what it makes of the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import parlour_client
from parlour.adapters.socket.requests import REQUESTS
from parlour_client import Entry, Member, Message, Page, RateLimited, Unauthorized
from parlour_client.directory import Directory
from parlour_client.listeners import Guard
from parlour_client.net.outbox import Outbox
from parlour_client.net.retry import Retry
from parlour_client.pending import PendingTransactions
from parlour_client.ports import Settle
from parlour_client.rooms.handle import Sending
from parlour_client.rooms.membership import Membership
from parlour_client.rooms.room import Room

ENTRY: dict[str, Any] = {
    "room": "lobby", "seq": 2, "id": "a", "type": "chat.message", "author": "0xA", "at": 1, "body": None, "hash": "h",
}  # fmt: skip
LISTED = {**ENTRY, "body": {"text": "gm"}, "reactions": {"👍": ["0xB"]}, "pinned": True}
MESSAGE = Message(2, "a", "0xA", 1, "gm", pinned=True, reactions={"👍": ("0xB",)})
FOUND = [Entry.from_json(ENTRY)]


class Requests:
    """Implements `parlour_client.ports.Requests`: answers from a list, and remembers what was asked."""

    account, connected, failure, trouble = "0xA", True, None, None

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def request(
        self, event: str, data: Mapping[str, Any], *, timeout: float | None = None, settle: Settle | None = None
    ) -> dict[str, Any]:
        self.asked.append((event, dict(data)))
        return {"ok": True, **self._answers.pop(0)}

    async def ask(self, event: str, data: Mapping[str, Any], settle: Settle | None = None) -> dict[str, Any]:
        return await self.request(event, data)


async def no_files(*_: Any, **__: Any) -> Any:
    raise AssertionError("no file is brought in")


def room(requests: Requests) -> Room:
    outbox = Outbox(requests, retry=Retry(), timeout=5)
    return Room(
        Membership("lobby", requests, Guard()), Sending(requests, outbox, None, lambda membership: None, no_files)
    )


MUTE = {"account": "0xB", "action": "mute", "until": 5, "reason": "spam"}
PROMOTE = {"account": "0xB", "action": "role", "role": "moderator"}
WATCH = {"chain": 1, "address": "0xC", "event": "E()"}
CASES: list[tuple[str, list[Any], dict[str, Any], str, dict[str, Any], dict[str, Any], Any]] = [
    # the method, its arguments, the event, what is sent beside room and id, the ack, the result
    ("search", ["gm"], {"limit": 3}, "room:search", {"query": "gm", "limit": 3}, {"entries": [ENTRY]}, Page(FOUND)),
    ("history", [], {"after": 1}, "room:history", {"after": 1, "limit": 50}, {"entries": [ENTRY], "more": True},
     (FOUND, True)),
    ("mark_read", [7], {}, "room:read", {"seq": 7}, {}, None),
    ("ready", [], {}, "party:ready", {"on": True}, {}, None),
    ("read", [], {}, "room:read", {"seq": 0}, {}, None),
    ("mark_read", [7], {"thread": 2}, "room:read", {"seq": 7, "thread": 2}, {}, None),
    ("read_messages", [], {"limit": 5, "threads": False}, "room:history",
     {"view": "messages", "limit": 5, "threads": False}, {"entries": [LISTED], "more": True}, ([MESSAGE], True)),
    ("thread", [2], {"after": 4}, "room:history", {"view": "messages", "thread": 2, "after": 4},
     {"entries": [LISTED], "more": False}, ([MESSAGE], False)),
    ("pins", [], {}, "room:history", {"view": "pins"}, {"entries": [LISTED], "more": False}, [MESSAGE]),
    ("notify", ["none"], {"thread": 2, "until": 5}, "room:notify", {"level": "none", "thread": 2, "until": 5}, {},
     None),
    ("invite", ["0xB"], {"uses": 2}, "room:invite", {"account": "0xB", "uses": 2}, {"invite": "i"}, "i"),
    ("configure", [], {"title": "T"}, "room:configure", {"title": "T"}, {"room": {"id": "lobby"}}, {"id": "lobby"}),
    ("moderate", ["0xB", "mute"], {"until": 5, "reason": "spam"}, "room:moderate", MUTE, {"seq": 9}, 9),
    ("moderate", ["0xB", "role"], {"role": "moderator"}, "room:moderate", PROMOTE, {"seq": 9}, 9),
    ("close", ["done"], {}, "room:close", {"reason": "done"}, {}, None),
    ("watch", [], {**WATCH, "from_block": 3}, "room:watch", {"watch": {**WATCH, "fromBlock": 3}},
     {"watch": {"id": "w"}}, {"id": "w"}),
    ("fill_gap", [9], {}, "room:watch", {"fill": 9}, {"watch": {"id": "w"}, "filled": 3}, 3),
    ("watch", [], {"chain": 1, "blocks": True}, "room:watch", {"watch": {"chain": 1, "blocks": True}},
     {"watch": {"id": "w"}}, {"id": "w"}),
    ("depth", [], {"within": 50}, "market:depth", {"within": 50}, {"bids": [], "asks": []},
     {"ok": True, "bids": [], "asks": []}),
    ("unwatch", ["w"], {}, "room:unwatch", {"watch": "w"}, {}, None),
    ("signal", ["typing"], {}, "room:signal", {"type": "typing", "body": None}, {}, None),
    ("leave", [], {}, "room:leave", {}, {}, None),
    ("request", ["room:new"], {"x": 1}, "room:new", {"x": 1}, {"y": 2}, {"ok": True, "y": 2}),
]  # fmt: skip
CHANGES = {"invite", "configure", "moderate", "close", "watch", "unwatch", "fill_gap", "leave"}
"""Methods whose request carries the id that makes its retry safe."""


@pytest.mark.parametrize(("method", "given", "named", "event", "sent", "ack", "result"), CASES)
async def test_room_method_asks_and_returns(
    method: str, given: Any, named: Any, event: str, sent: Any, ack: Any, result: Any
) -> None:
    requests = Requests(ack)
    assert await getattr(room(requests), method)(*given, **named) == result
    asked, data = requests.asked[0]
    assert ("id" in data) is (method in CHANGES)
    data.pop("id", None)
    assert (asked, data) == (event, {"room": "lobby", **sent})


POSTS: list[tuple[str, list[Any], dict[str, Any], str, dict[str, Any]]] = [
    ("say", ["gm"], {"reply_to": 2, "thread": 1}, "chat.message", {"text": "gm", "replyTo": 2, "thread": 1}),
    ("edit", [2, "gn"], {}, "chat.edit", {"of": 2, "text": "gn"}),
    ("reply", [2, "yes"], {"thread": 1, "mentions": ["0xB"], "files": ["0xf"]}, "chat.message",
     {"text": "yes", "replyTo": 2, "thread": 1, "mentions": ["0xB"], "files": ["0xf"]}),
    ("edit", [2, "gn"], {"mentions": []}, "chat.edit", {"of": 2, "text": "gn", "mentions": []}),
    ("remove", [2], {"reason": "spam"}, "chat.delete", {"of": 2, "reason": "spam"}),
    ("resolve", [2], {}, "chat.resolve", {"of": 2, "on": True}),
    ("delete", [2], {"reason": "spam"}, "chat.delete", {"of": 2, "reason": "spam"}),
    ("react", [2, "☀️"], {"on": False}, "chat.reaction", {"of": 2, "emoji": "☀️", "on": False}),
    ("pin", [2], {}, "chat.pin", {"of": 2, "on": True}),
    ("act", ["place"], {"cell": 4}, "game.action", {"action": "place", "args": {"cell": 4}}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given", "named", "type_", "body"), POSTS)
async def test_room_method_posts(method: str, given: Any, named: Any, type_: str, body: Any) -> None:
    requests = Requests({"seq": 3, "at": 4, "hash": "h"})
    posted = await getattr(room(requests), method)(*given, **named)
    assert (posted.seq, posted.duplicate) == (3, False)
    event, data = requests.asked[0]
    assert (event, data["type"], data["body"]) == ("room:post", type_, body)


async def test_members_of_every_page_are_returned() -> None:
    pages = [
        {"members": [{"account": "0xA", "role": "owner"}], "cursor": "c"},
        {"members": [{"account": "0xB", "role": "member"}], "cursor": None},
    ]
    requests = Requests(*pages)
    assert await room(requests).members() == [Member("0xA", "owner"), Member("0xB", "member")]
    assert [data for _, data in requests.asked] == [{"room": "lobby"}, {"room": "lobby", "cursor": "c"}]


async def test_every_entry_of_the_history_is_yielded() -> None:
    first, second = ENTRY, {**ENTRY, "seq": 3}
    requests = Requests({"entries": [first], "more": True}, {"entries": [second], "more": False})
    assert [entry.seq async for entry in room(requests).all_entries(before=9)] == [2, 3]
    assert [data for _, data in requests.asked] == [
        {"room": "lobby", "after": after, "before": 9, "limit": 1_000} for after in (0, 2)
    ]


async def test_every_message_found_is_yielded() -> None:
    first, second = {**ENTRY, "seq": 8}, {**ENTRY, "seq": 3}
    requests = Requests({"entries": [first]}, {"entries": [second]}, {"entries": []})
    assert [entry.seq async for entry in room(requests).all_found("gm")] == [8, 3]
    assert [data.get("before") for _, data in requests.asked] == [None, 8, 3]


async def test_search_of_an_older_server_ends_after_its_page() -> None:
    requests = Requests({"entries": [ENTRY]}, {"entries": [ENTRY]})
    assert [entry.seq async for entry in room(requests).all_found("gm")] == [2]


async def test_every_member_is_yielded() -> None:
    requests = Requests({"members": [{"account": "0xA", "role": "owner"}], "cursor": "c"}, {"members": []})
    assert [one.account async for one in room(requests).all_members()] == ["0xA"]


async def test_rooms_owned_is_told_at_once_and_once() -> None:
    """The quota lasts: it is not asked again, by a request or by a post."""
    quota = RateLimited("An account owns at most 100 open rooms.", reason="rooms_owned", retryable=False)

    class Refusing(Requests):
        async def request(self, event: str, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
            self.asked.append((event, dict(data)))
            raise quota

    requests = Refusing()
    with pytest.raises(RateLimited):
        await room(requests).post("gm")
    assert len(requests.asked) == 1


async def test_page_of_rooms_reads_as_a_list_and_has_a_cursor() -> None:
    requests = Requests({"rooms": [{"id": "a"}, {"id": "b"}], "cursor": "c"})
    page = await Directory(requests).rooms(kind="chess", open=True, limit=2)
    assert [one["id"] for one in page] == ["a", "b"]
    assert (len(page), page[1]["id"], page[:1], page.cursor) == (2, "b", [{"id": "a"}], "c")
    assert requests.asked == [("room:list", {"kind": "chess", "open": True, "limit": 2})]


async def test_lookup_names_what_is_looked_up() -> None:
    requests = Requests({"block": {"number": 7}})
    assert (await Directory(requests).lookup(1, block="latest"))["block"] == {"number": 7}
    assert requests.asked == [("chain:lookup", {"chain": 1, "block": "latest"})]


async def test_all_rooms_yields_the_rooms_of_every_page() -> None:
    requests = Requests({"rooms": [{"id": "a"}], "cursor": "c"}, {"rooms": [{"id": "b"}], "cursor": None})
    assert [one["id"] async for one in Directory(requests).all_rooms(mine=True)] == ["a", "b"]
    assert requests.asked[1] == ("room:list", {"mine": True, "cursor": "c"})


@pytest.mark.parametrize("method", ["rooms", "create"])
async def test_unknown_argument_of_the_directory_raises_type_error(method: str) -> None:
    with pytest.raises(TypeError, match="knid"):
        await getattr(Directory(Requests()), method)("chess", knid="chess")


@pytest.mark.parametrize("method", ["say", "watch", "history", "configure", "moderate"])
async def test_unknown_argument_of_a_room_raises_type_error(method: str) -> None:
    with pytest.raises(TypeError, match="unknown"):
        await getattr(room(Requests()), method)(unknown=1)


async def test_direct_rooms_are_opened_and_answered_and_notices_read() -> None:
    requests = Requests({"room": {"id": "dm:1"}}, {}, {})
    home = Directory(requests)
    assert await home.dm(["0xB"]) == {"id": "dm:1"}
    await home.answer_dm("dm:1", False)
    await home.read_notices("n1")
    assert requests.asked == [
        ("dm:open", {"accounts": ["0xB"]}),
        ("dm:answer", {"room": "dm:1", "accept": False}),
        ("notices:read", {"upTo": "n1"}),
    ]


async def test_party_is_made_with_an_id_that_makes_asking_again_safe() -> None:
    requests = Requests({"room": {"id": "p"}})
    assert await Directory(requests).create_party("chess", 2) == {"id": "p"}
    [(event, data)] = requests.asked
    assert (event, data.pop("id") != "", data) == ("party:create", True, {"kind": "chess", "size": 2})


def test_every_request_of_the_server_has_a_method() -> None:
    """A request without one is named in no module of the client."""
    folder = Path(parlour_client.__file__).parent
    modules = [path for path in folder.rglob("*.py") if not path.stem.endswith("_gen")]
    parts = [path for path in modules if not path.is_relative_to(folder / "testing")]
    named = {text for path in parts for text in re.findall(r'"([a-z]+(?::[a-z]+)?)"', path.read_text(encoding="utf-8"))}
    assert not REQUESTS.keys() - named


async def test_pending_transactions_are_asked_again_and_end_with_the_reader() -> None:
    requests = Requests(*[{}] * 3)
    pending = PendingTransactions(requests, Guard())
    feed = pending.feed(1, ["0xC"], None, "0x12345678")
    first = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    pending.receive({"type": "chain.pending", "body": {"chain": 2, "hash": "0x0"}})
    pending.receive({"type": "chain.pending", "body": {"chain": 1, "hash": "0x1"}})
    assert (await first)["hash"] == "0x1"
    pending.reconnected()
    await asyncio.sleep(0)
    await feed.aclose()  # type: ignore[attr-defined]  # an async generator
    asked = {"chain": 1, "to": ["0xC"], "selector": "0x12345678"}
    assert [data for _, data in requests.asked] == [asked, asked, {"chain": 1, "on": False}]


async def test_pending_transactions_end_with_the_connection() -> None:
    pending = PendingTransactions(Requests({}), Guard())
    waiting = asyncio.ensure_future(anext(pending.feed(1, ["0xC"], None, None)))
    await asyncio.sleep(0)
    pending.fail(Unauthorized("The session has ended."))
    with pytest.raises(Unauthorized):
        await waiting


def test_typed_entry_is_what_the_wire_has() -> None:
    assert Entry.from_json(ENTRY).typed == ENTRY
    assert Entry.from_json({**ENTRY, "redacted": "hidden"}).typed == {**ENTRY, "redacted": "hidden"}
