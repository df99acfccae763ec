"""Pushes notices that nobody read in time. One process of a database does, under a lease (runtime/membership/jobs.py).

    notices stored since the mark → still unread after the delay → encrypted and posted → the mark moves

A notice may be stored a while after the message it is about (runtime/inbox/spread.py), so each look goes back `LATE_MS`
and leaves out what it handled. After a crash some are pushed twice; their `Topic` lets the service replace them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import orjson
import structlog

from parlour.runtime.clock import Clock
from parlour.runtime.notice_records import ABOUT_A_MESSAGE, NoticeRecord
from parlour.runtime.push.subscriptions import Subscription, SubscriptionRows
from parlour.runtime.store import StoreError

log = structlog.get_logger()

LOOK_SECONDS = 1.0
MARK_MS = 5_000
"""How far the stored mark lags behind where nothing was due: a quiet server writes no row each second."""
LATE_MS = 15_000
"""How much later than its message a notice may be stored and still be pushed."""
AT_ONCE = 32
"""Posts at the same time: services answer within a tenth of a second."""
PAGE = 500
"""Pushes that are read at once."""
TRIES = 4
"""A service that is down for longer has lost the notice; the inbox has not."""
TEXT_LENGTH = 240
"""Characters of a message in a push: what a lock screen shows, and far below the 4 kB of RFC 8291."""

Place = tuple[int, str, str]
"""Where a look is: time (ms) and id of a notice, and the browser's endpoint."""
Sent = Literal["sent", "gone", "refused", "later"]
"""What a service said: taken, no such browser any more, never to be taken, or not now."""
SENT: tuple[Sent, ...] = ("sent", "gone", "refused", "later")


@dataclass(frozen=True, slots=True)
class Due:
    """A notice to push to one browser, with the text of its message where pushes carry it."""

    notice: NoticeRecord
    to: Subscription
    text: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.notice.id, self.to.endpoint

    @property
    def place(self) -> Place:
        return self.notice.at, *self.key

    def payload(self) -> bytes:
        """Return what the browser's service worker gets: the notice as its event has it, without an invitation."""
        told = {key: value for key, value in self.notice.to_json().items() if key != "invite"}
        if self.text is not None and self.notice.type in ABOUT_A_MESSAGE:
            told["text"] = self.text[:TEXT_LENGTH]
        return orjson.dumps({**told, "at": self.notice.at})


class PushRows(SubscriptionRows, Protocol):
    """What the pusher reads; every method may raise StoreError."""

    async def mark(self, now: int) -> int:
        """Return up to when (ms) notices were pushed; the first time now."""
        ...

    async def move_mark(self, upto: int) -> None:
        """Note that notices up to this time (ms) were pushed."""

    async def due(self, after: Place, upto: int, now: int, with_text: bool) -> Sequence[Due]:
        """Return unread notices of rooms that the account may join now, for each of its browsers.

        Args:
            after, upto: those behind a place, up to a time (ms); the first `PAGE` of them, in order.
        """
        ...


class Pusher:
    """Pushes what is due, and forgets browsers that are gone.

    Args:
        send: encrypts a payload, posts it under a topic, and says what came of it; never raises.
        delay_ms: how long a notice waits for being read.

    Attributes:
        results: pushes since the start, by what came of them.
    """

    def __init__(
        self,
        rows: PushRows,
        send: Callable[[Subscription, bytes, str], Awaitable[Sent]],
        clock: Clock,
        *,
        delay_ms: int,
        with_text: bool,
    ) -> None:
        self._rows, self._send, self._clock = rows, send, clock
        self._delay_ms, self._with_text = delay_ms, with_text
        self._handled: dict[tuple[str, str], int] = {}
        self._failed: Counter[tuple[str, str]] = Counter()
        self.results: Counter[Sent] = Counter()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("push.unread", error=type(error).__name__)
            await self._clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Push what is due now; raises StoreError."""
        now = self._clock.now()
        mark, upto = await self._rows.mark(now), now - self._delay_ms
        few, place, found = asyncio.Semaphore(AT_ONCE), (mark - LATE_MS, "", ""), False
        to_retry = set[tuple[str, str]]()
        while due := await self._rows.due(place, upto, now, self._with_text):
            found = True
            await asyncio.gather(*(self._push(each, few) for each in due if each.key not in self._handled))
            to_retry.update(each.key for each in due if each.key not in self._handled)
            place = due[-1].place
        if upto - mark >= (1 if found else MARK_MS):
            await self._rows.move_mark(upto)
        self._handled = {key: at for key, at in self._handled.items() if at >= mark - LATE_MS}
        self._failed = Counter({key: self._failed[key] for key in to_retry})  # not what was read meanwhile

    async def _push(self, due: Due, few: asyncio.Semaphore) -> None:
        async with few:
            result = await self._send(due.to, due.payload(), due.notice.id)
        self.results[result] += 1
        if result == "gone":
            await self._rows.remove(due.to.endpoint)
        self._failed[due.key] += 1
        if result != "later" or self._failed[due.key] >= TRIES:
            self._handled[due.key] = due.notice.at
