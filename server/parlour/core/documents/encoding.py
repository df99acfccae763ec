"""Reads and writes what updates are made of: lib0's varints, strings and `any` values (lib0/encoding.js, v1)."""

from __future__ import annotations

import orjson

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 64
"""Arrays and objects inside each other in one value; a reader's stack is not endless, a Y.Map's values are flat."""


class NotAnUpdate(Exception):
    """The bytes are no Yjs update of format v1, or one that no Yjs client writes."""


def read_uint(raw: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned varint and the place after it; raises NotAnUpdate, or IndexError where the bytes end."""
    byte = raw[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    at += 1
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 49:
            raise NotAnUpdate("a number is too large")
    if value > MAX_SAFE_INTEGER:
        raise NotAnUpdate("a number is too large")
    return value, at


def read_bytes(raw: bytes, at: int) -> tuple[bytes, int]:
    """Return bytes with their length before them, and the place after them."""
    size, at = read_uint(raw, at)
    end = at + size
    if end > len(raw):
        raise NotAnUpdate("the bytes end too early")
    return raw[at:end], end


def read_text(raw: bytes, at: int) -> tuple[str, int]:
    """Return a UTF-8 string with its length before it, and the place after it."""
    text, at = read_bytes(raw, at)
    return text.decode(), at


def skip_json(raw: bytes, at: int) -> int:
    """Return the place after a string of JSON, which every client parses: one that is none would throw there."""
    text, at = read_bytes(raw, at)
    if text != b"undefined":
        orjson.loads(text)
    return at


def skip_any(raw: bytes, at: int, depth: int = MAX_DEPTH) -> int:
    """Return the place after an `any` value."""
    if depth == 0:
        raise NotAnUpdate("a value is nested too deeply")
    kind = raw[at]
    at += 1
    fixed = _FIXED.get(kind)
    if fixed is not None:
        if at + fixed > len(raw):
            raise NotAnUpdate("the bytes end too early")
        return at + fixed
    if kind == 125:  # a signed varint
        for _ in range(10):
            at += 1
            if raw[at - 1] < 0x80:
                return at
        raise NotAnUpdate("a number is too large")
    if kind == 119:
        return read_text(raw, at)[1]
    if kind == 116:
        return read_bytes(raw, at)[1]
    if kind not in (117, 118):
        raise NotAnUpdate("a value is of no type")
    count, at = read_uint(raw, at)
    for _ in range(count):
        if kind == 118:
            _, at = read_text(raw, at)
        at = skip_any(raw, at, depth - 1)
    return at


_FIXED = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""Bytes after the type: undefined, null, float32, float64, bigint64, false, true."""


def write_uint(value: int) -> bytes:
    """Return an unsigned varint."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_vector(raw: bytes) -> dict[int, int]:
    """Read a state vector: how many clocks of each client somebody has.

    Raises:
        NotAnUpdate.
    """
    try:
        count, at = read_uint(raw, 0)
        vector: dict[int, int] = {}
        for _ in range(count):
            client, at = read_uint(raw, at)
            vector[client], at = read_uint(raw, at)
    except IndexError:
        raise NotAnUpdate("the bytes end too early") from None
    if at != len(raw):
        raise NotAnUpdate("there are bytes after the end")
    return vector


def write_vector(vector: dict[int, int]) -> bytes:
    """Write a state vector, the highest client first, as Yjs does."""
    parts = [write_uint(len(vector))]
    for client in sorted(vector, reverse=True):
        parts += (write_uint(client), write_uint(vector[client]))
    return b"".join(parts)
