"""Writes entries as clients get them (protocol §4 `entry`)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson

from parlour.core.room import Entry


def entry_event(entry: Entry, *, hidden: bool = False) -> dict[str, Any]:
    """Return the `entry` event; a binary body stays bytes and becomes the packet's one attachment."""
    event = _head(entry)
    if hidden or entry.raw is None:
        return _redact(event, entry, hidden)
    event["body"] = entry.body if isinstance(entry.body, bytes) else orjson.Fragment(entry.raw)
    return event


def entry_json(entry: Entry, *, hidden: bool = False, proof: bool = False) -> dict[str, Any]:
    """Return an entry for arrays and HTTP: a binary body is `{b64}`; `proof` adds salt and body hash."""
    event = entry_event(entry, hidden=hidden)
    if isinstance(event["body"], bytes):
        event["body"] = {"b64": b64encode(event["body"]).decode()}
    if proof:
        event["bodyHash"] = "0x" + entry.body_hash.hex()
        event["epoch"] = entry.epoch
        if entry.salt is not None and not hidden:
            event["salt"] = "0x" + entry.salt.hex()
    return event


def _head(entry: Entry) -> dict[str, Any]:
    event: dict[str, Any] = {
        "room": entry.room,
        "seq": entry.seq,
        "id": entry.id,
        "type": entry.type,
        "author": entry.author,
        "at": entry.at,
        "body": None,
        "hash": "0x" + entry.hash.hex(),
    }
    if entry.sig is not None:
        event["sig"] = entry.sig
        if entry.seen is not None:
            event["seen"] = entry.seen.to_json()
    return event


def _redact(event: dict[str, Any], entry: Entry, hidden: bool) -> dict[str, Any]:
    event["bodyHash"] = "0x" + entry.body_hash.hex()
    event["redacted"] = "hidden" if hidden else "erased"
    return event
