"""What the server says, encoded once: Socket.IO packets as Engine.IO messages as WebSocket frames.

A `Frame` is made once and written to any number of connections, over either transport. `wire` is ready for a WebSocket;
`text` and `attachments` are what a polling answer is made of (Socket.IO protocol v5, Engine.IO protocol v4).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import orjson

from parlour.adapters.engine.rfc6455 import BINARY, TEXT, frame_bytes

SEPARATOR = b"\x1e"
_HEADS = [frame_bytes(TEXT, bytes(size))[:2] for size in range(126)]  # short texts are most of what is said
_MOST_PACKETS = 16  # `Payload.max_decode_packets` of python-engineio, on which a client gives up


class Frame:
    """An encoded packet. Opaque to everything but the transports."""

    __slots__ = ("attachments", "size", "text", "wire")

    def __init__(self, text: bytes, attachments: tuple[bytes, ...] = ()) -> None:
        self.text = text
        self.attachments = attachments
        wire = _HEADS[len(text)] + text if len(text) < 126 else frame_bytes(TEXT, text)
        if attachments:
            wire += b"".join([frame_bytes(BINARY, part) for part in attachments])
        self.wire = wire
        self.size = len(wire)

    @classmethod
    def raw(cls, wire: bytes) -> Frame:
        """A WebSocket frame that is no packet, such as a PONG."""
        frame = cls(b"")
        frame.wire, frame.size = wire, len(wire)
        return frame


class _Attachments(list[bytes]):
    """Collects bytes met while encoding and leaves Socket.IO placeholders in their stead."""

    def __call__(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"{type(value).__name__} cannot be sent")
        self.append(bytes(value))
        return {"_placeholder": True, "num": len(self) - 1}


def _binary(kind: bytes, head: bytes, value: Any) -> Frame:
    """A packet with attachments; only tried where plain JSON failed, which is cheaper than being ready every time."""
    attachments = _Attachments()
    body = orjson.dumps(value, default=attachments)
    return Frame(b"%b%d-%b%b" % (kind, len(attachments), head, body), tuple(attachments))


def _prefix(namespace: str) -> bytes:
    return b"" if namespace == "/" else namespace.encode() + b","


def encode(event: str, data: Any, namespace: str = "/") -> Frame:
    """An EVENT (or BINARY_EVENT) frame. Bytes anywhere in `data` become attachments; `orjson.Fragment` stays.

    Raises:
        orjson.JSONEncodeError: `data` holds something JSON cannot say.
    """
    head, value = _prefix(namespace), [event, data]
    try:
        return Frame(b"42%b%b" % (head, orjson.dumps(value)))
    except TypeError:
        return _binary(b"45", head, value)


def answer(id: int, data: Any, namespace: str = "/") -> Frame:
    """The ACK (or BINARY_ACK) of the request numbered `id`."""
    head = b"%d" % id if namespace == "/" else b"%b%d" % (_prefix(namespace), id)
    try:
        return Frame(b"43%b%b" % (head, orjson.dumps([data])))
    except TypeError:
        return _binary(b"46", head, [data])


def connected(sid: str, namespace: str) -> Frame:
    return Frame(b"40%b%b" % (_prefix(namespace), orjson.dumps({"sid": sid})))


def disconnected(namespace: str) -> Frame:
    return Frame(b"41%b" % _prefix(namespace))


def refused(body: dict[str, Any], namespace: str) -> Frame:
    """CONNECT_ERROR; `body` is `{message, data?}`."""
    return Frame(b"44%b%b" % (_prefix(namespace), orjson.dumps(body)))


def portion(queue: list[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Split what waits into one polling answer and the rest: the stock Python client breaks on more than 16 packets."""
    packets = 0
    for count, frame in enumerate(queue):
        packets += 1 + len(frame.attachments)
        if packets > _MOST_PACKETS:
            return queue[:count], queue[count:]
    return queue, []


def payload(frames: Iterable[Frame]) -> bytes:
    """The body of a polling answer: packets joined by the record separator, binary ones in base64."""
    parts: list[bytes] = []
    for frame in frames:
        parts.append(frame.text)
        parts.extend(b"b" + b64encode(part) for part in frame.attachments)
    return SEPARATOR.join(parts)


PING = Frame(b"2")
PONG_PROBE = Frame(b"3probe")
CLOSE = Frame(b"1")
NOOP = Frame(b"6")
