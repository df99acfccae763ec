"""docs/protocol.md sections 3 to 5: posting, entries, chat rules, notices, and a game's states."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client.patch import apply_patch
from tests.e2e.conftest import Enter
from tests.e2e.kit import ENTRY_KEYS, done, fresh, made, post, refused, said
from tests.e2e.stock import NodeClient, PythonClient, heard, http_json, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


async def posted(client: PythonClient, room: str, type: str, body: Any, **more: Any) -> dict[str, Any]:
    return await done(client, "room:post", **post(room, type, body), **more)


async def post_refused(client: PythonClient, room: str, type: str, body: Any) -> tuple[str, str | None]:
    return await refused(client, "room:post", **post(room, type, body))


# ── the entry ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_post_is_acknowledged_and_heard_in_the_named_shapes(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    receipt = await done(ann, "room:post", room=room, id="first", type="chat.message", body={"text": "gm ☀️"})
    assert receipt.keys() == {"seq", "at", "hash"}
    assert (receipt["seq"], len(receipt["hash"]), receipt["hash"][:2]) == (2, 66, "0x")
    assert abs(receipt["at"] - time.time() * 1000) < 5000
    await until(lambda: heard(bea, "entry"))
    [entry] = heard(bea, "entry")
    assert entry.keys() == ENTRY_KEYS
    assert entry == {
        "room": room,
        "seq": 2,
        "id": "first",
        "type": "chat.message",
        "author": ANN,
        "at": receipt["at"],
        "body": {"text": "gm ☀️"},
        "hash": receipt["hash"],
    }
    await until(lambda: heard(ann, "entry"))
    assert heard(ann, "entry") == [entry], "the author hears it as well"
    history = await done(bea, "room:history", room=room)
    assert history.keys() == {"entries", "more"}
    assert history["entries"][1] == entry


async def test_at_never_runs_backwards_and_seq_has_no_holes(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await asyncio.gather(*(said(ann, room, str(n)) for n in range(60)))
    entries = (await done(ann, "room:history", room=room, limit=100))["entries"]
    assert [entry["seq"] for entry in entries] == list(range(1, 62))
    assert all(a["at"] <= b["at"] for a, b in itertools.pairwise(entries))


async def test_proof_adds_what_the_hash_chain_needs(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await said(ann, room)
    plain = (await done(ann, "room:history", room=room))["entries"]
    assert all("salt" not in entry for entry in plain)
    proved = (await done(ann, "room:history", room=room, proof=True))["entries"]
    assert all(len(entry["salt"]) == 34 for entry in proved)


async def test_history_bounds_are_exclusive_and_ascending(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    for n in range(9):
        await said(ann, room, str(n))

    async def seqs(**bounds: Any) -> tuple[list[int], bool]:
        answer = await done(ann, "room:history", room=room, **bounds)
        return [entry["seq"] for entry in answer["entries"]], answer["more"]

    assert await seqs() == (list(range(1, 11)), False)
    assert await seqs(limit=3) == ([8, 9, 10], True)
    assert await seqs(before=4) == ([1, 2, 3], False)
    assert await seqs(before=4, limit=2) == ([2, 3], True)
    assert await seqs(after=7) == ([8, 9, 10], False)
    assert await seqs(after=7, limit=2) == ([8, 9], True)
    assert await seqs(after=2, before=5) == ([3, 4], False)
    assert await seqs(after=10) == ([], False)
    assert await seqs(after=99) == ([], False)
    assert await seqs(before=1) == ([], False)
    assert (await seqs(limit=10**6))[0] == list(range(1, 11))
    for bad in ({"limit": 0}, {"limit": "3"}, {"before": -1}, {"after": 1.5}, {"view": "pictures"}, {"after": 2**70}):
        assert (await refused(ann, "room:history", room=room, **bad))[0] == "invalid", bad


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"n": 0.1, "m": 1e21, "o": -0.0, "p": 5e-324},
        {"n": 2**53 - 1, "m": -(2**53) + 1},
        {"a": [None, True, {"b": []}], "": "empty key"},
        {"t": "\u2028 \x7f \u0001 🦊 \ufeff"},
        {"__proto__": {"x": 1}, "constructor": 1},
    ],
)
async def test_a_json_body_comes_back_as_it_was_sent(enter: Enter, body: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    await posted(ann, room, "app.any", body)
    await until(lambda: heard(ann, "entry"))
    assert heard(ann, "entry")[0]["body"] == body
    assert (await done(ann, "room:history", room=room))["entries"][-1]["body"] == body


@pytest.mark.parametrize(
    "body",
    [
        {"n": 2**53},
        {"n": -(2**53)},
        {"clé": 1},
        {"t": "\x00"},
        {"\x00": 1},
        [],
        "text",
        None,
        7,
        True,
    ],
)
async def test_a_body_that_is_not_canonical_json_is_invalid(enter: Enter, body: Any) -> None:
    ann = await enter("ann")
    room = await made(ann)
    assert (await post_refused(ann, room, "app.any", body))[0] == "invalid"
    assert (await said(ann, room))["seq"] == 2


async def test_nesting_and_keys_are_bounded(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    deep: Any = 1
    for _ in range(33):
        deep = [deep]
    assert (await post_refused(ann, room, "app.any", {"deep": deep}))[0] == "invalid"
    assert (await post_refused(ann, room, "app.any", {f"k{n}": n for n in range(1001)}))[0] in ("invalid", "too_large")
    await posted(ann, room, "app.any", {f"k{n}": n for n in range(1000)})


async def test_a_body_may_have_32_kb_and_not_a_byte_more(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    overhead = len('{"t":""}')
    await posted(ann, room, "app.any", {"t": "x" * (32_768 - overhead)})
    assert (await post_refused(ann, room, "app.any", {"t": "x" * (32_769 - overhead)}))[0] == "too_large"
    await posted(ann, room, "app.any", b"x" * 32_768)
    assert (await post_refused(ann, room, "app.any", b"x" * 32_769))[0] == "too_large"


async def test_a_binary_body_is_one_attachment_live_and_b64_in_lists(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    async with NodeClient() as node:
        await node.connect(server.url, None)
        await done(node, "room:join", room=room)
        for _ in range(12):
            await posted(ann, room, "app.bytes", b"\x00\x01\xff")
        await until(lambda: len(heard(ann, "entry")) == 12 and len(heard(node, "entry")) == 12)
        assert heard(ann, "entry")[0]["body"] == b"\x00\x01\xff"
        assert heard(node, "entry")[0]["body"] == {"type": "Buffer", "data": [0, 1, 255]}
        for client, event in ((ann, "room:join"), (node, "room:join"), (node, "room:history")):
            entries = (await done(client, event, room=room))["entries"]
            assert [entry["body"] for entry in entries[1:]] == [{"b64": "AAH/"}] * 12
        assert heard(node, "disconnect") == [], "no packet holds more than 10 attachments"
    status, answer = await http_json("GET", f"{server.url}/api/rooms/{room}/entries?after=1&limit=1")
    assert (status, answer["entries"][0]["body"]) == (200, {"b64": "AAH/"})


async def test_a_binary_chat_message_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    assert (await post_refused(ann, room, "chat.message", b"hello"))[0] == "invalid"
    assert (await post_refused(ann, await made(ann, "tic-tac-toe"), "game.action", b"hello"))[0] in (
        "invalid",
        "illegal",
    )


# ── who may write what ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["chat", "tic-tac-toe", "battleship"])
async def test_every_kind_takes_chat_and_a_dapps_own_entries(enter: Enter, kind: str) -> None:
    ann = await enter("ann")
    room = await made(ann, kind)
    await said(ann, room)
    assert (await posted(ann, room, "app.move-hint", {"x": 1}))["seq"] == 3
    assert (await post_refused(ann, room, "doc.update", {"x": 1}))[0] == "invalid"
    assert (await post_refused(ann, room, "wallet.track", {"chain": 1, "hash": "0x"}))[0] == "invalid"


@pytest.mark.parametrize(
    "type",
    [
        *("room.created", "room.closed", "member.role", "member.banned", "game.seated", "game.ended", "game.tick"),
        *("chain.event", "chain.reverted", "wallet.balance", "market.trade", "game.settled", "chain.block"),
    ],
)
async def test_every_other_type_is_forbidden(enter: Enter, type: str) -> None:
    ann = await enter("ann")
    assert (await post_refused(ann, await made(ann), type, {}))[0] == "forbidden"


async def test_ids_are_64_characters_and_not_the_servers(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    ok = {"room": room, "type": "app.x", "body": {}}
    for id in ("x" * 64, "é" * 64, "a b", "🦊", "0", "__proto__"):
        assert (await done(ann, "room:post", **ok, id=id))["seq"]
    for bad in ("x" * 65, "", "server:", "server:1", 7, None, ["x"], "nul\x00"):
        assert (await refused(ann, "room:post", **ok, id=bad))[0] == "invalid", bad


async def test_an_id_belongs_to_its_author_and_room(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, other = await made(ann), await made(ann)
    message = {"id": "same", "type": "chat.message", "body": {"text": "x", "replyTo": 1}}
    ok = {**message, "body": {"text": "x"}}
    assert (await refused(ann, "room:post", room=room, **message))[1] == "not_a_message"
    first = await done(ann, "room:post", room=room, **ok)
    assert await done(ann, "room:post", room=room, **ok) == {**first, "duplicate": True}
    assert (await done(bea, "room:post", room=room, **ok))["seq"] == first["seq"] + 1
    assert "duplicate" not in await done(ann, "room:post", room=other, **ok)
    for change in ({"body": {"text": "y"}}, {"type": "app.x"}, {"body": b"x"}):
        assert (await refused(ann, "room:post", room=room, **{**ok, **change}))[0] == "conflict", change


async def test_one_id_sent_many_times_at_once_is_one_entry(enter: Enter) -> None:
    sockets = [await enter("ann") for _ in range(4)]
    room = await made(sockets[0])
    one = post(room, "chat.message", {"text": "once"})
    acks = await asyncio.gather(*(done(socket, "room:post", **one) for socket in sockets * 5))
    assert {ack["seq"] for ack in acks} == {2}
    assert sum("duplicate" not in ack for ack in acks) == 1
    assert len((await done(sockets[0], "room:history", room=room))["entries"]) == 2


# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("chat.message", {}),
        ("chat.message", {"text": ""}),
        ("chat.message", {"text": 7}),
        ("chat.message", {"text": "x", "mentions": "bea"}),
        ("chat.message", {"text": "x", "mentions": [7]}),
        ("chat.message", {"text": "x", "mentions": ["0x" + "1" * 40] * 1000}),
        ("chat.message", {"text": "x", "replyTo": "2"}),
        ("chat.message", {"text": "x", "thread": 1.5}),
        ("chat.message", {"text": "x", "replyTo": -1}),
        ("chat.edit", {"text": "x"}),
        ("chat.edit", {"of": 2}),
        ("chat.edit", {"of": True, "text": "x"}),
        ("chat.delete", {}),
        ("chat.delete", {"of": 2, "reason": 7}),
        ("chat.reaction", {"of": 2, "emoji": "x"}),
        ("chat.reaction", {"of": 2, "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "", "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "x" * 100, "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "x", "on": "yes"}),
        ("chat.pin", {"of": 2}),
        ("chat.shout", {"text": "x"}),
        ("chat.", {"text": "x"}),
    ],
)
async def test_a_malformed_chat_entry_is_invalid(enter: Enter, type: str, body: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await said(ann, room)
    assert (await post_refused(ann, room, type, body))[0] == "invalid"
    assert (await said(ann, room))["seq"] == 3


REFERENCES: list[tuple[str, dict[str, Any], str]] = [
    ("chat.message", {"text": "x"}, "replyTo"),
    ("chat.message", {"text": "x"}, "thread"),
    ("chat.edit", {"text": "x"}, "of"),
    ("chat.delete", {}, "of"),
    ("chat.reaction", {"emoji": "👍", "on": True}, "of"),
    ("chat.pin", {"on": True}, "of"),
]


@pytest.mark.parametrize(("type", "body", "key"), REFERENCES)
async def test_references_are_not_found_where_absent_and_illegal_where_deleted(
    enter: Enter, type: str, body: dict[str, Any], key: str
) -> None:
    ann = await enter("ann")
    room = await made(ann)
    gone = (await said(ann, room))["seq"]
    await posted(ann, room, "chat.delete", {"of": gone})
    for seq in (99, 2**53 - 1):
        assert (await post_refused(ann, room, type, {**body, key: seq}))[0] == "not_found"
    assert (await post_refused(ann, room, type, {**body, key: gone}))[0] == "illegal"
    there = (await said(ann, room))["seq"]
    await posted(ann, room, type, {**body, key: there})


async def test_author_edits_and_only_moderators_delete_messages_of_others(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann)
    mine, hers = (await said(ann, room, "ann's"))["seq"], (await said(bea, room, "bea's"))["seq"]
    edit = {"text": "put into her mouth"}
    assert (await post_refused(ann, room, "chat.edit", {**edit, "of": hers}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.edit", {**edit, "of": mine}))[0] == "forbidden"
    assert (await post_refused(cid, room, "chat.delete", {"of": hers}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.delete", {"of": mine}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.pin", {"of": hers, "on": True}))[0] == "forbidden"
    await done(ann, "room:moderate", room=room, account=CID, action="role", role="moderator")
    assert (await post_refused(cid, room, "chat.delete", {"of": mine}))[0] == "forbidden", "the owner is higher"
    await posted(cid, room, "chat.pin", {"of": hers, "on": True})
    await posted(cid, room, "chat.delete", {"of": hers, "reason": "rude"})


async def test_a_page_of_messages_is_folded(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    first, second, third = [(await said(ann, room, text))["seq"] for text in ("one", "two", "three")]
    await posted(ann, room, "chat.edit", {"of": first, "text": "uno"})
    edited = await posted(ann, room, "chat.edit", {"of": first, "text": "eins"})
    for client, on in ((ann, True), (bea, True), (ann, False)):
        await posted(client, room, "chat.reaction", {"of": second, "emoji": "🎉", "on": on})
    deleted = await posted(ann, room, "chat.delete", {"of": third})
    answer = await done(ann, "room:history", room=room, view="messages")
    assert answer["more"] is False
    one, two, three = answer["entries"]
    assert (one["seq"], one["body"], one["edited"]["text"]) == (first, {"text": "one"}, "eins")
    assert (one["edited"]["seq"], one["edited"]["at"]) == (edited["seq"], edited["at"])
    assert (two["seq"], two["reactions"], "edited" in two) == (second, {"🎉": [BEA]}, False)
    assert (three["seq"], three["body"], three["redacted"]) == (third, None, "erased")
    assert three["deleted"] == {"seq": deleted["seq"], "at": deleted["at"]}
    page = await done(ann, "room:history", room=room, view="messages", limit=2)
    assert ([entry["seq"] for entry in page["entries"]], page["more"]) == ([second, third], True)
    page = await done(ann, "room:history", room=room, view="messages", after=first, limit=1)
    assert ([entry["seq"] for entry in page["entries"]], page["more"]) == ([second], True)


async def test_a_deleted_message_and_its_edits_are_erased_on_every_path(enter: Enter, server: ServerProcess) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, secret = await made(ann), fresh("zebra")
    before = await done(ann, "room:join", room=room)
    said_ = await said(ann, room, secret)
    edit = await posted(ann, room, "chat.edit", {"of": said_["seq"], "text": secret + " again"})
    await posted(ann, room, "chat.delete", {"of": said_["seq"]})
    since = {"epoch": before["epoch"], "seq": before["head"], "hash": before["hash"]}
    joined = await done(bea, "room:join", room=room, since=since)
    history = await done(bea, "room:history", room=room, proof=True)
    messages = await done(bea, "room:history", room=room, view="messages")
    found = await done(bea, "room:search", room=room, query=secret.partition("-")[0])
    _, over_http = await http_json("GET", f"{server.url}/api/rooms/{room}/entries?proof=1")
    for entries in (joined["entries"], history["entries"][1:], over_http["entries"][1:]):
        for entry, seq in zip(entries, (said_["seq"], edit["seq"]), strict=False):
            assert entry["seq"] == seq
            assert (entry["body"], entry["redacted"], len(entry["bodyHash"])) == (None, "erased", 66)
            assert "salt" not in entry
    assert found["entries"] == []
    assert secret not in repr([joined, history, messages, over_http])
    again = {"room": room, "id": history["entries"][1]["id"], "type": "chat.message", "body": {"text": secret}}
    assert (await done(ann, "room:post", **again))["duplicate"] is True


async def test_a_mention_is_noticed_on_every_device_in_or_out_of_the_room(enter: Enter) -> None:
    ann, phone, laptop, cid = await enter("ann"), await enter("bea"), await enter("bea"), await enter("cid")
    room = await made(ann)
    told = await said(ann, room, "look", mentions=[BEA.lower(), ANN])
    await until(lambda: heard(phone, "notice") and heard(laptop, "notice"))
    for device in (phone, laptop):
        assert heard(device, "notice") == [{"room": room, "seq": told["seq"], "type": "mention", "from": ANN}]
    assert heard(ann, "notice") == heard(cid, "notice") == []
    hidden = await made(ann, visibility="private")
    await said(ann, hidden, "secret", mentions=[BEA])
    await said(ann, room, "again", mentions=[BEA])
    await until(lambda: len(heard(phone, "notice")) == 2)
    assert heard(phone, "notice", hidden) == [], "a room one may not know sends no notices"


# ── a game ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def action(cell: int) -> dict[str, Any]:
    return {"action": "place", "args": {"cell": cell}}


async def test_patches_lead_to_the_state_a_join_would_show(enter: Enter) -> None:
    ann, bea, eye = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann, "tic-tac-toe")
    joins = [await done(client, "room:join", room=room) for client in (ann, bea, eye)]
    assert [join.get("seat") for join in joins] == [0, 1, None]
    assert all("state" in join for join in joins)
    for client, cell in ((ann, 0), (bea, 3), (ann, 1), (bea, 4), (ann, 2)):
        await posted(client, room, "game.action", action(cell))
    await until(lambda: any(e["type"] == "game.ended" for e in heard(eye, "entry")))
    await asyncio.sleep(0.2)
    for client, join in zip((ann, bea, eye), joins, strict=True):
        view, at = join["state"], join["head"]
        for name, data in client.events:
            if name == "entry" and data["seq"] > join["head"]:
                assert data["seq"] > at, "states come after the entries of their batch"
            if name != "state":
                continue
            assert data["room"] == room
            if "patch" in data:
                assert data.keys() == {"room", "seq", "base", "patch"}
                assert data["base"] == at
                view = apply_patch(view, data["patch"])
            else:
                assert data.keys() == {"room", "seq", "state"}
                view = data["state"]
            at = data["seq"]
        now = await done(client, "room:join", room=room)
        assert (view, at) == (now["state"], now["head"])
    history = (await done(eye, "room:history", room=room))["entries"]
    types = [entry["type"] for entry in history]
    assert types[0] == "room.created"
    assert types.index("game.seated") < types.index("game.started") < types.index("game.action")
    seated = [entry["body"] for entry in history if entry["type"] == "game.seated"]
    assert [(body["seat"], body["account"]) for body in seated] == [(0, ANN), (1, BEA)]
    [ended] = [entry for entry in history if entry["type"] == "game.ended"]
    assert ended["author"] == ""
    assert ended["body"]["result"]["winner"] == 0
    assert (await post_refused(bea, room, "game.action", action(8))) == ("illegal", "game_over")
    await said(bea, room, "good game")


async def test_a_seat_is_taken_in_order_and_given_up_by_nobody_else(enter: Enter) -> None:
    ann, again, bea, cid = await enter("ann"), await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann, "tic-tac-toe")
    assert "seat" not in await done(cid, "room:join", room=room, **{"as": "spectator"})
    assert (await done(ann, "room:join", room=room))["seat"] == 0
    assert (await done(again, "room:join", room=room))["seat"] == 0
    assert await post_refused(ann, room, "game.action", action(0)) == ("illegal", "not_started")
    assert (await done(bea, "room:join", room=room))["seat"] == 1
    assert (await done(cid, "room:join", room=room)).get("seat") is None
    assert await post_refused(cid, room, "game.action", action(0)) == ("forbidden", "not_seated")
    assert await post_refused(bea, room, "game.action", action(0)) == ("illegal", "not_your_turn")
    assert (await refused(cid, "room:join", room=room, **{"as": "king"}))[0] == "invalid"
    turn = heard(ann, "notice", room) + heard(bea, "notice", room)
    assert all(notice.keys() == {"room", "seq", "type", "from"} and notice["type"] == "turn" for notice in turn)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "place"},
        {"action": 7, "args": {}},
        {"action": "place", "args": []},
        {"action": "place", "args": {"cell": 9}},
        {"action": "place", "args": {"cell": -1}},
        {"action": "place", "args": {"cell": True}},
        {"action": "place", "args": {"cell": "0"}},
        {"action": "place", "args": {"cell": 0, "extra": 1}},
        {"action": "fly", "args": {}},
        {"action": "__init__", "args": {}},
        {"action": "place", "args": {"cell": 0}, "extra": 1},
    ],
)
async def test_a_malformed_action_is_invalid(enter: Enter, body: dict[str, Any]) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, "tic-tac-toe")
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    assert (await post_refused(ann, room, "game.action", body))[0] == "invalid"
    await posted(ann, room, "game.action", action(0))
