"""docs/protocol.md section 3, "Recovery", "Order" and "Idempotency" over reconnects, kills and bans."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post, refused, said
from tests.e2e.stock import NodeClient, PythonClient, heard, until

BEA = wallet("bea").address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_GUESTS": "on", "PARLOUR_POSTS_PER_SECOND": "5000", "PARLOUR_POSTS_BURST": "5000"}
    async with ServerProcess(env=env) as server:
        yield server


def position(joined: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"epoch": joined["epoch"], "seq": joined["head"], "hash": joined["hash"], **changed}


def seqs(joined: dict[str, Any]) -> list[int]:
    return [entry["seq"] for entry in joined["entries"]]


async def filled(client: PythonClient, count: int) -> str:
    """A room with `count` messages after its first entry."""
    room = await made(client)
    for begin in range(0, count, 200):
        await asyncio.gather(*(said(client, room, f"m{n}") for n in range(begin, min(begin + 200, count))))
    return room


# ── since ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_since_answers_exactly_what_was_missed(enter: Enter) -> None:
    ann = await enter("ann")
    room = await filled(ann, 9)
    here = await done(ann, "room:join", room=room)
    assert (here["recovered"], seqs(here)) == (False, list(range(1, 11)))
    for _ in range(3):
        await said(ann, room)
    hashes = {e["seq"]: e["hash"] for e in (await done(ann, "room:history", room=room))["entries"]}
    for seq in (1, 5, 10, 12):
        for since in (position(here, seq=seq, hash=hashes[seq]), {"epoch": here["epoch"], "seq": seq}):
            again = await done(ann, "room:join", room=room, since=since)
            assert (again["recovered"], seqs(again)) == (True, list(range(seq + 1, 14)))
            assert (again["head"], again["hash"]) == (13, hashes[13])
    at_head = await done(ann, "room:join", room=room, since=position(again))
    assert (at_head["recovered"], at_head["entries"]) == (True, [])
    for hash in ("0x" + "00" * 32, None):
        nothing = await done(ann, "room:join", room=room, since=position(here, seq=0, hash=hash))
        assert (nothing["recovered"], seqs(nothing)) == (True, list(range(1, 14))), "hash(0) is 32 zero bytes"


async def test_another_history_is_not_recovered_from(enter: Enter) -> None:
    ann = await enter("ann")
    room = await filled(ann, 9)
    here = await done(ann, "room:join", room=room)
    wrong = "0x" + "12" * 32
    for since in (
        position(here, epoch="another"),
        position(here, epoch=""),
        position(here, hash=wrong),
        position(here, seq=5, hash=wrong),
        position(here, seq=0, hash=wrong),
        position(here, seq=11),
        position(here, seq=11, hash=None),
        position(here, seq=2**53 - 1),
    ):
        again = await done(ann, "room:join", room=room, since=since)
        assert (again["recovered"], seqs(again)) == (False, list(range(1, 11))), since


@pytest.mark.parametrize(
    "since",
    [
        {},
        {"epoch": "x"},
        {"seq": 1},
        {"epoch": 1, "seq": 1},
        {"epoch": "x", "seq": "1"},
        {"epoch": "x", "seq": -1},
        {"epoch": "x", "seq": 1.5},
        {"epoch": "x", "seq": True},
        {"epoch": "x", "seq": 2**60},
        {"epoch": "x", "seq": 1, "hash": 7},
        {"epoch": "x", "seq": 1, "hash": "12"},
        {"epoch": "x", "seq": 1, "hash": "0xzz"},
        {"epoch": "x", "seq": 1, "hash": "0x12"},
        [],
        "x",
        7,
    ],
)
async def test_malformed_since_is_invalid(enter: Enter, since: Any) -> None:
    ann = await enter("ann")
    assert (await refused(ann, "room:join", room=await made(ann), since=since))[0] == "invalid"


async def test_limit_counts_only_where_not_recovered(enter: Enter) -> None:
    ann = await enter("ann")
    room = await filled(ann, 99)
    here = await done(ann, "room:join", room=room)
    assert seqs(here) == list(range(51, 101)), "50 unless asked otherwise"
    assert seqs(await done(ann, "room:join", room=room, limit=3)) == [98, 99, 100]
    assert seqs(await done(ann, "room:join", room=room, limit=0)) == []
    assert len(seqs(await done(ann, "room:join", room=room, limit=10**9))) == 100
    since = {"epoch": here["epoch"], "seq": 80}
    assert seqs(await done(ann, "room:join", room=room, limit=3, since=since)) == list(range(81, 101))
    for bad in (-1, "3", 1.5, True):
        assert (await refused(ann, "room:join", room=room, limit=bad))[0] == "invalid"


async def test_gap_of_a_thousand_entries_is_replayed_and_one_more_is_not(enter: Enter) -> None:
    ann = await enter("ann")
    room = await filled(ann, 1004)
    here = await done(ann, "room:join", room=room, limit=1)
    assert here["head"] == 1005
    replayed = await done(ann, "room:join", room=room, since={"epoch": here["epoch"], "seq": 5})
    assert (replayed["recovered"], seqs(replayed)) == (True, list(range(6, 1006)))
    shown = await done(ann, "room:join", room=room, since={"epoch": here["epoch"], "seq": 4}, limit=2)
    assert (shown["recovered"], seqs(shown)) == (False, [1004, 1005])


async def test_gap_over_512_kb_is_answered_with_a_snapshot(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    for _ in range(17):
        await done(ann, "room:post", **post(room, "app.big", {"t": "x" * 32_000}))
    here = await done(ann, "room:join", room=room, limit=0)
    small = await done(ann, "room:join", room=room, since={"epoch": here["epoch"], "seq": 2})
    assert (small["recovered"], len(small["entries"])) == (True, 16)
    big = await done(ann, "room:join", room=room, since={"epoch": here["epoch"], "seq": 1}, limit=1)
    assert (big["recovered"], seqs(big)) == (False, [18])


async def test_game_shows_its_state_whether_recovered_or_not(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann, "tic-tac-toe")
    here = await done(ann, "room:join", room=room)
    again = await done(ann, "room:join", room=room, since=position(here))
    assert (again["recovered"], again["state"], again["seat"]) == (True, here["state"], 0)
    chat = await made(ann)
    assert "state" not in await done(ann, "room:join", room=chat)


# ── order on the wire ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_entries_after_head_follow_the_joins_ack(enter: Enter, server: ServerProcess) -> None:
    """A raw socket sees the packets in the order they were written; the room is busy all the while."""
    ann = await enter("ann")
    room = await made(ann)
    stop = asyncio.Event()

    async def chatter() -> None:
        while not stop.is_set():
            await asyncio.gather(*(said(ann, room) for _ in range(20)))

    busy = asyncio.create_task(chatter())
    try:
        async with aiohttp.ClientSession() as http:
            for _ in range(10):
                await _join_and_watch(http, server.url, room)
    finally:
        stop.set()
        await busy


async def _join_and_watch(http: aiohttp.ClientSession, url: str, room: str) -> None:
    async with http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as ws:
        await ws.receive()
        await ws.send_str("40")
        await ws.send_str(f'421["room:join",{{"room":"{room}"}}]')
        head, got = 0, []
        while len(got) < 5:
            text = (await ws.receive()).data
            if text.startswith("431"):
                head = json.loads(text[3:])[0]["head"]
            elif text.startswith('42["entry"'):
                assert head, "an entry before the join's ack"
                got.append(json.loads(text[2:])[1]["seq"])
    assert got == list(range(head + 1, head + 6))


async def test_stock_js_client_resumes_after_a_lost_transport(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann)
    async with NodeClient() as node:
        await node.connect(server.url, None)
        here = await done(node, "room:join", room=room)
        node.drop()
        for n in range(5):
            await said(ann, room, str(n))
        await until(lambda: len(heard(node, "welcome")) == 2)
        again = await done(node, "room:join", room=room, since=position(here))
        missed = [entry["body"]["text"] for entry in again["entries"]]
        live = [entry["body"]["text"] for entry in heard(node, "entry") if entry["seq"] > again["head"]]
        assert (again["recovered"], missed + live) == (True, ["0", "1", "2", "3", "4"])


# ── ids over kills and bans ──────────────────────────────────────────────────────────────────────────────────────────


async def test_after_a_kill_ids_positions_and_chains_are_what_they_were() -> None:
    async with ServerProcess() as server, aiohttp.ClientSession() as http:
        tokens = [(await sign_in(http, server.url, wallet(name)))["token"] for name in ("ann", "bea")]
        async with PythonClient(["websocket"]) as ann, PythonClient(["websocket"]) as bea:
            for client, token in zip((ann, bea), tokens, strict=True):
                await client.connect(server.url, token)
            room = await made(ann)
            await done(bea, "room:join", room=room)
            posts = [post(room, "chat.message", {"text": str(n)}) for n in range(50)]
            first = [await done(ann, "room:post", **one) for one in posts[:40]]
            await done(bea, "room:read", room=room, seq=7)
            mute = {"room": room, "account": BEA, "action": "mute", "id": "mute-1"}
            muted = await done(ann, "room:moderate", **mute)
            before = await done(ann, "room:join", room=room)
            await server.kill9()
            await server.start()
            for client in (ann, bea):
                await until(lambda client=client: len(heard(client, "welcome")) == 2)
            again = await done(ann, "room:join", room=room, since=position(before))
            assert (again["recovered"], again["entries"], again["hash"]) == (True, [], before["hash"])
            for one, ack in zip(posts[:40], first, strict=True):
                assert await done(ann, "room:post", **one) == {**ack, "duplicate": True}
            changed = {**posts[0], "body": {"text": "changed"}}
            assert (await refused(ann, "room:post", **changed))[0] == "conflict"
            assert (await done(ann, "room:moderate", **mute))["seq"] == muted["seq"]
            assert await refused(bea, "room:post", **posts[41]) == ("forbidden", "muted")
            assert (await done(bea, "room:join", room=room))["read"] == 7
            assert (await done(ann, "room:post", **posts[40]))["seq"] == before["head"] + 1


async def test_known_id_is_answered_after_a_ban_and_a_close_too(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    one = post(room, "chat.message", {"text": "before"})
    ack = await done(bea, "room:post", **one)
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    assert await done(bea, "room:post", **one) == {**ack, "duplicate": True}
    assert await refused(bea, "room:post", **post(room, "chat.message", {"text": "after"})) == ("forbidden", "banned")
    mine = post(room, "chat.message", {"text": "mine"})
    kept = await done(ann, "room:post", **mine)
    await done(ann, "room:close", room=room)
    assert await done(ann, "room:post", **mine) == {**kept, "duplicate": True}


async def test_refused_post_does_not_use_up_its_id(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    one = post(room, "chat.message", {"text": "patience"})
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert (await refused(bea, "room:post", **one))[1] == "muted"
    await done(ann, "room:moderate", room=room, account=BEA, action="unmute")
    assert "duplicate" not in await done(bea, "room:post", **{**one, "body": {"text": "another"}})
