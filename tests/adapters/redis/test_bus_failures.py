"""What the Redis bus says and does when Redis refuses it, stays silent, or is not Redis at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
import redis.asyncio as redis

from parlour.adapters.redis.bus import RedisBus
from parlour.errors import RateLimited
from parlour.runtime.limits import Allowance, Limiter
from parlour.testing.processes import free_port
from tests.contract.test_bus import GUARD_S, Listener, until
from tests.redis_server import RedisSentinel, RedisServer


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


@contextmanager
def read_only() -> Iterator[RedisServer]:
    """Run a replica of a running server."""
    master = RedisServer()
    master.start()
    replica = RedisServer("--replicaof", "127.0.0.1", str(master.port))
    replica.start()
    yield replica
    replica.close()
    master.close()


@contextmanager
def full() -> Iterator[RedisServer]:
    """Run a server that may keep nothing."""
    server = RedisServer("--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
    server.start()
    yield server
    server.close()


async def said_by_a_counter(url: str) -> str:
    """Let the shared limits count in Redis, and return what Redis says to it."""
    connection = redis.from_url(url)
    try:
        await connection.set("count", "x" * 2_000_000)
        await connection.incr("other")
    except redis.ResponseError as error:
        return str(error)
    finally:
        await connection.aclose()
    return ""


@pytest.mark.parametrize(("refusing", "word"), [(read_only, "read only replica"), (full, "maxmemory")])
async def test_bus_goes_on_where_redis_takes_no_writes(
    started: list[Listener], refusing: Callable[[], AbstractContextManager[RedisServer]], word: str
) -> None:
    """A replica and a full server keep no message, and pass it on; counts are writes, and are kept by each process."""
    with refusing() as server:
        assert word in await wait_for_word(lambda: said_by_a_counter(server.url))
        one = listen(started, server.url)
        await until(lambda: one.bus.connected)
        one.bus.publish("news", b"heard")
        await until(lambda: one.heard == [("news", b"heard")])
        assert one.states == [True]
        limiter = Limiter({"posts": Allowance(1, 1)}, server.url)
        counts = [await said_of_a_hit(limiter) for _ in range(3)]
        assert RateLimited in counts, "nobody counts"


async def said_of_a_hit(limiter: Limiter) -> type[RateLimited] | None:
    try:
        await limiter.hit("posts", "ann")
    except RateLimited as refusal:
        return type(refusal)
    return None


async def wait_for_word(ask: Callable[[], Awaitable[str]]) -> str:
    """Ask until something is said: a replica may serve a moment before it knows that it is one."""
    async with asyncio.timeout(GUARD_S):
        while not (said := await ask()):
            await asyncio.sleep(0.05)
    return said


async def test_bus_follows_the_master_that_sentinels_name(started: list[Listener]) -> None:
    with ExitStack() as stack:
        servers = [RedisServer(), RedisServer()]
        for each in servers:
            stack.callback(each.close)
            each.start()
        master, replica = servers
        await command(replica, "REPLICAOF", "127.0.0.1", str(master.port))
        sentinel = RedisSentinel(master)
        stack.callback(sentinel.close)
        sentinel.start()
        one = listen(started, f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}/rooms")
        await until(lambda: one.bus.connected)
        while (await command(sentinel, "SENTINEL", "REPLICAS", "rooms")) == []:
            await asyncio.sleep(0.1)
        master.kill()
        await until(lambda: not one.bus.connected)
        await until(lambda: one.bus.connected)
        one.bus.publish("news", b"after")
        await until(lambda: ("news", b"after") in one.heard)
        assert one.states == [True, False, True]


async def command(server: RedisServer, *words: str) -> Any:
    connection = redis.Redis(port=server.port)
    try:
        return await connection.execute_command(*words)
    finally:
        await connection.aclose()


async def test_bus_says_that_sentinels_know_no_master(started: list[Listener]) -> None:
    one = listen(started, f"redis+sentinel://127.0.0.1:{free_port()}/rooms")
    await until(lambda: "no Sentinel names a master of rooms" in one.bus.problem)


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
