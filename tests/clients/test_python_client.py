"""The Python client against a small server that drops, refuses, forgets and lies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from eth_account import Account

import parlour_client
from parlour_client import (
    ConnectionLost,
    Forbidden,
    Illegal,
    LogReset,
    NotFound,
    Position,
    Retry,
    Room,
    SignInRefused,
    Unauthorized,
)
from parlour_client.rooms import membership, reader
from tests.clients.fake_server import FakeServer, fake_server

connect = partial(parlour_client.connect, retry=Retry(first=0.05))
KEY = "0x" + "11" * 32
ADDRESS = Account.from_key(KEY).address


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as fake:
        fake.room("lobby")
        yield fake


async def read(room: Room, count: int) -> list[str]:
    async with asyncio.timeout(5):
        return [(await anext(room)).text for _ in range(count)]


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_wallet_signs_in_and_is_welcomed(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        assert parlour.account == ADDRESS


async def test_without_a_key_the_client_is_a_guest(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        assert parlour.account == ""
    assert server.seen["nonce"] == 0


async def test_a_refused_sign_in_says_which_rule_failed(server: FakeServer) -> None:
    server.refuse["verify"] = [{"code": "domain", "message": "Another domain.", "retryable": False}]
    with pytest.raises(SignInRefused) as refused:
        async with connect(server.url, KEY):
            pass
    assert refused.value.code == "domain"


async def test_a_nonce_lost_by_the_server_is_asked_for_once_more(server: FakeServer) -> None:
    server.refuse["verify"] = [{"code": "nonce", "message": "Unknown nonce.", "retryable": False}]
    async with connect(server.url, KEY) as parlour:
        assert parlour.account == ADDRESS
    assert server.seen["nonce"] == 2


async def test_a_token_near_its_end_is_refreshed_before_the_next_socket(server: FakeServer) -> None:
    server.token_life_ms = 60_000
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        await until(lambda: server.seen["refresh"])
        await room.say("still signed in")
    assert server.seen["nonce"] == 1


async def test_a_forgotten_session_signs_in_again(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.tokens.clear()
        server.cut()
        await room.say("new session")
    assert server.seen["nonce"] == 2


async def test_no_server_is_reported_and_not_waited_for_for_ever() -> None:
    with pytest.raises(ConnectionLost):
        async with connect("http://127.0.0.1:9", KEY, timeout=0.3):
            pass


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_post_is_acknowledged_with_its_number_and_heard(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        posted = await room.post("gm")
        assert (posted.seq, posted.duplicate) == (2, False)
        assert await read(room, 1) == ["gm"]
        assert room.position == Position(server.rooms["lobby"].epoch, 2, posted.hash)


async def test_a_post_whose_ack_was_lost_is_sent_again_with_the_same_id(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.swallow["room:post"] = 1
        posted = await room.say("once")
        assert posted.duplicate
        assert await read(room, 1) == ["once"]
    assert [e["body"].get("text") for e in server.rooms["lobby"].entries[1:]] == ["once"]


async def test_posts_in_flight_keep_their_order_over_a_reconnect(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        words = [str(n) for n in range(40)]
        await asyncio.gather(*(room.say(word) for word in words))
        assert await read(room, 40) == words


async def test_a_retryable_refusal_is_tried_again(server: FakeServer) -> None:
    busy = {"code": "unavailable", "message": "Busy.", "retryable": True, "retryAfter": 20}
    server.refuse["room:post"] = [dict(busy), dict(busy)]
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        assert (await room.say("third time")).seq == 2
    assert server.seen["room:post"] == 3


async def test_a_lasting_refusal_is_a_typed_error_with_its_reason(server: FakeServer) -> None:
    server.refuse["room:post"] = [
        {"code": "illegal", "reason": "cell_taken", "message": "Refused.", "retryable": False, "details": {"cell": 4}}
    ]
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        with pytest.raises(Illegal) as refused:
            await room.act("place", cell=4)
        assert (refused.value.reason, refused.value.details) == ("cell_taken", {"cell": 4})
    assert server.seen["room:post"] == 1


async def test_a_room_that_is_not_there_is_not_found(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        with pytest.raises(NotFound):
            async with parlour.join("nowhere"):
                pass


async def test_a_signal_is_never_repeated(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.swallow["room:signal"] = 1
        with pytest.raises(ConnectionLost):
            await room.signal("typing", {"on": True})
    assert len(server.signals) == 1


# ── hearing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_missed_while_away_arrives_once_and_in_order(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.say("before")
        server.cut()
        for n in range(5):
            server.rooms["lobby"].append("chat.message", {"text": f"missed {n}"}, "0xA", f"a{n}")
        await until(lambda: server.seen["room:join"] == 2)
        await server.write("lobby", "chat.message", {"text": "after"})
        assert await read(room, 7) == ["before", *(f"missed {n}" for n in range(5)), "after"]


async def test_a_server_restarted_on_its_port_is_found_again(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.stop()
        server.rooms["lobby"].append("chat.message", {"text": "while down"}, "0xA", "a1")
        await asyncio.sleep(0.1)
        await server.start(server.port)
        assert await read(room, 1) == ["while down"]


async def test_a_gap_too_long_for_a_replay_is_paged_through(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PAGE", 7)
    server.replay_limit = 3
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        for n in range(30):
            server.rooms["lobby"].append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
        assert await read(room, 30) == [str(n) for n in range(30)]


@pytest.mark.parametrize("damage", ["another epoch", "another hash", "shorter"])
async def test_a_log_that_was_replaced_is_said_aloud_and_read_on_from_there(server: FakeServer, damage: str) -> None:
    lobby = server.rooms["lobby"]
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        for n in range(3):
            await room.say(str(n))
        await read(room, 3)
        if damage == "another epoch":
            lobby.epoch = "restored"
        elif damage == "another hash":
            lobby.entries[3]["hash"] = "0xother"
        else:
            del lobby.entries[2:]
        server.cut()
        with pytest.raises(LogReset):
            await read(room, 1)
        assert len(room.recent) == lobby.head
        await server.write("lobby", "chat.message", {"text": "anew"})
        assert await read(room, 1) == ["anew"]


async def test_resuming_from_a_kept_position_yields_exactly_what_came_after(server: FakeServer) -> None:
    lobby = server.rooms["lobby"]
    for n in range(5):
        lobby.append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
    kept = Position(lobby.epoch, 3, lobby.entries[2]["hash"])
    async with connect(server.url, KEY) as parlour, parlour.join("lobby", since=kept) as room:
        assert await read(room, 3) == ["2", "3", "4"]


async def test_an_entry_that_came_twice_is_heard_once(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        first = await server.write("lobby", "chat.message", {"text": "one"})
        await server.sio.emit("entry", first, room="lobby")
        await server.write("lobby", "chat.message", {"text": "two"})
        assert await read(room, 2) == ["one", "two"]


async def test_an_entry_that_never_came_is_fetched_before_the_next(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.rooms["lobby"].append("chat.message", {"text": "lost"}, "0xA", "a1")
        await server.write("lobby", "chat.message", {"text": "next"})
        await server.write("lobby", "chat.message", {"text": "last"})
        assert await read(room, 3) == ["lost", "next", "last"]


async def test_a_slow_reader_misses_nothing(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "QUEUE_LIMIT", 10)
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        for n in range(50):
            await server.write("lobby", "chat.message", {"text": str(n)})
        await until(lambda: room.head == 51)
        assert await read(room, 50) == [str(n) for n in range(50)]


async def test_a_binary_body_is_bytes_alone_and_in_a_list(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.post(b"\x01\x02", "doc.update")
        assert (await anext(room)).body == b"\x01\x02"
        server.rooms["lobby"].entries[-1]["body"] = {"b64": "AQI="}
        page, more = await room.history(limit=1)
        assert (page[0].body, more) == (b"\x01\x02", True)


async def test_a_room_that_closes_ends_the_iteration(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.say("last")
        await server.sio.emit("room:closed", {"room": "lobby", "reason": "over"}, room="lobby")
        assert [entry.text async for entry in room] == ["last"]
        assert [entry.text async for entry in room] == []
        assert room.ended == "closed"


async def test_a_lost_right_ends_the_iteration_with_the_reason(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("room:removed", {"room": "lobby", "reason": "banned"}, room="lobby")
        with pytest.raises(Forbidden) as lost:
            await anext(room)
        assert lost.value.reason == "banned"


# ── state and presence ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_patches_keep_the_view_and_move_the_position(server: FakeServer) -> None:
    table = server.room("table", "tic-tac-toe")
    table.state = {"cells": [None, None], "turn": 0}
    async with connect(server.url, KEY) as parlour, parlour.join("table") as room:
        assert room.seat == 0
        patch = [{"op": "replace", "path": "/cells/1", "value": 0}, {"op": "replace", "path": "/turn", "value": 1}]
        await server.sio.emit("state", {"room": "table", "seq": 2, "base": 1, "patch": patch}, room="table")
        await until(lambda: room.head == 2)
        assert room.state == {"cells": [None, 0], "turn": 1}


async def test_a_patch_on_another_base_joins_again_for_a_whole_view(server: FakeServer) -> None:
    table = server.room("table", "tic-tac-toe")
    table.state = {"turn": 0}
    async with connect(server.url, KEY) as parlour, parlour.join("table") as room:
        table.state = {"turn": 5}
        await server.sio.emit("state", {"room": "table", "seq": 9, "base": 8, "patch": []}, room="table")
        await until(lambda: room.state == {"turn": 5})
        assert server.seen["room:join"] == 2


async def test_presence_follows_and_asks_again_after_a_gap(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        news = {"room": "lobby", "v": 2, "joined": ["0xB"], "left": [], "count": 2}
        await server.sio.emit("presence", news, room="lobby")
        await until(lambda: room.presence["members"] == [ADDRESS, "0xB"])
        await server.sio.emit("presence", news | {"v": 7}, room="lobby")
        await until(lambda: room.presence == {"v": 9, "members": ["all"], "count": 1})


async def test_a_crowd_is_counted_and_not_named(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("presence", {"room": "lobby", "v": 2, "count": 5000}, room="lobby")
        await until(lambda: room.presence == {"v": 2, "count": 5000})


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_draining_server_is_left_alone_as_long_as_it_asks(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "draining", "reconnect": True, "retryAfter": 400})
        await asyncio.sleep(0.05)
        server.cut()
        started = asyncio.get_running_loop().time()
        await room.say("back")
        assert asyncio.get_running_loop().time() - started >= 0.35


async def test_a_revoked_session_is_final(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "revoked", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        with pytest.raises(Unauthorized):
            await anext(room)
        with pytest.raises(Unauthorized):
            await room.say("nobody listens")


async def test_an_expired_session_signs_in_again_and_goes_on(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "expired", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        await room.say("signed in anew")
        assert server.seen["nonce"] == 2
