"""Says in words what a gate asks for and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parlour.core.gates.tree import Gate

MOST_NAMED = 3
"""Leaves that a sentence names; a client shows all of them from `details`."""


def missing(gate: Gate, details: Mapping[str, Any]) -> str:
    """Return the sentence of a refusal `{need, have}`."""
    parts = [f"{say(leaf)} (you have {have})" for leaf, have in zip(details["need"], details["have"], strict=True)]
    some, more = parts[:MOST_NAMED], len(parts) - MOST_NAMED
    joined = " or ".join(some) + (f" or one of {more} others" if more > 0 else "")
    return f"This room has a gate, and you do not pass it. It asks for {joined}."


def say(leaf: Mapping[str, Any]) -> str:
    """Return what a leaf asks for, in a few words."""
    if "accounts" in leaf:
        return "a place on the list of accounts"
    if "merkle" in leaf:
        return "a proof that you are on the list"
    least = leaf.get("min", "1")
    if "call" in leaf:
        return f"at least {least} from {leaf['call']['function'].partition('(')[0]} of {leaf['call']['to']}"
    where = f"on chain {leaf['chain']}"
    if leaf["token"] == "native":
        return f"at least {least} wei {where}"
    which = f" with id {leaf['id']}" if "id" in leaf else ""
    return f"at least {least} of {leaf['token']}{which} {where}"
