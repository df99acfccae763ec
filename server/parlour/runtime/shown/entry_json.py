"""Writes entries as clients get them (protocol §4 `entry`)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson

from parlour.core.room import Entry


def entry_event(entry: Entry, *, redacted: str | None = None) -> dict[str, Any]:
    """Return the `entry` event; a binary body stays bytes and becomes the packet's one attachment.

    Args:
        redacted: why it goes without its body (`hidden`, `held`); None where it does not.
    """
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
    if redacted is not None or entry.raw is None:
        event["bodyHash"] = "0x" + entry.body_hash.hex()
        event["redacted"] = "erased" if entry.raw is None else redacted
        return event
    event["body"] = entry.body if isinstance(entry.body, bytes) else orjson.Fragment(entry.raw)
    return event


def entry_json(entry: Entry, *, redacted: str | None = None, proof: bool = False) -> dict[str, Any]:
    """Return an entry for arrays and HTTP: a binary body is `{b64}`; `proof` adds salt and body hash."""
    event = entry_event(entry, redacted=redacted)
    if isinstance(event["body"], bytes):
        event["body"] = {"b64": b64encode(event["body"]).decode()}
    if proof:
        event["bodyHash"] = "0x" + entry.body_hash.hex()
        event["epoch"] = entry.epoch
        if entry.salt is not None and redacted is None:
            event["salt"] = "0x" + entry.salt.hex()
    return event
