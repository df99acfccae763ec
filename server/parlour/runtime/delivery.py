"""Delivers queued rows to their receivers: in order per key, at least once, retried, parked when they keep failing.

One algorithm for every queue whose receivers may be slow, down or broken. The chain outbox uses it; its keys are rooms.

- **Durable.** The queue is the cursor: a row is read again, after a restart too, until the queue has recorded it as
  done, dropped or parked. A receiver may therefore get a row twice and must recognise it.
- **Ordered.** Rows of one key are sent one batch after the other. Keys never wait for each other.
- **Unready.** A receiver whose refusal says that a retry helps pauses its key; no try is counted.
- **Gone.** A receiver that refuses with NotFound or Closed has its rows dropped.
- **Broken.** A batch that fails otherwise is sent row by row. The row that fails counts a try and pauses its key; at
  the last try it is parked, and the rows behind it go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

import structlog

from parlour.errors import Closed, NotFound, ParlourError
from parlour.runtime.backoff import Backoff
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

log = structlog.get_logger()

_IDLE_S = 1.0
"""Seconds between reads of the queue while nothing wakes the delivery: rows that another process queued."""
_SHORTEST_S = 0.01
"""Seconds between reads at least, however soon the next pause ends."""
_PAUSES = Backoff(first_s=0.05, longest_s=5.0, growth=1.7)
"""A receiver that only starts anew is back within tenths of a second; one that stays away costs a try in 5 s."""


class Row(Protocol):
    """One row of a queue."""

    @property
    def seq(self) -> int:
        """Its number; rows of a key are sent in the order of their numbers."""

    @property
    def tries(self) -> int:
        """How often it failed so far."""

    @property
    def bundle(self) -> Hashable:
        """Neighbours with the same bundle are sent together and alone; rows with None may share a batch."""

    @property
    def first(self) -> bool:
        """Whether its key is served before keys that wait longer."""


R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)
Send = Callable[[str, Sequence[R]], Awaitable[None]]
"""Sends one batch to a key's receiver and returns once the receiver has it for good.

