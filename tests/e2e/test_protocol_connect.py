"""docs/protocol.md sections 2 and 3, the frame of it: connecting, acks, limits, draining."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.settings import Settings
from parlour.testing.server import FASTER_THAN_PEOPLE, ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post, refusal, refused, said
from tests.e2e.stock import NodeClient, PythonClient, heard, until

LIMITS = {
    "matchesPerMinute": 30,
    "messageBytes": 65_536,
    "bodyBytes": 32_768,
    "postsPerSecond": 50,
    "postsBurst": 500,
    "signalsPerSecond": 100,
    "signalsBurst": 200,
    "roomPostsPerSecond": 2000,
    "roomPostsBurst": 10_000,
    "roomSignalsPerSecond": 5000,
    "roomSignalsBurst": 10_000,
    "joinsPerSecond": 20,
    "joinsBurst": 500,
    "readsPerSecond": 20,
    "readsBurst": 100,
    "lookupsPerSecond": 5,
    "lookupsBurst": 20,
    "searchesPerMinute": 6000,
    "changesPerMinute": 30,
    "roomsPerMinute": 60,
    "roomsBurst": 300,
    "directRoomsPerHour": 30,
    "invitationsPerHour": 10,
    "unknownRoomsPerMinute": 60,
    "unknownRoomsBurst": 120,
    "outstanding": 256,
    "sendQueueBytes": 1 << 20,
    "replayEntries": 1000,
    "replayBytes": 512 * 1024,
    "roomsOwned": 100,
    "signInsPerMinute": 60,
    "signInsBurst": 300,
    "watchesPerRoom": 16,
    "trackedPerRoom": 64,
    "tracksPerMinute": 10,
    "eventsPerSecond": 50,
    "updateBytes": 262_144,
    "fileBytes": 25 * 1024 * 1024,
    "filesOwned": 1 << 30,
    "avatarBytes": 512 * 1024,
    "uploadsPerMinute": 60,
    "uploadBytesPerHour": 209_715_200,
    "updateBytesPerSecond": 2_097_152,
    "reportsPerHour": 30,
    "profilesPerMinute": 10,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {
        name: str(Settings.model_fields[name.removeprefix("PARLOUR_").lower()].default) for name in FASTER_THAN_PEOPLE
    }
    env |= {"PARLOUR_GUESTS": "on", "PARLOUR_SEARCHES_PER_MINUTE": "6000"}
    async with ServerProcess(env=env) as server:
        yield server


async def token_of(server: ServerProcess, name: str) -> str:
    async with aiohttp.ClientSession() as http:
        token: str = (await sign_in(http, server.url, wallet(name)))["token"]
        return token


# ── connecting ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_first_event_is_welcome(enter: Enter, transports: list[str]) -> None:
    ann = await enter("ann", transports)
    await until(lambda: len(ann.events) >= 2)
    name, welcome = next((name, data) for name, data in ann.events if name != "connect")
    assert name == "welcome"
    told = {"protocol", "account", "address", "chainId", "server", "time", "limits"}
    assert welcome.keys() >= told
    assert (welcome["protocol"], welcome["chainId"]) == (1, 1)
    assert welcome["account"] == welcome["address"] == wallet("ann").address
    assert welcome["server"].keys() == {"name", "version"}
    assert abs(welcome["time"] - time.time() * 1000) < 5000
    assert welcome["limits"] == LIMITS


async def test_guest_is_welcomed_without_an_account(enter: Enter) -> None:
    guest = await enter(None)
    await until(lambda: heard(guest, "welcome"))
    welcome = heard(guest, "welcome")[0]
    assert (welcome["account"], welcome["address"], welcome["chainId"]) == ("", "", None)
    other = await enter(None)
    await until(lambda: heard(other, "welcome"))
    assert heard(other, "welcome")[0]["guest"] > welcome["guest"] > 0


@pytest.mark.parametrize("auth", [{"token": "nonsense"}, {"token": 7}, {"token": ""}, {"token": {"a": 1}}])
async def test_bad_token_is_a_connect_error_with_a_code(server: ServerProcess, auth: dict[str, Any]) -> None:
    client = PythonClient(["websocket"])
    with pytest.raises(Exception, match="onnect"):
        await client.socket.connect(server.url, auth=auth, transports=["websocket"], wait_timeout=60)
    [error] = heard(client, "connect_error")
    assert error["data"]["code"] == "unauthorized"
    assert error["data"]["message"]


async def test_stock_js_client_never_retries_a_bad_token(server: ServerProcess) -> None:
    async with NodeClient() as client:
        await client.connect(server.url, "nonsense")
        await asyncio.sleep(0.5)
        [error] = heard(client, "connect_error")
        assert error["data"]["code"] == "unauthorized"
        assert error["data"]["message"] == error["message"]


async def test_client_may_send_its_protocol(server: ServerProcess) -> None:
    token = await token_of(server, "ann")
    async with PythonClient(["websocket"]) as client:
        await client.socket.connect(server.url, auth={"token": token, "protocol": 1, "sdk": "x"})
        await until(lambda: heard(client, "welcome"))


# ── acks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "event", ["room:explode", "message", "welcome", "", "room:", "__proto__", "x" * 300, "ROOM:JOIN"]
)
async def test_unknown_event_is_answered_invalid(enter: Enter, event: str) -> None:
    ann = await enter("ann")
    assert (await refused(ann, event, room="x"))[0] == "invalid"


async def test_request_carries_one_object(enter: Enter) -> None:
    ann = await enter("ann")
    for event in ("room:create", "room:list", "room:join", "room:read", "room:watch", "match:find", "room:moderate"):
        for data in ("text", 7, [], [{}], True):
            assert refusal(await ann.ask(event, data))[0] == "invalid", (event, data)


async def test_ack_callback_may_be_left_out(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await ann.socket.emit("room:post", post(room, "chat.message", {"text": "no ack"}))
    await ann.socket.emit("room:post", post(room, "room.created", {}))
    await ann.socket.emit("no:such:request", {})
    await said(ann, room, "with one")
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert [e["body"].get("text") for e in entries] == [None, "no ack", "with one"]


async def test_unknown_keys_are_ignored(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann, colour="green")
    assert (await done(ann, "room:join", room=room, mood="good"))["head"] == 1
    assert (await done(ann, "room:post", **post(room, "app.x", {}), urgency=3))["seq"] == 2


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def pipelined(client: PythonClient, requests: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Everything is on its way before the first ack."""
    waiting: list[asyncio.Future[Any]] = []
    for event, data in requests:
        answer = asyncio.get_running_loop().create_future()
        waiting.append(answer)
        await client.socket.emit(event, data, callback=answer.set_result)
    return await asyncio.wait_for(asyncio.gather(*waiting), 60)


