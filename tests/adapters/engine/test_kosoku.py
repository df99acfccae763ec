"""The Autobahn test cases for RFC 6455, run by kosoku against our WebSocket with an echo on it."""

import asyncio
from typing import cast

import kosoku
import pytest
from kosoku._kosoku import CaseResult

from parlour.adapters.engine import rfc6455
from parlour.adapters.engine.front import parse_head
from parlour.adapters.engine.rfc6455 import BINARY, TEXT, frame_bytes
from parlour.adapters.engine.upgrade import handshake_answer
from parlour.adapters.engine.websocket import WebSocket


class Echo(asyncio.Protocol):
    """Accepts our own handshake, then sends every message back."""

    bytes_in = 0

    def __init__(self) -> None:
        self._head = b""
        self.socket = WebSocket(self, limit=1 << 25, close_timeout=1.0, counter=self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            request = parse_head(head, "/", "")
            assert request is not None
            self._transport.write(handshake_answer(request))
            self.socket.adopt(self._transport)
            if rest:
                self.socket.data_received(rest)

    def received(self, message: str | bytes) -> None:
        opcode = TEXT if isinstance(message, str) else BINARY
        self.socket.write(frame_bytes(opcode, message.encode() if isinstance(message, str) else message))

    def pinged(self, pong: bytes) -> None:
        self.socket.write(pong)

    def writable(self, ready: bool) -> None: ...

    def lost(self, reason: str) -> None: ...


async def verdicts(cases: list[str]) -> list[CaseResult]:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        return await kosoku.run_fuzzingclient(f"ws://127.0.0.1:{port}", cases, concurrency=4)
    except kosoku.FailureError as error:
        return error.results
    finally:
        server.close()


def failures(results: list[CaseResult]) -> list[str]:
    bad = {"FAILED", "ERROR"}
    return [
        f"{result.case_id}: {result.behavior.value}, {result.behavior_close.value}"
        for result in results
        if result.behavior.value in bad or result.behavior_close.value in bad | {"WRONG CODE", "UNCLEAN"}
    ]


async def test_websocket_passes_every_autobahn_case_but_compression() -> None:
    results = await verdicts(["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"])
    assert len(results) == 301
    assert failures(results) == []


async def test_websocket_with_our_own_unmask_passes_autobahn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rfc6455, "unmask", rfc6455.unmask_slowly)
    results = await verdicts(["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"])  # all but the large ones
    assert len(results) == 247
    assert failures(results) == []
