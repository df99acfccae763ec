"""Asks the chain for accounts without a grant, and holds back what they ask of the room until the answer is there.

    decide.py or rights.py meets GateNeeded → take_over / let_in → the room's queue → checks → GateUpdate → go on

While an account is being asked about, everything else that it asks of the room waits behind, in its order: in
`first` what was in the room's mailbox already, in `later` what comes meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import structlog

from parlour.core.gates.words import missing
from parlour.core.room import Account, Draft, GateUpdate, Join, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Forbidden, GateNeeded, Internal, NoSuchRoom, ParlourError, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.gates.checks import Checked, GateChecks, Subject
from parlour.runtime.gates.facts import admitted, removed
from parlour.runtime.gates.members import GatedRoom, Member, Members
from parlour.runtime.live_room.context import Answer, RoomRequest

log = structlog.get_logger()

TRIES = 3
"""How often somebody is asked about whose holdings change while they are asked about."""
MOST_WAITING = 10_000
"""Accounts that wait in one room: beyond, they are told to come again."""
RETRY_MS = 2_000
"""Until a chain that did not answer may."""

Submit = Callable[[RoomId, RoomRequest], None]
"""Queues a request in its room's mailbox; raises ParlourError."""


class Tasks(Protocol):
    """Runs work beside the one who asks for it."""

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it as a task that is kept until its end."""


@dataclass(slots=True)
class Waiting:
    """An account that is being asked about.

    Attributes:
        hidden: the room is private, and whoever does not pass may not know of it.
        vault, proof: what the account shows.
        first, later, reads: what goes on afterwards (module docstring).
        touched: chain → the newest block in which its holdings changed meanwhile.
    """

    member: Member
    hidden: bool
    vault: str | None = None
    proof: tuple[bytes, ...] = ()
    first: list[RoomRequest] = field(default_factory=list)
    later: list[RoomRequest] = field(default_factory=list)
    reads: list[asyncio.Future[None]] = field(default_factory=list)
    touched: dict[int, int] = field(default_factory=dict)
    tries: int = 0


class GateDoor:
    """Lets accounts in by what the chain says.

    Args:
        per_second: how often one room's joins reach the chain; whoever comes in between shares the next time.
        enabled: whether this server has gates at all.
    """

    def __init__(
        self, checks: GateChecks, members: Members, submit: Submit, tasks: Tasks, clock: Clock,
        *, per_second: float, enabled: bool = True,
    ) -> None:  # fmt: skip
        self._checks, self._members, self._submit, self._tasks, self._clock = checks, members, submit, tasks, clock
        self._pause = 1 / per_second
        self._enabled = enabled
        self._waiting: dict[tuple[RoomId, Account], Waiting] = {}
        self._queues: dict[RoomId, list[Waiting]] = {}
        self._serving: set[RoomId] = set()
        self.on_followed: Callable[[Member], None] = lambda member: None

    # ── who comes ────────────────────────────────────────────────────────────────────────────────────────────────

    def holds_back(self, room: RoomId, request: RoomRequest) -> bool:
        """Return whether the request has to wait, because its account is being asked about; then it is kept here."""
        waiting = self._waiting.get((room.lower(), request.command.author)) if self._waiting else None
        if waiting is None:
            return False
        waiting.later.append(request)
        return True

    def take_over(self, hall: Hall, request: RoomRequest, needed: GateNeeded) -> ParlourError | None:
        """Answer this request once the chain was asked; return the refusal where that helps nothing."""
        command = request.command
        vault, proof = (command.vault, command.proof) if isinstance(command, Join) else (None, ())
        try:
            waiting = self._wait(hall, command.author, needed)
        except ParlourError as refusal:
            return refusal
        if vault is not None or proof:
            waiting.vault, waiting.proof = vault, proof
        kept = replace(request, known=None, before=None, gap=())
        request.reply = None
        waiting.first.append(kept)
        return None

    async def let_in(self, hall: Hall, account: Account, needed: GateNeeded) -> None:
        """Return once the account has a grant; raises the refusal."""
        waiting = self._wait(hall, account, needed)
        answer = asyncio.get_running_loop().create_future()
        waiting.reads.append(answer)
        await answer

    def note_touched(self, chain: int, number: int, members: set[Member]) -> None:
        """Note a block in which holdings changed: who is being asked about at an older one is asked again."""
        for room, account in members if self._waiting else ():
            if (waiting := self._waiting.get((room.lower(), account))) is not None:
                waiting.touched[chain] = number

    def refuse_all(self, error: ParlourError) -> None:
        """Refuse everybody who is being asked about, because the server stops."""
        self._refuse(list(self._waiting.values()), error)

    def _wait(self, hall: Hall, account: Account, needed: GateNeeded) -> Waiting:
        """Return the account's place in the queue; raises the refusal of who never passes."""
        key = hall.room.lower()
        if (waiting := self._waiting.get((key, account))) is not None:
            return waiting
        room = self._members.rooms.get(key)
        if not self._enabled:
            raise Unavailable("This server has its gates switched off.", reason="gate", retry_after=60_000)
        if not account or account.startswith("app:"):
            raise _never(room, needed)
        if room is None or len(self._queues.get(key, ())) >= MOST_WAITING:
            raise Unavailable("Too many people are at this room's gate.", reason="gate", retry_after=RETRY_MS)
        fact = room.grants.held.get(account) or {}
        waiting = Waiting(Member(hall.room, account), needed.hidden, fact.get("vault"))
        self._waiting[key, account] = waiting
        self._enqueue(key, waiting)
        return waiting

    def _enqueue(self, key: RoomId, waiting: Waiting) -> None:
        self._queues.setdefault(key, []).append(waiting)
        if key not in self._serving:
            self._serving.add(key)
            self._tasks.start(self._serve(key))

    async def _serve(self, key: RoomId) -> None:
        """Ask about everybody in a room's queue, together, as often as the room may."""
        try:
            while queue := self._queues.pop(key, None):
                self._tasks.start(self._ask(key, queue))
                await self._clock.sleep(self._pause)
        finally:
            self._serving.discard(key)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, key: RoomId, queue: list[Waiting]) -> None:
        room = self._members.rooms.get(key)
        if room is None:
            self._refuse(queue, Unavailable("The room is opening again; try again.", retry_after=RETRY_MS))
            return
        subjects = []
        for waiting in queue:
            waiting.touched.clear()
            self._members.follow(room, waiting.member.account, waiting.vault)
            self.on_followed(waiting.member)
            subjects.append(Subject(room.gate, self._holder(room, waiting)))
        try:
            checked = await self._checks.check(subjects, granting=True)
        except Exception:
            log.exception("gate.check_failed", room=room.room)
            self._refuse(queue, Internal())
            return
        self._sort_out(key, room, list(zip(queue, checked, strict=True)))

    def _holder(self, room: GatedRoom, waiting: Waiting) -> Any:
        from_grant = room.holder(waiting.member.account)
        return type(from_grant)(waiting.member.account, waiting.vault, waiting.proof, from_grant.proved)

    def _sort_out(self, key: RoomId, room: GatedRoom, judged: list[tuple[Waiting, Checked]]) -> None:
        """Write down who passed and who lost the right, let go on who is in, refuse the others."""
        came: list[Waiting] = []
        drafts: list[Draft] = []
        for waiting, checked in judged:
            account, passed = waiting.member.account, checked.verdict.passed
            held = account in room.grants.held
            if self._members.rooms.get(key) is not room or _is_outdated(waiting, checked):
                self._again(key, waiting)
            elif passed and not held:
                drafts.append(admitted(room.gate, waiting.member.account, checked, self._holder(room, waiting)))
                came.append(waiting)
            elif passed or (passed is None and held):
                self._go_on(waiting)
            else:
                if passed is False and held:
                    drafts.append(removed(room, account, checked))
                elif not held:
                    self._members.unfollow(room, account)
                self._refuse([waiting], _refusal(room, waiting, checked))
        if drafts:
            self._write(key, room, drafts, came)

    def _write(self, key: RoomId, room: GatedRoom, drafts: list[Draft], came: list[Waiting]) -> None:
        def written(answer: Answer) -> None:
            if isinstance(answer, ParlourError):
                self._refuse(came, answer)
                return
            for waiting in came:
                if waiting.member.account in answer["refused"]:
                    self._again(key, waiting)
                else:
                    self._go_on(waiting)

        try:
            self._submit(room.room, RoomRequest(GateUpdate(gate=room.gate.json, drafts=drafts), written))
        except ParlourError as error:
            self._refuse(came, error)

    # ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────

    def _again(self, key: RoomId, waiting: Waiting) -> None:
        waiting.tries += 1
        if waiting.tries < TRIES:
            self._enqueue(key, waiting)
        else:
            busy = Unavailable("Your holdings change right now; try again.", reason="gate", retry_after=RETRY_MS)
            self._refuse([waiting], busy)

    def _go_on(self, waiting: Waiting) -> None:
        """Queue what the account asked of the room, in its order."""
        room, account = waiting.member
        self._waiting.pop((room.lower(), account), None)
        for request in (*waiting.first, *waiting.later):
            if isinstance(request.command, Join):
                request.command.asked = True
            try:
                self._submit(room, request)
            except ParlourError as error:
                request.answer(error)
        for read in waiting.reads:
            if not read.done():
                read.set_result(None)

    def _refuse(self, queue: list[Waiting], error: ParlourError) -> None:
        for waiting in queue:
            room, account = waiting.member
            self._waiting.pop((room.lower(), account), None)
            for request in (*waiting.first, *waiting.later):
                request.answer(error)
            for read in waiting.reads:
                if not read.done():
                    read.set_exception(error)


def _is_outdated(waiting: Waiting, checked: Checked) -> bool:
    """Return whether the account's holdings changed after a block that it was judged at."""
    return any(
        chain in checked.blocks and number > checked.blocks[chain].number for chain, number in waiting.touched.items()
    )


def _never(room: GatedRoom | None, needed: GateNeeded) -> ParlourError:
    """Make the refusal of guests and API keys."""
    if needed.hidden or room is None:
        return NoSuchRoom()
    details = {"need": list(room.gate.shown), "have": ["0"] * len(room.gate.shown)}
    return Forbidden("This room has a gate: sign in with a wallet that passes it.", reason="gate", details=details)


def _refusal(room: GatedRoom, waiting: Waiting, checked: Checked) -> ParlourError:
    verdict, gate = checked.verdict, room.gate
    if verdict.passed is None:
        chains = ", ".join(map(str, checked.silent))
        why = f"Chain {chains} cannot be asked right now" if chains else "A contract of this room's gate gave no answer"
        return Unavailable(f"{why}; try again.", reason="gate", retry_after=RETRY_MS)
    if waiting.hidden:
        return NoSuchRoom()
    details = verdict.refusal(gate)
    return Forbidden(missing(gate, details), reason="gate", details=details)
