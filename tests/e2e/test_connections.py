"""Thousands of signed-in sockets on one core of `parlour serve`: at rest, gone in a moment, and back in a moment."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import psutil
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import Retry
from tests.adapters.engine.lab import TEXT, RawSocket, client_frame
from tests.bench import bench_sockets, load
from tests.e2e.stock import PythonClient

REPORT = Path(__file__).parents[2] / "docs" / "reports" / "connections.json"
PLENTY = {
    "PARLOUR_SIGN_INS_PER_MINUTE": "1000000",
    "PARLOUR_SIGN_INS_BURST": "1000000",
    "PARLOUR_ROOMS_OWNED": "10000",
    "PARLOUR_ROOMS_BURST": "10000",
    "PARLOUR_LOG_LEVEL": "warning",
    "PARLOUR_CONNECTING": "32",  # a narrow door, so that a storm has to wait in front of it
}
PER_ROOM = 10
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class LoadedServer:
    """The server, what it costs, and somebody who asks it questions all the while."""

    def __init__(self, server: ServerProcess, canary: PythonClient) -> None:
        self.port = server.port
        self.process = psutil.Process(server.pid)
        self.process.cpu_affinity([0])
        self.canary = canary
        self._files = self.process.num_fds()

    def rss_kib(self) -> float:
        return self.process.memory_info().rss / 1_024

    def cpu_s(self) -> float:
        return sum(self.process.cpu_times()[:2])

    async def holds(self, count: int) -> None:
        """Until it has this many sockets beside the canary's."""
        async with asyncio.timeout(60):
            while abs(self.process.num_fds() - self._files - count) > 5:  # ~ files of its database come and go
                await asyncio.sleep(0.05)

    async def worst_answer_ms(self, seconds: float) -> float:
        """The slowest of ten answers a second."""
        worst, until = 0.0, time.monotonic() + seconds
        while time.monotonic() < until:
            asked = time.monotonic()
            await self.canary.ask("room:list", {"limit": 1})
            worst = max(worst, time.monotonic() - asked)
            await asyncio.sleep(0.1)
        return round(worst * 1_000, 1)


