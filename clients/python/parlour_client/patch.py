"""JSON Patch (RFC 6902) on values that are never changed: the result shares with the old value what is equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class PatchError(ValueError):
    """The patch does not fit the value; the text names the operation and says why."""


def apply_patch(value: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """Return the value after all operations (RFC 6902 section 4); `__proto__` and the like are ordinary keys.

    Objects and arrays on the way to a change are copied once for each patch, the others are shared; neither value
    may be changed in place afterwards.

    Raises:
        PatchError: a path is absent, a test fails, the whole value would be removed, or an operation is malformed.
    """
    change = _Change(value)
    for number, operation in enumerate(operations, 1):
        try:
            change.apply(operation)
        except PatchError as error:
            raise PatchError(f"Operation {number} of the patch: {error}") from error
    return change.root


class _Change:
    """A value while it is patched.

    Attributes:
        root: the value as of the last operation.
    """

    def __init__(self, root: Any) -> None:
        self.root = root
        self._own: dict[int, Any] = {}  # containers copied by this patch, by id(): they alone are changed in place

    def apply(self, operation: Mapping[str, Any]) -> None:
        """Apply one operation; raises PatchError."""
        if not isinstance(operation, Mapping):
            raise PatchError(f"{operation!r} is no object.")
        op, path = _member(operation, "op"), _pointer(operation, "path")
        match op:
            case "add":
                self._add(path, _member(operation, "value"))
            case "remove":
                self._remove(path)
            case "replace":
                value = _member(operation, "value")
                if path:
                    self._remove(path)
                self._add(path, value)
            case "move":
                source = _pointer(operation, "from")
                moved = _get(self.root, source)
                self._remove(source)
                self._add(path, moved)
            case "copy":
                copied = _get(self.root, _pointer(operation, "from"))
                self._own.clear()  # it stands in two places now: whoever changes one of them copies it first
                self._add(path, copied)
            case "test":
                if not _equal(_get(self.root, path), _member(operation, "value")):
                    raise PatchError(f"The test at {operation['path']!r} failed.")
            case other:
                raise PatchError(f"There is no operation {other!r}.")

    def _add(self, path: list[str], value: Any) -> None:
        if not path:
            self.root = value
            return
        holder, last = self._holder(path), path[-1]
        if isinstance(holder, list):
            holder.insert(len(holder) if last == "-" else _index(holder, last, len(holder) + 1), value)
        else:
            holder[last] = value

    def _remove(self, path: list[str]) -> None:
        if not path:
            raise PatchError("The whole value cannot be removed.")
        _get(self.root, path)
        holder, last = self._holder(path), path[-1]
        del holder[_index(holder, last, len(holder)) if isinstance(holder, list) else last]

    def _holder(self, path: list[str]) -> Any:
        """Return the container that the last part of a path is in, with every container before it made our own."""
        if not isinstance(_get(self.root, path[:-1]), dict | list):
            raise PatchError(f"There is no object and no array at {_written(path[:-1])!r}.")
        holder = self.root = self._owned(self.root)
        for part in path[:-1]:
            key = _index(holder, part, len(holder)) if isinstance(holder, list) else part
            holder[key] = self._owned(holder[key])
            holder = holder[key]
        return holder

    def _owned(self, container: Any) -> Any:
        if id(container) not in self._own:
            container = container.copy()
            self._own[id(container)] = container
        return container


def _member(operation: Mapping[str, Any], name: str) -> Any:
    if name not in operation:
        raise PatchError(f"{name!r} is missing in {dict(operation)!r}.")
    return operation[name]


def _pointer(operation: Mapping[str, Any], name: str) -> list[str]:
    """Return the reference tokens of a JSON Pointer (RFC 6901 section 4)."""
    pointer = _member(operation, name)
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchError(f"{name!r} is no JSON Pointer: {pointer!r}.")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _written(path: list[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _get(value: Any, path: list[str]) -> Any:
    for depth, part in enumerate(path, 1):
        if isinstance(value, list):
            value = value[_index(value, part, len(value))]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise PatchError(f"There is nothing at {_written(path[:depth])!r}.")
    return value


def _index(array: list[Any], part: str, end: int) -> int:
    """Return an array index: digits without a leading zero, below `end`."""
    if not (part.isascii() and part.isdigit()) or (len(part) > 1 and part[0] == "0") or int(part) >= end:
        raise PatchError(f"There is no index {part!r} in an array of {len(array)}.")
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
