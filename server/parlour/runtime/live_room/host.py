"""Runs the one task that owns a live room.

    submit → mailbox → prepare (store) → decide (pure) → commit (store) → publish (entries, acks, states)

Whatever waits in the mailbox becomes one batch and one compare-and-set on the log. Nothing is acknowledged, and nobody
hears of an entry, before the commit returned; where it fails, the live room is thrown away and folded again from the
store. Between batches state and log are equal, and only then are reads answered (`read_state`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from parlour.core.room import (
    Command,
    DeadlinePassed,
    Dropped,
    Entry,
    FlushTicks,
    Resumed,
    Returned,
    RoomId,
    StopGame,
    Tick,
)
from parlour.core.rooms.hall import Hall
from parlour.errors import Forbidden, Internal, ParlourError, Unavailable
from parlour.runtime.backoff import Backoff
from parlour.runtime.clock import Timer
from parlour.runtime.connection import Connection
from parlour.runtime.limits import FairBucket
from parlour.runtime.live_room.agenda import Agenda, tick_rate
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.commit import commit, keep_people, leave_snapshot, relist
from parlour.runtime.live_room.context import Decision, HostLimits, Reply, RoomContext, RoomRequest
from parlour.runtime.live_room.decide import correct, decide, is_correction
from parlour.runtime.live_room.mailbox import RETRY_MS, Mailbox, PendingReads, answer_all
from parlour.runtime.live_room.prepare import prepare
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.live_room.publish import Publisher
from parlour.runtime.live_room.state import RoomState, open_room, read_log, stored_room
from parlour.runtime.store import Damaged, Fenced, Repeated, RoomRecord, StoreError, refusal_of

__all__ = ["HostLimits", "Reply", "RoomContext", "RoomHost", "RoomRequest"]

log = structlog.get_logger()
T = TypeVar("T")

REOPENING = Backoff(first_s=0.05, longest_s=2.0)
"""Pauses between attempts to read a room again."""
WORTH_TELLING_MS = 1000
"""A shorter standstill (ms) moves no deadline, because nobody notices it."""


class RoomHost:
    """A live room. `submit` is synchronous, so a client's order is the mailbox's order.

    Args:
        predecessor: the room's last host in this process, perhaps still closing.
    """

    def __init__(
        self,
        room: RoomId,
        context: RoomContext,
        on_closed: Callable[[RoomHost], None],
        predecessor: RoomHost | None = None,
    ) -> None:
        self.id = room
        self.context = context
        self.closing = False
        self.audience = Audience(room, context)
        self._publisher = Publisher(self.audience)
        self._agenda = Agenda(context.clock, context.limits)
        self._on_closed = on_closed
        self._predecessor = predecessor
        self._mailbox = Mailbox(context.limits.mailbox, context.limits.batch)
        self._urgent: list[RoomRequest] = []
        self._reads = PendingReads()
        self._signals = FairBucket(
            context.limits.room_signals_per_second, context.limits.room_signals_burst, context.clock
        )
        self._woken = asyncio.Event()
        self._settled = self._lost = self._recovering = False
        self._alarm: Timer | None = None
        self._alarm_at = 0.0
        self._announced_head = 0
        self._last_busy = context.clock.monotonic()
        self._live: RoomState | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"room {room}")

    # ── asked from outside ────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_open(self) -> bool:
        return self._live is not None

    @property
    def live(self) -> RoomState:
        assert self._live is not None, "the room is open"
        return self._live

    @property
    def record(self) -> RoomRecord:
        """What is durable of the room."""
        return self.live.record

    @property
    def presence(self) -> Presence:
        return self.audience.presence

    def described(self) -> dict[str, Any]:
        """The room object of acks (protocol §3 "Rooms")."""
        return self.record.to_json()

    def submit(self, request: RoomRequest) -> None:
        """Queue a request.

        Raises:
            Unavailable: the mailbox is full, or the host is closing.
        """
        if self.closing:
            raise _closing()
        if not self._mailbox.put(request):
            raise Unavailable("This room is busy; try again.", retry_after=RETRY_MS)
        self._woken.set()

    async def read_state(self, question: Callable[[Hall], T]) -> T:
        """Answer a question about the committed state: at once between batches, else after the current one.

        While the store can be read but not written, the question is asked of a fold of the stored log.

        Raises:
            NotFound, Unavailable: the room cannot be opened. Also whatever `question` raises.
            StoreError: the log cannot be read either.
        """
        if self._settled and (self.closing or self.context.clock.now() < self.live.leased_until):
            return question(self.live.room)
        if self.closing:
            raise _closing()
        if self._recovering:
            return question(await stored_room(self.context, self.id))
        answer = self._reads.ask(question)
        self._woken.set()
        return await answer

    def signal(self, sender: Connection, type_: str, body: Any) -> None:
        """Send a signal to every other connection in the room; it is never stored.

        Raises:
            Forbidden: the sender has not joined on this socket, or is muted.
            RateLimited: too many signals in this room.
        """
        if sender not in self.presence:
            raise Forbidden("Join the room on this socket before you signal.", reason="role")
        if self.live.room.may_read(sender.account, sender.rank, self.context.clock.now()) == "muted":
            raise Forbidden("You are muted in this room.", reason="muted")
        self._signals.spend(sender.account)
        self.audience.signal(sender, type_, body)

    def leave(self, connection: Connection, *, for_good: bool = False) -> None:
        """Remove a connection; `for_good` where a Leave command of its account is decided as well."""
        if connection not in self.presence:
            return
        last = self.audience.drop(connection)
        self._last_busy = self.context.clock.monotonic()
        if last and not for_good and self.live.room.computed:
            self._mailbox.put_own(Dropped(author=connection.account))
        self._woken.set()

    @property
    def is_spare(self) -> bool:
        """Whether the room may close at once: nobody is here, nothing waits and nothing is due."""
        return self._settled and not self.audience and not self._mailbox and self.live.room.deadline() is None

    def retire(self) -> None:
        """Close after the waiting requests are handled."""
        self.closing = True
        self._woken.set()

    async def drain(self) -> None:
        """Commit what the mailbox holds, close, and wait for the end."""
        self.retire()
        await self.ended()

    async def ended(self) -> None:
        await asyncio.wait([self._task])

    def renewed(self, until: int) -> None:
        """Note that the lease holds until then (ms since 1970)."""
        self.live.leased_until = until

    def clock_stepped(self, step_ms: int) -> None:
        """Move the room's deadlines, because the clock stepped forward and nobody could act during the step."""
        if self._live is not None and not self.closing:
            self._resume(self.context.clock.now() - step_ms)
            self._agenda.turned()
            self._woken.set()

    def lost_lease(self) -> None:
        """Stop at once, because another process owns the room now."""
        self._lost = True
        self._task.cancel()

    # ── from opening to closing ───────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        refusal: ParlourError = _closing()
        try:
            if self._predecessor is not None:
                await self._predecessor.ended()
                self._predecessor = None
            await self._open()
            await self._serve()
            self.closing = True
            if tick_rate(self.live.room):
                await self._turn([RoomRequest(FlushTicks())])
            await self._pack_up()
        except ParlourError as error:
            refusal = error
        except (Fenced, asyncio.CancelledError) as error:
            refusal = Unavailable("Another process owns this room right now.", retry_after=2 * RETRY_MS)
            self.audience.hang_up()
            if isinstance(error, asyncio.CancelledError) and not self._lost:
                raise
            log.warning("room.fenced", room=self.id)
        except StoreError as error:
            log.warning("room.store_failed", room=self.id, error=str(error))
            refusal = refusal_of(error)
            self.audience.hang_up()
        except Exception:
            log.exception("room.crashed", room=self.id)
            refusal = Internal()
            self.audience.hang_up()
        finally:
            self.closing = True
            if self._alarm is not None:
                self._alarm.cancel()
            self._refuse_waiting(refusal)
            self._publisher.inputs.refuse(refusal)
            self._on_closed(self)

    async def _open(self) -> None:
        self._live = await open_room(self.context, self.id)
        await relist(self._live)
        self.id = self.record.id
        self.audience.name(self.id)
        self._announced_head = self.record.head
        self._resume(self.live.last_alive)
        self._settle()

    def _resume(self, since: int) -> None:
        """Queue a Resumed command that moves the deadlines by the time the room stood still."""
        stood_still = self.context.clock.now() - since
        room = self.live.room
        if stood_still >= WORTH_TELLING_MS and (room.deadline() is not None or tick_rate(room)):
            self._urgent.append(RoomRequest(Resumed(paused_ms=stood_still)))

    async def _serve(self) -> None:
        while True:
            due = self._due()
            if due:
                await self._turn(due)
                await asyncio.sleep(0)
            batch = self._mailbox.next_batch()
            if batch or self._reads:
                await self._turn(batch)
                continue
            if due:
                continue
            self.audience.send_presence()
            if self.closing or self._is_idle():
                return
            await self._sleep()

    async def _sleep(self) -> None:
        self._woken.clear()
        waits = [self._agenda.next_in(), self.audience.next_in()]
        if not len(self.audience) and self.live.room.deadline() is None:
            waits.append(max(0.0, self._last_busy + self.context.limits.idle_seconds - self.context.clock.monotonic()))
        soonest = min((wait for wait in waits if wait is not None), default=None)
        if soonest is not None:
            self._ring_in(soonest)
        await self._woken.wait()
        self.audience.serve_late(self.live)

    def _ring_in(self, seconds: float) -> None:
        """Set the alarm, unless an earlier one is set.

        Most moves put a deadline off; waking once for nothing is cheaper than a new timer for each of them.
        """
        clock = self.context.clock
        at = clock.monotonic() + seconds
        if self._alarm is not None:
            if self._alarm_at <= at:
                return
            self._alarm.cancel()
        self._alarm, self._alarm_at = clock.call_later(seconds, self._ring), at

    def _ring(self) -> None:
        self._alarm = None
        self._woken.set()

    def _is_idle(self) -> bool:
        if len(self.audience) or self.live.room.deadline() is not None:
            return False
        return self.context.clock.monotonic() >= self._last_busy + self.context.limits.idle_seconds

    async def _pack_up(self) -> None:
        with suppress(StoreError):
            await leave_snapshot(self.live)
            await self.context.store.release(self.id, self.context.owner, self.context.clock.now())

    # ── one batch ─────────────────────────────────────────────────────────────────────────────────────────────

    def _due(self) -> list[RoomRequest]:
        """Return the host's own requests that are due now."""
        if self._urgent:
            due, self._urgent = self._urgent, []
            return due
        if self.closing:
            return []
        return [RoomRequest(command) for command in self._agenda.due(self.live.room, self.presence.holds)]

    async def _turn(self, batch: list[RoomRequest]) -> None:
        self._settled = False
        self._agenda.turned()
        live, clock = self.live, self.context.clock
        try:
            await prepare(live, batch)
            began = clock.monotonic()
            decision = [await correct(live, r) if is_correction(r.command) else decide(live, r) for r in batch]
            spent = clock.monotonic() - began
            await commit(live, decision)
            began = clock.monotonic()
            self._publish(decision)
            spent += clock.monotonic() - began
        except (Fenced, asyncio.CancelledError):
            answer_all(batch, Unavailable("Another process took this room over.", retry_after=RETRY_MS))
            raise
        except StoreError as error:
            await self._recover(batch, error)
            return
        except Exception:
            answer_all(batch, Internal())
            raise
        if len(batch) == 1:
            self._check_own_command(batch[0].command, decision, spent)

    def _publish(self, batch: Sequence[Decision]) -> None:
        for command in self._publisher.publish(self.live, batch):
            self._mailbox.put_own(command)
        self._announced_head = self.record.head
        if not self._mailbox:
            self.audience.send_presence()
        if not (batch and isinstance(batch[0].request.command, Tick)):
            self._last_busy = self.context.clock.monotonic()
        self._settle()

    def _check_own_command(self, command: Command, batch: Sequence[Decision], spent: float) -> None:
        """Check what the room did by itself: a deadline left standing, a tick that took too long."""
        pace = self._agenda.pace
        if isinstance(command, DeadlinePassed):
            self._agenda.deadline_decided(self.live.room, any(decision.entries for decision in batch))
        elif isinstance(command, Tick) and (verdict := pace.check_tick_cost(spent)) is not None:
            log.warning(f"room.{verdict}", room=self.id, tick_ms=round(spent * 1000), slowed=pace.slowed)
            if verdict == "halted":
                self._urgent.append(RoomRequest(StopGame()))

    def _settle(self) -> None:
        """Mark the state as equal to the log and answer pending reads."""
        self._settled = True
        if self._reads:
            self._reads.answer(self.live.room)

    # ── store failures ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _recover(self, batch: Sequence[RoomRequest], error: StoreError) -> None:
        """Fold the room again after the store failed, perhaps after it had stored; senders are told to retry.

        Entries that were stored are sent now. The host's own commands are queued again.
        """
        log.warning("room.store_failed", room=self.id, error=str(error))
        refusal: ParlourError = Unavailable("The log could not be written; try again.", retry_after=RETRY_MS)
        if len(batch) == 1 and isinstance(error, Damaged):
            refusal = refusal_of(error)
        broken_at = self.context.clock.now()
        answer_all(batch, refusal)
        self._publisher.inputs.refuse(refusal)
        self._recovering = True
        self._live, missed = await self._open_again()
        self._recovering = False
        if isinstance(error, Repeated):
            self.live.journal.distrust_ids()
        self._publisher.catch_up(self.live, missed)
        self._announced_head = self.record.head
        self._urgent += [r for r in batch if isinstance(r.command, Dropped | Returned | Resumed | StopGame)]
        self._resume(broken_at)
        self._settle()

    async def _open_again(self) -> tuple[RoomState, list[Entry]]:
        """Load the room from the store; return it with the entries that were not sent yet."""
        failures = 0
        while True:
            try:
                live = await open_room(self.context, self.id)
                await relist(live)
                missed = await read_log(self.context, self.id, self._announced_head, live.record.head)
                await keep_people(live, [Decision(RoomRequest(Command()), {}, entries=missed)])
                return live, missed
            except (Fenced, Damaged):
                raise
            except StoreError:
                if self.closing:
                    raise
                self._refuse_waiting(Unavailable("The log cannot be read; try again.", retry_after=RETRY_MS))
                failures += 1
                await self.context.clock.sleep(REOPENING.pause_after(failures))

    def _refuse_waiting(self, error: ParlourError) -> None:
        self._mailbox.refuse(error)
        self._reads.refuse(error)


def _closing() -> Unavailable:
    return Unavailable("This room is closing; try again.", retry_after=RETRY_MS)
