"""Every rule of the Engine.IO v4 protocol text, said with raw sockets: on the direct handshake, and through aiohttp."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from statistics import median

import aiohttp
import pytest

from tests.adapters.engine.lab import CLOSE, PING, PONG, QUICK, TEXT, Lab, RawSocket, client_frame, running
from tests.bounds import engine_limits


@pytest.fixture(params=["front", "aiohttp"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    async with running(front=request.param == "front") as lab:
        yield lab


# --- handshake


async def test_a_polling_handshake_opens_a_session(lab: Lab) -> None:
    url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        body = await response.text()
    assert body[0] == "0"
    opened = json.loads(body[1:])
    assert opened == {
        "sid": opened["sid"],
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": QUICK.body_bytes,
    }
    assert len(opened["sid"]) == 20


async def test_a_websocket_handshake_opens_a_session(lab: Lab) -> None:
    async with lab.websocket() as socket:
        assert socket.status == 101
        assert b"sec-websocket-extensions" not in socket.head.lower()
        opened = json.loads((await socket.text())[1:])
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 300, 200)


async def test_intervals_are_announced_exactly_in_milliseconds() -> None:
    async with running(limits=engine_limits()) as lab, lab.websocket() as socket:
        opened = json.loads((await socket.text())[1:])
        assert (opened["pingInterval"], opened["pingTimeout"]) == (25_000, 20_000)


async def test_compression_is_not_agreed_to(lab: Lab) -> None:
    async with lab.websocket(headers="Sec-WebSocket-Extensions: permessage-deflate\r\n") as socket:
        assert socket.status == 101
        assert b"extensions" not in socket.head.lower()


BAD_QUERIES = [
    ("transport=polling", 5),
    ("EIO=abc&transport=polling", 5),
    ("EIO=3&transport=polling", 5),
    ("EIO=4", 0),
    ("EIO=4&transport=abc", 0),
    ("EIO=4&transport=constructor", 0),
    ("EIO=4&transport=polling&sid=unknown", 1),
    ("EIO=4&transport=polling&j=0", 3),
]


@pytest.mark.parametrize(("query", "code"), BAD_QUERIES)
async def test_a_bad_query_is_400_on_polling(lab: Lab, query: str, code: int) -> None:
    async with lab.polling() as poller:
        status, body = await poller.get(f"{lab.url}/socket.io/?{query}")
    answer = json.loads(body)
    assert (status, answer["code"]) == (400, code)
    assert answer["error"]["code"] == "invalid"


@pytest.mark.parametrize(("query", "code"), BAD_QUERIES)
async def test_a_bad_query_is_400_on_websocket(lab: Lab, query: str, code: int) -> None:
    async with lab.websocket(query.replace("polling", "websocket")) as socket:
        assert socket.status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_handshake_by_another_method_is_400(lab: Lab, method: str) -> None:
    async with lab.polling() as poller:
        async with poller.http.request(method, f"{lab.url}/socket.io/?EIO=4&transport=polling") as response:
            assert response.status == 400
            assert (await response.json())["code"] == 2
        if method != "POST":
            async with poller.http.request(method, poller.url) as response:
                assert response.status == 400


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Sec-WebSocket-Version: 8\r\n", 426),
        ("Sec-WebSocket-Key: short\r\n", 400),
        ("Connection: keep-alive\r\n", 400),
    ],
)
async def test_a_broken_websocket_handshake_is_refused(lab: Lab, header: str, status: int) -> None:
    name = header.split(":")[0]
    lines = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    lines[name] = header.partition(": ")[2].strip()
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    head = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
    writer.write(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{head}\r\n".encode())
    assert int((await reader.readline()).split()[1]) == status
    writer.close()


# --- messages


async def test_a_post_answers_ok_and_a_poll_fetches(lab: Lab) -> None:
    async with lab.polling() as poller:
        assert await poller.post("40") == (200, "ok")
        status, body = await poller.get()
        assert status == 200
        assert body.startswith("40{")
        assert body.split("\x1e")[1] == '42["auth",{}]'
        assert await poller.post('42["message","one"]\x1e42["message","two"]') == (200, "ok")
        assert await poller.get() == (200, '42["message-back","one"]\x1e42["message-back","two"]')


async def test_binary_travels_as_base64_on_polling(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        assert (await poller.post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQIDBA=='))[0] == 200
        status, body = await poller.get()
    assert (status, body) == (200, '451-["message-back",{"_placeholder":true,"num":0}]\x1ebAQIDBA==')
    assert lab.handlers.events == [("message", [b"\x01\x02\x03\x04"])]


@pytest.mark.parametrize("body", ["abc", "", "4", "0", "2", "5", "b!!!", "40\x1eabc", "4\x1e", b"\xff"])
async def test_a_malformed_payload_is_400_and_ends_the_session(lab: Lab, body: str | bytes) -> None:
    async with lab.polling() as poller:
        status, _ = await poller.post(body)
        assert status == 400
        assert (await poller.get())[0] == 400


@pytest.mark.parametrize("message", ["abc", "", "4", "0", "2", "2probe", "7", "4abc", b"", b"x"])
async def test_a_malformed_packet_closes_the_websocket_quietly(
    lab: Lab, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send(message)
        assert await socket.closed() == 1001
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_second_poll_is_400_and_ends_the_session(lab: Lab) -> None:
    async with lab.polling() as poller:
        first = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        assert (await poller.get())[0] == 400
        assert await first == (200, "1")
        assert (await poller.get())[0] == 400


async def test_a_second_post_is_400_and_ends_the_session(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.polling() as poller:
        first = asyncio.ensure_future(poller.post('40\x1e42["message","x"]'))
        await asyncio.sleep(0.05)
        assert (await poller.post('42["message","y"]'))[0] == 400
        lab.handlers.gate.set()
        assert (await first)[0] == 400
        assert (await poller.get())[0] in (200, 400)
    assert lab.handlers.events == []


async def test_a_cancelled_poll_ends_the_session(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(poller.get(), 0.1)
        assert await lab.handlers.until_gone() == ["transport close"], "with the next packet, which nobody fetches"
        assert (await poller.get())[0] == 400


# --- heartbeat


async def test_pings_come_at_the_interval_on_websocket(lab: Lab) -> None:
    loop = asyncio.get_running_loop()
    async with lab.client() as socket:
        pings = [loop.time()]
        for _ in range(3):
            assert await socket.message() == (TEXT, "2")
            pings.append(loop.time())
            socket.send("3")
    # A machine that stands still makes one gap long and the next one short.
    assert 0.25 < median(after - before for before, after in pairwise(pings)) < 0.45


async def test_pings_come_on_polling(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        for _ in range(3):
            assert await poller.get() == (200, "2")
            assert await poller.post("3") == (200, "ok")


async def test_a_silent_websocket_is_closed(lab: Lab) -> None:
    async with lab.client() as socket:
        started = asyncio.get_running_loop().time()
        await socket.closed()
        assert 0.4 < asyncio.get_running_loop().time() - started < 3
    assert await lab.handlers.until_gone() == ["ping timeout"]


async def test_a_silent_poller_is_gone(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        assert await lab.handlers.until_gone() == ["ping timeout"]
        await asyncio.sleep(QUICK.close_timeout + 0.1)
        assert (await poller.get())[0] == 400
    assert lab.engine.sessions == {}


async def test_unasked_pongs_do_not_multiply_pings(lab: Lab) -> None:
    async with lab.client() as socket:
        for _ in range(20):
            socket.send("3")
        await asyncio.sleep(0.2)
        socket.send("3")
        assert await socket.message(0.2) == (TEXT, "2"), "nor put them off"
        socket.send("3")
        with pytest.raises(TimeoutError):
            await socket.message(0.2)


async def test_a_websocket_ping_is_answered(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.frame(PING, b"hello")
        assert await socket.message() == (PONG, b"hello")


# --- close


async def test_a_polling_client_can_close(lab: Lab) -> None:
    async with lab.polling() as poller:
        poll = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        assert await poller.post("1") == (200, "ok")
        assert await poll == (200, "6")
        assert (await poller.get())[0] == 400


async def test_a_websocket_client_can_close(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send("1")
        assert await socket.closed() == 1001
    assert await lab.handlers.until_gone() == ["transport close"]


async def test_the_closing_handshake_is_answered(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.frame(CLOSE, (1000).to_bytes(2, "big"))
        assert await socket.closed() == 1000
        assert await socket.reader.read() == b""
    assert await lab.handlers.until_gone() == ["transport close"]


# --- upgrade


async def upgraded(lab: Lab, sid: str, stack: contextlib.AsyncExitStack) -> RawSocket:
    socket = await stack.enter_async_context(lab.websocket(f"EIO=4&transport=websocket&sid={sid}"))
    socket.send("2probe")
    assert await socket.text() == "3probe"
    socket.send("5")
    return socket


async def test_polling_upgrades_to_websocket_in_order(lab: Lab) -> None:
    async with lab.polling() as poller, contextlib.AsyncExitStack() as stack:
        await poller.post("40")
        await poller.get()
        poll = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        socket = await stack.enter_async_context(lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}"))
        socket.send("2probe")
        assert await socket.text() == "3probe"
        assert await poll == (200, "6")
        assert await poller.get() == (200, "6")  # a poll opened while the probe is on is released too
        lab.handlers.say(lab.handlers.connected[0], "while", "upgrading")
        socket.send("5")
        assert await socket.text() == '42["while","upgrading"]'
        socket.send('42["message","hi"]')
        assert await socket.text() == '42["message-back","hi"]'
        assert lab.handlers.connected[0].transport == "websocket"


async def test_a_poll_that_ends_with_the_upgrade_takes_nothing_that_belongs_to_the_websocket(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        poll = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as socket:
            frames = ("2probe", "5", '42["message","at once"]')
            socket.writer.write(b"".join(client_frame(TEXT, frame.encode()) for frame in frames))
            assert await poll == (200, "6")
            assert [await socket.text(), await socket.text()] == ["3probe", '42["message-back","at once"]']


async def test_http_requests_after_the_upgrade_are_400(lab: Lab) -> None:
    async with lab.polling() as poller, contextlib.AsyncExitStack() as stack:
        await poller.post("40")
        await poller.get()
        socket = await upgraded(lab, poller.sid, stack)
        socket.send('42["message","a"]')
        assert await socket.text() == '42["message-back","a"]'
        assert (await poller.get())[0] == 400
        assert (await poller.post('42["message","b"]'))[0] == 400
        socket.send('42["message","c"]')
        assert await socket.text() == '42["message-back","c"]'


async def test_a_second_websocket_is_accepted_then_closed(lab: Lab) -> None:
    async with lab.polling() as poller, contextlib.AsyncExitStack() as stack:
        await poller.post("40")
        await poller.get()
        socket = await upgraded(lab, poller.sid, stack)
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as second:
            assert second.status == 101
            assert await second.closed() == 1000
        socket.send('42["message","still"]')
        assert await socket.text() == '42["message-back","still"]'


async def test_a_probe_that_says_something_else_leaves_polling_alone(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        for said in ("5", "2", "4", b"x"):
            async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as socket:
                socket.send(said)
                assert await socket.closed() == 1002
        await poller.post('42["message","still"]')
        assert await poller.get() == (200, '42["message-back","still"]')


async def test_a_probe_that_never_comes_is_closed() -> None:
    limits = dataclasses.replace(QUICK, ping_interval=9.0, handshake_timeout=0.2)
    async with running(limits=limits) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as socket:
            await socket.closed()
        await poller.post('42["message","still"]')
        assert await poller.get() == (200, '42["message-back","still"]')


# --- the door


async def test_other_requests_reach_the_application(lab: Lab) -> None:
    async with lab.polling() as poller:
        assert await poller.get(f"{lab.url}/hello") == (200, "hello")
        assert (await poller.get(f"{lab.url}/nothing"))[0] == 404


async def test_a_request_in_pieces_is_read_whole(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    head = (
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n"
    )
    for at in range(0, len(head), 7):
        writer.write(head[at : at + 7])
        await writer.drain()
        await asyncio.sleep(0.001)
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_connection_that_says_nothing_is_dropped() -> None:
    async with running() as lab:
        for said in (b"", b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
            writer.write(said)
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 3) == b""
            writer.close()
        assert len(lab.engine.fronts) == 0


@pytest.mark.parametrize("front", [True, False])
async def test_a_websocket_for_the_polling_transport_is_400(front: bool) -> None:
    async with running(front=front) as lab, lab.websocket("EIO=4&transport=polling") as socket:
        assert socket.status == 400
        assert lab.engine.sessions == {}


HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket {version}\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


@pytest.mark.parametrize(
    ("version", "more", "status"),
    [
        ("HTTP/1.1", "", 101),
        ("HTTP/1.0", "", 400),
        ("HTTP/1.1", "X: a\0b\r\n", 400),
        ("HTTP/1.1", "X: a\nHost: evil\r\n", 400),
        ("HTTP/1.1", "X: a\r\n folded\r\n", 400),
        ("HTTP/1.1", "Host: y\r\n", 400),
        ("HTTP/1.1", "Content-Length: 0\r\n", 101),
        ("HTTP/1.1", "Content-Length: 5\r\n", 400),
        ("HTTP/1.1", "Transfer-Encoding: chunked\r\n", 400),
        ("HTTP/1.1", f"X: {'a' * 20_000}\r\n", 400),
        ("HTTP/1.1", "X: y\r\n" * 2_000, 400),
    ],
)
@pytest.mark.parametrize("front", [True, False])
async def test_a_head_that_is_not_plain_http_is_400(front: bool, version: str, more: str, status: int) -> None:
    async with running(front=front) as lab:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(HANDSHAKE.format(version=version, more=more).encode())
        assert int((await reader.readline()).split()[1]) == status
        writer.close()
