"""Clients that post, listen, lose their server and come back, on raw stock python-socketio; every one records.

They follow protocol.md by hand: the same `id` for a resend, `since {epoch, seq, hash}` for a rejoin, resends in the old
order before anything new.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import aiohttp
import socketio

from parlour.testing.wallets import sign_in, wallet
from tests.history.checker import Ack, Client, Final, Heard, Invoke, Item, Join, Nack, Refused

HANG_S = 60
"""Whatever has not happened after this never will."""
IN_FLIGHT = 4
"""Posts one client has without an answer at most."""


class RawClient:
    """One wallet and its socket, from one server life to the next.

    Attributes:
        url: where it connects the next time.
        urls: where it looks for another server once that one does not answer.
        refusals: the error of every refusal, joins and connections included, as the server told them.
        closings: every `closing` it heard.
        padding: what its posts hold beside their name.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, name: str, rooms: Sequence[str], pace_s: float) -> None:
        self.name = name
        self.history = Client(wallet(name).address)
        self.url = url
        self.urls: Sequence[str] = ()
        self.refusals: list[Any] = []
        self.closings: list[dict[str, Any]] = []
        self.padding = ""
        self._http, self._rooms, self._pace_s = http, rooms, pace_s
        self._token = ""
        self._socket: socketio.AsyncClient | None = None
        self._up = asyncio.Event()
        self._stopped = self._ended = self._resending = False
        self._unacked: dict[str, tuple[str, dict[str, Any]]] = {}
        self._at: dict[str, dict[str, Any]] = {}
        self._posts = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.acked = 0

    async def start(self) -> None:
        self._token = (await sign_in(self._http, self.url, wallet(self.name)))["token"]
        self._tasks = [asyncio.create_task(self._keep_connected()), asyncio.create_task(self._keep_posting())]

    def stop_posting(self) -> None:
        self._stopped = True

    @property
    def settled(self) -> bool:
        return not self._unacked

    def position(self, room: str) -> int:
        return int(self._at[room]["seq"]) if room in self._at else 0

    @property
    def rooms(self) -> Sequence[str]:
        return self._rooms

    async def drop(self) -> None:
        """End the connection; the next one goes to `url`."""
        if self._socket is not None:
            await self._socket.disconnect()

    async def end(self) -> None:
        self._ended = True
        if self._socket is not None:
            await self._socket.disconnect()
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _keep_connected(self) -> None:
        while not self._ended:
            socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
            socket.on("entry", self._entry)
            socket.on("closing", self.closings.append)
            socket.on("connect_error", self._turned_away)
            socket.on("*", self._told)
            try:
                await socket.connect(self.url, auth={"token": self._token}, transports=["websocket"], wait_timeout=5)
            except socketio.exceptions.ConnectionError:
                self.url = random.choice(self.urls) if self.urls else self.url
                await asyncio.sleep(random.uniform(0.05, 0.3))
                continue
            if self._ended:  # while it connected: the stock client's wait_for may swallow a cancellation
                await socket.disconnect()
                return
            self._socket = socket
            await self._come_back()
            self._up.set()
            closed = len(self.closings)
            await socket.eio.wait()
            self._up.clear()
            self._socket = None
            self._lost()
            if len(self.closings) > closed and not self._ended:
                await asyncio.sleep(self.closings[-1].get("retryAfter", 0) / 1000)

    def _lost(self) -> None:
        """Note that the connection is over: what it was asked is not answered any more."""

    def _told(self, event: str, data: Any = None) -> None:
        """Hear what posts and joins have nothing to do with."""

    def _turned_away(self, error: Any) -> None:
        if isinstance(error, dict):  # else no server said it
            self.refusals.append(error)

    async def _come_back(self) -> None:
        for room in self._rooms:
            await self._join(room)
        await self._resend()

    async def _join(self, room: str) -> None:
        since = {"since": self._at[room]} if room in self._at else {}
        socket = self._socket
        await self._send("room:join", {"room": room, **since}, lambda ack: self._joined(room, ack, socket))

    async def _join_again(self, room: str, socket: socketio.AsyncClient | None) -> None:
        if socket is self._socket:  # else the next one has joined
            await self._join(room)

    async def _resend(self) -> None:
        self._resending = False
        for id, (room, data) in list(self._unacked.items()):
            self._record_invoke(room, id)
            await self._send("room:post", data, lambda ack, room=room, id=id: self._answered(room, id, ack))

    async def _keep_posting(self) -> None:
        while not self._stopped:
            await asyncio.sleep(random.uniform(0.5, 1.5) * self._pace_s)
            await self._up.wait()
            if len(self._unacked) >= IN_FLIGHT or self._stopped:
                continue
            self._posts += 1
            id, room = f"{self.name}-{self._posts}", random.choice(self._rooms)
            data = {"room": room, "id": id, **self._said(room, id)}
            self._unacked[id] = (room, data)
            self._record_invoke(room, id)
            await self._send("room:post", data, lambda ack, room=room, id=id: self._answered(room, id, ack))

    def _said(self, room: str, id: str) -> dict[str, Any]:
        """Return type and body of a post."""
        return {"type": "chat.message", "body": {"text": f"{id} says this{self.padding}"}}

    async def _send(self, event: str, data: dict[str, Any], answered: Callable[[dict[str, Any]], None]) -> None:
        if self._socket is None:
            return
        try:
            await self._socket.emit(event, data, callback=answered)
        except socketio.exceptions.SocketIOError:
            pass  # the socket ended under us; the next one resends

    def _record_invoke(self, room: str, id: str) -> None:
        self.history.events.append(Invoke(time.monotonic(), room, id))

    def _joined(self, room: str, ack: dict[str, Any], socket: socketio.AsyncClient | None) -> None:
        if not ack["ok"]:
            if not ack["error"]["retryable"]:
                raise AssertionError(f"{self.name} may not join {room}: {ack}")
            self.refusals.append(ack["error"])
            self._later(ack["error"], lambda: self._join_again(room, socket))
            return
        self.history.events.append(Join(room, ack["epoch"], ack["head"], ack["recovered"]))
        if ack["recovered"]:
            for entry in ack["entries"]:
                self._entry(entry)
        self._at[room] = {"epoch": ack["epoch"], "seq": ack["head"], "hash": ack["hash"]}

    def _entry(self, entry: dict[str, Any]) -> None:
        room = entry["room"]
        self.history.events.append(Heard(room, item_of(entry)))
        if room in self._at:
            self._at[room] |= {"seq": entry["seq"], "hash": entry["hash"]}

    def _answered(self, room: str, id: str, ack: dict[str, Any]) -> None:
        if id not in self._unacked:
            return
        if ack["ok"]:
            self.history.events.append(Ack(time.monotonic(), room, id, ack["seq"], ack["hash"]))
            self.acked += 1
            del self._unacked[id]
        elif not ack["error"]["retryable"]:
            self.refusals.append(ack["error"])
            self.history.events.append(Nack(time.monotonic(), room, id, ack["error"]["code"]))
            del self._unacked[id]
        else:
            self.history.events.append(Refused(room, id))
            self.refusals.append(ack["error"])
            if not self._resending:
                self._resending = True
                self._later(ack["error"], self._resend)

    def _later(self, error: dict[str, Any], again: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Ask again when the server said."""

        def now() -> None:
            if not self._ended:
                self._tasks.append(asyncio.create_task(again()))

        asyncio.get_running_loop().call_later(error.get("retryAfter", 200) / 1000, now)


async def read_log(http: aiohttp.ClientSession, url: str, room: str, token: str) -> Final:
    """A room's whole log, as a client that was never there reads it."""
    epoch, entries = await read_entries(http, url, room, token)
    return Final(epoch, [item_of(entry) for entry in entries])


async def read_entries(
    http: aiohttp.ClientSession, url: str, room: str, token: str
) -> tuple[str, list[dict[str, Any]]]:
    """A room's epoch and its whole log."""
    socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
    await socket.connect(url, auth={"token": token}, transports=["websocket"], wait_timeout=HANG_S)
    try:
        joined = await _answer(socket, "room:join", {"room": room, "limit": 0, "as": "spectator"})
        entries: list[dict[str, Any]] = []
        while True:
            after = entries[-1]["seq"] if entries else 0
            page = await _answer(socket, "room:history", {"room": room, "after": after, "limit": 200})
            entries += page["entries"]
            if not page["more"]:
                return joined["epoch"], entries
    finally:
        await socket.disconnect()


async def _answer(socket: socketio.AsyncClient, event: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask until the server answers: a room that was just taken over refuses for a moment."""
    async with asyncio.timeout(HANG_S):
        while not (ack := await socket.call(event, asked, timeout=HANG_S))["ok"]:
            assert ack["error"]["retryable"], f"{event}: {ack}"
            await asyncio.sleep(ack["error"].get("retryAfter", 200) / 1000)
    answer: dict[str, Any] = ack
    return answer


def item_of(entry: dict[str, Any]) -> Item:
    return Item(entry["seq"], entry["author"], entry["id"], entry["hash"])
