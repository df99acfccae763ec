"""What the Redis bus says and does when Redis refuses it, stays silent, or is not Redis at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from parlour.adapters.redis.bus import RedisBus
from parlour.testing.processes import free_port
from tests.contract.test_bus import Listener, until
from tests.redis_server import RedisServer


@pytest.fixture(scope="module")
def guarded() -> Iterator[RedisServer]:
    server = RedisServer("--requirepass", "open sesame")
    server.start()
    yield server
    server.close()


@pytest.fixture
async def started() -> AsyncIterator[list[Listener]]:
    listeners: list[Listener] = []
    yield listeners
    for each in listeners:
        await each.bus.close()


def listen(started: list[Listener], url: str) -> Listener:
    one = Listener(RedisBus(url))
    started.append(one)
    one.start("news")
    return one


async def test_bus_with_the_password_connects(guarded: RedisServer, started: list[Listener]) -> None:
    one = listen(started, f"redis://:open%20sesame@127.0.0.1:{guarded.port}/0")
    await until(lambda: one.bus.connected)


@pytest.mark.parametrize("password", ["", ":wrong@", "nobody:wrong@"])
async def test_bus_says_that_its_password_is_refused(
    guarded: RedisServer, started: list[Listener], password: str
) -> None:
    one = listen(started, f"redis://{password}127.0.0.1:{guarded.port}/0")
    await until(lambda: "AUTH" in one.bus.problem or "WRONGPASS" in one.bus.problem)
    assert not one.bus.connected
    assert "wrong@" not in one.bus.problem


async def test_bus_says_that_nobody_listens_there(started: list[Listener]) -> None:
    one = listen(started, f"redis://127.0.0.1:{free_port()}/0")
    await until(lambda: "Redis cannot be used" in one.bus.problem)


async def test_bus_that_talks_to_something_else_stays_away(started: list[Listener]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    one = listen(started, f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await until(lambda: "Redis cannot be used" in one.bus.problem)
    assert one.states == []
    server.close()


async def test_bus_notices_an_engine_that_stays_silent(started: list[Listener]) -> None:
    server = RedisServer()
    server.start()
    try:
        one = listen(started, server.url)
        await until(lambda: one.bus.connected)
        server.pause()
        await until(lambda: not one.bus.connected)
        assert "does not answer" in one.bus.problem
        server.resume()
        await until(lambda: one.bus.connected)
        assert one.states == [True, False, True]
    finally:
        server.close()


REFUSALS = {
    "READONLY": b"-READONLY You can't write against a read only replica.\r\n",
    "OOM": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
}


@pytest.mark.parametrize("word", REFUSALS)
async def test_bus_says_why_its_messages_are_refused(word: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(b"+OK\r\n" * data.count(b"SUBSCRIBE"))
            writer.write(b"+PONG\r\n" * data.count(b"PING"))
            writer.write(REFUSALS[word] * data.count(b"PUBLISH"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    bus, said = RedisBus(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"), list[str]()
    bus.start(["news"], lambda channel, message: None, lambda connected: said.append(bus.problem))
    await until(lambda: bus.connected)
    bus.publish("news", b"refused")
    await until(lambda: any(word in each for each in said))
    await until(lambda: bus.connected)
    await bus.close()
    server.close()
