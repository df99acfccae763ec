"""Run a real engine on a loopback port, and talk to it with clients that send raw bytes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from parlour.adapters.engine import Ack, ConnectRefused, Engine, EngineConnection, write_to_all
from parlour.adapters.engine.rfc6455 import unmask_slowly
from tests.bounds import engine_limits
from tests.missing import missing

REPOSITORY = Path(__file__).parents[3]
QUICK = engine_limits(
    ping_interval=0.3, ping_timeout=0.2, connect_timeout=1.0, close_timeout=0.5, handshake_timeout=0.5
)
CALM = engine_limits(close_timeout=0.5)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class EchoHandlers:
    """Does what the protocol's test suites ask of a server, and records every call."""

    def __init__(self) -> None:
        self.engine: Engine
        self.connected: list[EngineConnection] = []
        self.events: list[tuple[str, list[Any]]] = []
        self.gone: list[tuple[EngineConnection, str]] = []
        self.rooms: dict[str, set[EngineConnection]] = {}
        self.gate: asyncio.Event | None = None

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if auth == {"token": "bad"}:
            raise ConnectRefused({"code": "unauthorized", "message": "Sign in first."})
        if auth == {"token": "broken"}:
            raise RuntimeError("the handler is broken")
        self.connected.append(connection)
        connection.data = set()
        self.say(connection, "auth", auth or {})

    def say(self, connection: EngineConnection, event: str, data: Any, **options: Any) -> None:
        connection.write(self.engine.frame(event, data, connection.namespace), **options)

    def event(self, connection: EngineConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        self.events.append((name, args))
        if name == "message":
            self.say(connection, "message-back", args[0] if len(args) == 1 else args)
        elif name == "join":
            self.rooms.setdefault(args[0], set()).add(connection)
            connection.data.add(args[0])
        elif name == "msg":
            frame = self.engine.frame("msg", args[0])
            write_to_all(self.rooms[args[0]["r"]], frame)
        elif name == "drop":
            connection.close("draining", reconnect=True, retry_after=100)
        elif name == "out":
            connection.close("revoked", reconnect=False)
        elif name == "raise":
            raise RuntimeError("the handler is broken")
        elif name == "beyond" and ack is not None:
            ack("x" * args[0], beyond=True)
            return
        if ack is not None and name != "never":
            ack(args[0] if args else None)

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        self.gone.append((connection, reason))
        for room in connection.data:
            self.rooms[room].discard(connection)

    async def until_empty(self) -> None:
        """Wait until the engine has no session, five seconds at most."""
        async with asyncio.timeout(60):
            while self.engine.sessions:
                await asyncio.sleep(0.005)

    async def until_gone(self, count: int = 1) -> list[str]:
        """Wait until that many connections have ended; return their reasons."""
        async with asyncio.timeout(60):
            while len(self.gone) < count:
                await asyncio.sleep(0.005)
        return [reason for _, reason in self.gone]


class Lab:
    """A running engine, its handlers, and clients for it."""

    def __init__(self, engine: Engine, handlers: EchoHandlers, port: int, tls: bool, http: web.Server[Any]) -> None:
        self.engine = engine
        self.http = http
        self.handlers = handlers
        self.port = port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"

    @asynccontextmanager
    async def websocket(
        self, query: str = "EIO=4&transport=websocket", *, greeted: bool = False, **options: Any
    ) -> AsyncIterator[RawSocket]:
        """Open a raw WebSocket; with `greeted`, read Engine.IO's OPEN packet."""
        socket = await RawSocket.connect(self.port, f"/socket.io/?{query}", **options)
        try:
            if greeted:
                assert (await socket.text())[0] == "0"
            yield socket
        finally:
            socket.writer.close()

    @asynccontextmanager
    async def client(self, auth: str = "", **options: Any) -> AsyncIterator[RawSocket]:
        """Open a raw WebSocket, connect it to the default namespace, and read the answers."""
        async with self.websocket(greeted=True, **options) as socket:
            socket.send("40" + auth)
            assert (await socket.text()).startswith("40{")
            assert (await socket.text()).startswith('42["auth"')
            yield socket

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[Poller]:
        async with aiohttp.ClientSession() as http:
            poller = Poller(http, f"{self.url}/socket.io/?EIO=4&transport=polling")
            status, body = await poller.get()
            assert status == 200
            poller.sid = json.loads(body[1:])["sid"]
            poller.url += f"&sid={poller.sid}"
            yield poller


class Poller:
    """A polling client that sends exactly what it is told to."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.sid = ""

    async def get(self, url: str = "") -> tuple[int, str]:
        async with self.http.get(url or self.url) as response:
            return response.status, await response.text()

    async def post(self, body: Any, **options: Any) -> tuple[int, str]:
        async with self.http.post(self.url, data=body, **options) as response:
            return response.status, await response.text()


class RawSocket:
    """A WebSocket client that sends exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.head = b""

    @classmethod
    async def connect(
        cls, port: int, target: str, *, headers: str = "", tls: ssl.SSLContext | None = None, source: str = "127.0.0.1"
    ) -> RawSocket:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None, local_addr=(source, 0)
        )
        socket = cls(reader, writer)
        host = "" if headers.startswith("Host:") else f"Host: 127.0.0.1:{port}\r\n"
        key = b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {target} HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
        )
        socket.head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        socket.status = int(socket.head.split()[1])
        return socket

    def send(self, message: str | bytes, *, opcode: int | None = None, final: bool = True) -> None:
        data = message.encode() if isinstance(message, str) else message
        self.frame(opcode if opcode is not None else TEXT if isinstance(message, str) else BINARY, data, final=final)

    def frame(self, opcode: int, payload: bytes, *, final: bool = True) -> None:
        """Send one masked frame, unless the transport is closing."""
        if not self.writer.transport.is_closing():  # uvloop raises where asyncio would not
            self.writer.write(client_frame(opcode, payload, final=final))

    async def message(self, timeout: float = 60) -> tuple[int, str | bytes]:
        """Return the next message; (CLOSE, b"") where the transport ended instead."""
        async with asyncio.timeout(timeout):
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
                payload = await self.reader.readexactly(size)
            except (ConnectionError, asyncio.IncompleteReadError):
                return CLOSE, b""
        assert first & 0xF0 == 0x80, "the server neither fragments nor sets reserved bits"
        assert not second & 0x80, "the server does not mask"
        opcode = first & 0x0F
        return opcode, payload.decode() if opcode == TEXT else payload

    async def text(self, timeout: float = 60) -> str:
        """Return the next text message that is not a ping; pings are answered."""
        while True:
            opcode, payload = await self.message(timeout)
            assert opcode == TEXT, f"{opcode} {payload!r} where text was due"
            if payload != "2":
                assert isinstance(payload, str)
                return payload
            self.send("3")

    async def closed(self, timeout: float = 60) -> int:
        """Skip messages until the server has closed; return the close code, or 0 without a close frame."""
        while True:
            opcode, payload = await self.message(timeout)
            if opcode == CLOSE:
                assert isinstance(payload, bytes)
                return int.from_bytes(payload[:2], "big")


