"""JSON Patch (RFC 6902), applied to a copy: a patch that fails leaves the old value as it was."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any


class PatchError(ValueError):
    """The patch does not fit the value."""


def apply_patch(value: Any, operations: Sequence[dict[str, Any]]) -> Any:
    """Return the value after all operations (RFC 6902 section 4); `__proto__` and the like are ordinary keys.

    Raises:
        PatchError: a path is absent, a test fails, the whole value would be removed, or an operation is malformed.
    """
    document = deepcopy(value)
    try:
        for operation in operations:
            document = _apply(document, operation)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise PatchError(str(error)) from error
    return document


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    path = _parts(operation["path"])
    match operation["op"]:
        case "add":
            return _add(document, path, deepcopy(operation["value"]))
        case "remove":
            return _remove(document, path)
        case "replace":
            return _add(_remove(document, path), path, deepcopy(operation["value"])) if path else operation["value"]
        case "move":
            source = _parts(operation["from"])
            moved = _get(document, source)
            return _add(_remove(document, source), path, moved)
        case "copy":
            return _add(document, path, deepcopy(_get(document, _parts(operation["from"]))))
        case "test":
            if not _equal(_get(document, path), operation["value"]):
                raise PatchError(f"test failed at {operation['path']!r}")
            return document
        case other:
            raise PatchError(f"unknown operation {other!r}")


def _parts(pointer: str) -> list[str]:
    """Return the reference tokens of a JSON Pointer (RFC 6901 section 4)."""
    if pointer and not pointer.startswith("/"):
        raise PatchError(f"not a pointer: {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _get(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[_index(document, part, len(document)) if isinstance(document, list) else part]
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, last = _get(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(parent, last, len(parent) + 1), value)
    else:
        parent[last] = value
    return document


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        raise PatchError("the whole document cannot be removed")
    parent, last = _get(document, path[:-1]), path[-1]
    del parent[_index(parent, last, len(parent)) if isinstance(parent, list) else last]
    return document


def _index(array: list[Any], part: str, end: int) -> int:
    """Return an array index: digits without a leading zero, below `end`."""
    if not (part.isascii() and part.isdigit()) or (len(part) > 1 and part[0] == "0") or int(part) >= end:
        raise IndexError(f"no index {part!r} in an array of {len(array)}")
    return int(part)


def _equal(left: Any, right: Any) -> bool:
    """Compare as JSON does (RFC 6902 section 4.6): `true` is not 1, and 1.0 is."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)
