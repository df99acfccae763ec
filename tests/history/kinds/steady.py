"""A client that does one thing after the other, each until it is answered, whatever happens to its server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import socketio

from parlour.testing.wallets import SignInFailed, sign_in, wallet
from tests.history.checker import Ack, Left, Nack, Refused
from tests.history.load import RawClient

PATIENCE_S = 20
"""Seconds for one answer; a server that was stopped keeps sockets open and says nothing."""


class Steady(RawClient):
    """A recording client that posts what it is told to.

    Attributes:
        entries: what it heard of each room, in order, joins included.
        told: every other event, as (name, data).
        out: rooms that refuse it or put it out, with the error or the reason.
        records: whether joins and entries are recorded for the checker; not where joins leave entries out.
        token: of its session.
    """

    def __init__(self, http: aiohttp.ClientSession, urls: Sequence[str], name: str, *, records: bool = True) -> None:
        self._inside: list[str] = []
        super().__init__(http, urls[0], name, self._inside, 0)
        self.urls = urls
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.told: list[tuple[str, Any]] = []
        self.out: dict[str, Any] = {}
        self.records = records
        self._ids = 0
        self._joining: dict[str, Any] = {}
        self._open: set[asyncio.Future[dict[str, Any]]] = set()

    @property
    def account(self) -> str:
        return self.history.account

    @property
    def token(self) -> str:
        return self._token

    async def start(self) -> None:
        while not self._token:
            try:
                self._token = (await sign_in(self._http, self.url, wallet(self.name)))["token"]
            except (aiohttp.ClientError, SignInFailed):
                await asyncio.sleep(0.2)
        self._tasks = [asyncio.create_task(self._keep_connected())]

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """Ask until there is an answer that stays: a success, or a refusal for good."""
        while True:
            await self._up.wait()
            try:
                if self._socket is None:
                    continue
                ack = await self._answer_to(event, data)
            except TimeoutError:
                await self.drop()
                await asyncio.sleep(0.1)
            except (ConnectionError, socketio.exceptions.SocketIOError):
                await asyncio.sleep(0.1)
            else:
                if ack["ok"] or not ack["error"]["retryable"]:
                    return ack
                self.refusals.append(ack["error"])
                await asyncio.sleep(min(ack["error"].get("retryAfter", 200), 5_000) / 1_000)

    async def _answer_to(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """Ask once. Raises ConnectionError where the connection ends, TimeoutError where nothing comes."""
        assert self._socket is not None
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._open.add(answer)
        try:
            await self._socket.emit(event, data, callback=lambda ack: answer.done() or answer.set_result(ack))
            return await asyncio.wait_for(answer, PATIENCE_S)
        finally:
            self._open.discard(answer)

    def _lost(self) -> None:
        for answer in self._open:
            if not answer.done():
                answer.set_exception(ConnectionError())

    async def done(self, event: str, **data: Any) -> dict[str, Any]:
        """Ask for what must succeed."""
        ack = await self.ask(event, **data)
        assert ack["ok"], (self.name, event, data, ack)
        return ack

    async def post(self, room: str, type: str, body: Any, id: str = "") -> dict[str, Any]:
        """Post, with one id over all tries; return the last answer."""
        self._ids += 1
        id = id or f"{self.name}-{self._ids}"
        self._record_invoke(room, id)
        refused = len(self.refusals)
        ack = await self.ask("room:post", room=room, id=id, type=type, body=body)
        if len(self.refusals) > refused:
            self.history.events.append(Refused(room, id))
        if ack["ok"]:
            self.acked += 1
            self.history.events.append(Ack(time.monotonic(), room, id, ack["seq"], ack["hash"]))
        else:
            self.history.events.append(Nack(time.monotonic(), room, id, ack["error"]["code"]))
        return ack

    async def enter(self, room: str) -> bool:
        """Join a room and stay in it over every connection; return whether one is let in."""
        self.out.pop(room, None)
        if room not in self._inside:
            self._inside.append(room)
        await self._join(room)
        while room not in self._at and room not in self.out:
            await asyncio.sleep(0.02)
        return room in self._at

    async def _join(self, room: str) -> None:
        if self._socket is not None and self._joining.get(room) is not self._socket:  # once for each connection
            self._joining[room] = self._socket
            await super()._join(room)

    async def _resend(self) -> None:
        """Leave it to `ask`, which asks again by itself."""

    def _joined(self, room: str, ack: dict[str, Any], socket: socketio.AsyncClient | None) -> None:
        if not ack["ok"]:
            self._joining.pop(room, None)
        if ack["ok"] or ack["error"]["retryable"]:
            super()._joined(room, ack, socket)
        else:
            self._put_out(room, ack["error"])

    def _entry(self, entry: dict[str, Any]) -> None:
        self.entries.setdefault(entry["room"], []).append(entry)
        if self.records and entry["room"] in self._at:
            super()._entry(entry)

    def _told(self, event: str, data: Any = None) -> None:
        self.told.append((event, data))
        if event in ("room:removed", "room:closed"):
            self._put_out(data["room"], data)

    def _put_out(self, room: str, why: Any) -> None:
        self.out[room] = why
        self._joining.pop(room, None)
        if self._at.pop(room, None) is not None:
            self.history.events.append(Left(room))
        if room in self._inside:
            self._inside.remove(room)
