"""Keeps a room in memory as a server does: its log, its hash chain and its clock."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, seal
from parlour.core.room import Account, ChainUpdate, Command, Draft, Entry, Outcome, Post, dead_seqs, fold
from parlour.core.rooms.hall import Hall
from parlour.core.settlement.result import completed
from parlour.core.settlement.terms import read_terms

R = TypeVar("R", bound=Hall)
START = 1_800_000_000_000
"""When every kept room is created, in ms."""
OWNER = "owner"
REFEREE = "0x" + "11" * 20
"""Whose signature an escrow would take; nobody signs here."""


class KeptRoom(Generic[R]):
    """A room of any kind with its log; `submit` does what a server does with a command.

    Attributes:
        kind: the room's class.
        room: the room itself, folded from the log.
        log: every entry so far.
        outcomes: what each accepted command led to.
        now: what the clock says, in ms.
    """

    def __init__(
        self, kind: type[R], options: dict[str, Any], seed: int, settle: dict[str, Any] | None = None, **facts: Any
    ) -> None:
        """Create the room; raises Invalid where the kind refuses the options or the settlement.

        Args:
            facts: more of what `room.created` says.
        """
        self.kind = kind
        self.room = kind("table")
        self.now = START
        self.log: list[Entry] = []
        self.outcomes: list[Outcome] = []
        self._seed = seed
        created = kind.created(OWNER, "", "public", kind.check_options(options), False)
        assert isinstance(created.body, dict)
        created.body |= facts
        if settle is not None:
            kind.check_settle(options)
            created.body["settle"] = read_terms(settle, REFEREE).to_json()
        self._append([created])

    def view(self, account: Account | None = None) -> Any:
        """Return what this account sees; None is a guest."""
        return self.room.view(account)

    def log_of(self, account: Account | None = None) -> list[Entry]:
        """Return the log as this account may read it: hidden bodies are None."""
        return [redacted(entry) if self.room.hides(entry, account) else entry for entry in self.log]

    def replayed(self, upto: int | None = None) -> R:
        """Return a room folded again from the log, up to an entry."""
        room = self.kind("table")
        fold(room, self.log[:upto])
        return room

    def restored(self, at: int) -> R:
        """Return a room from a snapshot at entry `at` and the entries after it."""
        room = self.kind("table")
        room.restore(self.replayed(at).snapshot())
        fold(room, self.log[at:])
        return room

    def submit(self, command: Command) -> Outcome:
        """Let the room decide a command and store the entries; raises the refusal."""
        command.at = self.now
        command.seq = len(self.log) + 1
        command.entropy = sha256(f"{self._seed}:{command.seq}".encode()).digest()
        if isinstance(command, Post):
            command.referenced = {s: self.log[s - 1] for s in command.references() if 0 < s <= len(self.log)}
        outcome = self.decide(command)
        self.outcomes.append(outcome)
        self._append(outcome.entries)
        return outcome

    def decide(self, command: Command) -> Outcome:
        """Return the room's outcome for a command; raises its refusal."""
        return self.room.handle(command)

    # ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────

    def chain_event(self, event: str, chain: int = 31337, address: str = "", **args: Any) -> Entry:
        """Let a watched contract emit an event; numbers may be given as int. Returns the entry."""
        plain = {k: str(v) if isinstance(v, int) else v for k, v in args.items()}
        block = {"number": len(self.log), "hash": "0x" + "00" * 32, "time": self.now}
        body = {"watch": self._watched(chain, event), "chain": chain, "address": address, "event": event, "args": plain}
        body |= {"block": block, "tx": "0x" + "11" * 32, "logIndex": 0, "status": "included"}
        seq = len(self.log)
        self.submit(ChainUpdate(drafts=[Draft("chain.event", body)]))
        return self.log[seq]

    def chain_confirmed(self, status: str = "finalized", chain: int = 31337, upto: int | None = None) -> None:
        """Let the chain confirm everything up to a block; by default all events so far."""
        block = {"number": len(self.log) if upto is None else upto, "hash": "0x" + "00" * 32}
        self.submit(ChainUpdate(drafts=[Draft("chain.confirmed", {"chain": chain, "upTo": block, "status": status})]))

    def _watched(self, chain: int, event: str) -> str:
        """Return the id of the room's watch of this chain; the first event creates it."""
        if not self.room.watches.on_chain(chain):
            watch = {"id": f"chain-{chain}", "chain": chain, "event": event, "finality": "included", "confirm": []}
            self._append([Draft("room.watched", {"watch": watch, "by": OWNER})])
        return f"chain-{chain}"

    def chain_reverted(self, *events: Entry) -> list[dict[str, Any]]:
        """Revert these events; return the entries that no longer hold: `[{seq, reason}]`."""
        gone = {event.seq for event in events}
        room, void = self.kind("table"), []
        dead = gone | dead_seqs(self.log)
        for entry in self.log:
            if entry.seq in dead:
                room.undone(entry)
                continue
            reason = room.refuses(entry) if entry.seq > min(gone) else None
            if reason is None:
                room.apply(entry)
            else:
                void.append({"seq": entry.seq, "reason": reason})
        self.room = room
        self.submit(ChainUpdate(drafts=[Draft("chain.reverted", {"of": sorted(gone), "block": {}, "void": void})]))
        return void

    def _append(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            previous = self.log[-1].hash if self.log else ZERO_HASH
            if isinstance(draft.body, dict) and "settlement" in draft.body:
                draft.body = {**draft.body, "settlement": completed(draft.body["settlement"], previous, None)}
            seq = len(self.log) + 1
            salt = sha256(f"salt:{self._seed}:{seq}".encode()).digest()[:16]
            entry = seal(draft, ("table", "epoch", seq, self.now, previous), salt, canonical(draft.body))
            self.room.apply(entry)
            self.log.append(entry)


def redacted(entry: Entry) -> Entry:
    """Return the entry as viewers get it who may not see its body."""
    return Entry(
        entry.room, entry.epoch, entry.seq, entry.id, entry.type, entry.author, entry.at,
        None, None, entry.body_hash, entry.hash, sig=entry.sig, seen=entry.seen,
    )  # fmt: skip
