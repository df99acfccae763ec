"""The rooms a bot is in: it comes back after a ban, and its patterns see every room of the list."""

from __future__ import annotations

import asyncio

import pytest

from parlour_client import Bot, Context, NotFound, Retry, Unauthorized
from parlour_client.bot import attendance
from tests.clients.fake_server import FakeServer
from tests.clients.kit import until
from tests.clients.test_python_bot import BOT_KEY, said, serving

BANNED = {"code": "forbidden", "reason": "banned", "message": "Banned.", "retryable": False}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "COME_BACK", Retry(first=0.02, longest=0.05))
    monkeypatch.setattr(attendance, "LOOK_AROUND_S", 0.05)


def greeter(server: FakeServer) -> Bot:
    bot = Bot(server.url, BOT_KEY)

    @bot.on("chat.message")
    async def greet(ctx: Context) -> None:
        await ctx.reply(f"heard {ctx.text}")

    return bot


@pytest.mark.parametrize("reason", ["banned", "kicked", "gate"])
@pytest.mark.parametrize("served", ["lobby", "lob*"])
async def test_bot_comes_back_by_itself_after_a_lifted_ban(server: FakeServer, served: str, reason: str) -> None:
    async with serving(greeter(server), server, served):
        server.refuse["room:join"] = [dict(BANNED), dict(BANNED)]
        await server.sio.emit("room:removed", {"room": "lobby", "reason": reason}, room="lobby")
        await until(lambda: server.seen["room:join"] == 4)
        await asyncio.sleep(0.05)
        await server.write("lobby", "chat.message", {"text": "gm"}, "0xA")
        await until(lambda: said(server) == ["gm", "heard gm"])


async def test_bot_banned_at_its_start_serves_its_other_rooms(server: FakeServer) -> None:
    server.room("hall")
    server.refuse["room:join"] = [dict(BANNED)]
    async with serving(greeter(server), server, "lobby", "hall"):
        await server.write("hall", "chat.message", {"text": "gm"}, "0xA")
        await until(lambda: said(server, "hall") == ["gm", "heard gm"])
        await until(lambda: server.seen["room:join"] == 3)


@pytest.mark.parametrize("end", ["closed", "left"])
async def test_room_that_is_over_for_good_is_not_joined_again(server: FakeServer, end: str) -> None:
    bot = Bot(server.url, BOT_KEY)

    @bot.on("chat.message")
    async def leave(ctx: Context) -> None:
        await ctx.room.leave()

    async with serving(bot, server, "lob*"):
        if end == "closed":
            await server.sio.emit("room:closed", {"room": "lobby", "reason": "over"}, room="lobby")
        else:
            await server.write("lobby", "chat.message", {"text": "go"}, "0xA")
            await until(lambda: server.seen["room:leave"] == 1)
        looks = server.seen["room:list"]
        await until(lambda: server.seen["room:list"] >= looks + 3)
    assert server.seen["room:join"] == 1


async def test_pattern_sees_more_than_the_newest_hundred_rooms(server: FakeServer) -> None:
    for number in range(250):
        server.room(f"hall-{number}")
    server.room("table-old", "chess")
    async with serving(greeter(server), server, "table-*"):
        await server.write("table-old", "chat.message", {"text": "gm"}, "0xA")
        await until(lambda: said(server, "table-old") == ["gm", "heard gm"])
        pages = server.seen["room:list"]
        assert pages >= 3
        await until(lambda: server.seen["room:list"] >= pages + 2)
        looks = server.listed[pages:]
        assert [asked.get("cursor") for asked in looks] == [None] * len(looks), "later looks read the newest page alone"


async def test_room_that_refuses_is_tried_again_with_the_whole_list(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern may match many rooms behind a gate: each look would ask for all of them."""
    monkeypatch.setattr(attendance, "LOOKS_PER_WHOLE_LIST", 4)
    server.room("table-gated")
    server.refuse["room:join"] = [dict(BANNED)]
    async with serving(greeter(server), server, "table-*"):
        await until(lambda: server.seen["room:join"] == 2)
        assert server.seen["room:list"] >= 5


async def test_bot_that_may_not_start_leaves_no_task(server: FakeServer) -> None:
    with pytest.raises(NotFound):
        await greeter(server).serve(["lobby", "nowhere"])
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("bot")]


async def test_room_made_later_is_found_by_its_pattern(server: FakeServer) -> None:
    async with serving(greeter(server), server, "*"):
        server.room("table-new")
        await until(lambda: server.seen["room:join"] == 2)


async def test_bot_ends_with_the_reason_when_its_session_is_revoked(server: FakeServer) -> None:
    task = asyncio.create_task(greeter(server).serve(["lobby"]))
    await until(lambda: server.seen["room:join"] == 1)
    await server.sio.emit("closing", {"reason": "revoked", "reconnect": False})
    await asyncio.sleep(0.05)
    server.cut()
    with pytest.raises(Unauthorized, match="revoked"):
        await asyncio.wait_for(task, 60)
