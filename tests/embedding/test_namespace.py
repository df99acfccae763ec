"""Parlour in a namespace of a python-socketio server: order, limits and ends hold as far as docs/embedding.md says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from parlour import Parlour
from parlour.settings import SettingsError
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, post, refusal, said
from tests.e2e.stock import PythonClient, heard, until
from tests.embedding.kit import NAMESPACE, database, hosted

EACH = pytest.mark.parametrize("host", ["socketio", "socketio-asgi"])
POLLING = pytest.param("polling", 10, marks=pytest.mark.long)
"""python-engineio reads 16 packets of a body, and leaves a poll open for 45 s after its client said goodbye."""
Enter = Callable[..., Awaitable[PythonClient]]


@asynccontextmanager
async def entering(host: str, folder: Path, **settings: Any) -> AsyncIterator[Enter]:
    """Give a function that connects stock clients to the namespace."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(hosted(host, folder, **settings))
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def one(name: str, transport: str = "websocket") -> PythonClient:
            token = (await sign_in(http, url + "/rooms", wallet(name)))["token"]
            client = await stack.enter_async_context(PythonClient([transport], NAMESPACE))
            await client.connect(url, token)
            await until(lambda: heard(client, "welcome"))
            return client

        yield one


async def pipelined(client: PythonClient, requests: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """All requests are on their way before the first answer."""
    waiting: list[asyncio.Future[Any]] = []
    for event, data in requests:
        answer = asyncio.get_running_loop().create_future()
        waiting.append(answer)
        await client.socket.emit(event, data, callback=answer.set_result)
    return await asyncio.wait_for(asyncio.gather(*waiting), 60)


@EACH
@pytest.mark.parametrize(("transport", "count"), [("websocket", 200), POLLING])
async def test_stock_client_talks_in_the_namespace(tmp_path: Path, host: str, transport: str, count: int) -> None:
    async with entering(host, tmp_path) as enter:
        ann, ben = await enter("ann", transport), await enter("ben", transport)
        room = await made(ann)
        await done(ben, "room:join", room=room)
        acks = await pipelined(ann, [("room:post", post(room, "app.n", {"n": n})) for n in range(count)])
        assert [ack["seq"] for ack in acks] == list(range(2, 2 + count))
        await until(lambda: len(heard(ben, "entry", room)) == count)
        assert [entry["body"]["n"] for entry in heard(ben, "entry", room)] == list(range(count))
        page = await done(ann, "room:history", room=room, limit=1)
        assert page["entries"][0]["body"] == {"n": count - 1}, "a body that is encoded once"


async def test_no_entry_comes_before_the_ack_of_its_join(tmp_path: Path) -> None:
    async with entering("socketio", tmp_path) as enter:
        ann, ben = await enter("ann"), await enter("ben")
        room = await made(ann)
        for _ in range(10):
            ben.events.clear()
            posts = asyncio.ensure_future(pipelined(ann, [("room:post", post(room, "app.n", {}))] * 20))
            before: list[int] = []
            joined = asyncio.get_running_loop().create_future()

            def answered(ack: Any, joined: Any = joined, before: list[int] = before) -> None:
                before.extend(entry["seq"] for entry in heard(ben, "entry", room))
                joined.set_result(ack)

            await ben.socket.emit("room:join", {"room": room}, callback=answered)
            head = (await joined)["head"]
            assert before == [], "entries of a room that was not joined yet"
            await posts
            last = (await said(ann, room))["seq"]
            await until(lambda last=last: any(entry["seq"] == last for entry in heard(ben, "entry", room)))
            assert [entry["seq"] for entry in heard(ben, "entry", room)] == list(range(head + 1, last + 1))
            await done(ben, "room:leave", room=room)


@EACH
async def test_bad_input_is_answered_and_changes_nothing(tmp_path: Path, host: str) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"a": deep}
    async with entering(host, tmp_path) as enter:
        ann = await enter("ann")
        room = await made(ann)
        for value in (float("nan"), "\0", deep, "x" * 70_000, "\ud800"):
            refused = await ann.ask("room:post", post(room, "app.x", {"value": value}))
            assert refusal(refused)[0] in ("invalid", "too_large")
        assert refusal(await ann.ask(7, {}))[0] == "invalid"  # type: ignore[arg-type]  # stock clients can
        assert (await said(ann, room))["seq"] == 2


async def test_requests_beyond_256_open_ones_are_rate_limited(tmp_path: Path) -> None:
    async with entering("socketio", tmp_path, reads_burst=5000, reads_per_second=5000.0) as enter:
        ann = await enter("ann")
        room = await made(ann)
        acks = await pipelined(ann, [("room:history", {"room": room})] * 1500)
        late = [ack for ack in acks if not ack["ok"]]
        assert {refusal(ack)[0] for ack in late} == {"rate_limited"}
        assert all(ack["error"]["retryAfter"] > 0 for ack in late)
        await said(ann, room)


async def test_slow_reader_is_cut_and_the_others_go_on(tmp_path: Path) -> None:
    limits: dict[str, Any] = {
        "send_queue_bytes": 100_000,
        "volatile_bytes": 50_000,
        "posts_burst": 100_000,
        "room_posts_burst": 100_000,
    }
    async with entering("socketio", tmp_path, **limits) as enter:
        ann, ben = await enter("ann"), await enter("ben")
        room = await made(ann)
        await done(ben, "room:join", room=room)
        ben.socket.eio.ws._response.connection.transport.pause_reading()
        followers = 1
        while followers:
            await pipelined(ann, [("room:post", post(room, "app.x", {"x": "x" * 20_000})) for _ in range(20)])
            followers = (await done(ann, "room:presence", room=room))["count"]


@EACH
async def test_bad_token_is_refused_and_an_end_is_told(tmp_path: Path, host: str) -> None:
    async with hosted(host, tmp_path) as url, aiohttp.ClientSession() as http:
        async with PythonClient(["websocket"], NAMESPACE) as stranger:
            with pytest.raises(socketio.exceptions.ConnectionError):
                await stranger.connect(url, "nonsense")
            assert heard(stranger, "connect_error")[0]["data"]["code"] == "unauthorized"
        client = PythonClient(["websocket"], NAMESPACE)
        await client.connect(url, (await sign_in(http, url + "/rooms", wallet("ann")))["token"])
        await until(lambda: heard(client, "welcome"))
    if host == "socketio":
        await until(lambda: heard(client, "closing"))
    await client.close()


def test_namespace_that_is_taken_is_refused(tmp_path: Path) -> None:
    parlour = Parlour(url="http://localhost/rooms/", database_url=database(tmp_path))
    sio = socketio.AsyncServer(async_mode="asgi")
    parlour.namespace(sio, NAMESPACE)
    for name in (NAMESPACE, "parlour"):
        with pytest.raises(SettingsError, match="free namespace"):
            parlour.namespace(sio, name)
    own = type("OwnPacket", (socketio.packet.Packet,), {})
    with pytest.raises(SettingsError, match="serializer"):
        parlour.namespace(socketio.AsyncServer(async_mode="asgi", serializer=own), NAMESPACE)
