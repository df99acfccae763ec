"""Several handles on one room: each hears everything, is released on its own, and the last one gives the room up."""

from __future__ import annotations

import asyncio

import pytest

from parlour_client import Closed, Forbidden, LogReset, Position
from parlour_client.rooms import membership
from tests.clients.fake_server import FakeServer
from tests.clients.kit import KEY, connect, read, until


async def test_room_entered_twice_is_joined_once_and_both_read_all(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        first, second = await asyncio.gather(parlour.enter("lobby"), parlour.enter("LOBBY"))
        await first.say("gm")
        assert await read(first, 1) == await read(second, 1) == ["gm"]
    assert server.seen["room:join"] == 1


async def test_release_of_one_handle_leaves_the_other_listening(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        first, second = await parlour.enter("lobby"), await parlour.enter("lobby")
        first.release()
        first.release()
        await server.write("lobby", "chat.message", {"text": "gm"})
        assert await read(second, 1) == ["gm"]
        assert [entry.text async for entry in first] == []
        assert (first.ended, second.ended) == ("released", None)
    assert server.seen["room:leave"] == 0


async def test_reader_that_waits_ends_when_its_handle_is_released(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        room = await parlour.enter("lobby")
        reading = asyncio.create_task(anext(room, None))
        await asyncio.sleep(0)
        room.release()
        assert await asyncio.wait_for(reading, 60) is None


async def test_last_of_two_blocks_leaves_the_room(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby"):
        async with parlour.join("lobby"):
            pass
        assert server.seen["room:leave"] == 0
    assert server.seen["room:leave"] == 1


@pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError])
async def test_join_block_left_by_an_exception_leaves_on_the_server(
    server: FakeServer, error: type[BaseException]
) -> None:
    async with connect(server.url, KEY) as parlour:
        with pytest.raises(error):
            async with parlour.join("lobby"):
                raise error
    assert server.seen["room:leave"] == 1


async def test_error_of_a_join_block_is_told_where_leaving_is_refused(server: FakeServer) -> None:
    server.refuse["room:leave"] = [{"code": "internal", "message": "No.", "retryable": False}]
    async with connect(server.url, KEY) as parlour:
        with pytest.raises(ZeroDivisionError):
            async with parlour.join("lobby"):
                raise ZeroDivisionError


async def test_inner_join_block_left_by_an_exception_keeps_the_outer(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        with pytest.raises(ZeroDivisionError):
            async with parlour.join("lobby"):
                raise ZeroDivisionError
        assert (room.ended, server.seen["room:leave"]) == (None, 0)


async def test_room_released_and_entered_again_joins_anew(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        (await parlour.enter("lobby")).release()
        await server.write("lobby", "chat.message", {"text": "unheard"})
        room = await parlour.enter("lobby")
        await server.write("lobby", "chat.message", {"text": "heard"})
        assert await read(room, 1) == ["heard"]
    assert server.seen["room:join"] == 2


async def test_enter_as_player_joins_again_for_the_seat(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        await parlour.enter("lobby", as_="spectator")
        await parlour.enter("lobby", as_="player")
        await parlour.enter("lobby")
        server.refuse["room:join"] = [{"code": "forbidden", "message": "Full.", "retryable": False}]
        with pytest.raises(Forbidden):
            await parlour.enter("lobby", as_="spectator")
        await parlour.enter("lobby", as_="player")
    assert server.seen["room:join"] == 3


async def test_second_handle_resumes_from_a_position_of_its_own(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PAGE", 2)
    lobby = server.rooms["lobby"]
    for n in range(7):
        lobby.append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
    kept = Position(lobby.epoch, 3, lobby.entries[2]["hash"])
    async with connect(server.url, KEY) as parlour, parlour.join("lobby"), parlour.join("lobby", since=kept) as room:
        await server.write("lobby", "chat.message", {"text": "live"})
        assert await read(room, 6) == ["2", "3", "4", "5", "6", "live"]
        assert room.position == Position(lobby.epoch, 9, lobby.hash)


@pytest.mark.parametrize("kept", [Position("another", 3), Position("", 3, "0xother")])
async def test_second_handle_with_a_foreign_position_gets_log_reset(server: FakeServer, kept: Position) -> None:
    lobby = server.rooms["lobby"]
    for n in range(4):
        lobby.append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
    kept = Position(kept.epoch or lobby.epoch, kept.seq, kept.hash)
    async with connect(server.url, KEY) as parlour, parlour.join("lobby"), parlour.join("lobby", since=kept) as room:
        with pytest.raises(LogReset):
            await read(room, 1)
        await server.write("lobby", "chat.message", {"text": "live"})
        assert await read(room, 1) == ["live"]


async def test_wait_for_leaves_the_iteration_as_it_is(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        waiting = asyncio.create_task(room.wait_for("chat.message", lambda entry: entry.text == "two", timeout=5))
        await asyncio.sleep(0)
        await room.say("one")
        await room.say("two")
        assert (await waiting).seq == 3
        assert await read(room, 2) == ["one", "two"]
        with pytest.raises(TimeoutError):
            await room.wait_for("chat.message", timeout=0.01)


async def test_wait_for_in_a_room_that_closes_raises_closed(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        waiting = asyncio.create_task(room.wait_for("chat.message", timeout=5))
        await asyncio.sleep(0)
        await server.sio.emit("room:closed", {"room": "lobby", "reason": "over"}, room="lobby")
        with pytest.raises(Closed):
            await waiting


async def test_states_yield_the_newest_view_and_end_with_the_handle(server: FakeServer) -> None:
    server.room("table", "tic-tac-toe").state = {"turn": 0}
    async with connect(server.url, KEY) as parlour:
        room = await parlour.enter("table")
        states = room.states()
        assert await anext(states) == {"turn": 0}
        for turn in (1, 2):
            await server.sio.emit("state", {"room": "table", "seq": 1 + turn, "state": {"turn": turn}}, room="table")
        await until(lambda: room.state == {"turn": 2})
        assert await anext(states) == {"turn": 2}
        waiting = asyncio.create_task(anext(states, "over"))
        await asyncio.sleep(0)
        room.release()
        assert await asyncio.wait_for(waiting, 60) == "over"


async def test_listener_taken_off_hears_no_more(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        heard: list[str] = []
        off = room.on_entry(lambda entry: heard.append(entry.text))
        await room.say("one")
        await read(room, 1)
        off()
        off()
        await room.say("two")
        await read(room, 1)
        assert heard == ["one"]


async def test_announcements_of_operators_are_told_as_such_and_no_other_entry(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        heard: list[str] = []
        off = room.on_announcement(lambda news: heard.append(news["text"]))
        await room.say("one")
        await server.write("lobby", "room.announced", {"by": "0xA", "text": "Down at five"})
        await read(room, 2)
        off()
        await server.write("lobby", "room.announced", {"by": "0xA", "text": "Up again"})
        await read(room, 1)
        assert heard == ["Down at five"]


async def test_reader_behind_the_room_outlives_a_lost_connection(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PAGE", 3)
    lobby = server.rooms["lobby"]
    for n in range(9):
        lobby.append("chat.message", {"text": str(n)}, "0xA", f"a{n}")
    start = Position(lobby.epoch, 1, lobby.entries[0]["hash"])
    async with connect(server.url, KEY) as parlour, parlour.join("lobby"), parlour.join("lobby", since=start) as room:
        assert await read(room, 2) == ["0", "1"]
        server.cut()
        assert await read(room, 7) == ["2", "3", "4", "5", "6", "7", "8"]


async def test_wait_for_beyond_the_last_handle_lets_go_of_the_room(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        room = await parlour.enter("lobby")
        waiting = asyncio.create_task(room.wait_for("chat.message", timeout=5))
        await asyncio.sleep(0)
        room.release()
        await server.write("lobby", "chat.message", {"text": "gm"})
        assert (await waiting).text == "gm"
        await parlour.enter("lobby")
    assert server.seen["room:join"] == 2


async def test_room_that_ended_is_joined_anew(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        room = await parlour.enter("lobby")
        await server.sio.emit("room:removed", {"room": "lobby", "reason": "kicked"}, room="lobby")
        await until(lambda: room.ended == "kicked")
        assert (await parlour.enter("lobby")).ended is None
    assert server.seen["room:join"] == 2


async def test_released_room_is_joined_again_by_nothing(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        room = await parlour.enter("lobby")
        server.refuse["room:join"] = [{"code": "unavailable", "message": "Busy.", "retryable": True}] * 1_000
        server.cut()
        await until(lambda: server.seen["room:join"] == 2)
        room.release()
        await asyncio.sleep(0)
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "parlour room lobby"]
