"""The direct handshake: request heads, whole, in pieces, broken or missing."""

import asyncio
import contextlib

import pytest

from tests.adapters.engine.lab import (
    Lab,
    running,
)


async def test_other_request_reaches_the_application(lab: Lab) -> None:
    async with lab.polling() as poller:
        assert await poller.get(f"{lab.url}/hello") == (200, "hello")
        assert (await poller.get(f"{lab.url}/nothing"))[0] == 404


async def test_head_in_pieces_is_read_whole(lab: Lab) -> None:
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


async def test_connection_without_a_head_is_dropped() -> None:
    async with running() as lab:
        for said in (b"", b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
            writer.write(said)
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()
        assert len(lab.engine.fronts) == 0


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
async def test_head_that_is_not_plain_http_is_400(front: bool, version: str, more: str, status: int) -> None:
    async with running(front=front) as lab:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(HANDSHAKE.format(version=version, more=more).encode())
        assert int((await reader.readline()).split()[1]) == status
        writer.close()
