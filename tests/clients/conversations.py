"""Conversation vectors (tests/vectors/conversations/README.md): reading them, and matching what was said."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "vectors" / "conversations"
VECTORS = sorted(FOLDER.glob("*.jsonl"))


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a vector's first line and its steps."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return lines[0], lines[1:]


def entries(value: Any) -> Iterator[Any]:
    """Yield the entries that one item stands for: a range, an entry, or any other value as it is."""
    if isinstance(value, dict) and "$range" in value:
        first, last = value["$range"]
        yield from (_entry({"$entry": seq}) for seq in range(first, last + 1))
    else:
        yield written_out(value)


def written_out(value: Any) -> Any:
    """Return a value with its short forms written out."""
    if isinstance(value, list):
        return [item for one in value for item in entries(one)]
    if not isinstance(value, dict):
        return value
    if "$entry" in value:
        return _entry(value)
    if "$bytes" in value:
        return b64decode(value["$bytes"])
    if "$vector" in value:
        return Vector.of({int(client): clock for client, clock in value["$vector"].items()})
    if "$join" in value:
        return _join(value)
    return {key: written_out(item) for key, item in value.items()}


def numbers(value: Any) -> Any:
    """Return an expectation with each range as its numbers."""
    if isinstance(value, dict) and "$range" in value:
        return list(range(value["$range"][0], value["$range"][1] + 1))
    return {key: numbers(item) for key, item in value.items()} if isinstance(value, dict) else value


def _entry(short: dict[str, Any]) -> dict[str, Any]:
    seq = short["$entry"]
    standard = {
        "room": "lobby", "seq": seq, "id": f"e{seq}", "type": "chat.message", "author": "$bob", "at": seq,
        "body": {"text": str(seq)}, "hash": f"$h{seq}",
    }  # fmt: skip
    return standard | {key: written_out(item) for key, item in short.items() if key != "$entry"}


def _join(short: dict[str, Any]) -> dict[str, Any]:
    head = short["$join"]
    room = {
        "id": "lobby", "kind": "chat", "title": "", "visibility": "public", "owner": "$bob", "createdAt": 0,
        "members": 2, "signed": False, "options": {},
    }  # fmt: skip
    standard = {
        "ok": True, "room": room, "epoch": "$epoch", "head": head, "hash": f"$h{head}", "role": "member", "read": 0,
        "recovered": False, "entries": [], "presence": {"v": 0, "members": ["$me"], "count": 1},
    }  # fmt: skip
    return standard | {key: written_out(item) for key, item in short.items() if key != "$join"}


class Vector(bytes):
    """The state vector of a Yjs document, its clients in any order; all numbers are below 128."""

    @classmethod
    def of(cls, clocks: dict[int, int]) -> Vector:
        return cls(bytes([len(clocks), *[number for pair in sorted(clocks.items(), reverse=True) for number in pair]]))

    def says(self, other: bytes) -> bool:
        """Return whether another vector is the same, in whatever order."""
        pairs = [sorted(zip(vector[1::2], vector[2::2], strict=True)) for vector in (self, other)]
        return self[0] == other[0] and pairs[0] == pairs[1]


class Names:
    """What each `$name` of a vector stands for, from the first time it was matched."""

    def __init__(self, **known: str) -> None:
        self._known = {f"${name}": value for name, value in known.items()}

    def filled(self, value: Any) -> Any:
        """Return a value with every known name as what it stands for."""
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        return self._known.get(value, value) if isinstance(value, str) else value

    def check(self, pattern: Any, value: Any, at: str, skipped: frozenset[str] = frozenset()) -> None:
        """Match a value; raises AssertionError with the place where it differs."""
        if isinstance(pattern, dict):
            assert isinstance(value, dict), f"{at}: {value!r} is no object like {pattern!r}"
            for key, item in pattern.items():
                assert key in value, f"{at}: {value!r} lacks {key}"
                if key not in skipped:
                    self.check(item, value[key], f"{at}.{key}", skipped)
        elif isinstance(pattern, list):
            assert isinstance(value, list | tuple), f"{at}: {value!r} is no list"
            assert len(value) == len(pattern), f"{at}: {value!r} is not as long as {pattern!r}"
            for index, item in enumerate(pattern):
                self.check(item, value[index], f"{at}[{index}]", skipped)
        elif isinstance(pattern, Vector):
            assert isinstance(value, bytes), f"{at}: {value!r} is no vector"
            assert pattern.says(value), f"{at}: {value!r} is not {pattern!r}"
        elif isinstance(pattern, str) and pattern.startswith("$"):
            assert self._known.setdefault(pattern, value) == value, f"{at}: {value!r} is not {pattern}"
        else:
            same_type = isinstance(pattern, bool) is isinstance(value, bool)
            assert same_type, f"{at}: {value!r} is not {pattern!r}"
            assert value == pattern, f"{at}: {value!r} is not {pattern!r}"
