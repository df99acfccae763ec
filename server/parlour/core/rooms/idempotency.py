"""Compares a request with the entry that an earlier request with its id led to (protocol §3 "Idempotency")."""

from __future__ import annotations

from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.room import Close, Command, Configure, Entry, Moderate, OpenSealed, Unwatch
from parlour.core.rooms.access import OPENED
from parlour.core.rooms.holding import RELEASED
from parlour.core.rooms.rules import WORDS, split

_MODERATED = {
    "role": "member.role",
    "mute": "member.muted",
    "ban": "member.banned",
    "kick": "member.removed",
    "unmute": "member.restored",
    "unban": "member.restored",
    "release": RELEASED,
}

_KEPT = object()
"""Stands for a gate that a change leaves alone; null would be one that it removes."""


def repeats(command: Command, entry: Entry) -> bool:
    """Return whether a command asks for what an earlier entry of the same author and id already did.

    Knows the commands that mean the same in every kind; a kind overrides `Hall.repeats` for others.
    """
    body = entry.body
    if not isinstance(body, dict):
        return True
    match command:
        case Moderate():
            return entry.type == _MODERATED.get(command.action) and _says(body, _moderation(command))
        case Configure():
            facts: dict[str, Any] = {"title": command.title, "visibility": command.visibility}
            public, words = split(command.rules)
            if words is not None and entry.type == WORDS:
                return _says(body, {"words": words}) and facts == {"title": None, "visibility": None} and not public
            facts |= {"rules": public}
            same_gate = body.get("gate", _KEPT) == (_KEPT if command.gate is None else command.gate.gate)
            return (
                entry.type == "room.configured" and _says(body, facts) and _keeps(body, command.options) and same_gate
            )
        case OpenSealed():
            return entry.type == OPENED and _says(body, {"reason": command.reason})
        case Close():
            return entry.type == "room.closed" and _says(body, {"reason": command.reason})
        case Unwatch():
            return entry.type == "room.unwatched" and _says(body, {"watch": command.watch})
    return True


def _moderation(command: Moderate) -> dict[str, Any]:
    asked: dict[str, Any] = {"account": command.account, "reason": command.reason}
    match command.action:
        case "role":
            return asked | {"role": command.role}
        case "mute" | "ban":
            return asked | {"until": command.until}
        case "unmute" | "unban":
            return asked | {"from": command.action.removeprefix("un")}
        case "release":
            return {"of": command.of}
    return asked


def _says(body: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Return whether a stored body has these values under the keys of `asked`; absent means null."""
    return canonical({key: body.get(key) for key in asked}) == canonical(asked)


def _keeps(body: dict[str, Any], options: dict[str, Any] | None) -> bool:
    """Return whether a stored body has the options asked for, among the options it had before."""
    if options is None:
        return "options" not in body
    return "options" in body and _says(body["options"], options)
