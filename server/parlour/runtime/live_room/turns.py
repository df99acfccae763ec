"""Takes the turns of one live room: what waits becomes a batch, is decided, stored and sent.

    next_batch → (prepare) → decide → [the store] → publish, or recover where the store failed

Whatever is in a batch is one compare-and-set on the log. Nothing is acknowledged, and nobody hears of an entry, before
it is durable. Between batches state and log are equal (`settled`), and only then are reads answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import structlog

from parlour.core.room import Account, Command, DeadlinePassed, Dropped, Post, Resumed, Returned, RoomId, StopGame, Tick
from parlour.errors import Internal, NotOwner, ParlourError, Unavailable
from parlour.runtime.live_room.agenda import NEVER, UNKNOWN, Agenda, tick_rate
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.commit import (
    commit,
    complete,
    draw_up,
    member_changes,
    note_stored,
    tell_lists,
)
from parlour.runtime.live_room.context import Decision, RoomContext, RoomRequest
from parlour.runtime.live_room.decide import correct, decide, is_correction
from parlour.runtime.live_room.mailbox import RETRY_MS, Mailbox, PendingReads, answer_all
from parlour.runtime.live_room.prepare import Needs, prepare
from parlour.runtime.live_room.publish import Publisher
from parlour.runtime.live_room.reopen import open_again, open_listed
from parlour.runtime.live_room.scheduler import Room, Turn
from parlour.runtime.live_room.state import RoomState, fold_at
from parlour.runtime.shown.past import PastRoom
from parlour.runtime.store import Damaged, Fenced, Repeated, StoreError, refusal_of

log = structlog.get_logger()

WORTH_TELLING_MS = 1000
"""A shorter standstill (ms) moves no deadline, because nobody notices it."""


class RoomTurns:
    """The turns of one room. Its host says when each begins, and begins none while another is under way.

    Attributes:
        live: the folded room; None until it was opened.
        mailbox: requests that wait.
        reads: questions that wait until state and log are equal.
        settled: whether they are.
        recovering: the log is being read again, after the store failed.
        last_busy: when (monotonic seconds) the room last did anything but tick.
    """

    def __init__(self, room: RoomId, context: RoomContext, audience: Audience, is_closing: Callable[[], bool]) -> None:
        """Args: is_closing: whether the room takes no more requests, and does nothing by itself."""
        self.live: RoomState | None = None
        self.mailbox = Mailbox(context.limits.mailbox, context.limits.batch, context.limits.turn_deliveries)
        self.reads = PendingReads()
        self.settled = self.recovering = False
        self.last_busy = context.clock.monotonic()
        self.agenda = Agenda(context.clock, context.limits)
        self._room = room
        self._context = context
        self._audience = audience
        self._is_closing = is_closing
        self._publisher = Publisher(audience)
        self._announced_head = 0

    async def open(self, own_fence: int | None) -> RoomState:
        """Open the room; see `open_room`."""
        live = self.live = await open_listed(self._context, self._room, own_fence)
        self._room = live.record.id
        self._audience.name(self._room)
        self._announced_head = live.record.head
        self._refuse_late(live)
        self.resume(live.last_alive)
        if (update := await self._context.gates.opened(live.room)) is not None:
            await self.take([RoomRequest(update)], Needs())
        self._settle(self.opened())
        return live

    # ── what waits ────────────────────────────────────────────────────────────────────────────────────────────

    def resume(self, since: int) -> None:
        """Queue a Resumed command that moves the deadlines by the time the room stood still."""
        live = self.opened()
        stood_still = self._context.clock.now() - since
        if stood_still >= WORTH_TELLING_MS and (live.room.wakes_at() is not None or tick_rate(live.room)):
            self.mailbox.put_due([RoomRequest(Resumed(paused_ms=stood_still))])
        self.agenda.next_at = UNKNOWN

    def find_due(self) -> bool:
        """Queue what the room must do by itself now; return whether anything waits."""
        mailbox, live = self.mailbox, self.live
        assert live is not None
        if not mailbox.due:
            due = self.agenda.due(live.room, self._audience.presence.holds)
            if due and not self._is_closing():
                mailbox.put_due([RoomRequest(command) for command in due])
        return bool(mailbox.waiting or mailbox.due or self.reads.asked)

    def idle_at(self) -> float:
        """Return when (monotonic seconds) nobody will need the room; infinity while somebody does."""
        if self._audience.presence.connections or self.opened().room.wakes_at() is not None:
            return NEVER
        return self.last_busy + self._context.limits.idle_seconds

    # ── whoever sees the room as it was ───────────────────────────────────────────────────────────────────────

    def release_at(self, past: PastRoom) -> float:
        """Return when (monotonic seconds) entries that were held back may be seen; infinity while there are none."""
        due_at, clock = past.due_at(), self._context.clock
        return NEVER if due_at is None else clock.monotonic() + max(0, due_at - clock.now()) / 1000

    def release(self, live: RoomState, past: PastRoom) -> bool:
        """Send what may be seen now; return False where `release_undoing` has to come first."""
        entries = past.advance(self._context.clock.now())
        if entries:
            self._audience.release(live, past, entries)
        return not past.undoing

    async def release_undoing(self) -> None:
        """Fold the room of the past again without what its next entry undoes, and send that entry."""
        live = self.opened()
        past = live.past
        assert past is not None
        hall = await fold_at(self._context, live.record, past.later[0].seq)
        self._audience.release(live, past, [past.replace(hall)], whole=True)

    def refuse_waiting(self, error: ParlourError) -> None:
        """Answer everybody who waits with this error."""
        self.mailbox.refuse(error)
        self.reads.refuse(error)
        self._publisher.inputs.refuse(error)

    def _refuse_late(self, live: RoomState) -> None:
        """Tell those who asked before another process gave the room up to ask again.

        Their connection may be lost, and the other process may have refused the copy that they sent it meanwhile.
        """
        self.mailbox.refuse(taken_over(), asked_before=live.others_until)

    # ── one turn ──────────────────────────────────────────────────────────────────────────────────────────────

    def decide(self, room: Room, batch: list[RoomRequest], needs: Needs | None) -> Turn:
        """Decide a batch that needs nothing of the store, as far as a turn's time goes."""
        live, clock = self._begin(), self._context.clock
        live.journal.begin({}, None if needs is None else needs.held)
        if len(batch) == 1 and type(batch[0].command) is Post:  # nearly always, and nobody asks how long it took
            decided = [decide(live, batch[0])]
            return Turn(room, batch, decided, draw_up(live, decided), 0.0)
        began = clock.monotonic()
        until = began + self._context.limits.turn_ms / 1000
        decisions: list[Decision] = []
        for request in batch:
            if decisions and clock.monotonic() >= until:
                self.mailbox.put_back(batch[len(decisions) :])
                del batch[len(decisions) :]
                break
            decisions.append(decide(live, request))
        return Turn(room, batch, decisions, draw_up(live, decisions), clock.monotonic() - began)

    def finish(self, turn: Turn, error: StoreError | None) -> Callable[[], Awaitable[None]] | None:
        """Send a turn that is stored; return what has to be awaited instead, where members changed or the store failed.

        Raises:
            Fenced: another process owns the room.
        """
        if isinstance(error, Fenced):
            raise error
        if error is not None:
            return partial(self.recover, turn.batch, error)
        live, change = self.live, turn.change
        assert live is not None
        if change is not None:
            note_stored(live, change)
        members = member_changes(live, turn.decisions)
        if not members:
            if change is not None and change.shows:
                tell_lists(live)
            self._publish(live, turn.batch, turn.decisions, turn.seconds)
            return None

        return partial(self._answering, turn.batch, partial(self._complete, turn, members))

    async def _complete(self, turn: Turn, members: Mapping[Account, bool]) -> None:
        live = self.opened()
        await complete(live, turn.change, members)
        self._publish(live, turn.batch, turn.decisions, turn.seconds)

    async def take(self, batch: Sequence[RoomRequest], needs: Needs) -> None:
        """Take a whole turn, waiting for the store where it has to.

        Raises:
            Fenced: another process owns the room. Any other but StoreError: the room cannot go on.
        """
        await self._answering(batch, partial(self._take, batch, needs))

    async def _take(self, batch: Sequence[RoomRequest], needs: Needs) -> None:
        live, clock = self._begin(), self._context.clock
        await prepare(live, batch, needs)
        began = clock.monotonic()
        decisions = [await correct(live, r) if is_correction(r.command) else decide(live, r) for r in batch]
        seconds = clock.monotonic() - began
        await commit(live, decisions)
        self._publish(live, batch, decisions, seconds)

    async def _answering(self, batch: Sequence[RoomRequest], work: Callable[[], Awaitable[None]]) -> None:
        """Do a part of a turn; where it fails, answer the batch."""
        try:
            await work()
        except (Fenced, asyncio.CancelledError):
            answer_all(batch, taken_over())
            raise
        except StoreError as error:
            await self.recover(batch, error)
        except Exception:
            answer_all(batch, Internal())
            raise

    def _begin(self) -> RoomState:
        """Begin a turn: from here on the state is ahead of the log."""
        live = self.live
        assert live is not None
        self.settled = False
        self.agenda.next_at = UNKNOWN
        return live

    def _publish(
        self, live: RoomState, batch: Sequence[RoomRequest], decisions: Sequence[Decision], seconds: float
    ) -> None:
        clock = self._context.clock
        first = batch[0].command if batch else None
        began = clock.monotonic()
        for command in self._publisher.publish(live, decisions):
            self.mailbox.put_own(command)
        self._announced_head = live.journal.record.head
        ended = clock.monotonic()
        self._context.fan_outs.add(ended - began)
        if not isinstance(first, Tick):
            self.last_busy = ended
        self.settled = True
        if self.reads.asked:
            self.reads.answer(live.room)
        if len(batch) == 1 and isinstance(first, Tick | DeadlinePassed):
            self._check_own_command(first, decisions, seconds + ended - began)

    def _check_own_command(self, command: Command, decisions: Sequence[Decision], seconds: float) -> None:
        """Check what the room did by itself: a deadline left standing, a tick that took too long."""
        pace = self.agenda.pace
        if isinstance(command, DeadlinePassed):
            self.agenda.deadline_decided(self.opened().room, any(decision.entries for decision in decisions))
            return
        self._context.ticks.add(seconds)
        if (verdict := pace.check_tick_cost(seconds)) is not None:
            log.warning(f"room.{verdict}", room=self._room, tick_ms=round(seconds * 1000), slowed=pace.slowed)
            if verdict == "halted":
                self.mailbox.put_due([RoomRequest(StopGame())])

    def _settle(self, live: RoomState) -> None:
        """Mark the state as equal to the log and answer pending reads."""
        self.settled = True
        if self.reads.asked:
            self.reads.answer(live.room)

    def opened(self) -> RoomState:
        assert self.live is not None, "the room is open"
        return self.live

    # ── store failures ────────────────────────────────────────────────────────────────────────────────────────

    async def recover(self, batch: Sequence[RoomRequest], error: StoreError) -> None:
        """Fold the room again after the store failed, perhaps after it had stored; senders are told to retry.

        Entries that were stored are sent now. The host's own commands are queued again.

        Raises:
            Fenced, Damaged. StoreError: the room is closing, and the log cannot be read.
        """
        log.warning("room.store_failed", room=self._room, error=str(error))
        refusal: ParlourError = Unavailable("The log could not be written; try again.", retry_after=RETRY_MS)
        if len(batch) == 1 and isinstance(error, Damaged):
            refusal = refusal_of(error)
        broken_at = self._context.clock.now()
        answer_all(batch, refusal)
        self._publisher.inputs.refuse(refusal)
        self.recovering = True
        past = self.opened().past
        self.live, missed = await open_again(self._context, self._room, self._announced_head, self._may_go_on)
        self.live.past = past  # those who are behind go on where they are
        self.recovering = False
        self._context.gates.folded_again(self.live.room)
        self._refuse_late(self.live)
        if isinstance(error, Repeated):
            self.live.journal.distrust_ids()
        self._context.stored(self.live.record, missed)
        self._publisher.catch_up(self.live, missed)
        self._announced_head = self.live.record.head
        own = [r for r in batch if isinstance(r.command, Dropped | Returned | Resumed | StopGame)]
        self.mailbox.put_due(own)
        self.resume(broken_at)
        self._settle(self.live)

    def _may_go_on(self) -> bool:
        """Tell those who wait that the log cannot be read; return whether to read it again."""
        if self._is_closing():
            return False
        self.refuse_waiting(Unavailable("The log cannot be read; try again.", retry_after=RETRY_MS))
        return True


def taken_over() -> Unavailable:
    """Make the refusal of requests whose room another process took meanwhile."""
    return Unavailable("Another process took this room over.", retry_after=RETRY_MS)


def refusal_after(error: BaseException) -> ParlourError:
    """Make the refusal of requests that wait in a room which this error ends."""
    if isinstance(error, Fenced | asyncio.CancelledError):
        return NotOwner(retry_after=2 * RETRY_MS)
    return refusal_of(error) if isinstance(error, StoreError) else Internal()
