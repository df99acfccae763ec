"""What is missing at a room's gate, as data and in words (docs/protocol.md section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parlour_client.errors import Forbidden


@dataclass(frozen=True, slots=True)
class GateNeed:
    """One thing that is missing at a gate; `str()` says it in words.

    Attributes:
        leaf: what the gate asks for.
        have: what the account has of it, in smallest units; None where it could not be known.
    """

    leaf: Mapping[str, Any]
    have: str | None

    def __str__(self) -> str:
        return f"{describe_gate(self.leaf)} (you have {self.have or 'an unknown number'})"


def missing_at_gate(error: BaseException) -> list[GateNeed]:
    """Return what is missing where an error is the refusal of a gate; an empty list for any other error."""
    if not isinstance(error, Forbidden) or error.reason != "gate":
        return []
    details = error.details or {}
    return [GateNeed(leaf, have) for leaf, have in zip(details.get("need", ()), details.get("have", ()), strict=False)]


def describe_gate(leaf: Mapping[str, Any]) -> str:
    """Return what a leaf asks for, in words for people."""
    if "accounts" in leaf:
        return "a place on the list of accounts"
    if "merkle" in leaf:
        return "a proof that the account is on the list"
    least = leaf.get("min", "1")
    if "call" in leaf:
        return f"at least {least} from {leaf['call']['function'].partition('(')[0]} of {leaf['call']['to']}"
    if leaf["token"] == "native":
        return f"at least {least} wei on chain {leaf['chain']}"
    ids = [leaf["id"]] if isinstance(leaf.get("id"), str) else leaf.get("id", [])
    which = f" with id {' or '.join(ids)}" if ids else ""
    return f"at least {least} of {leaf['token']}{which} on chain {leaf['chain']}"