Raises `GONE` where the receiver no longer exists, and StoreError or a retryable ParlourError where it cannot receive
now; any other exception means that some row of the batch cannot be received.
"""
GONE = (NotFound, Closed)


class Queue(Protocol[R_co]):
    """The place where rows wait. Every method may raise StoreError."""

    async def pending(self, limit: int, skip: Collection[str]) -> Mapping[str, Sequence[R_co]]:
        """Return up to `limit` waiting rows by key, each key's in order.

        Parked rows and the keys in `skip` are left out.
        """

    def next_in(self) -> float | None:
        """Return the seconds until rows that `pending` left out may be read again; None where nothing waits so."""

    async def done(self, rows: Sequence[int]) -> None:
        """Record that these rows were received."""

    async def dropped(self, key: str, rows: Sequence[int], refusal: ParlourError) -> None:
        """Record that these rows have no receiver any more; `refusal` is its last answer."""

    async def failed(self, row: int, error: str, park: bool) -> None:
        """Count a try of this row; `park` sets it aside until an operator revives it."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How a delivery reads and retries.

    Attributes:
        read: rows read from the queue at once.
        together: rows without a bundle that one batch may hold.
        at_once: keys served at the same time; the others wait their turn, so that no pass of the loop is long.
        tries: failures after which a row is parked.
        backoff: pauses of a key after failures in a row.
    """

    read: int = 2000
    together: int = 100
    at_once: int = 128
    tries: int = 5
    backoff: Backoff = _PAUSES


@dataclass(slots=True)
class DeliveryCounts:
    """Rows that left the queue since the start."""

    delivered: int = 0
    dropped: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class _Pause:
    """Until when (monotonic seconds) a key is left alone, and after how many failures in a row."""

    until: float
    failures: int


class Delivery(Generic[R]):
    """Serves every key of one queue, each by a task of its own.

    Args:
        name: names the task for operators.
    """

    def __init__(
        self, name: str, queue: Queue[R], send: Send[R], clock: Clock, rules: DeliveryRules | None = None
    ) -> None:
        self._name, self._queue, self._send, self._clock = name, queue, send, clock
        self._rules = rules or DeliveryRules()
        self.counts = DeliveryCounts()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._paused: dict[str, _Pause] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._first: dict[str, Sequence[R]] = {}
        self._ready: dict[str, Sequence[R]] = {}

    def start(self) -> None:
        """Deliver until `stop`."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Cancel what is under way; rows not recorded as done are sent again at the next start."""
        self._first.clear()
        self._ready.clear()
        tasks = [t for t in (self._task, *self._busy.values()) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._task = None

    def wake(self) -> None:
        """Read the queue now: it has new rows, or a key was released."""
        self._wake.set()

    async def drain(self) -> None:
        """Send every row that may be sent now, and wait until they are; raises StoreError."""
        while await self._serve():
            while self._busy:
                await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                more = await self._serve() >= self._rules.read
            except StoreError:
                more = False
            except Exception:  # one odd row must not end the delivery of all others until a restart
                log.exception("delivery.unread", queue=self._name)
                more = False
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._until_next()):
                        await self._wake.wait()

    def _until_next(self) -> float:
        """Seconds until a paused key may be tried again; keys whose pause is over have nothing queued."""
        now = self._clock.monotonic()
        waits = [pause.until - now for pause in self._paused.values() if pause.until > now]
        if (left_out := self._queue.next_in()) is not None:
            waits.append(left_out)
        return max(_SHORTEST_S, min(waits, default=_IDLE_S))

    async def _serve(self) -> int:
        """Read the rows of keys that are neither busy nor paused, and begin to serve them; return how many they are."""
        now = self._clock.monotonic()
        paused = {key for key, pause in self._paused.items() if pause.until > now}
        under_way = self._busy.keys() | self._first.keys() | self._ready.keys()
        rows = await self._queue.pending(self._rules.read, paused | under_way)
        for key, mine in rows.items():
            (self._first if mine[0].first else self._ready)[key] = mine
        self._begin_more()
        return sum(map(len, rows.values()))

    def _begin_more(self) -> None:
        """Begin to serve ready keys, as many as may be under way at once."""
        while (waiting := self._first or self._ready) and len(self._busy) < self._rules.at_once:
            key = next(iter(waiting))
            task = self._busy[key] = asyncio.create_task(self._serve_key(key, waiting.pop(key)))
            task.add_done_callback(partial(self._on_served, key))

    def _on_served(self, key: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)
        if not task.cancelled() and task.exception() is not None:
            self._back_off(key)
        self._begin_more()
        if not self._first and not self._ready:
            self._wake.set()

    async def _serve_key(self, key: str, rows: Sequence[R]) -> None:
        for batch in batches(rows, self._rules.together):
            if not await self._send_batch(key, batch):
                return
        self._paused.pop(key, None)

    async def _send_batch(self, key: str, batch: Sequence[R]) -> bool:
        """Send one batch; return whether the next one may follow."""
        try:
            await self._send(key, batch)
        except GONE as refusal:
            await self._queue.dropped(key, [row.seq for row in batch], refusal)
            self.counts.dropped += len(batch)
            return True
        except Exception as error:
            if isinstance(error, StoreError) or (isinstance(error, ParlourError) and error.retryable):
                self._back_off(key)
                return False
            return await self._find_broken(key, batch, error)
        await self._queue.done([row.seq for row in batch])
        self.counts.delivered += len(batch)
        return True

    async def _find_broken(self, key: str, batch: Sequence[R], error: Exception) -> bool:
        """Send the rows one by one up to the one that fails; count its try, and park it at the last one."""
        if len(batch) > 1:
            for row in batch:
                if not await self._send_batch(key, [row]):
                    return False
            return True
        row = batch[0]
        park = row.tries + 1 >= self._rules.tries
        await self._queue.failed(row.seq, f"{type(error).__name__}: {error}"[:300], park)
        self.counts.parked += park
        if not park:
            self._back_off(key)
        return park

    def _back_off(self, key: str) -> None:
        failures = self._paused[key].failures + 1 if key in self._paused else 1
        until = self._clock.monotonic() + self._rules.backoff.pause_after(failures)
        self._paused[key] = _Pause(until, failures)


def batches(rows: Sequence[R], together: int) -> list[list[R]]:
    """Split the rows of one key into batches, each sent at once.

    Args:
        together: rows without a bundle that one batch may hold; a bundle is never split.
    """
    found: list[list[R]] = []
    open_bundle: Hashable = None
    for row in rows:
        bundle = row.bundle
        if found and bundle == open_bundle and (bundle is not None or len(found[-1]) < together):
            found[-1].append(row)
        else:
            found.append([row])
            open_bundle = bundle
    return found
