"""Checks what a server really says against the models that describe it, with no key too many."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from parlour.adapters.socket.requests import REQUESTS
from parlour.protocol.entries import ENTRIES, AppEntry, AppMessage, Message
from parlour.protocol.events import EVENTS
from parlour.protocol.replies import Refusal
from parlour.protocol.schema import definitions

ENTRY_MODELS = {**ENTRIES, "app": AppEntry, "message": Message, "app message": AppMessage}
LISTS = {"room:join", "room:history", "room:search"}
"""Requests answered with `entries`."""


class WireChecker:
    """Validates acks and events.

    Attributes:
        seen: the names of the requests and events that were right; a refused request counts as `refused`.
        faults: what was wrong, one sentence each.
    """

    def __init__(self) -> None:
        self._checks = checks()
        self.seen: set[str] = set()
        self.faults: list[str] = []

    def check(self, name: str, said: Any) -> None:
        """Note whether the ack of the request `name`, or the event `name`, is as its model says."""
        plain = _plain(said)
        refused = isinstance(plain, dict) and plain.get("ok") is False
        if self._holds(name, name, plain) and all(self._entry(name, entry) for entry in _entries(name, plain)):
            self.seen.add("refused" if refused else name)

    def _entry(self, said: str, entry: dict[str, Any]) -> bool:
        kind = "app" if entry["type"].startswith("app.") else entry["type"]
        folded = "app message" if kind == "app" else "message"
        return self._holds(said, folded if "reactions" in entry else kind, entry)

    def _holds(self, said: str, model: str, plain: Any) -> bool:
        if model not in self._checks:
            self.faults.append(f"{said}: there is no model of {model}")
            return False
        problems = sorted(self._checks[model].iter_errors(plain), key=lambda error: -len(error.absolute_path))
        if problems:
            self.faults.append(f"{said}: {problems[0].message:.600} in {plain!r:.1500}")
        return not problems


@cache
def checks() -> dict[str, Draft202012Validator]:
    """A validator for each ack, event and entry type; entries inside of the first two are left to the third, because
    a union of all types is slow and its errors say nothing."""
    said = {**{name: spec.reply | Refusal for name, spec in REQUESTS.items()}, **EVENTS}
    names = [*said, *ENTRY_MODELS]
    schemas, found = definitions([*said.values(), *ENTRY_MODELS.values()], "#/$defs/")
    shared = closed(found) | {"Entry": True, "Message": True, "AppMessage": True}
    whole = {name: Draft202012Validator({"$defs": shared, **s}) for name, s in zip(names, schemas, strict=True)}
    folded = {"message": "Message", "app message": "AppMessage"}
    return whole | {
        name: Draft202012Validator({**closed(found[model]), "$defs": shared}) for name, model in folded.items()
    }


def _entries(name: str, plain: Any) -> list[dict[str, Any]]:
    if name == "entry":
        return [plain]
    return list(plain.get("entries", ())) if name in LISTS else []


def closed(schema: Any) -> Any:
    """The same schema, in which an object that lists its keys has no others."""
    if isinstance(schema, dict):
        made = {key: closed(value) for key, value in schema.items()}
        return {**made, "additionalProperties": False} if isinstance(made.get("properties"), dict) else made
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def _plain(value: Any) -> Any:
    """Bytes as the texts that JSON Schema knows them as."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
