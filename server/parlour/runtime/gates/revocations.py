"""Ends rights as the chain does: what a step touches is checked again at its head, and told in the same second.

A grant is given at the gate's finality and ends at no confirmations: whoever no longer holds is put out at once. Where
the block that took the right is undone, the right comes back. What cannot be known changes nothing and is asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice

import structlog

from parlour.core.chain.room_news import News
from parlour.core.gates.events import is_polled
from parlour.core.room import Draft, GateUpdate, RoomId
from parlour.errors import ParlourError
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.clock import Clock
from parlour.runtime.gates.checks import GateChecks, Subject
from parlour.runtime.gates.door import GateDoor, Submit, Tasks
from parlour.runtime.gates.facts import changed
from parlour.runtime.gates.members import GatedRoom, Member, Members
from parlour.runtime.gates.standing import Block, Standing
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.nodes.node import Node
from parlour.runtime.slices import in_slices

log = structlog.get_logger()

AGAIN_S = 1.0
"""Seconds until a chain or a room that did not answer is asked again."""
MOST_AT_ONCE = 5_000
"""Members judged at a stretch; the next ones follow at once."""


class Revocations:
    """Checks members again, and writes what changed into their rooms."""

    def __init__(
        self, checks: GateChecks, members: Members, door: GateDoor, standing: Standing, submit: Submit, tasks: Tasks,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._checks, self._members, self._door, self._standing = checks, members, door, standing
        self._submit, self._tasks, self._clock = submit, tasks, clock
        self._due: dict[Member, float] = {}
        self._fresh: dict[Member, set[int]] = {}
        self._unknown: set[Member] = set()
        self._polled: dict[int, dict[Member, None]] = {}
        self._place: tuple[int, Node, Block] | None = None
        self._running = False
        door.on_followed = self.note_followed

    def note_followed(self, member: Member) -> None:
        """Check this member at the next step of each chain: a step under way may have read its logs without looking."""
        room = self._members.rooms.get(member.room.lower())
        if room is not None and room.gate.live:
            self._fresh[member] = set(room.gate.chains)

    # ── what makes members due ───────────────────────────────────────────────────────────────────────────────────

    def note_step(self, chain: int, step: PlannedStep) -> None:
        """Check again whom a stored step concerns."""
        touched = self._members.touched(chain, [*step.logs, *step.undone_logs])
        if step.undone:
            touched |= self._members.resting_on(chain, {header.hash for header in step.undone})
        self._door.note_touched(chain, step.head.number, touched)
        touched |= self._step_of_fresh(chain)
        if step.applied:
            touched |= self._share_of_poll(chain, MOST_AT_ONCE - len(touched))
        if touched:
            self._place = (chain, step.node, Block(step.head.number, step.head.hash))
            self.make_due(touched)

    def _step_of_fresh(self, chain: int) -> set[Member]:
        """Return members whose logs are looked for since before this step alone."""
        found = {member for member, chains in self._fresh.items() if chain in chains}
        for member in found:
            self._fresh[member].discard(chain)
            if not self._fresh[member]:
                del self._fresh[member]
        return found

    def _share_of_poll(self, chain: int, most: int) -> set[Member]:
        """Return members of the poll under way who still have a place in the block's one call."""
        waiting = self._polled.get(chain, {})
        some = set(islice(waiting, max(0, most)))
        for member in some:
            del waiting[member]
        return some

    def make_due(self, members: Iterable[Member]) -> None:
        """Check these members now."""
        now = self._clock.monotonic()
        for member in members:
            self._due.setdefault(member, now)
        if self._due and not self._running:
            self._running = True
            self._tasks.start(self._run())

    def suspect(self, rooms: Iterable[GatedRoom]) -> None:
        """Check all members of these rooms, because blocks may have passed unseen."""
        self.make_due(Member(room.room, account) for room in rooms if room.gate.live for account in room.followed)

    async def poll(self, every_s: float) -> None:
        """Check again, for ever, what changes without a log, what was not known, and what another process follows."""
        while True:
            await self._clock.sleep(every_s)
            await self.begin_poll()

    async def begin_poll(self) -> None:
        """Let everybody who is polled be checked in the calls of the next blocks.

        What changes without a log changes with a block. Whoever found no place until the next poll is checked then.
        """
        unknown, self._unknown = self._unknown, set()
        left, self._polled = self._polled, {}
        self.make_due([*unknown, *(member for members in left.values() for member in members)])
        async for some in in_slices(list(self._members.rooms.values())):
            for room in some:
                if self._is_followed_elsewhere(room):
                    self.suspect([room])
                elif room.gate.live and is_polled(room.gate):
                    members = (Member(room.room, account) for account in room.followed)
                    self._polled.setdefault(room.gate.chains[0], {}).update(dict.fromkeys(members))

    def _is_followed_elsewhere(self, room: GatedRoom) -> bool:
        followed = (self._standing.chain(chain) for chain in room.gate.chains)
        return any(chain and chain.follower.state == "standby" for chain in followed)

    # ── checking ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            while self._due:
                some = dict(list(self._due.items())[:MOST_AT_ONCE])
                for member in some:
                    del self._due[member]
                try:
                    await self._check(some)
                except Exception:  # one odd answer must not take the others off what is checked: the next poll asks
                    log.exception("gates.unchecked", members=len(some))
                    self._unknown.update(some)
        finally:
            self._running = False

    async def _check(self, due: Mapping[Member, float]) -> None:
        subjects: list[Subject] = []
        asked: list[tuple[GatedRoom, Member]] = []
        async for some in in_slices(list(due)):
            for member in some:
                room = self._members.rooms.get(member.room.lower())
                if room is not None and room.gate.live and self._is_open(room, member):
                    subjects.append(Subject(room.gate, room.holder(member.account)))
                    asked.append((room, member))
        if not subjects:
            return
        place, self._place = self._place, None  # who is due later is judged where the chain stands then
        checked = await self._checks.check(subjects, granting=False, node=place)
        drafts: dict[RoomId, list[tuple[Member, Draft]]] = defaultdict(list)
        silent: list[Member] = []
        for (room, member), each in zip(asked, checked, strict=True):
            if each.verdict.passed is None:
                (silent.append if each.silent else self._unknown.add)(member)
            elif (draft := changed(room, member.account, each)) is not None:
                drafts[room.room.lower()].append((member, draft))
        for key, changes in drafts.items():
            if (room := self._members.rooms.get(key)) is not None:
                self._write(room, changes, due)
        if silent:
            self._clock.call_later(AGAIN_S, partial(self.make_due, silent))

    def _is_open(self, room: GatedRoom, member: Member) -> bool:
        """Return whether a check may change something: of a grant, or of one that ended in an undone block."""
        if member.account in room.grants.held:
            return True
        lost = room.grants.lost.get(member.account)
        return lost is not None and "block" in lost and self._standing.holds(lost["chain"], lost["block"]) is False

    def _write(self, room: GatedRoom, changes: Sequence[tuple[Member, Draft]], due: Mapping[Member, float]) -> None:
        members = [member for member, _ in changes]

        def written(answer: Answer) -> None:
            if isinstance(answer, ParlourError):
                log.warning("gate.not_written", room=room.room, error=answer.message)
                if answer.retryable:
                    self._clock.call_later(AGAIN_S, partial(self.make_due, members))
                return
            now, counts = self._clock.monotonic(), self._checks.counts
            for member, draft in changes:
                if draft.type == "member.removed":
                    counts.told(now - due[member])

        update = GateUpdate(gate=room.gate.json, drafts=[draft for _, draft in changes])
        try:
            self._submit(room.room, RoomRequest(update, written))
        except ParlourError as error:
            written(error)


class GateListener:
    """Tells the revocations of each step of one chain (StepListener)."""

    def __init__(self, chain: int, revocations: Revocations, members: Members) -> None:
        self._chain, self._revocations, self._members = chain, revocations, members

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Suspect everybody: steps may have been stored that this process did not see."""
        self._revocations.suspect(list(self._members.on_chain(self._chain)))

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        """Return no rows: a right is checked at the head, after a restart too, and its end is the room's own entry."""
        return ()

    def committed(self, step: PlannedStep) -> None:
        """Check again whom the step concerns."""
        self._revocations.note_step(self._chain, step)
