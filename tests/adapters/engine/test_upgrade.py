"""From polling to WebSocket, and WebSocket handshakes that are refused."""

import asyncio
import contextlib
import dataclasses

import pytest

from tests.adapters.engine.lab import (
    QUICK,
    TEXT,
    Lab,
    RawSocket,
    client_frame,
    running,
)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Sec-WebSocket-Version: 8\r\n", 426),
        ("Sec-WebSocket-Key: short\r\n", 400),
        ("Connection: keep-alive\r\n", 400),
    ],
)
async def test_websocket_handshake_without_its_headers_is_refused(lab: Lab, header: str, status: int) -> None:
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


async def upgraded(lab: Lab, sid: str, stack: contextlib.AsyncExitStack) -> RawSocket:
    socket = await stack.enter_async_context(lab.websocket(f"EIO=4&transport=websocket&sid={sid}"))
    socket.send("2probe")
    assert await socket.text() == "3probe"
    socket.send("5")
    return socket


async def test_upgrade_keeps_the_order_of_events(lab: Lab) -> None:
    async with lab.polling() as poller, contextlib.AsyncExitStack() as stack:
        await poller.post("40")
        await poller.get()
        poll = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        socket = await stack.enter_async_context(lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}"))
        socket.send("2probe")
        assert await socket.text() == "3probe"
        assert await poll == (200, "6")
        assert await poller.get() == (200, "6")  # a poll that comes during the probe is answered at once too
        lab.handlers.say(lab.handlers.connected[0], "while", "upgrading")
        socket.send("5")
        assert await socket.text() == '42["while","upgrading"]'
        socket.send('42["message","hi"]')
        assert await socket.text() == '42["message-back","hi"]'
        assert lab.handlers.connected[0].transport == "websocket"


async def test_poll_that_ends_with_the_upgrade_fetches_nothing(lab: Lab) -> None:
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


async def test_polling_after_the_upgrade_is_400(lab: Lab) -> None:
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


async def test_second_websocket_is_accepted_then_closed(lab: Lab) -> None:
    async with lab.polling() as poller, contextlib.AsyncExitStack() as stack:
        await poller.post("40")
        await poller.get()
        socket = await upgraded(lab, poller.sid, stack)
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as second:
            assert second.status == 101
            assert await second.closed() == 1000
        socket.send('42["message","still"]')
        assert await socket.text() == '42["message-back","still"]'


async def test_probe_with_another_packet_leaves_polling_alone(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        for said in ("5", "2", "4", b"x"):
            async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as socket:
                socket.send(said)
                assert await socket.closed() == 1002
        await poller.post('42["message","still"]')
        assert await poller.get() == (200, '42["message-back","still"]')


async def test_probe_that_never_comes_is_closed() -> None:
    limits = dataclasses.replace(QUICK, ping_interval=9.0, handshake_timeout=0.2)
    async with running(limits=limits) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}") as socket:
            await socket.closed()
        await poller.post('42["message","still"]')
        assert await poller.get() == (200, '42["message-back","still"]')
