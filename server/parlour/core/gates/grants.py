"""The grants of a room: a fold of `member.admitted`, and of the gate's own `member.removed` and `member.restored`.

It is a set of its own: grants change neither roles nor bans nor invitations, and those change no grant.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.gates.tree import Gate, read_gate
from parlour.core.room import Account, Draft, Entry

REASON = "gate"
"""`reason` of the gate's own `member.removed`, and `from` of its `member.restored`."""
MAX_GRANTS = 50_000
"""Grants of a room, as roles: they are in every snapshot, about 250 bytes each."""
MAX_LOST = 10_000
"""Removals that a room remembers, for a reorganisation to take back; the oldest are final long before."""

Fact = dict[str, Any]
"""`{chain?, block?: {number, hash}, leaf, vault?, proved?}` of a grant or a removal."""


def is_gate_entry(entry: Entry) -> bool:
    """Return whether the entry is the gate's own: the server wrote it about a block, for the gate."""
    body = entry.body
    if not isinstance(body, dict) or body.get("by") != "":
        return False
    return (
        entry.type == "member.admitted"
        or (entry.type == "member.removed" and body.get("reason") == REASON)
        or (entry.type == "member.restored" and body.get("from") == REASON)
    )


@dataclass(slots=True)
class Grants:
    """Whom a room's gate lets in.

    Attributes:
        json: the gate as the log has it; None where the room has none.
        held: account → what its grant rests on.
        lost: account → what its grant rested on, and the block that ended it (`{was, chain, block, leaf}`).
    """

    json: Fact | None = None
    held: dict[Account, Fact] = field(default_factory=dict)
    lost: dict[Account, Fact] = field(default_factory=dict)

    @property
    def gate(self) -> Gate | None:
        """The gate that was read from the log."""
        return None if self.json is None else _read(canonical(self.json))

    def set_gate(self, gate: Fact | None) -> None:
        """Take another gate, or none; nobody has a grant of it yet."""
        if gate != self.json:
            self.json, self.held, self.lost = gate, {}, {}

    def takes(self, draft: Draft) -> bool:
        """Return whether an entry changes anything: a grant older than a removal of the same account does not stand."""
        body = draft.body
        assert isinstance(body, dict)
        account = body["account"]
        match draft.type:
            case "member.admitted":
                full = len(self.held) >= MAX_GRANTS
                return not full and account not in self.held and not _is_newer(self.lost.get(account), body)
            case "member.removed":
                return account in self.held
            case _:
                return account in self.lost

    def apply(self, entry: Entry) -> None:
        """Fold one of the gate's own entries."""
        body = entry.body
        assert isinstance(body, dict)
        account, fact = body["account"], {k: body[k] for k in _FACTS if k in body}
        match entry.type:
            case "member.admitted":
                self.held[account] = fact
                self.lost.pop(account, None)
            case "member.removed":
                was = self.held.pop(account, None)
                self.lost.pop(account, None)
                self.lost[account] = {**fact, "was": was or {}}
                if len(self.lost) > MAX_LOST:
                    del self.lost[next(iter(self.lost))]
            case "member.restored":
                lost = self.lost.pop(account, None)
                self.held[account] = {**(lost["was"] if lost else {}), **fact}

    def snapshot(self) -> dict[str, Any]:
        """Return the state as JSON, for `restored`."""
        return {"gate": self.json, "held": dict(self.held), "lost": dict(self.lost)}

    @classmethod
    def restored(cls, state: dict[str, Any] | None) -> Grants:
        """Return the grants of a snapshot; None is one of a room that had no gate."""
        return cls() if state is None else cls(state["gate"], dict(state["held"]), dict(state["lost"]))


_FACTS = ("chain", "block", "leaf", "vault", "proved")


def _is_newer(lost: Fact | None, grant: Fact) -> bool:
    """Return whether a removal rests on a later block of the same chain than a grant."""
    if lost is None or "block" not in lost or "block" not in grant or lost.get("chain") != grant.get("chain"):
        return False
    return bool(lost["block"]["number"] > grant["block"]["number"])


@lru_cache(maxsize=4096)
def _read(key: bytes) -> Gate:
    return read_gate(json.loads(key))