@asynccontextmanager
async def loaded_server(accounts: int, files: int) -> AsyncIterator[tuple[LoadedServer, list[str]]]:
    """A server on one core, with a session for each of `accounts` wallets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < files:
        pytest.fail(f"this needs {files} open files (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    async with (
        ServerProcess(env=PLENTY) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=16, force_close=True)) as http,
        PythonClient(["websocket"]) as client,
    ):

        async def enter(number: int) -> str:
            return str((await sign_in(http, server.url, wallet(f"crowd {number}")))["token"])

        tokens: list[str] = []
        while len(tokens) < accounts:
            some = range(len(tokens), min(accounts, len(tokens) + 100))
            tokens += await asyncio.gather(*map(enter, some))
        await client.connect(server.url, tokens[0])
        yield LoadedServer(server, client), tokens


class Sleeper(asyncio.Protocol):
    """A signed-in socket that answers pings and says nothing else."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.welcome = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 101 "):
            self.transport.write(client_frame(TEXT, b'40{"token":"%b"}' % self._token.encode()))
        elif b'42["welcome"' in data:
            self.welcome.set_result(None)
        elif b"\x81\x012" in data:
            self.transport.write(client_frame(TEXT, b"3"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionResetError())


async def asleep(port: int, tokens: list[str], count: int) -> list[Sleeper]:
    """That many, a few at a time."""
    few, loop = asyncio.Semaphore(16), asyncio.get_running_loop()

    async def one(number: int) -> Sleeper:
        async with few:
            token = tokens[number % len(tokens)]
            _, sleeper = await loop.create_connection(lambda: Sleeper(token), "127.0.0.1", port)
            await sleeper.welcome
            return sleeper

    return await asyncio.gather(*map(one, range(count)))


async def at_rest(loaded_server: LoadedServer, tokens: list[str], count: int, seconds: float) -> dict[str, float]:
    """What `count` signed-in sockets cost that say nothing, and how the server takes their all vanishing at once."""
    rss = loaded_server.rss_kib()
    sleepers = await asleep(loaded_server.port, tokens, count)
    await loaded_server.holds(count)
    await asyncio.sleep(1)
    kib = (loaded_server.rss_kib() - rss) / count
    cpu = loaded_server.cpu_s()
    worst = await loaded_server.worst_answer_ms(seconds)
    cpu = loaded_server.cpu_s() - cpu
    await loaded_server.holds(count)
    before = loaded_server.cpu_s()
    for sleeper in sleepers:
        sleeper.transport.abort()
    await loaded_server.holds(0)
    await loaded_server.canary.ask("room:list", {"limit": 1})
    gone = loaded_server.cpu_s() - before
    return {
        "connections": count,
        "sessions": len(tokens),
        "kib_each": round(kib, 2),
        "cpu_percent": round(100 * cpu / seconds, 2),
        "worst_answer_ms": worst,
        "cpu_s_for_all_vanishing": round(gone, 2),
    }


class Member:
    """A signed-in client of one room, which comes back to where it stood."""

    def __init__(self, port: int, token: str, room: str) -> None:
        self.port, self.token, self.room = port, token, room
        self.since: dict[str, Any] | None = None
        self.turned_away = 0
        self.socket: RawSocket

    async def come(self) -> dict[str, Any]:
        """Connect and join, as long as it takes; told to come back later, come back later, as the SDKs do.

        Any other end than a 503 is a failure.
        """
        for tries in range(20):
            self.socket = await RawSocket.connect(self.port, "/socket.io/?EIO=4&transport=websocket")
            if self.socket.status == 101:
                return await self._join()
            assert self.socket.status == 503
            self.turned_away += 1
            self.socket.writer.close()
            await asyncio.sleep(Retry().pause(tries))
        raise AssertionError("never admitted")

    async def _join(self) -> dict[str, Any]:
        assert (await self.socket.text(30))[0] == "0"
        self.socket.send("40" + json.dumps({"token": self.token}))
        assert (await self.socket.text(30)).startswith('40{"sid"')
        ask: dict[str, Any] = {"room": self.room, "limit": 0}
        if self.since is not None:
            ask["since"] = self.since
        self.socket.send("420" + json.dumps(["room:join", ask]))
        while not (said := await self.socket.text(30)).startswith("430"):
            pass
        answer: dict[str, Any] = json.loads(said[3:])[0]
        assert answer["ok"], answer
        self.since = {"epoch": answer["epoch"], "seq": answer["head"], "hash": answer["hash"]}
        return answer

    def vanish(self) -> None:
        self.socket.writer.transport.abort()


async def storm(loaded_server: LoadedServer, tokens: list[str], count: int) -> dict[str, float]:
    """Everybody is in a room, vanishes in one moment, misses an entry, and is back a pause of the SDKs later."""
    rooms = [f"storm-{number}" for number in range(count // PER_ROOM)]
    for room in rooms:
        assert (await loaded_server.canary.ask("room:create", {"kind": "chat", "id": room}))["ok"]
    crowd = [Member(loaded_server.port, tokens[n % len(tokens)], rooms[n % len(rooms)]) for n in range(count)]
    await asyncio.gather(*(member.come() for member in crowd))
    await loaded_server.holds(count)
    before = loaded_server.cpu_s()
    for member in crowd:
        member.turned_away = 0
        member.vanish()
    await loaded_server.holds(0)
    gone = loaded_server.cpu_s() - before
    for room in rooms:
        post = {"room": room, "id": "missed", "type": "chat.message", "body": {"text": "while you were away"}}
        assert (await loaded_server.canary.ask("room:post", post))["ok"]
    before, began = loaded_server.cpu_s(), time.monotonic()

    async def come_back(member: Member) -> None:
        await asyncio.sleep(Retry().pause(0))
        answer = await member.come()
        assert answer["recovered"], answer
        assert answer["entries"][0]["id"] == "missed"

    await asyncio.gather(*map(come_back, crowd))
    took = time.monotonic() - began
    cost = loaded_server.cpu_s() - before
    await loaded_server.holds(count)
    for member in crowd:
        member.vanish()
    return {
        "members": count,
        "rooms": len(rooms),
        "cpu_s_for_all_vanishing": round(gone, 2),
        "all_back_s": round(took, 2),
        "cpu_s_to_come_back": round(cost, 2),
        "told_to_come_later": sum(member.turned_away for member in crowd),
    }


async def test_three_hundred_signed_in_rest_vanish_and_come_back() -> None:
    async with loaded_server(15, 4_096) as (server, tokens):
        rest = await at_rest(server, tokens, 300, 1)
        assert rest["kib_each"] < 12, rest  # few connections bear the noise of the whole process
        await storm(server, tokens, 300)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_ten_thousand_rest_and_five_thousand_come_back() -> None:
    """Written to docs/reports, with what as many guests of Node's Socket.IO cost in the same minute."""
    async with loaded_server(10_000, 12_000) as (server, tokens):
        rest = await at_rest(server, tokens, 10_000, 60)
        back = await storm(server, tokens, 5_000)
    load.install_peers()
    with bench_sockets.node(Path()) as (port, pid, _):
        node = load.load(port, pid, "-m", "idle", "-n", "10000", "-i", "256", "-d", "1")["kb_per_conn"]
    report = {"rest": rest, "node_kib_each": node, "storm": back}
    assert rest["kib_each"] <= 8, report
    assert rest["kib_each"] <= 0.5 * node, report
    assert rest["cpu_percent"] < 5, report
    assert rest["worst_answer_ms"] < 1_000, report
    assert rest["cpu_s_for_all_vanishing"] < 3, report
    assert back["all_back_s"] < 30, report
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
