"""What an author hands the Python client is called in one guarded place, and its tasks are watched."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour_client import Internal, Unauthorized
from parlour_client.listeners import Guard, Listeners
from tests.clients.fake_server import FakeServer
from tests.clients.kit import KEY, connect, read, until


async def signal(server: FakeServer, type: str) -> None:
    news = {"room": "lobby", "from": {"account": "0xA", "connection": "c"}, "type": type, "body": None}
    await server.sio.emit("signal", news, room="lobby")


async def test_async_def_given_to_on_signal_runs(server: FakeServer) -> None:
    heard: list[str] = []

    async def listener(news: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        heard.append(news["type"])

    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        room.on_signal(listener)
        await signal(server, "typing")
        await until(lambda: heard == ["typing"])


@pytest.mark.parametrize("hears", ["on_entry", "on_state", "on_presence", "on_read", "on_end", "on_notice"])
async def test_async_def_given_to_any_listener_runs(server: FakeServer, hears: str) -> None:
    server.rooms["lobby"].state = {"turn": 0}
    heard: list[Any] = []

    async def listener(news: Any) -> None:
        heard.append(news)

    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        getattr(parlour if hears == "on_notice" else room, hears)(listener)
        await server.sio.emit("read", {"room": "lobby", "account": "0xA", "seq": 1}, room="lobby")
        await server.sio.emit("notice", {"room": "lobby", "type": "mention"})
        await server.write("lobby", "chat.message", {"text": "gm"})
        await server.sio.emit("state", {"room": "lobby", "seq": 2, "state": {"turn": 1}}, room="lobby")
        presence = {"room": "lobby", "v": 2, "joined": ["0xB"], "left": [], "count": 2}
        await server.sio.emit("presence", presence, room="lobby")
        await server.sio.emit("room:closed", {"room": "lobby", "reason": "over"}, room="lobby")
        await until(lambda: heard)


async def test_async_listener_that_raises_is_told_to_an_async_hook(server: FakeServer) -> None:
    errors: list[str] = []

    async def hook(error: Exception) -> None:
        await asyncio.sleep(0)
        errors.append(str(error))

    async def fragile(_news: Any) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("on purpose")

    async with connect(server.url, KEY, on_error=hook) as parlour, parlour.join("lobby") as room:
        room.on_signal(fragile)
        await signal(server, "typing")
        await until(lambda: errors == ["on purpose"])


async def test_notice_handler_that_raises_does_not_silence_others(server: FakeServer) -> None:
    heard: list[str] = []

    def fragile(_notice: dict[str, Any]) -> None:
        raise RuntimeError("on purpose")

    async with connect(server.url, KEY, on_error=lambda error: heard.append(str(error))) as parlour:
        parlour.on_notice(fragile)
        parlour.on_notice(lambda notice: heard.append(notice["type"]))
        await server.sio.emit("notice", {"room": "lobby", "type": "mention"})
        await until(lambda: heard == ["on purpose", "mention"])


async def test_notices_end_with_the_reason_of_a_closed_connection(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        waiting = asyncio.create_task(anext(parlour.notices()))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await server.sio.emit("closing", {"reason": "revoked", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        with pytest.raises(Unauthorized, match="revoked"):
            await asyncio.wait_for(waiting, 60)
        with pytest.raises(Unauthorized):
            await anext(parlour.notices())


async def test_both_of_two_handles_on_one_room_hear(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        first, second = await parlour.enter("lobby"), await parlour.enter("lobby")
        heard: list[str] = []
        first.on_signal(lambda news: heard.append(f"first {news['type']}"))
        second.on_signal(lambda news: heard.append(f"second {news['type']}"))
        await first.say("gm")
        assert await read(first, 1) == await read(second, 1) == ["gm"]
        await signal(server, "typing")
        await until(lambda: heard == ["first typing", "second typing"])


async def test_task_that_follows_a_room_ends_it_when_it_fails(server: FakeServer) -> None:
    """The second join is answered by what no client can read: whoever waits for the room is told."""
    errors: list[str] = []
    hook = lambda error: errors.append(type(error).__name__)  # noqa: E731
    async with connect(server.url, KEY, on_error=hook) as parlour, parlour.join("lobby") as room:
        server.answers["room:join"] = [{"ok": True}]
        server.cut()
        with pytest.raises(Internal, match="could not be joined again"):
            await asyncio.wait_for(anext(room), 60)
        assert (room.ended, errors) == ("internal", ["KeyError"])


async def test_task_that_follows_a_list_ends_it_when_it_fails(server: FakeServer) -> None:
    errors: list[str] = []
    hook = lambda error: errors.append(type(error).__name__)  # noqa: E731
    async with connect(server.url, KEY, on_error=hook) as parlour, parlour.lobby() as lobby:
        await anext(lobby)
        server.answers["room:list"] = [{"ok": True}]
        server.cut()
        with pytest.raises(Internal, match="could not be asked for again"):
            await asyncio.wait_for(anext(lobby), 60)
        assert errors == ["KeyError"]


async def test_listener_still_running_is_cancelled_with_the_client(server: FakeServer) -> None:
    ended: list[str] = []

    async def slow(_news: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        room.on_entry(slow)
        await room.say("gm")
        await read(room, 1)
    assert ended == ["cancelled"]


async def test_async_error_hook_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def hook(_error: Exception) -> None:
        raise RuntimeError("the hook too")

    listeners = Listeners(Guard(hook))
    listeners.add(lambda _: 1 / 0)
    listeners.tell("news")
    await until(lambda: "the hook too" in caplog.text)
