"""Reads a Yjs update of format v1 as far as a server must: who wrote which clocks, what they need, what is deleted.

The format is that of yjs 13 (src/utils/encoding.js, src/structs/): for each client its structs, then the delete set.
The walk takes time and memory in proportion to the bytes, whatever they claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from parlour.core.documents.encoding import (
    NotAnUpdate,
    read_bytes,
    read_text,
    read_uint,
    skip_any,
    skip_json,
)

MAX_CLOCK = 2**31 - 1
"""Yrs counts in 32 bits; two thousand million characters of one client are more than a document can hold."""
Id = tuple[int, int]
"""A client and one of its clocks."""


class Struct(NamedTuple):
    """A run of clocks of one client.

    Attributes:
        needs: what has to be known before it: its left and right neighbours and its parent.
        origin, right: the neighbours as its author saw them, for finding split surrogate pairs.
        skip: a hole that somebody else fills.
        at, content, end: where its bytes and those of its content are in the update.
        kind: what a root with such content is: `text`, `array`, `xml`, or "" where that cannot be told.
        text: whether it is a string that another one may follow in the same struct.
    """

    clock: int
    length: int
    needs: tuple[Id, ...] = ()
    origin: Id | None = None
    right: Id | None = None
    skip: bool = False
    at: int = 0
    content: int = 0
    end: int = 0
    text: bool = False
    kind: str = ""


@dataclass(slots=True)
class Update:
    """What an update holds.

    Attributes:
        runs: each client's structs, ascending.
        deletes: client, clock, length.
        pairs: the second halves of surrogate pairs: a struct that begins there splits an emoji.
        roots: name → `text`, `map`, `array` or `xml`, as far as this update tells.
        hollow: root, client, clock and length of what was deleted so long ago that its root's kind is not told.
    """

    runs: dict[int, list[Struct]] = field(default_factory=dict)
    deletes: list[tuple[int, int, int]] = field(default_factory=list)
    pairs: list[Id] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    hollow: list[tuple[str, int, int, int]] = field(default_factory=list)


class TooManyStructs(Exception):
    """The update holds more structs and deleted ranges than one may."""


def read_update(raw: bytes, most_structs: int | None = None) -> Update:
    """Read an update.

    Args:
        most_structs: structs and deleted ranges it may have.

    Raises:
        NotAnUpdate: the bytes are none. TooManyStructs.
    """
    try:
        update, at = _read(raw, len(raw) if most_structs is None else most_structs)
    except (IndexError, ValueError):  # ended early; no UTF-8, no JSON
        raise NotAnUpdate("the bytes are no Yjs update of format v1") from None
    if at != len(raw):
        raise NotAnUpdate("there are bytes after the end")
    return update


def _read(raw: bytes, most: int) -> tuple[Update, int]:
    update = Update()
    clients, at = read_uint(raw, 0)
    for _ in range(clients):
        count, at = read_uint(raw, at)
        client, at = read_uint(raw, at)
        clock, at = read_uint(raw, at)
        most -= max(count, 1)
        if most < 0:
            raise TooManyStructs
        if client in update.runs:
            raise NotAnUpdate("it names a client twice")
        run = update.runs[client] = []
        at = _read_run(raw, at, count, (client, clock), run, update)
    return update, _read_deletes(raw, at, most, update)


def _read_run(raw: bytes, at: int, count: int, start: Id, run: list[Struct], update: Update) -> int:
    client, clock = start
    for _ in range(count):
        struct, at = _read_struct(raw, at, (client, clock), update)
        clock += struct.length
        if struct.length == 0 or clock > MAX_CLOCK:
            raise NotAnUpdate("a struct is empty, or its clock is too large")
        run.append(struct)
    return at


def read_structs(raw: bytes, count: int, start: Id) -> list[Struct]:
    """Read structs that follow each other, of bytes that were read before."""
    run: list[Struct] = []
    _read_run(raw, 0, count, start, run, Update())
    return run


def _read_deletes(raw: bytes, at: int, most: int, update: Update) -> int:
    clients, at = read_uint(raw, at)
    for _ in range(clients):
        client, at = read_uint(raw, at)
        count, at = read_uint(raw, at)
        most -= count
        if most < 0:
            raise TooManyStructs
        for _ in range(count):
            clock, at = read_uint(raw, at)
            length, at = read_uint(raw, at)
            if clock + length > MAX_CLOCK:
                raise NotAnUpdate("a clock is too large")
            if length:
                update.deletes.append((client, clock, length))
    return at


def _read_struct(raw: bytes, at: int, start: Id, update: Update) -> tuple[Struct, int]:
    begun, clock = at, start[1]
    info = raw[at]
    at += 1
    ref = info & 31
    if ref in (0, 10):
        length, at = read_uint(raw, at)
        return Struct(clock, length, skip=ref == 10, at=begun, content=begun + 1, end=at), at
    needs: tuple[Id, ...] = ()
    origin = right = None
    if info & 0x80:
        client, at = read_uint(raw, at)
        number, at = read_uint(raw, at)
        origin = client, number
        needs = (origin,)
    if info & 0x40:
        client, at = read_uint(raw, at)
        number, at = read_uint(raw, at)
        right = client, number
        needs = (*needs, right)
    root: str | None = None
    keyed = False
    if not info & 0xC0:
        named, at = read_uint(raw, at)
        if named == 1:
            root, at = read_text(raw, at)
        else:
            client, at = read_uint(raw, at)
            number, at = read_uint(raw, at)
            needs = ((client, number),)
        if info & 0x20:
            keyed = True
            _, at = read_text(raw, at)
    reader = _CONTENTS.get(ref)
    if reader is None:
        raise NotAnUpdate("a struct is of no type")
    content = at
    length, kind, at = reader(raw, at, start, update)
    if root is not None and (keyed or kind):
        update.roots.setdefault(root, "map" if keyed else kind)
    elif root is not None:
        update.hollow.append((root, *start, length))
    text = ref == 4 and not info & 0x20
    return Struct(clock, length, needs, origin, right, False, begun, content, at, text, kind), at


# ── contents: each reader returns the clocks it takes, what a root with it is, and the place after it ────────────────

_Read = tuple[int, str, int]


def _deleted(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    length, at = read_uint(raw, at)
    return length, "", at


def _json(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    length, at = read_uint(raw, at)
    for _ in range(length):
        at = skip_json(raw, at)
    return length, "array", at


def _binary(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    return 1, "array", read_bytes(raw, at)[1]


def _string(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    text, at = read_text(raw, at)
    if text.isascii() or max(text) <= "\uffff":
        return len(text), "text", at
    client, clock = start
    begun = clock
    for letter in text:
        clock += 1
        if letter > "\uffff":
            update.pairs.append((client, clock))
            clock += 1
    return clock - begun, "text", at


def _embed(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    return 1, "text", skip_json(raw, at)


def _format(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    _, at = read_text(raw, at)
    return 1, "text", skip_json(raw, at)


def _type(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    ref, at = read_uint(raw, at)
    if ref > 6:
        raise NotAnUpdate("a type is of no kind")
    if ref in (3, 5):  # YXmlElement, YXmlHook: with a name
        _, at = read_text(raw, at)
    return 1, "xml" if ref > 2 else "array", at


def _any(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    length, at = read_uint(raw, at)
    for _ in range(length):
        at = skip_any(raw, at)
    return length, "array", at


def _document(raw: bytes, at: int, start: Id, update: Update) -> _Read:
    _, at = read_text(raw, at)
    return 1, "array", skip_any(raw, at)


_CONTENTS: dict[int, Callable[[bytes, int, Id, Update], _Read]] = {
    1: _deleted,
    2: _json,
    3: _binary,
    4: _string,
    5: _embed,
    6: _format,
    7: _type,
    8: _any,
    9: _document,
}