async def test_one_clients_posts_are_applied_in_the_order_sent(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await done(bea, "room:join", room=room)
    acks = []
    for begin in (0, 250):
        posts = [post(room, "chat.message", {"text": str(n)}, f"p{n}") for n in range(begin, begin + 250)]
        acks += await pipelined(ann, [("room:post", one) for one in posts])
    assert [ack["seq"] for ack in acks] == list(range(2, 502))
    await until(lambda: len(heard(bea, "entry", room)) == 500)
    assert [e["id"] for e in heard(bea, "entry", room)] == [f"p{n}" for n in range(500)]
    assert [e["seq"] for e in heard(bea, "entry", room)] == list(range(2, 502))


async def test_posts_beyond_the_burst_are_rate_limited_with_a_time_to_wait(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    acks: list[dict[str, Any]] = []
    for _ in range(4):
        acks += await pipelined(ann, [("room:post", post(room, "app.x", {})) for _ in range(200)])
    late = [ack for ack in acks if not ack["ok"]]
    assert 0 < len(late) <= 300
    for ack in late:
        assert refusal(ack)[0] == "rate_limited"
        assert ack["error"]["retryable"] is True
        assert 0 < ack["error"]["retryAfter"] < 60_000
    assert sum(ack["ok"] for ack in acks) >= 500
    await asyncio.sleep(max(ack["error"]["retryAfter"] for ack in late) / 1000 + 0.05)
    await done(ann, "room:post", **post(room, "app.x", {}))


async def test_more_than_256_outstanding_requests_are_rate_limited(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    acks = await pipelined(ann, [("room:search", {"room": room, "query": "x"}) for _ in range(600)])
    for ack in acks:
        assert ack["ok"] or refusal(ack)[0] == "rate_limited"
        assert ack["ok"] or ack["error"]["retryable"]
    assert sum(ack["ok"] for ack in acks) >= 256
    await done(ann, "room:search", room=room, query="x")


async def test_signal_too_many_is_rate_limited(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    signal = {"room": room, "type": "cursor", "body": {"x": 1}}
    acks = [ack for _ in range(3) for ack in await pipelined(ann, [("room:signal", signal)] * 200)]
    codes = {refusal(ack)[0] for ack in acks if not ack["ok"]}
    assert codes == {"rate_limited"}


# ── draining ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_at_a_restart_every_stock_client_hears_closing_and_comes_back() -> None:
    async with ServerProcess() as server:
        await _no_guests(server)
        token = await token_of(server, "ann")
        async with NodeClient() as node, PythonClient(["websocket"]) as python, PythonClient(["polling"]) as polling:
            clients = [node, python, polling]
            for client in clients:
                await client.connect(server.url, token)
                await until(lambda client=client: heard(client, "welcome"))
            room = await made(python)
            await said(python, room, "kept")
            assert await server.stop() == 0
            for client in (node, python):
                [closing] = heard(client, "closing")
                assert closing.keys() == {"reason", "reconnect", "retryAfter"}
                assert (closing["reason"], closing["reconnect"]) == ("draining", True)
                assert type(closing["retryAfter"]) is int
                assert closing["retryAfter"] >= 0
            assert heard(node, "disconnect")[0]["reason"] == "transport close"
            await server.start()
            for client in clients:
                await until(lambda client=client: len(heard(client, "welcome")) == 2)
            history = await done(node, "room:history", room=room)
            assert history["entries"][-1]["body"] == {"text": "kept"}


async def _no_guests(server: ServerProcess) -> None:
    """Guests come in only where the setting says so, on the socket and on HTTP."""
    client = PythonClient(["websocket"])
    with pytest.raises(Exception, match="onnect"):
        await client.connect(server.url, None)
    assert heard(client, "connect_error")[0]["data"]["code"] == "unauthorized"
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/rooms") as answer:
        assert answer.status == 401
