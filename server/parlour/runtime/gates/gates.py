"""The gates of a process: what live rooms, requests and operators ask of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.core.chain.taps import Tap
from parlour.core.gates.grants import is_gate_entry
from parlour.core.gates.questions import Holder, least_of
from parlour.core.gates.tree import Balance, CallLeaf, Gate
from parlour.core.identity.accounts import address_on
from parlour.core.room import Account, Draft, Entry, GateUpdate, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import GateNeeded, Invalid, ParlourError, Unavailable
from parlour.runtime.chain.chains import Chains
from parlour.runtime.clock import Clock
from parlour.runtime.gates.checks import GateChecks, Subject
from parlour.runtime.gates.contract_reads import ContractReads
from parlour.runtime.gates.door import RETRY_MS, GateDoor, Submit
from parlour.runtime.gates.facts import admitted, changed
from parlour.runtime.gates.members import GatedRoom, Member, Members
from parlour.runtime.gates.revocations import GateListener, Revocations
from parlour.runtime.gates.standing import Standing
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.running_tasks import RunningTasks


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What gates may ask, each a setting of the same name.

    Attributes:
        gate_recheck_seconds: how often members are checked again whose right may end without a log.
        gate_grace: ms that a chain may lag before nobody is let in any more, where the gate does not say.
        gate_joins_per_second: how often the joins of one room reach the chain.
        gates: `off` lets nobody pass.
    """

    gate_recheck_seconds: float
    gate_grace: int
    gate_joins_per_second: float
    gates: str = "on"