def client_frame(opcode: int, payload: bytes, *, final: bool = True, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    size = len(payload)
    head = bytes((0x80 * final | opcode,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 65_536:
        head += b"\xfe" + size.to_bytes(2, "big")
    else:
        head += b"\xff" + size.to_bytes(8, "big")
    data = bytearray(payload)
    unmask_slowly(mask, data)
    return head + mask + data


@asynccontextmanager
async def running(
    handlers: EchoHandlers | None = None,
    *,
    front: bool = True,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Lab]:
    """Run an engine on an ephemeral port; without `front` every request goes through aiohttp."""
    handlers = handlers or EchoHandlers()
    options.setdefault("limits", QUICK)
    engine = Engine({"/": handlers, "/custom": handlers}, **options)
    handlers.engine = engine
    app = web.Application()
    app.router.add_get("/hello", _hello)
    engine.attach(app)
    # aiohttp would wait for the rest of a body, up to ten seconds, though its sender is gone.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    server = None
    if front:
        server = await engine.listen(runner, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
    else:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
    try:
        assert runner.server is not None
        yield Lab(engine, handlers, port, tls is not None, runner.server)
    finally:
        if server is not None:
            server.close()
        await runner.cleanup()


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


def tool(name: str) -> str:
    """Return the path of a program that a test needs; else fail in CI, and skip elsewhere."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        missing(f"{name} is not installed")
    return path


def node_modules() -> Path:
    """Return the folder with socket.io-client, as CI (`.ci/run`) or the SDK's tests install it."""
    for folder in (REPOSITORY / ".tools/node_modules", REPOSITORY / "clients/node_modules"):
        if (folder / "socket.io-client").is_dir():
            return folder
    return missing("socket.io-client is not installed: npm i --no-save --prefix .tools socket.io-client@4.8")
