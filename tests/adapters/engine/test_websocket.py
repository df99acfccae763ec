"""One WebSocket on a transport: pings, closes, and clients that break the protocol."""

import dataclasses
import logging
from collections.abc import Callable

import pytest

from tests.adapters.engine.lab import CALM, CLOSE, PING, PONG, Lab, RawSocket, running
from tests.adapters.engine.slow_client import stop_reading


@pytest.mark.parametrize("message", ["abc", "", "4", "0", "2", "2probe", "7", "4abc", b"", b"x"])
async def test_malformed_packet_closes_the_websocket_quietly(
    lab: Lab, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send(message)
        assert await socket.closed() == 1001
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_websocket_ping_is_answered(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.frame(PING, b"hello")
        assert await socket.message() == (PONG, b"hello")


async def test_close_packet_closes_the_websocket(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send("1")
        assert await socket.closed() == 1001
    assert await lab.handlers.until_gone() == ["transport close"]


async def test_close_frame_is_answered_with_its_code(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.frame(CLOSE, (1000).to_bytes(2, "big"))
        assert await socket.closed() == 1000
        assert await socket.reader.read() == b""
    assert await lab.handlers.until_gone() == ["transport close"]


async def test_message_over_the_largest_limit_closes_with_1009() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send("4" + "x" * CALM.frame_bytes)
        assert await socket.closed() == 1009


NASTY: dict[str, Callable[[RawSocket], object]] = {
    "an empty text": lambda socket: socket.send(""),
    "an empty binary": lambda socket: socket.send(b""),
    "a huge message": lambda socket: socket.writer.write(b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"mask"),
    "a huge control frame": lambda socket: socket.frame(9, b"x" * 126),
    "fragments without end": lambda socket: [socket.frame(0 if n else 2, b"x" * 9_999, final=False) for n in range(40)],
    "a fragment of nothing": lambda socket: socket.frame(0, b"x"),
    "a fragmented ping": lambda socket: socket.frame(9, b"x", final=False),
    "silence, as of a half-open connection": lambda socket: socket.writer.transport.pause_reading(),  # type: ignore[attr-defined]
    "a half-closed connection": lambda socket: socket.writer.write_eof(),
    "a connection reset": lambda socket: socket.writer.transport.abort(),
    "no JSON": lambda socket: socket.send("42[,]"),
}


@pytest.mark.parametrize("what", NASTY)
async def test_nasty_client_is_ended_with_one_log_line_at_most(what: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running() as lab, lab.client() as socket:
        NASTY[what](socket)
        await lab.handlers.until_empty()
        assert len(lab.handlers.gone) == 1
    lines = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert len(lines) <= 1, [record.getMessage() for record in lines]
    assert not any(record.exc_info for record in lines)


async def test_endless_fragments_close_with_1009() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.frame(2, b"", final=False)
        for _ in range(20_000):
            socket.frame(0, b"", final=False)
        for _ in range(100):
            socket.frame(0, b"x" * 4_000, final=False)
        assert await socket.closed() == 1009


async def test_attachment_of_256_kb_fits() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send('451-1["other",{"_placeholder":true,"num":0}]')
        socket.send(b"x" * 262_144)
        assert await socket.text() == '461-1[{"_placeholder":true,"num":0}]'
        assert await socket.message() == (2, b"x" * 262_144)


async def test_packet_that_announces_endless_attachments_ends_the_session() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send('459999999999-["message"]')
        await socket.closed()
        assert await lab.handlers.until_gone() == ["parse error"]


async def test_peer_that_never_finishes_closing_is_aborted() -> None:
    async with running(limits=dataclasses.replace(CALM, close_timeout=0.2)) as lab, lab.client() as socket:
        stop_reading(socket)
        lab.handlers.connected[0].close("draining", reconnect=True)
        await lab.handlers.until_empty()