class Gates:
    """Implements `live_room.context.Gatekeeper`.

    Attributes:
        checks: judges holders; its counts are for `/metrics`.
        holds_back: whether a request waits until its account was asked about; then it goes on by itself.
    """

    def __init__(self, chains: Chains, submit: Submit, clock: Clock, limits: GateLimits) -> None:
        self._chains, self._limits = chains, limits
        self._tasks = RunningTasks()
        self._standing = Standing(chains)
        reads = {chain.config.chain_id: ContractReads(chain.config.batch, clock) for chain in chains}
        self._members = Members(self._listen)
        self.checks = GateChecks(self._standing, reads, clock, limits.gate_grace)
        self._door = GateDoor(
            self.checks, self._members, submit, self._tasks, clock,
            per_second=limits.gate_joins_per_second, enabled=limits.gates != "off",
        )  # fmt: skip
        self._revocations = Revocations(
            self.checks, self._members, self._door, self._standing, submit, self._tasks, clock
        )
        self.holds_back = self._door.holds_back
        for chain in chains:
            chain.follower.listeners.add(GateListener(chain.config.chain_id, self._revocations, self._members))

    def start(self) -> None:
        """Begin to check periodically what changes without a log."""
        self._tasks.start(self._revocations.poll(self._limits.gate_recheck_seconds))

    async def stop(self) -> None:
        """End what is under way, and refuse who waits."""
        self._door.refuse_all(Unavailable("The server is stopping; come back.", retry_after=RETRY_MS))
        await self._tasks.stop()

    def _listen(self, chain: int, address: str, topics: frozenset[str]) -> None:
        if chain not in self._chains:
            return
        taps = self._chains.chain(chain).follower.taps
        if topics:
            wants, late = partial(self._members.wants, chain), partial(self._members.wants_late, chain)
            taps.add(Tap(f"gate:{address}", topics, frozenset({address}), wants, late))
        else:
            taps.remove(f"gate:{address}")

    # ── for live rooms (Gatekeeper) ──────────────────────────────────────────────────────────────────────────────

    async def opened(self, hall: Hall) -> GateUpdate | None:
        """Follow the members of a room that was opened; return whose right ended while nobody followed it."""
        room = self._follow_room(hall)
        if room is None or not room.gate.live or not (room.grants.held or room.grants.lost):
            return None
        open_to_change = [*room.grants.held, *filter(partial(self._ended_in_undone_block, room), room.grants.lost)]
        subjects = [Subject(room.gate, room.holder(account)) for account in open_to_change]
        pairs = zip(open_to_change, await self.checks.check(subjects, granting=False), strict=True)
        drafts = [draft for account, each in pairs if (draft := changed(room, account, each)) is not None]
        return GateUpdate(gate=room.gate.json, drafts=drafts) if drafts else None

    def _follow_room(self, hall: Hall) -> GatedRoom | None:
        room = self._members.add_room(hall.room, hall.access.grants)
        for account in () if room is None else room.followed:
            self._revocations.note_followed(Member(hall.room, account))
        return room

    def _ended_in_undone_block(self, room: GatedRoom, account: Account) -> bool:
        fact = room.grants.lost[account]
        return "block" in fact and self._standing.holds(fact["chain"], fact["block"]) is False

    def stored(self, hall: Hall, entries: Sequence[Entry]) -> None:
        """Take note of what a room with a gate stored, or of its new settings."""
        room = self._members.rooms.get(hall.room.lower())
        grants = hall.access.grants
        if (None if room is None else room.gate.json) != grants.json:
            self._follow_room(hall)
            return
        if room is None:
            return
        room.grants = grants
        for entry in entries:
            if is_gate_entry(entry) and isinstance(entry.body, dict):
                account = entry.body["account"]
                vault = room.holder(account).vault
                if account not in room.followed or room.followed[account] != vault:
                    self._members.follow(room, account, vault)

    def folded_again(self, hall: Hall) -> None:
        """Follow the members of a room whose state was made anew from its log, and check them."""
        room = self._follow_room(hall)
        if room is not None:
            self._revocations.suspect([room])

    def closed(self, room: RoomId) -> None:
        """Follow the members of a room no longer."""
        self._members.remove_room(room)

    def take_over(self, hall: Hall, request: RoomRequest, needed: GateNeeded) -> ParlourError | None:
        """Answer the request later, once the chain was asked; return the refusal where asking helps nothing."""
        return self._door.take_over(hall, request, needed)

    async def let_in(self, hall: Hall, account: Account, needed: GateNeeded) -> None:
        """Return once the account has a grant; raises the refusal."""
        await self._door.let_in(hall, account, needed)

    # ── for requests ─────────────────────────────────────────────────────────────────────────────────────────────

    async def check_contracts(self, gate: Gate) -> None:
        """Check that every contract of a gate is there.

        Raises:
            NotFound: a chain that this server does not follow. Invalid: no contract there. Unavailable: no answer.
        """
        for chain in gate.chains:
            self._chains.chain(chain)
        for chain, address, where in gate.contracts:
            if await self._chains.call(chain, "eth_getCode", [address, "latest"]) in ("0x", None):
                raise Invalid(
                    f"There is no contract at {address} on chain {chain}.",
                    reason="no_contract", details={"path": f"gate.{where}"},
                )  # fmt: skip

    async def admitted_at_once(self, gate: Gate, accounts: Collection[Account]) -> list[Draft]:
        """Return the grants of those of the accounts who pass a gate that a room is about to get."""
        holders = [Holder(account) for account in accounts]
        checked = await self.checks.check([Subject(gate, holder) for holder in holders], granting=True)
        pairs = zip(holders, checked, strict=True)
        return [admitted(gate, holder.account, each, holder) for holder, each in pairs if each.verdict.passed]

    async def explain(self, hall: Hall, account: Account) -> dict[str, Any]:
        """Say why an account passes a room's gate now or does not, leaf by leaf, with block and balance."""
        grants = hall.access.grants
        gate = grants.gate
        if gate is None:
            nothing: dict[str, Any] = {"gate": None, "passes": True, "exempt": False, "granted": None}
            return {"room": hall.room, "account": account, **nothing, "leaves": [], "silent": []}
        fact = grants.held.get(account)
        holder = Holder(account, (fact or {}).get("vault"), (), tuple((fact or {}).get("proved", ())))
        (checked,) = await self.checks.check([Subject(gate, holder)], granting=False)
        leaves = []
        for leaf, shown, value in zip(gate.leaves, gate.shown, checked.verdict.values, strict=True):
            line: dict[str, Any] = {"leaf": shown, "have": None if value is None else str(value)}
            line["passes"] = None if value is None else value >= least_of(leaf)
            if isinstance(leaf, Balance | CallLeaf):
                block = checked.blocks.get(leaf.chain)
                line |= {"address": address_on(account, leaf.chain), "block": block and block.to_json()}
            leaves.append(line)
        exempt = account == hall.owner
        return {
            "room": hall.room, "account": account, "gate": gate.json, "granted": fact, "leaves": leaves,
            "passes": True if exempt else checked.verdict.passed, "exempt": exempt,
            "silent": [chain for chain in gate.chains if self._standing.is_silent(chain, self.checks.grace(gate))],
        }  # fmt: skip
