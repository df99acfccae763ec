"""Makes the difference between two views as RFC 6902 operations: add, remove and replace.

An array that changed in many places is replaced as a whole where that takes fewer bytes. A game that shows its moving
things as columns (`x: [...]`, `y: [...]`) then sends a few numbers for each, and no paths.
"""

from __future__ import annotations

from typing import Any

import orjson

Operation = dict[str, Any]

MANY = 4
"""From so many changes in one array on, replacing the whole array is tried first: for columns it mostly wins."""
SHORTEST_STEP = 38
"""Bytes of a replacement beside its array's path: `{"op":"replace","path":"/0","value":1},`."""


_CONTAINERS = (dict, list)


def diff(old: Any, new: Any) -> list[Operation]:
    """Return the operations that turn `old` into `new`; an empty list where they are equal JSON."""
    operations: list[Operation] = []
    _diff(old, new, "", operations)
    return operations


def _diff(old: Any, new: Any, path: str, out: list[Operation]) -> None:
    if old is new:
        return
    kind = type(old)
    if kind is not type(new):
        # 1 == True and 1 == 1.0 in Python; JSON tells the first pair apart and not the second.
        if not (_is_number(kind) and _is_number(type(new)) and old == new):
            out.append({"op": "replace", "path": path, "value": new})
    elif kind is dict:
        _diff_objects(old, new, path, out)
    elif kind is list:
        _diff_array(old, new, path, out)
    elif old != new:
        out.append({"op": "replace", "path": path, "value": new})


def _is_number(kind: type) -> bool:
    return kind is int or kind is float


def _diff_objects(old: dict[str, Any], new: dict[str, Any], path: str, out: list[Operation]) -> None:
    for key in old:
        if key not in new:
            out.append({"op": "remove", "path": f"{path}/{_escape(key)}"})
    for key, value in new.items():
        if key in old:
            if old[key] is not value:
                _diff(old[key], value, f"{path}/{_escape(key)}", out)
        else:
            out.append({"op": "add", "path": f"{path}/{_escape(key)}", "value": value})


def _diff_array(old: list[Any], new: list[Any], path: str, out: list[Operation]) -> None:
    shared = min(len(old), len(new))
    changed = [i for i in range(shared) if _may_differ(old[i], new[i])]
    if not changed and len(old) == len(new):
        return
    whole: Operation = {"op": "replace", "path": path, "value": new}
    certain = sum(type(new[i]) not in _CONTAINERS for i in changed)
    if certain >= MANY and _bytes([whole]) < certain * (len(path) + SHORTEST_STEP):
        out.append(whole)
        return
    steps: list[Operation] = []
    for index in changed:
        _diff(old[index], new[index], f"{path}/{index}", steps)
    for index in range(len(old) - 1, shared - 1, -1):
        steps.append({"op": "remove", "path": f"{path}/{index}"})
    for value in new[shared:]:
        steps.append({"op": "add", "path": f"{path}/-", "value": value})
    if len(steps) > 1 and _bytes(steps) > _bytes([whole]):
        out.append(whole)
    else:
        out += steps


def _may_differ(old: Any, new: Any) -> bool:
    """Return whether two values may differ; True for containers, because Python finds [1] == [True]."""
    kind = type(old)
    return old is not new and (kind is not type(new) or kind in _CONTAINERS or old != new)


def _bytes(operations: list[Operation]) -> int:
    return len(orjson.dumps(operations))


def _escape(key: str) -> str:
    """Return a key as a step of a path (RFC 6901): `~` is `~0`, `/` is `~1`."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def patched(document: Any, operations: list[Operation]) -> Any:
    """Return the document with the operations of `diff` applied; the argument stays unchanged."""
    for operation in operations:
        document = _apply(document, operation["path"].split("/")[1:], operation)
    return document


def _apply(node: Any, path: list[str], operation: Operation) -> Any:
    if not path:
        return operation["value"]
    head, rest = path[0].replace("~1", "/").replace("~0", "~"), path[1:]
    if isinstance(node, list):
        items = list(node)
        index = len(items) if head == "-" else int(head)
        if rest or operation["op"] == "replace":
            items[index] = _apply(items[index], rest, operation)
        elif operation["op"] == "add":
            items.insert(index, operation["value"])
        else:
            del items[index]
        return items
    members = dict(node)
    if not rest and operation["op"] == "remove":
        del members[head]
    else:
        members[head] = _apply(members.get(head), rest, operation)
    return members
