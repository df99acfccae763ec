"""A crowd of recording clients on a running server: started, watched while something breaks, then judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import socketio

from parlour.testing.wallets import sign_in, wallet
from tests.history.checker import Verdict, check
from tests.history.load import HANG_S, RawClient, read_log

BELOW = ("sqlite", "database", "locked", "disk", "asyncpg", "postgres", "traceback", "connection refused")
"""Words of the layers below, which no client should ever read."""


class Crowd:
    """Clients that post to `rooms` and listen in them.

    Attributes:
        url: of the server that tells the whole log at the end.
        token: of the wallet that made the rooms.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, rooms: Sequence[str]) -> None:
        self.http, self.url, self.token, self.rooms = http, url, token, rooms
        self.clients: list[RawClient] = []
        self._ended = False

    @property
    def acked(self) -> int:
        return sum(client.acked for client in self.clients)

    @property
    def refusals(self) -> list[Any]:
        return [error for client in self.clients for error in client.refusals]

    async def all_acked_again(self) -> float:
        """Wait until every client has had another ack; how long that took, in seconds."""
        before, began = {client.name: client.acked for client in self.clients}, time.monotonic()
        await until(lambda: all(client.acked > before[client.name] for client in self.clients))
        return time.monotonic() - began

    async def calm(self) -> None:
        """No new posts, and every one that was sent is answered."""
        for client in self.clients:
            client.stop_posting()
        await until(lambda: all(client.settled for client in self.clients))

    async def verdict(self, beside: Sequence[RawClient] = ()) -> Verdict:
        """End the run: be quiet, catch up, read every log afresh, check.

        Args:
            beside: clients of another crowd in the same rooms, who are judged with these.
        """
        await self.calm()
        everybody = [*self.clients, *beside]
        finals = {room: await read_log(self.http, self.url, room, self.token) for room in self.rooms}
        heads = {room: len(final.items) for room, final in finals.items()}
        await until(lambda: all(c.position(r) >= heads[r] for c in everybody for r in c.rooms))
        await self.end()
        return check([client.history for client in everybody], finals)

    async def end(self) -> None:
        if not self._ended:
            self._ended = True
            await asyncio.gather(*(client.end() for client in self.clients))


@asynccontextmanager
async def crowd(
    url: str,
    *,
    rooms: int = 3,
    clients: int = 12,
    pace_s: float = 0.05,
    name: str = "client",
    make: bool = True,
    kinds: Sequence[str] = ("chat",),
    client: type[RawClient] = RawClient,
) -> AsyncIterator[Crowd]:
    """Sign everybody in, make the rooms, and begin to post.

    Args:
        pace_s: seconds from one post of a client to its next, about.
        make: False where the rooms exist already.
        kinds: of the rooms, in turn.
        client: what each client is.
    """
    timeout, connector = aiohttp.ClientTimeout(total=30), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        token = (await sign_in(http, url, wallet("reader")))["token"]
        names = [f"room-{number}" for number in range(rooms)]
        if make:
            await create_rooms(http, url, token, names, kinds)
        made = Crowd(http, url, token, names)
        own = [[names[n % rooms], names[(n + 1) % rooms]] for n in range(clients)]
        made.clients = [client(http, url, f"{name}-{n}", mine, pace_s) for n, mine in enumerate(own)]
        await asyncio.gather(*(each.start() for each in made.clients))
        try:
            yield made
        finally:
            await made.end()


async def create_rooms(
    http: aiohttp.ClientSession, url: str, token: str, names: Sequence[str], kinds: Sequence[str] = ("chat",)
) -> None:
    """Rooms of these ids and kinds, in turn, owned by whoever's token it is."""
    socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
    await socket.connect(url, auth={"token": token}, transports=["websocket"], wait_timeout=HANG_S)
    for number, name in enumerate(names):
        wanted = {"kind": kinds[number % len(kinds)], "id": name}
        ack = await socket.call("room:create", wanted, timeout=HANG_S)
        assert ack["ok"], ack
    await socket.disconnect()


def assert_coded(refusals: Sequence[Any], codes: Collection[str] = ("unavailable",)) -> None:
    """Every refusal is one of `codes`, may be tried again, and tells nothing of what lies below."""
    for error in refusals:
        said = error if "code" in error else error.get("data", error)
        assert said["code"] in codes, error
        assert said["retryable"], error
        assert not any(word in str(error).lower() for word in BELOW), error


async def until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError where the condition never comes true."""
    async with asyncio.timeout(HANG_S):
        while not condition():
            await asyncio.sleep(0.02)
