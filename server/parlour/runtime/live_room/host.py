"""Keeps a live room open: what it is asked from outside, when its turns begin, and how it ends.

    submit → mailbox → begin (turns.py decides) → [the store] → finish (turns.py sends) → the next turn, or rest

A turn that needs nothing of the store beforehand is decided in the scheduler's pass, beside those of other rooms.
Everything that waits for the store otherwise (opening, joins, old ids, recovery, closing) runs in a task of its own.
From its begin to its end the room is busy: it begins nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from parlour.core.room import Account, Dropped, FlushTicks, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Internal, NoSuchRoom, NotOwner, ParlourError, Unavailable
from parlour.runtime.connection import Connection
from parlour.runtime.live_room.agenda import NEVER, Alarm, tick_rate
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.commit import leave_snapshot
from parlour.runtime.live_room.context import HostLimits, Reply, RoomContext, RoomRequest
from parlour.runtime.live_room.delayed_room import DelayedRoom
from parlour.runtime.live_room.mailbox import RETRY_MS, answer_all
from parlour.runtime.live_room.prepare import Needs, needs_of
from parlour.runtime.live_room.scheduler import Scheduler, Turn
from parlour.runtime.live_room.state import RoomState, fold_stored
from parlour.runtime.live_room.turns import RoomTurns, refusal_after, taken_over
from parlour.runtime.store import Fenced, RoomRecord, StoreError

__all__ = ["HostLimits", "Reply", "RoomContext", "RoomHost", "RoomRequest", "drain_all"]

CLOSING_AT_ONCE = 32
"""Rooms that close at once while a process drains: enough to keep the database busy."""

log = structlog.get_logger()
T = TypeVar("T")


class RoomHost:
    """A live room. `submit` is synchronous, so a client's order is the mailbox's order.

    Args:
        on_closed: called at its end.
        predecessor: the room's last host in this process, perhaps still closing.

    Attributes:
        being_erased: the room's row is about to go; where that shows first as a failed commit, nobody shall come back.
    """

    def __init__(
        self,
        room: RoomId,
        context: RoomContext,
        scheduler: Scheduler,
        on_closed: Callable[[RoomHost], None],
        predecessor: RoomHost | None = None,
    ) -> None:
        self.id = room
        self.context = context
        self.closing = False
        self.being_erased = False
        self.audience = Audience(room, context, self._wake)
        self.presence = self.audience.presence
        self._scheduler = scheduler
        self._on_closed = on_closed
        self._turns = RoomTurns(room, context, self.audience, lambda: self.closing)
        self._mailbox = self._turns.mailbox
        self._alarm = Alarm(context.clock, self._wake)
        self._busy = self._queued = False  # a turn is under way; the scheduler will begin one
        self._turn: Turn | None = None  # the one that the scheduler has
        self._task: asyncio.Task[None] | None = None  # the one that waits for the store, beside the scheduler
        self._over = False
        self._ended = asyncio.Event()
        self._wait_for(self._open, predecessor)

    # ── asked from outside ────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_open(self) -> bool:
        return self._turns.live is not None

    @property
    def live(self) -> RoomState:
        return self._turns.opened()

    @property
    def record(self) -> RoomRecord:
        """What is durable of the room."""
        return self.live.record

    def described(self, viewer: Account, rank: int) -> dict[str, Any]:
        """The room object of acks (protocol §3 "Rooms"), as this account sees it."""
        return self.live.described(viewer, rank)

    def submit(self, request: RoomRequest) -> None:
        """Queue a request.

        Raises:
            Unavailable: the mailbox is full, or the host is closing.
        """
        if self.closing:
            raise _closing()
        live = self._turns.live
        if live is None:
            request.asked_at = request.asked_at or self.context.clock.now()
        elif 0 < request.asked_at < live.others_until:
            raise taken_over()
        if not self._mailbox.put(request):
            raise Unavailable("This room is busy; try again.", retry_after=RETRY_MS)
        self._wake()

    async def read_state(self, question: Callable[[Hall], T]) -> T:
        """Answer a question about the committed state: at once between batches, else after the current one.

        While the store can be read but not written, a fold of the stored log answers.

        Raises:
            NotFound, Unavailable: the room cannot be opened. Also whatever `question` raises.
            StoreError: the log cannot be read either.
        """
        turns = self._turns
        if turns.settled and (self.closing or self.context.clock.now() < self.live.leased_until):
            return question(self.live.room)
        if self.closing:
            raise _closing()
        if turns.recovering:
            return question(await fold_stored(self.context, self.id))
        answer = turns.reads.ask(question)
        self._wake()
        return await answer

    async def past(self) -> DelayedRoom:
        """Return the room as whoever `Hall.delays` names may see it; raises as `read_past`."""
        past = self.live.past
        assert past is not None, "only rooms with a delay delay anybody"
        return DelayedRoom(self.context, past, self.presence)

    def signal(self, sender: Connection, type_: str, body: Any) -> None:
        """Send a signal to every other connection in the room; raises as `Audience.signal`."""
        self.audience.signal(self.live, sender, type_, body)

    def send_read_position(self, account: Account, seq: int) -> None:
        """Tell the people of the room how far an account has read."""
        self.audience.send_read_position(account, seq)

    async def show_again(self) -> None:
        """Send what changed of the computed state though no entry came; raises as `read_state`."""
        await self.read_state(lambda hall: self.audience.send_views(self.live, moved=False))

    def tell(self, type_: str, body: Any) -> None:
        """Send a signal of the server to everybody in the room."""
        self.audience.tell(type_, body)

    def leave(self, connection: Connection, *, for_good: bool = False) -> None:
        """Remove a connection; `for_good` where a Leave command of its account is decided as well."""
        if connection not in self.audience.presence:
            return
        last = self.audience.drop(connection)
        self._turns.last_busy = self.context.clock.monotonic()
        if last and not for_good and self.live.room.computed:
            self._mailbox.put_own(Dropped(author=connection.account))
        self._wake()

    @property
    def is_spare(self) -> bool:
        """Whether the room may close at once: nobody is here, nothing waits and nothing is due."""
        return self._turns.settled and not self.audience and not self._mailbox and self.live.room.wakes_at() is None

    def retire(self) -> None:
        """Close after the waiting requests are handled."""
        self.closing = True
        self._wake()

    async def drain(self) -> None:
        """Commit what the mailbox holds, close, and wait for the end."""
        self.retire()
        await self.ended()

    async def ended(self) -> None:
        await self._ended.wait()

    def renewed(self, until: int) -> None:
        """Note that the lease holds until then (ms since 1970)."""
        self.live.leased_until = until

    def clock_stepped(self, step_ms: int) -> None:
        """Move the room's deadlines, because the clock stepped forward and nobody could act during the step."""
        if self.is_open and not self.closing:
            self._turns.resume(self.context.clock.now() - step_ms)
            self._wake()

    def lost_lease(self) -> None:
        """Stop at once, because another process owns the room now."""
        if self._task is not None:
            self._task.cancel()
        self._fail(Fenced("The lease is another process's."))

    def end_erased(self) -> None:
        """Stop at once, because the room is erased: who is here is put out, and who waits is told of no room."""
        if self._task is not None:
            self._task.cancel()
        if not self._over:
            self.audience.put_out("erased")
            self._end(NoSuchRoom())

    # ── from opening to closing ───────────────────────────────────────────────────────────────────────────────

    def _wake(self) -> None:
        """Ask the scheduler for a turn, unless one is under way: its end looks for what waits."""
        if not self._busy and not self._queued:
            self._queued = True
            self._scheduler.add(self)

    def _wait_for(self, work: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Be busy with work that waits for the store, then look for what waits here."""
        self._busy = True
        self._task = asyncio.get_running_loop().create_task(self._guard(work, *args), name=f"room {self.id}")

    async def _guard(self, work: Callable[..., Awaitable[None]], *args: Any) -> None:
        try:
            await work(*args)
            self._task = None
            self._go_on()
        except BaseException as error:
            self._task = None
            self._fail(error)
            if not isinstance(error, Exception):
                raise

    async def _open(self, predecessor: RoomHost | None) -> None:
        own_fence = None
        if predecessor is not None:
            await predecessor.ended()
            own_fence = predecessor.record.fence if predecessor.is_open else None
        self.id = (await self._turns.open(own_fence)).record.id

    def _go_on(self) -> None:
        """End a turn: ask for the next one, or rest."""
        if self._over:
            return
        self._busy = False
        if self._turns.find_due():
            self._wake()
        else:
            self._rest()

    def _rest(self) -> None:
        """Wait until something will be due, or close where nobody needs the room."""
        audience, turns = self.audience, self._turns
        if audience.presence.has_news:
            audience.send_presence()
        idle_at = NEVER if audience.presence.connections else turns.idle_at()
        if self.closing or idle_at <= self.context.clock.monotonic():
            self._wait_for(self._close)
            return
        at = min(turns.agenda.next_at, idle_at, audience.lapses_at)
        if turns.live is not None and turns.live.past is not None:
            at = min(at, turns.release_at(turns.live.past))
        if audience.presence.has_news or audience.views.behind or audience.delayed.views.behind:
            at = min(at, audience.next_at())
        if at < self._alarm.at:
            self._alarm.set(at)

    async def _close(self) -> None:
        self.closing = True
        if tick_rate(self.live.room):
            await self._turns.take([RoomRequest(FlushTicks())], Needs())
        with suppress(StoreError):
            await leave_snapshot(self.live)
            await self.context.store.release(self.id, self.context.owner, self.context.clock.now())
        if self.audience:
            self.context.on_handed_over(self.id, self.audience.stands(self.live))
        self._end(_closing())

    def _fail(self, error: BaseException) -> None:
        """End the host after an error that it cannot mend; its clients come back to another one."""
        if self._over:
            return
        if self.being_erased:
            self.end_erased()
            return
        if isinstance(error, ParlourError):
            self._end(error)
            return
        if isinstance(error, Fenced | asyncio.CancelledError):
            log.warning("room.fenced", room=self.id)
        elif isinstance(error, StoreError):
            log.warning("room.store_failed", room=self.id, error=str(error))
        else:
            log.error("room.crashed", room=self.id, exc_info=error)
        self.audience.hang_up()
        self._end(refusal_after(error))

    def _end(self, refusal: ParlourError) -> None:
        self.closing = self._over = True
        self._alarm.cancel()
        if self._turn is not None:
            answer_all(self._turn.batch, refusal)
        self._turns.refuse_waiting(refusal)
        self.context.gates.closed(self.id)
        self._on_closed(self)
        self._ended.set()

    # ── turns (see `scheduler.Room`) ──────────────────────────────────────────────────────────────────────────

    def begin(self) -> Turn | None:
        """Decide what waits; None where nothing does, or where the room goes on by itself."""
        self._queued = False
        if self._busy or self._over:
            return None
        batch: list[RoomRequest] = []
        turns, live = self._turns, self._turns.live
        assert live is not None
        try:
            if self.audience.lapses_at < NEVER:
                self.audience.lapse(live)
            if self.audience.views.behind or self.audience.delayed.views.behind:
                self.audience.serve_late(live)
            if live.past is not None and not turns.release(live, live.past):
                self._wait_for(turns.release_undoing)
                return None
            if not self._mailbox.waiting and not turns.find_due():
                self._rest()
                return None
            self._busy = True
            batch = self._mailbox.next_batch(len(self.presence.connections))
            needs = needs_of(live, batch)
            if needs is not None and needs.asks:
                self._wait_for(turns.take, batch, needs)
            else:
                self._turn = turns.decide(self, batch, needs)
        except Exception as error:
            answer_all(batch, Internal())
            self._fail(error)
        return self._turn

    def finish(self, turn: Turn, error: StoreError | None) -> None:
        """Send the turn, because it is durable; or find out what is, where the store failed."""
        if self._over:
            return
        self._turn = None
        try:
            unfinished = self._turns.finish(turn, error)
            if unfinished is None:
                self._go_on()
            else:
                self._wait_for(unfinished)
        except Exception as defect:
            answer_all(turn.batch, refusal_after(defect))
            self._fail(defect)


async def drain_all(hosts: Iterable[RoomHost]) -> None:
    """Drain hosts, a few at a time, so that each room stands still only for as long as its own closing takes."""
    closing = asyncio.Semaphore(CLOSING_AT_ONCE)

    async def drain(host: RoomHost) -> None:
        async with closing:
            await host.drain()

    await asyncio.gather(*map(drain, hosts), return_exceptions=True)


def _closing() -> NotOwner:
    return NotOwner("This room is closing; try again.", retry_after=RETRY_MS)
