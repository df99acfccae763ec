"""Random bytes, frames, packets and polling bodies against an engine with a well-behaved client.

10^5 cases, `-m long` 10^6; only what was sent before the server closed the connection counts as a case.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Callable
from typing import cast

import psutil
import pytest

from parlour.adapters.engine import EngineConnection, quiet_http_log
from tests.adapters.engine.lab import EchoHandlers, Lab, client_frame, running
from tests.bounds import engine_limits

LIMITS = engine_limits(connect_timeout=1.0, handshake_timeout=1.0, close_timeout=0.2)
SCRAPS = [
    *('"', "{", "}", "[", "]", ",", ":", "-", "/", "\\", "\\u0000", "\\ud800", "0", "1", "42", "51-", "é", "\x1e", "b"),
    *("null", "true", "NaN", "1e999", "-0", "1" * 40, '"connect"', '"disconnect"', '"_placeholder":true', '"num":-1'),
    *('["message",1]', '{"_placeholder":true,"num":0}', "/custom,", "[" * 40, "[[]," * 300, '"__proto__":{}', "\x00"),
]
SEEDS = [
    "2",
    "3",
    "5",
    "6",
    "40",
    '40{"token":"x"}',
    "40/custom,",
    "41",
    '42["message",1]',
    '421["other",{"a":[1,2,{"b":null}]}]',
    '42/custom,7["other"]',
    '451-["message",{"_placeholder":true,"num":0}]',
    '43["x"]',
    '44{"message":"x"}',
    '461-1[{"_placeholder":true,"num":0}]',
]

HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Fuzzer:
    """Makes cases from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def packet(self) -> str:
        """A packet of the protocol, with some of its parts cut, doubled or replaced."""
        text = self.random.choice(SEEDS)
        for _ in range(self.random.choice((0, 1, 1, 2, 5))):
            at = self.random.randint(0, len(text))
            cut = self.random.randint(0, 4)
            text = text[:at] + self.random.choice((*SCRAPS, text)) + text[at + cut :]
        return text[:100_000]

    def message(self) -> bytes:
        """One or a few frames: most well-formed around a packet, some not."""
        kind = self.random.random()
        if kind < 0.6:
            return client_frame(1, self.packet().encode())
        if kind < 0.7:
            return client_frame(2, self.random.randbytes(self.random.choice((0, 1, 50, 3_000))))
        if kind < 0.8:
            opcode = self.random.randrange(16)
            return client_frame(opcode, self.random.randbytes(self.random.randint(0, 130)), final=kind < 0.75)
        if kind < 0.9:
            frame = bytearray(client_frame(1, self.packet().encode()))
            frame[self.random.randrange(len(frame))] ^= 1 << self.random.randrange(8)
            return bytes(frame)
        return self.random.randbytes(self.random.choice((1, 2, 10, 200)))

    def request(self) -> bytes:
        """A broken HTTP request."""
        head = bytearray(HANDSHAKE)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randrange(len(head))
            head[at : at + self.random.randint(0, 6)] = self.random.randbytes(self.random.randint(0, 6))
        return bytes(head)


class Target(EchoHandlers):
    """Answers like any handler and keeps no record."""

    def event(
        self, connection: EngineConnection, name: str, args: list[object], ack: Callable[..., None] | None
    ) -> None:
        super().event(connection, name if name in ("message", "other") else "other", args, ack)
        self.events.clear()

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        self.connected.remove(connection)


class Attacker(asyncio.Protocol):
    """Notices only that the server has closed: with a close frame, or with the transport."""

    closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.closed = self.closed or b"\x88\x02\x03" in data

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True


async def frames_until_closed(lab: Lab, fuzzer: Fuzzer) -> int:
    """Send cases on one connection until the server closes it; return their number."""
    _, socket = await asyncio.get_running_loop().create_connection(Attacker, "127.0.0.1", lab.port)
    socket.transport.write(HANDSHAKE)
    if fuzzer.random.random() < 0.8:
        socket.transport.write(client_frame(1, b"40"))
    cases = 0
    while not socket.closed and cases < 40:
        message = fuzzer.message()
        step = -(-len(message) // fuzzer.random.choice((1, 1, 1, 3)))
        for at in range(0, len(message), step):
            if not socket.transport.is_closing():  # uvloop raises where asyncio would not
                socket.transport.write(message[at : at + step])
            await asyncio.sleep(0)
        cases += 1
        await asyncio.sleep(0)  # its answer comes with the loop's next turn
    socket.transport.abort()
    return cases


async def requests(lab: Lab, fuzzer: Fuzzer) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    try:
        writer.write(fuzzer.request())
        writer.write_eof()
        async with asyncio.timeout(60):
            await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()
    return 1


async def bodies(lab: Lab, fuzzer: Fuzzer) -> int:
    async with lab.polling() as poller:
        cases, status = 1, (await poller.post("40"))[0]
        while status == 200 and cases < 10:
            packets = [fuzzer.packet() for _ in range(fuzzer.random.randint(1, 20))]
            status, _ = await poller.post("\x1e".join(packets).encode())
            cases += len(packets)
            if status == 200:
                await poller.get()
        return cases


async def canary(lab: Lab, worst: list[float]) -> None:
    """Call as a well-behaved client; every call must be answered."""
    async with lab.client() as socket:
        for number in itertools.count():
            started = time.monotonic()
            socket.send(f'42{number}["other",{number}]')
            while (answer := await socket.text(timeout=60.0)) != f"43{number}[{number}]":
                raise AssertionError(answer)
            worst[0] = max(worst[0], time.monotonic() - started)
            await asyncio.sleep(0.05)


async def fuzz(cases: int, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    quiet_http_log()  # as the server does at its start: requests that are not HTTP are no errors of ours
    worst, done, process = [0.0], 0, psutil.Process()
    async with running(Target(), limits=LIMITS) as lab:
        watching = asyncio.ensure_future(canary(lab, worst))
        await frames_until_closed(lab, Fuzzer(seed))
        before = process.memory_info().rss

        async def worker(number: int) -> None:
            nonlocal done
            fuzzer = Fuzzer(seed * 1_000 + number)
            while done < cases:
                attack = fuzzer.random.choices((frames_until_closed, bodies, requests), (8, 1, 1))[0]
                took = await attack(lab, fuzzer)
                done += took

        await asyncio.gather(*(worker(number) for number in range(8)))
        assert not watching.done(), watching.exception()
        watching.cancel()
        grown = (process.memory_info().rss - before) / 1e6
        async with asyncio.timeout(60):
            while len(lab.engine.sessions) > 1:
                await asyncio.sleep(0.05)
    print(f"the slowest answer to another client: {worst[0] * 1000:.0f} ms")
    assert grown < 50, f"{grown:.0f} MB"
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert errors == [], [record.getMessage() for record in errors[:5]]


@pytest.mark.timeout(300)
async def test_hundred_thousand_broken_inputs_harm_no_other_client(caplog: pytest.LogCaptureFixture) -> None:
    await fuzz(100_000, 1, caplog)


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", [2])
async def test_million_broken_inputs_harm_no_other_client(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    await fuzz(1_000_000, seed, caplog)
