"""Decodes logs by an event's ABI into values that a room may keep as JSON.

Every (u)int becomes a decimal string, because 10^77 does not fit a JSON number. Addresses are EIP-55, bytes are 0x hex,
tuples are objects, arrays are lists. An indexed value of a dynamic type is on the chain only as its hash, and is given
as that. Events whose unindexed values are all single words take a fast path; the others go through eth_abi.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from parlour.core.chain.abi import Event, Param, checksum

MAX_DATA = 64 * 1024
"""Bytes of log data that are decoded at all, so that no log holds a process up; longer ones count as undecodable."""

Decode = Callable[[Sequence[str], str], dict[str, Any]]
"""`decode(topics, data) -> args`; raises Undecodable."""


class Undecodable(Exception):
    """The log does not fit the event: other topics, short data, bad padding, text that is not UTF-8."""


@lru_cache(maxsize=1024)
def make_decoder(event: Event) -> Decode:
    """Return a function that decodes the logs of this event; rooms that watch the same event share one."""
    named = list(zip(event.names, event.inputs, strict=True))
    topic_readers = [(n, _hash if p.dynamic else _word_reader(p.kind) or _hash) for n, p in named if p.indexed]
    unindexed = [(n, p) for n, p in named if not p.indexed]
    words = [(n, _word_reader(p.kind)) for n, p in unindexed]
    static = [(n, r, 2 + 64 * i) for i, (n, r) in enumerate(words) if r is not None]
    need = 2 + 64 * len(unindexed)
    count, order = event.topics, event.names
    sorted_already = [n for n, _ in topic_readers] + [n for n, _ in unindexed] == list(order)

    def decode_log(topics: Sequence[str], data: str) -> dict[str, Any]:
        if len(topics) != count:
            raise Undecodable("another number of topics")
        args = {name: read(topic[2:]) for (name, read), topic in zip(topic_readers, topics[1:], strict=True)}
        if len(static) == len(unindexed):
            if len(data) < need:
                raise Undecodable("data too short")
            for name, read, at in static:
                args[name] = read(data[at : at + 64])
        else:
            args.update(_decode_dynamic(unindexed, data))
        return args if sorted_already else {name: args[name] for name in order}

    return decode_log


def _decode_dynamic(params: Sequence[tuple[str, Param]], data: str) -> Iterable[tuple[str, Any]]:
    if len(data) > 2 + 2 * MAX_DATA:
        raise Undecodable("data too large")
    try:
        values = decode([p.kind for _, p in params], bytes.fromhex(data[2:]))
    except (DecodingError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        raise Undecodable(str(error)[:200]) from error
    return [(name, _to_json(param, value)) for (name, param), value in zip(params, values, strict=True)]


def _to_json(param: Param, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return checksum(value) if param.kind == "address" else value
    if param.kind.endswith("]"):
        element = Param("", param.kind[: param.kind.rindex("[")], components=param.components)
        return [_to_json(element, v) for v in value]
    named = all(c.name for c in param.components)
    if named and len({c.name for c in param.components}) == len(value):
        return {c.name: _to_json(c, v) for c, v in zip(param.components, value, strict=True)}
    return [_to_json(c, v) for c, v in zip(param.components, value, strict=True)]


# ── single words ─────────────────────────────────────────────────────────────────────────────────────────────────


def _word_reader(kind: str) -> Callable[[str], Any] | None:
    """Return a reader of one word (64 hex digits), or None for types that are not a single word."""
    if kind == "address":
        return _address
    if kind == "bool":
        return _bool
    if match := re.fullmatch(r"(u?)int(\d+)", kind):
        return _uint(int(match.group(2))) if match.group(1) else _int(int(match.group(2)))
    if kind == "function":  # an address and a selector, in 24 bytes (ABI specification, "Types")
        return _bytes(48)
    if match := re.fullmatch(r"bytes(\d+)", kind):
        return _bytes(int(match.group(1)) * 2)
    return None


_ZEROS = "0" * 64


def _address(word: str) -> str:
    if word[:24] != _ZEROS[:24]:
        raise Undecodable("an address with dirty padding")
    return checksum("0x" + word[24:])


def _bool(word: str) -> bool:
    if word[:63] != _ZEROS[:63] or word[63] not in "01":
        raise Undecodable("a bool that is neither 0 nor 1")
    return word[63] == "1"


def _uint(bits: int) -> Callable[[str], str]:
    if bits == 256:
        return lambda word: str(int(word, 16))
    pad = 64 - bits // 4

    def read(word: str) -> str:
        if word[:pad] != _ZEROS[:pad]:
            raise Undecodable("an integer beyond its type")
        return str(int(word, 16))

    return read


def _int(bits: int) -> Callable[[str], str]:
    limit, wrap = 1 << (bits - 1), 1 << 256

    def read(word: str) -> str:
        value = int(word, 16)
        if value >= limit:
            value -= wrap
            if value < -limit:
                raise Undecodable("an integer beyond its type")
        return str(value)

    return read


def _bytes(digits: int) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word[digits:] != _ZEROS[digits:]:
            raise Undecodable("bytes with dirty padding")
        return "0x" + word[:digits]

    return read


def _hash(word: str) -> str:
    return "0x" + word
