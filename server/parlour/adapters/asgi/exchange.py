"""One HTTP exchange of an ASGI server, answered by an aiohttp server ("HTTP" in ASGI's HTTP spec)."""

from __future__ import annotations

import asyncio
from typing import cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from parlour.adapters.asgi.messages import Message, Receive, Scope, Send, headers_of

CHUNK_BYTES = 65_536
"""Bytes of a body that are read ahead of whoever reads it."""
OF_THE_HOST = frozenset({"connection", "date", "server", "transfer-encoding"})
"""Headers that the host sends itself, or that concern its connection alone (RFC 9110 §7.6.1)."""


async def answer(server: web.Server, target: URL, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request as if it had come to a socket of the server.

    Args:
        target: path and query that the server sees.
    """
    connection = _Connection(scope, receive)
    headers = CIMultiDictProxy(CIMultiDict(headers_of(scope)))
    message = RawRequestMessage(
        scope["method"], str(target), HttpVersion11, headers, (), False, None, False, False, target
    )
    task = cast("asyncio.Task[None]", asyncio.current_task())
    request = server.request_factory(message, connection.body, connection, _Answer(send), task)  # type: ignore[arg-type]
    reading = asyncio.ensure_future(connection.read())
    try:
        try:
            response = await server.request_handler(request)
        except web.HTTPException as error:
            response = error
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        pass  # the client is gone, and nobody is there to be told
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


class _Connection(BaseProtocol):
    """Stands for aiohttp's connection: it reads the body no faster than the handler, and notices that a client goes.

    Attributes:
        body: of the request, read by the handler.
        peername: address and port of the client, or None.
    """

    ssl_context = sockname = None

    def __init__(self, scope: Scope, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop)
        client = scope.get("client")
        self.peername = tuple(client) if client else None
        self.body = StreamReader(self, CHUNK_BYTES, loop=loop)
        self.transport = _Presence()
        self._receive = receive
        self._wanted = asyncio.Event()
        self._wanted.set()

    async def read(self) -> None:
        """Read the body, then wait for the client to go."""
        while (message := await self._receive())["type"] == "http.request":
            if chunk := message.get("body"):
                self.body.feed_data(chunk)
            if not message.get("more_body"):
                self.body.feed_eof()
            await self._wanted.wait()
        cast(_Presence, self.transport).close()
        if not self.body.is_eof():
            self.body.set_exception(ConnectionResetError("The client is gone."))

    def pause_reading(self) -> None:
        """Read no more of the body: enough of it waits for the handler."""
        self._reading_paused = True
        self._wanted.clear()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Read on."""
        self._reading_paused = False
        self._wanted.set()


class _Presence(asyncio.Transport):
    """Says whether the client is still there."""

    def __init__(self) -> None:
        super().__init__()
        self._gone = False

    def is_closing(self) -> bool:
        return self._gone

    def close(self) -> None:
        self._gone = True

    def abort(self) -> None:
        self._gone = True


class _Answer(AbstractStreamWriter):
    """Sends what aiohttp writes as ASGI's messages; raises ConnectionResetError once the client is gone."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write_headers(self, status_line: str, headers: CIMultiDict[str]) -> None:
        """Send the head of the answer."""
        sent = [(n.lower().encode(), v.encode()) for n, v in headers.items() if n.lower() not in OF_THE_HOST]
        status = int(status_line.split(" ", 2)[1])
        await self._pass({"type": "http.response.start", "status": status, "headers": sent})

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Send a part of the body."""
        self.output_size += len(chunk)
        await self._pass({"type": "http.response.body", "body": bytes(chunk), "more_body": True})

    async def write_eof(self, chunk: bytes = b"") -> None:
        """Send the last part of the body."""
        self.output_size += len(chunk)
        await self._pass({"type": "http.response.body", "body": bytes(chunk)})

    async def _pass(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError as error:  # what ASGI servers raise for a client that is gone
            raise ConnectionResetError("The client is gone.") from error

    async def drain(self) -> None:
        """Do nothing: each message was taken by the host before `write` returned."""

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None:
        """Refuse: no answer here is compressed on its way."""
        raise NotImplementedError

    def enable_chunking(self) -> None:
        """Do nothing: how a body is framed is the host's."""
