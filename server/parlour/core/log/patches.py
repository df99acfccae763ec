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

MOST_MOVED = 8
"""Rows that a window of the newest drops at once at most for a patch to say so: a turn seldom makes more of them."""

_CONTAINERS = (dict, list)
_NUMBERS = (int, float)


def diff(old: Any, new: Any) -> list[Operation]:
    """Return the operations that turn `old` into `new`; an empty list where they are equal JSON."""
    operations: list[Operation] = []
    if type(old) is dict and type(new) is dict:
        _diff_objects(old, new, "", operations)
    elif _may_differ(old, new):
        _diff(old, new, "", operations)
    return operations


def _diff(old: Any, new: Any, path: str, out: list[Operation]) -> None:
    """Add the operations for two values that may differ (`_may_differ`)."""
    kind = type(old)
    if kind is type(new):
        if kind is dict:
            _diff_objects(old, new, path, out)
            return
        if kind is list:
            _diff_array(old, new, path, out)
            return
    out.append({"op": "replace", "path": path, "value": new})


def _may_differ(old: Any, new: Any) -> bool:
    """Return whether two values may differ as JSON.

    Containers of one kind may, as Python finds [1] == [True]. JSON tells 1 from true, and not 1 from 1.0. The loops
    below hold the same rule in place: they see every value of a view at every step.
    """
    if old is new:
        return False
    kind, other = type(old), type(new)
    if kind is other:
        return kind in _CONTAINERS or bool(old != new)
    return not (kind in _NUMBERS and other in _NUMBERS and old == new)


def _diff_objects(old: dict[str, Any], new: dict[str, Any], path: str, out: list[Operation]) -> None:
    if not old.keys() <= new.keys():
        for key in old:
            if key not in new:
                out.append({"op": "remove", "path": f"{path}/{_escape(key)}"})
    for key, value in new.items():
        if key not in old:
            out.append({"op": "add", "path": f"{path}/{_escape(key)}", "value": value})
            continue
        before = old[key]
        if before is value or (type(before) is type(value) and type(value) not in _CONTAINERS and before == value):
            continue
        step = f"{path}/{_escape(key)}" if "~" in key or "/" in key else f"{path}/{key}"
        if type(value) is list and type(before) is list:
            _diff_array(before, value, step, out)
        elif type(value) is dict and type(before) is dict:
            _diff_objects(before, value, step, out)
        elif type(value) is type(before) or _may_differ(before, value):
            out.append({"op": "replace", "path": step, "value": value})


def _diff_array(old: list[Any], new: list[Any], path: str, out: list[Operation]) -> None:
    moved = _moved_on(old, new) if old and new and type(new[0]) in _CONTAINERS else 0
    old = old[moved:] if moved else old
    shared = min(len(old), len(new))
    changed: list[int] = []
    certain = 0
    for number, (was, now) in enumerate(zip(old, new, strict=False)):
        if was is not now:
            kind = type(now)
            if kind is not type(was) or kind in _CONTAINERS or was != now:
                changed.append(number)
                certain += kind not in _CONTAINERS
    if not (changed or moved) and len(old) == len(new):
        return
    whole: Operation = {"op": "replace", "path": path, "value": new}
    if certain >= MANY and _bytes([whole]) < certain * (len(path) + SHORTEST_STEP):
        out.append(whole)
        return
    steps: list[Operation] = [{"op": "remove", "path": f"{path}/0"}] * moved
    for index in changed:
        was, now = old[index], new[index]
        if type(now) in _CONTAINERS:
            _diff(was, now, f"{path}/{index}", steps)
        elif type(was) is type(now) or type(was) not in _NUMBERS or _may_differ(was, now):
            steps.append({"op": "replace", "path": f"{path}/{index}", "value": now})
    for index in range(len(old) - 1, shared - 1, -1):
        steps.append({"op": "remove", "path": f"{path}/{index}"})
    for value in new[shared:]:
        steps.append({"op": "add", "path": f"{path}/-", "value": value})
    if len(steps) > 1 and _bytes(steps) > _bytes([whole]):
        out.append(whole)
    else:
        out += steps


def _moved_on(old: list[Any], new: list[Any]) -> int:
    """Return how many items a window of the newest rows dropped at its front: 0 where it is no such window.

    Only identical objects count, so a kind gains by this if it keeps the rows it has shown.
    """
    first = new[0]
    if old[0] is first:
        return 0
    return next((n for n in range(1, min(len(old), MOST_MOVED + 1)) if old[n] is first), 0)


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
