"""Encodes values that nodes send each other: JSON in which bytes may stand anywhere.

Bytes become an object with one key that no client can send, because requests with NUL are refused (protocol §3).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import orjson

BYTES = "\x00bytes"
_MARK = b'"\\u0000bytes"'


def _mark(value: Any) -> dict[str, str]:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(f"{type(value).__name__} cannot be sent to another node")
    return {BYTES: b64encode(value).decode()}


def dumps(value: Any) -> bytes:
    """Encode a value: JSON, bytes, dataclasses and `orjson.Fragment`s; raises orjson.JSONEncodeError."""
    return orjson.dumps(value, default=_mark)


def loads(raw: bytes) -> Any:
    """Decode what `dumps` made; raises orjson.JSONDecodeError."""
    value = orjson.loads(raw)
    return _restored(value) if _MARK in raw else value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {BYTES}:
            return b64decode(value[BYTES])
        return {key: _restored(each) for key, each in value.items()}
    return [_restored(each) for each in value] if isinstance(value, list) else value
