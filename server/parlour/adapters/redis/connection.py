"""Keeps one connection to Redis: signs in, subscribes, notices silence, and connects again.

Spoken by hand (RESP, over hiredis's reader) because redis-py's asyncio client costs about thirty times as much CPU for
each message; its URL reader is used.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import hiredis
from redis.asyncio.connection import parse_url

from parlour.adapters.redis.sentinel import SCHEME, Sentinels

CONNECT_SECONDS = 3.0
"""Until a server that does not answer counts as away."""
PING_SECONDS = 0.3
SILENT_SECONDS = 1.0
"""Without any answer to a PING: the connection is broken, though nobody closed it."""
LAST = b"last"
"""Echoed once all before it was taken."""
RETRY_SECONDS = (0.05, 1.0)
"""The first and the longest wait between two attempts."""
HELD_BYTES = 32 << 20
"""Written and not yet taken by Redis; beyond, the connection is broken: links send again what was lost."""

OnPush = Callable[[Any], None]


class Refused(Exception):
    """Redis answered a command of the sign-in with an error."""


def command(*parts: bytes | str) -> bytes:
    """Encode one command."""
    out = [b"*%d\r\n" % len(parts)]
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        out.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(out)


class _Wire(asyncio.Protocol):
    """The bytes of one connection: answers and pushes go to `on_reply`."""

    def __init__(self, on_reply: OnPush, on_lost: Callable[[], None]) -> None:
        self._reader = hiredis.Reader()
        self._on_reply, self._on_lost = on_reply, on_lost
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self.transport.set_write_buffer_limits(HELD_BYTES)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self._on_reply(reply)
        except hiredis.ProtocolError:
            if self.transport is not None:
                self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._on_lost()


class RedisConnection:
    """A connection that lives as long as `run`.

    Args:
        url: `redis://` or `rediss://`, with user, password and certificates as redis-py reads them, or
            `redis+sentinel://` (sentinel.py): then the master is asked for before each attempt.
        channels: what it listens to; a connection that listens publishes nothing.
        on_push: gets what comes without being asked for.
        on_state: called when it is connected, and when it is not any more.

    Attributes:
        problem: why it is not connected, in a sentence; "" while it is.
        refusals: how many commands Redis answered with an error.
    """

    def __init__(self, url: str, channels: Sequence[str], on_push: OnPush, on_state: Callable[[bool], None]) -> None:
        self._sentinels = Sentinels(url) if url.startswith(f"{SCHEME}:") else None
        self._at: dict[str, Any] = self._sentinels.sign_in if self._sentinels else dict(parse_url(url))
        self._channels = channels
        self._on_push, self._on_state = on_push, on_state
        self.connected = False
        self.problem = "Redis was not reached yet."
        self.refusals = 0
        self._wire: _Wire | None = None
        self._heard_at = 0.0
        self._wake = asyncio.Event()
        self._lost = asyncio.Event()
        self._echoed = asyncio.Event()
        self._refused = ""

    def write(self, data: bytes) -> None:
        """Send commands; lost while it is not connected."""
        wire = self._wire
        if self.connected and wire is not None and wire.transport is not None:
            wire.transport.write(data)
            if wire.transport.get_write_buffer_size() > HELD_BYTES:
                wire.transport.abort()

    async def taken(self) -> None:
        """Return once Redis has taken all that was written, or does not answer."""
        if self.connected:
            self._echoed.clear()
            self.write(command("ECHO", LAST))
            with suppress(TimeoutError):
                async with asyncio.timeout(SILENT_SECONDS):
                    await self._echoed.wait()

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until cancelled."""
        wait = RETRY_SECONDS[0]
        while True:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._connect()
                wait = RETRY_SECONDS[0]
                await self._stay()
                self.problem = self._refused or "The connection to Redis was lost."
            except (OSError, TimeoutError, Refused) as error:
                self.problem = f"Redis cannot be used: {str(error) or 'it does not answer'}."
            finally:
                self._drop()
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(RETRY_SECONDS[1], wait * 2)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._lost.clear()
        self._heard_at, self._refused = loop.time(), ""
        wire = _Wire(self._replied, self._lost.set)
        if self._sentinels is not None:
            self._at["host"], self._at["port"] = await self._sentinels.master()
        if "path" in self._at:
            await loop.create_unix_connection(lambda: wire, self._at["path"])
        else:
            host, port = self._at.get("host", "localhost"), self._at.get("port", 6379)
            await loop.create_connection(lambda: wire, host, port, ssl=self._tls())
        self._wire = wire
        assert wire.transport is not None
        for words in self._greeting():
            wire.transport.write(command(*words))
            await self._answered()

    def _greeting(self) -> list[tuple[str, ...]]:
        password, user = self._at.get("password"), self._at.get("username")
        sign_in: list[tuple[str, ...]] = [("AUTH", *([user] if user else []), password)] if password else []
        listen: list[tuple[str, ...]] = [("SUBSCRIBE", *self._channels)] if self._channels else []
        return [*sign_in, ("PING",), *listen]

    def _tls(self) -> ssl.SSLContext | None:
        if self._at.get("connection_class") is None or "SSL" not in self._at["connection_class"].__name__:
            return None
        context = ssl.create_default_context(cafile=self._at.get("ssl_ca_certs"))
        if self._at.get("ssl_certfile"):
            context.load_cert_chain(self._at["ssl_certfile"], self._at.get("ssl_keyfile"))
        if self._at.get("ssl_cert_reqs") == "none":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    async def _answered(self) -> None:
        """Wait for the answer to a command of the greeting."""
        self._wake.clear()
        lost, woken = (asyncio.ensure_future(each.wait()) for each in (self._lost, self._wake))
        try:
            await asyncio.wait([lost, woken], return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
            woken.cancel()
        if self._refused:
            raise Refused(self._refused)
        if self._lost.is_set():
            raise ConnectionResetError("it closed the connection")

    async def _stay(self) -> None:
        """Be connected until the connection is lost, or silent for too long."""
        self.connected, self.problem = True, ""
        self._on_state(True)
        ticks = 0  # a process that was stopped itself counts one tick, and not the time it missed
        while not self._lost.is_set():
            before = self._heard_at
            self.write(command("PING"))
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._lost.wait()
            except TimeoutError:
                ticks = 0 if self._heard_at != before else ticks + 1
            if ticks * PING_SECONDS >= SILENT_SECONDS:
                self._refused = "Redis does not answer"
                return

    def _replied(self, reply: Any) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if isinstance(reply, hiredis.ReplyError):
            self.refusals += 1
            self._refused = str(reply)
            if self.connected and self._wire is not None and self._wire.transport is not None:
                self._wire.transport.abort()
        elif reply == LAST:
            self._echoed.set()
        elif isinstance(reply, list) and reply and reply[0] == b"message":
            self._on_push(reply)
        self._wake.set()

    def _drop(self) -> None:
        was, self.connected = self.connected, False
        if self._wire is not None and self._wire.transport is not None:
            self._wire.transport.abort()
        self._wire = None
        if was:
            self._on_state(False)
