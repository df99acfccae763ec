"""Puts what goes to one node in one turn of the loop into one message, and takes it out again.

A message is a list of records: frames for clients, each once with the numbers of its connections, and JSON. Numbers
that stand together often are named by a group after the first time, so that a broadcast costs the same whatever the
members.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from parlour.runtime.cluster import wire
from parlour.runtime.connection import Frame

_HEAD = struct.Struct("!BI")  # kind, bytes of the body
_FRAME = struct.Struct("!BII")  # volatile, group, how many numbers follow: none for a group that was named before
JSON, FRAME = 0, 1
MOST_GROUPS = 4096
"""Groups that both ends remember; then they begin anew."""


class FrameCodec(Protocol):
    """Carries encoded frames to another process."""

    def pack(self, frame: Any) -> bytes:
        """Return the bytes of a frame."""
        ...

    def unpack(self, raw: bytes) -> Any:
        """Return the frame of these bytes."""
        ...


class Outgoing:
    """Collects the records for one node.

    Args:
        send: sends a message, made of all records of a turn.
        soon: calls a function at the end of this turn of the loop.
    """

    def __init__(
        self, codec: FrameCodec, send: Callable[[bytes], None], soon: Callable[[Callable[[], None]], object]
    ) -> None:
        self._codec, self._send, self._soon = codec, send, soon
        self._records: list[Any] = []
        self._at: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._after = -1
        self._groups: dict[tuple[int, ...], int] = {}

    def tell(self, *record: Any) -> None:
        """Add a record of JSON."""
        self._add(wire.dumps(record))
        self._after = len(self._records) - 1

    def write(self, number: int, frame: Frame, volatile: bool) -> None:
        """Add a frame for a connection; one that others got in this turn is sent once, where the order allows it."""
        at = self._at.get(id(frame), -1)
        if at > self._after and self._last.get(number, -1) < at and self._records[at][0] is volatile:
            self._records[at][2].append(number)
        else:
            at = self._at[id(frame)] = len(self._records)
            self._add([volatile, frame, [number]])
        self._last[number] = at

    def _add(self, record: Any) -> None:
        if not self._records:
            self._soon(self.flush)
        self._records.append(record)

    def flush(self) -> None:
        """Send what has been collected."""
        records, self._records = self._records, []
        self._at.clear()
        self._last.clear()
        self._after = -1
        if records:
            self._send(b"".join([self._encoded(each) for each in records]))

    def _encoded(self, record: Any) -> bytes:
        if isinstance(record, bytes):
            return _HEAD.pack(JSON, len(record)) + record
        volatile, frame, numbers = record
        key = tuple(numbers)
        group, named = self._groups.get(key), b""
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                self._groups.clear()
            group = self._groups[key] = len(self._groups)
            named = array("I", numbers).tobytes()
        body = _FRAME.pack(volatile, group, len(named) // 4) + named + self._codec.pack(frame)
        return _HEAD.pack(FRAME, len(body)) + body


class Incoming:
    """Reads the messages of one node; has to read all of them, in order, because of the groups."""

    def __init__(self, codec: FrameCodec) -> None:
        self._codec = codec
        self._groups: list[Sequence[int]] = []

    def read(self, payload: bytes) -> Iterator[tuple[Frame, Sequence[int], bool] | list[Any]]:
        """Give the records: JSON, or a frame with the numbers of its connections and whether it is volatile.

        Raises:
            struct.error, ValueError, LookupError: it is no message of ours.
        """
        at = 0
        while at < len(payload):
            kind, size = _HEAD.unpack_from(payload, at)
            at += _HEAD.size
            body = payload[at : at + size]
            at += size
            yield wire.loads(body) if kind == JSON else self._frame(body)

    def _frame(self, body: bytes) -> tuple[Frame, Sequence[int], bool]:
        volatile, group, count = _FRAME.unpack_from(body)
        rest = _FRAME.size + 4 * count
        if count:
            if group == 0:
                self._groups.clear()
            self._groups.append(array("I", body[_FRAME.size : rest]))
        return self._codec.unpack(body[rest:]), self._groups[group], bool(volatile)
