"""Fakes of a live room's surroundings: time that a test moves, and connections that record what they get."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import Any, NamedTuple, cast

import orjson

from parlour.core.room import Account
from parlour.runtime.connection import Connection, Frame

START_MS = 1_800_000_000_000
STEPS = 60
"""Turns of the loop after which everything that can happen without time passing has happened."""


async def settle() -> None:
    """Let every task run until all of them are waiting."""
    for _ in range(STEPS):
        await asyncio.sleep(0)


class FakeTimer:
    """A callback due at `at` seconds of the fake clock's life."""

    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeClock:
    """Implements `parlour.runtime.clock.Clock`; time stands still until `advance`."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self._start_ms = now_ms
        self._elapsed = 0.0
        self._stepped_ms = 0
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._order = count()

    def now(self) -> int:
        return self._start_ms + self._stepped_ms + round(self._elapsed * 1000)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        self.call_later(seconds, wake)
        await woken

    def call_later(self, seconds: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self._elapsed + max(0.0, seconds), callback)
        heapq.heappush(self._timers, (timer.at, next(self._order), timer))
        return timer

    def step(self, milliseconds: int) -> None:
        """Move the time of day without ringing timers, as a machine's sleep does."""
        self._stepped_ms += milliseconds

    def spend(self, seconds: float) -> None:
        """Let time pass without ringing timers, as it does while code computes."""
        self._elapsed += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass, timer by timer, and let every task react to each."""
        until = self._elapsed + seconds
        await settle()
        while self._timers and self._timers[0][0] <= until:
            at, _, timer = heapq.heappop(self._timers)
            self._elapsed = max(self._elapsed, at)
            if timer.callback is not None:
                timer.callback()
                await settle()
        self._elapsed = max(self._elapsed, until)
        await settle()


class Heard(NamedTuple):
    """An event as a client got it."""

    event: str
    data: Any


class FakeEncoder:
    """Implements `parlour.runtime.connection.Encoder`: a frame is the event as JSON would carry it, `Heard`.

    Bytes stay bytes, as they do in a Socket.IO attachment.
    """

    def frame(self, event: str, data: Any) -> Frame:
        return cast(Frame, Heard(event, carried(data)))

    def write_to_all(self, connections: Iterable[Connection], frame: Frame, *, volatile: bool = False) -> None:
        for connection in connections:
            connection.write(frame, volatile=volatile)

    def congested(self, connections: Iterable[Connection]) -> Collection[Connection]:
        return [connection for connection in connections if connection.congested]


class FakeConnection:
    """Implements `parlour.runtime.connection.Connection`.

    Attributes:
        heard: every event so far, in order.
        steps: set it to take states as steps.
        congested: set it to be a slow reader.
        closed: `(reason, reconnect)` once the server has closed the socket.
    """

    _ids = count(1)

    def __init__(self, account: Account = "", rank: int = 0) -> None:
        self.id = f"connection-{next(self._ids)}"
        self.account = account
        self.rank = rank
        self.steps = False
        self.heard: list[Heard] = []
        self.congested = False
        self.closed: tuple[str, bool] | None = None

    def write(self, frame: Frame, *, volatile: bool = False) -> None:
        if self.closed is None and not (volatile and self.congested):
            self.heard.append(cast(Heard, frame))

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        if self.closed is None:
            self.closed = (reason, reconnect)

    def events(self, name: str) -> list[Any]:
        """Return the data of every event with this name."""
        return [heard.data for heard in self.heard if heard.event == name]

    @property
    def entries(self) -> list[int]:
        """Return the numbers of the entries received, in order."""
        return [data["seq"] for data in self.events("entry")]


def carried(data: Any) -> Any:
    """Return `data` as it arrives: after a round trip through JSON, bytes unchanged."""
    attachments: list[bytes] = []

    def attach(value: Any) -> Any:
        attachments.append(bytes(value))
        return {"_attachment": len(attachments) - 1}

    def detach(value: Any) -> Any:
        if isinstance(value, dict):
            number = value.get("_attachment")
            return attachments[number] if number is not None else {k: detach(v) for k, v in value.items()}
        return [detach(item) for item in value] if isinstance(value, list) else value

    plain = orjson.loads(orjson.dumps(data, default=attach))
    return detach(plain) if attachments else plain
