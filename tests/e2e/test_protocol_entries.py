"""docs/protocol.md sections 3 to 5: posts, entries, bodies, ids and history."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ENTRY_KEYS, done, made, post, post_refused, posted, refused, said
from tests.e2e.stock import NodeClient, heard, http_json, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


async def test_post_is_acknowledged_and_heard_in_the_named_shapes(enter: Enter) -> None:
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
async def test_json_body_comes_back_as_it_was_sent(enter: Enter, body: dict[str, Any]) -> None:
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
async def test_body_that_is_not_canonical_json_is_invalid(enter: Enter, body: Any) -> None:
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


async def test_body_may_have_32_kb_and_not_a_byte_more(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    overhead = len('{"t":""}')
    await posted(ann, room, "app.any", {"t": "x" * (32_768 - overhead)})
    assert (await post_refused(ann, room, "app.any", {"t": "x" * (32_769 - overhead)}))[0] == "too_large"
    await posted(ann, room, "app.any", b"x" * 32_768)
    assert (await post_refused(ann, room, "app.any", b"x" * 32_769))[0] == "too_large"


async def test_binary_body_is_one_attachment_live_and_b64_in_lists(enter: Enter, server: ServerProcess) -> None:
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


async def test_binary_chat_message_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    assert (await post_refused(ann, room, "chat.message", b"hello"))[0] == "invalid"
    assert (await post_refused(ann, await made(ann, "tic-tac-toe"), "game.action", b"hello"))[0] in (
        "invalid",
        "illegal",
    )


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


async def test_id_belongs_to_its_author_and_room(enter: Enter) -> None:
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
