"""Joined rooms of the Python client, against a small server that drops, restarts, restores and repeats itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour_client import Forbidden, LogReset, Position
from parlour_client.rooms import membership, reader
from parlour_client.rooms.posting import type_and_body
from tests.clients.fake_server import FakeServer
from tests.clients.kit import ADDRESS, KEY, connect, read, until


async def test_entries_missed_while_away_come_once_and_in_order(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.say("before")
        server.cut()
        for n in range(5):
            server.rooms["lobby"].append("chat.message", {"text": f"missed {n}"}, "0xA", f"a{n}")
        await until(lambda: server.seen["room:join"] == 2)
        await server.write("lobby", "chat.message", {"text": "after"})
        assert await read(room, 7) == ["before", *(f"missed {n}" for n in range(5)), "after"]


async def test_server_restarted_on_its_port_is_found_again(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.stop()
        server.rooms["lobby"].append("chat.message", {"text": "while down"}, "0xA", "a1")
        await asyncio.sleep(0.1)
        await server.start(server.port)
        assert await read(room, 1) == ["while down"]


async def test_gap_too_long_for_a_replay_is_paged_through(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "PAGE", 7)
    server.replay_limit = 3
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        for n in range(30):
            server.rooms["lobby"].append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
        assert await read(room, 30) == [str(n) for n in range(30)]


@pytest.mark.parametrize("damage", ["another epoch", "another hash", "shorter"])
async def test_replaced_log_raises_log_reset_and_is_read_on(server: FakeServer, damage: str) -> None:
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


async def test_join_since_a_kept_position_yields_what_came_after_it(server: FakeServer) -> None:
    lobby = server.rooms["lobby"]
    for n in range(5):
        lobby.append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
    kept = Position(lobby.epoch, 3, lobby.entries[2]["hash"])
    async with connect(server.url, KEY) as parlour, parlour.join("lobby", since=kept) as room:
        assert await read(room, 3) == ["2", "3", "4"]


async def test_entry_that_comes_twice_is_yielded_once(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        first = await server.write("lobby", "chat.message", {"text": "one"})
        await server.sio.emit("entry", first, room="lobby")
        await server.write("lobby", "chat.message", {"text": "two"})
        assert await read(room, 2) == ["one", "two"]


async def test_entry_that_never_came_is_fetched_before_the_next(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.rooms["lobby"].append("chat.message", {"text": "lost"}, "0xA", "a1")
        await server.write("lobby", "chat.message", {"text": "next"})
        await server.write("lobby", "chat.message", {"text": "last"})
        assert await read(room, 3) == ["lost", "next", "last"]
    assert server.seen["room:join"] == 2


async def test_slow_reader_misses_nothing(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "QUEUE_LIMIT", 10)
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        for n in range(50):
            await server.write("lobby", "chat.message", {"text": str(n)})
        await until(lambda: room.head == 51)
        assert await read(room, 50) == [str(n) for n in range(50)]


async def test_binary_body_is_bytes_in_an_event_and_in_a_page(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.post(b"\x01\x02", "doc.update")
        assert (await anext(room)).body == b"\x01\x02"
        server.rooms["lobby"].entries[-1]["body"] = {"b64": "AQI="}
        page, more = await room.history(limit=1)
        assert (page[0].body, more) == (b"\x01\x02", True)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (("app.score", {"points": 3}), {}),
        (({"points": 3}, "app.score"), {}),
        (({"points": 3},), {"type": "app.score"}),
        (("app.score",), {"body": {"points": 3}}),
        ((), {"type": "app.score", "body": {"points": 3}}),
        (("app.score", b"3"), {}),
        (("gm",), {}),
        (({"text": "gm"},), {}),
        (("gm", "chat.message"), {}),
    ],
)
def test_post_takes_type_and_body_in_either_order(entry: tuple[Any, ...], named: dict[str, Any]) -> None:
    type, body = type_and_body(entry, named.get("type"), named.get("body"))
    assert (type, body) in [
        ("app.score", {"points": 3}),
        ("app.score", b"3"),
        ("chat.message", "gm"),
        ("chat.message", {"text": "gm"}),
    ]


@pytest.mark.parametrize(
    ("entry", "named"),
    [((), {}), (("a", {}, {}), {}), (({}, {}), {}), (("a", {}), {"type": "b"}), (("a",), {"type": "b", "body": {}})],
)
def test_post_that_is_no_type_and_body_is_refused(entry: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="type"):
        type_and_body(entry, named.get("type"), named.get("body"))


async def test_closed_room_ends_the_iteration(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await room.say("last")
        await server.sio.emit("room:closed", {"room": "lobby", "reason": "over"}, room="lobby")
        assert [entry.text async for entry in room] == ["last"]
        assert [entry.text async for entry in room] == []
        assert room.ended == "closed"


async def test_removed_account_gets_the_reason_from_the_iteration(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("room:removed", {"room": "lobby", "reason": "banned"}, room="lobby")
        with pytest.raises(Forbidden) as lost:
            await anext(room)
        assert lost.value.reason == "banned"


# ── state and presence ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_patches_keep_the_view_and_move_the_head(server: FakeServer) -> None:
    table = server.room("table", "tic-tac-toe")
    table.state = {"cells": [None, None], "turn": 0}
    async with connect(server.url, KEY) as parlour, parlour.join("table") as room:
        assert room.seat == 0
        patch = [{"op": "replace", "path": "/cells/1", "value": 0}, {"op": "replace", "path": "/turn", "value": 1}]
        await server.sio.emit("state", {"room": "table", "seq": 2, "base": 1, "patch": patch}, room="table")
        await until(lambda: room.head == 2)
        assert room.state == {"cells": [None, 0], "turn": 1}


async def test_patch_on_another_base_joins_again_for_a_whole_view(server: FakeServer) -> None:
    table = server.room("table", "tic-tac-toe")
    table.state = {"turn": 0}
    async with connect(server.url, KEY) as parlour, parlour.join("table") as room:
        table.state = {"turn": 5}
        await server.sio.emit("state", {"room": "table", "seq": 9, "base": 8, "patch": []}, room="table")
        await until(lambda: room.state == {"turn": 5})
        assert server.seen["room:join"] == 2


async def test_presence_follows_and_is_asked_for_after_a_gap(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        news = {"room": "lobby", "v": 2, "joined": ["0xB"], "left": [], "count": 2}
        await server.sio.emit("presence", news, room="lobby")
        await until(lambda: room.presence["members"] == [ADDRESS, "0xB"])
        await server.sio.emit("presence", news | {"v": 7}, room="lobby")
        await until(lambda: room.presence == {"v": 9, "members": ["all"], "count": 1})


async def test_crowd_is_counted_and_not_named(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("presence", {"room": "lobby", "v": 2, "count": 5000}, room="lobby")
        await until(lambda: room.presence == {"v": 2, "count": 5000})
