"""The Python client's connection alone: sockets that die in odd moments, other transports, and defects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from parlour_client import ConnectionLost, Internal, ParlourError, Unavailable
from parlour_client.listeners import Guard, Listeners
from parlour_client.net.connection import Connection
from parlour_client.net.retry import Retry
from parlour_client.net.transport import Dialer, SocketIo, SocketPlace
from parlour_client.ports import Receive
from tests.clients.fake_server import FakeServer
from tests.clients.kit import until


class Socket:
    """Implements `parlour_client.ports.Socket`; acks what it is told to."""

    def __init__(self) -> None:
        self.connected = True
        self.sendable = True
        self.answers = True
        self.over = asyncio.Event()
        self.sent: list[str] = []

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None]) -> None:
        if not self.sendable:
            raise ConnectionLost("Gone.")
        self.sent.append(event)
        if self.answers:
            acked({"ok": True})

    async def ended(self) -> None:
        await self.over.wait()

    async def close(self) -> None:
        self.over.set()


class Follower:
    """Implements `parlour_client.ports.Follower`."""

    def __init__(self) -> None:
        self.failures: list[ParlourError] = []
        self.sockets = 0

    def opened(self) -> None:
        self.sockets += 1

    def received(self, event: str, data: Any) -> None:
        pass

    def failed(self, error: ParlourError) -> None:
        self.failures.append(error)


@asynccontextmanager
async def running(*sockets: Socket | Exception) -> AsyncIterator[tuple[Connection, Follower]]:
    """A connection whose dials give these in turn."""
    left = list(sockets)

    async def dial(auth: Mapping[str, Any], receive: Receive) -> Socket:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    follower = Follower()
    connection = Connection(dial, follower, None, retry=Retry(first=0.001), timeout=5)
    runner = asyncio.create_task(connection.run())
    await connection.ready()
    yield connection, follower
    runner.cancel()
    await asyncio.wait([runner])


@pytest.mark.parametrize("known", [True, False])
async def test_request_on_a_socket_that_has_ended_waits_for_the_next(known: bool) -> None:
    """A socket may have ended, and say so or not, before the connection hears of it."""
    first, second = Socket(), Socket()
    async with running(first, second) as (connection, _):
        first.connected, first.sendable = not known, False
        waiting = asyncio.create_task(connection.request("room:read", {}))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert not connection.connected
        first.over.set()
        assert (await asyncio.wait_for(waiting, 60))["ok"]
    assert (first.sent, second.sent) == ([], ["room:read"])


async def test_defect_in_dialling_fails_the_connection_for_good() -> None:
    socket = Socket()
    async with running(socket, ZeroDivisionError("a defect")) as (connection, follower):
        socket.connected = False
        socket.over.set()
        await until(lambda: follower.failures)
        with pytest.raises(Internal, match="a defect"):
            await connection.request("room:read", {})
        assert isinstance(connection.failure, Internal)


async def test_request_without_an_answer_in_time_raises_connection_lost() -> None:
    socket = Socket()
    async with running(socket) as (connection, _):
        socket.connected = False
        with pytest.raises(ConnectionLost, match="room:read"):
            await connection.request("room:read", {}, timeout=0.01)


async def test_signal_without_an_answer_in_time_raises_connection_lost() -> None:
    socket = Socket()
    socket.answers = False
    async with running(socket) as (connection, _):
        with pytest.raises(ConnectionLost, match="room:signal"):
            await connection.request("room:signal", {}, timeout=0.01)
    assert socket.sent == ["room:signal"]


async def test_room_created_without_an_id_is_asked_for_once() -> None:
    socket = Socket()
    async with running(socket) as (connection, _):
        socket.sendable = False
        with pytest.raises(ConnectionLost):
            await connection.request("room:create", {"kind": "chat"})


async def test_cancelled_wait_for_the_end_leaves_the_reader_running() -> None:
    """A reader that swallows a cancellation (`asyncio.wait_for` in Python 3.11) must not keep its waiter."""
    over = asyncio.Event()

    class Reader:
        async def wait(self) -> None:
            while not over.is_set():
                try:
                    await over.wait()
                except asyncio.CancelledError:
                    pass

    class Client:
        connected, eio = True, Reader()

    waiting = asyncio.create_task(SocketIo(Client(), "/").ended())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=5)
    assert waiting.cancelled()
    over.set()


async def test_server_without_websockets_is_reached_by_polling(server: FakeServer) -> None:
    server.sio.eio.transports = ["polling"]
    events: list[str] = []
    async with aiohttp.ClientSession() as http:
        socket = await Dialer(SocketPlace(server.url), http)({}, lambda event, data: events.append(event))
        answers: list[Any] = []
        await socket.emit("room:list", {}, answers.append)
        await until(lambda: answers and "welcome" in events)
        await socket.close()
    assert answers[0]["ok"]


async def test_server_that_refuses_a_guest_is_not_asked_by_polling(server: FakeServer) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ParlourError) as refused:
            await Dialer(SocketPlace(server.url), http)({"token": "unknown"}, lambda event, data: None)
    assert refused.value.code == "unauthorized"


async def test_nobody_on_the_port_raises_connection_lost() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConnectionLost):
            await Dialer(SocketPlace("http://127.0.0.1:9"), http)({}, lambda event, data: None)


@pytest.mark.parametrize(
    ("tries", "retry_after", "chance", "pause"),
    [
        (0, None, 1.0, 0.5),
        (3, None, 0.25, 1.0),
        (5, None, 1.0, 15.0),
        (1_000_000, None, 1.0, 15.0),
        (4, 2_000, 0.0, 2.0),
        (0, 2_000, 1.0, 3.0),
        (2, 0, 0.0, 0.0),
    ],
)
def test_pause_doubles_up_to_its_bound(tries: int, retry_after: int | None, chance: float, pause: float) -> None:
    assert Retry(chance=lambda: chance).pause(tries, retry_after) == pause


def test_error_hook_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def hook(error: Exception) -> None:
        raise ZeroDivisionError("the hook")

    listeners, heard = Listeners(Guard(hook)), []
    listeners.add(lambda news: 1 / 0)
    listeners.add(heard.append)
    listeners.tell("news")
    assert heard == ["news"]
    assert "the error hook failed" in caplog.text


def test_connection_lost_is_an_unavailable_server() -> None:
    assert issubclass(ConnectionLost, Unavailable)
    assert ConnectionLost("x").retryable
