"""What every bus between nodes does: it carries bytes in order to whoever listens, and connects again by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from parlour.adapters.membership.unix_bus import BusBroker, UnixBus
from parlour.adapters.redis.bus import RedisBus
from parlour.runtime.cluster.bus import Bus
from parlour.runtime.cluster.bus_memory import MemoryBroker
from tests.redis_server import RedisServer

GUARD_S = 30.0


@dataclass
class Listener:
    """A started bus, what it heard, and its states."""

    bus: Bus
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    states: list[bool] = field(default_factory=list)

    def start(self, *channels: str) -> None:
        self.bus.start(channels, lambda channel, message: self.heard.append((channel, message)), self.states.append)


@dataclass
class Engine:
    """What the buses are connected to."""

    connect: Callable[[], Bus]
    stop: Callable[[], None]
    go_on: Callable[[], None]
    stack: AsyncExitStack

    async def listener(self, *channels: str) -> Listener:
        one = Listener(self.connect())
        self.stack.push_async_callback(one.bus.close)
        one.start(*channels)
        await until(lambda: one.bus.connected)
        return one


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(GUARD_S):
        while not happened():
            await asyncio.sleep(0.005)


class UnixBroker:
    """A BusBroker that stops and goes on."""

    def __init__(self, path: Path) -> None:
        self.path, self._broker = path, BusBroker()

    async def start(self) -> None:
        await self._broker.start(self.path)

    def stop(self) -> None:
        self._broker.close()

    def go_on(self) -> None:
        self.path.unlink(missing_ok=True)
        self._broker = BusBroker()
        self.starting = asyncio.ensure_future(self.start())


@pytest.fixture(params=["memory", "unix", "redis"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            broker = MemoryBroker()
            yield Engine(broker.bus, broker.stop, broker.go_on, stack)
        elif request.param == "unix":
            unix = UnixBroker(tmp_path / "bus.sock")
            await unix.start()
            stack.callback(lambda: unix.stop())
            yield Engine(lambda: UnixBus(unix.path), unix.stop, unix.go_on, stack)
        else:
            server = RedisServer()
            stack.callback(server.close)
            server.start()
            yield Engine(lambda: RedisBus(server.url), server.kill, server.start, stack)


async def test_message_reaches_all_who_listen_and_nobody_else(engine: Engine) -> None:
    sender, one, two, other = [await engine.listener(name) for name in ("own", "news", "news", "weather")]
    sender.bus.publish("news", b"\x00\xff\r\n$5 rain")
    await until(lambda: bool(one.heard and two.heard))
    assert one.heard == two.heard == [("news", b"\x00\xff\r\n$5 rain")]
    assert other.heard == sender.heard == []


async def test_node_hears_its_own_channel_too(engine: Engine) -> None:
    one = await engine.listener("all", "one")
    one.bus.publish("all", b"a")
    one.bus.publish("one", b"b")
    await until(lambda: len(one.heard) == 2)
    assert one.heard == [("all", b"a"), ("one", b"b")]


async def test_messages_of_one_node_keep_their_order(engine: Engine) -> None:
    sender, one = await engine.listener("own"), await engine.listener("a", "b")
    sent = [("ab"[n % 2], b"%d" % n) for n in range(2000)]
    for channel, message in sent:
        sender.bus.publish(channel, message)
    await until(lambda: len(one.heard) == len(sent))
    assert one.heard == sent


async def test_large_message_arrives_whole(engine: Engine) -> None:
    sender, one = await engine.listener("own"), await engine.listener("news")
    large = bytes(range(256)) * 8000
    sender.bus.publish("news", large)
    await until(lambda: bool(one.heard))
    assert one.heard == [("news", large)]


async def test_bus_says_when_it_is_lost_and_connects_again(engine: Engine) -> None:
    sender, one = await engine.listener("own"), await engine.listener("news")
    assert one.states == [True]
    assert one.bus.problem == ""
    engine.stop()
    await until(lambda: not one.bus.connected and not sender.bus.connected)
    assert one.states == [True, False]
    assert one.bus.problem
    sender.bus.publish("news", b"lost")
    await asyncio.sleep(0)
    engine.go_on()
    await until(lambda: one.bus.connected and sender.bus.connected)
    assert one.states == [True, False, True]
    sender.bus.publish("news", b"found")
    await until(lambda: bool(one.heard))
    assert one.heard == [("news", b"found")]


async def test_what_was_published_before_the_close_arrives(engine: Engine) -> None:
    sender, one = await engine.listener("own"), await engine.listener("news")
    sent = [bytes([n]) * 100_000 for n in range(100)]
    for message in sent:
        sender.bus.publish("news", message)
    await asyncio.sleep(0)
    await sender.bus.close()
    await until(lambda: len(one.heard) == len(sent))
    assert [message for _, message in one.heard] == sent


async def test_closed_bus_calls_nothing_more(engine: Engine) -> None:
    sender, one = await engine.listener("own"), await engine.listener("news")
    await one.bus.close()
    sender.bus.publish("news", b"late")
    other = await engine.listener("news")
    sender.bus.publish("news", b"later")
    await until(lambda: bool(other.heard))
    assert one.heard == []
    assert one.states == [True]
