"""Encode what the server sends: once, for any number of connections and for both transports.

A `Frame` is one Socket.IO packet (Socket.IO protocol v5) in one Engine.IO message (Engine.IO protocol v4). Its `wire`
is the WebSocket frame (RFC 6455 §5.2), ready to write; its `text` and `attachments` go into a polling answer.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import orjson

from parlour.adapters.engine.packets import fill_placeholders
from parlour.adapters.engine.rfc6455 import BINARY, TEXT, frame_bytes

_EVENT = b"42["
"""How an EVENT of the default namespace begins."""
_MOST_JOINED = 65_536
"""Bytes of a packet that joins others; joining spares a small one its overhead, and copies a large one for nothing."""
SEPARATOR = b"\x1e"
"""Stands between the packets of a polling body (Engine.IO v4, "HTTP long-polling")."""
_SHORT_HEADS = [frame_bytes(TEXT, bytes(size))[:2] for size in range(126)]
"""Header of a text frame by payload length in bytes; made beforehand because most messages are this short."""
_LONGER_HEAD = frame_bytes(TEXT, bytes(126))[:2]
"""Header of a text frame of 126 to 65,535 bytes, before the two bytes of its length."""
_MAX_POLL_PACKETS = 16
"""Packets in one polling answer: python-engineio's client fails on more (`Payload.max_decode_packets`)."""


class Frame:
    """One encoded packet; only the transports look inside.

    Attributes:
        text: the packet as UTF-8, without its attachments.
        attachments: binary attachments, in the order of their placeholders.
        wire: everything above as WebSocket frames.
        size: bytes of `wire`, which is what the send queue counts.
    """

    __slots__ = ("attachments", "size", "text", "wire")

    def __init__(self, text: bytes, attachments: tuple[bytes, ...] = ()) -> None:
        self.text = text
        self.attachments = attachments
        size = len(text)
        if size < 126:
            wire = _SHORT_HEADS[size] + text
        elif size < 65536:
            wire = _LONGER_HEAD + size.to_bytes(2, "big") + text
        else:
            wire = frame_bytes(TEXT, text)
        if attachments:
            wire += b"".join([frame_bytes(BINARY, part) for part in attachments])
        self.wire = wire
        self.size = len(wire)

    @classmethod
    def raw(cls, wire: bytes) -> Frame:
        """Wrap a WebSocket frame that holds no packet, such as a PONG."""
        frame = cls(b"")
        frame.wire, frame.size = wire, len(wire)
        return frame


class _Attachments(list[bytes]):
    """Collects bytes that orjson meets and puts Socket.IO placeholders in their place."""

    def __call__(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"{type(value).__name__} cannot be sent")
        self.append(bytes(value))
        return {"_placeholder": True, "num": len(self) - 1}


def _with_attachments(kind: bytes, head: bytes, value: Any) -> Frame:
    """Encode a packet that holds bytes.

    Callers try plain JSON first, which is cheaper and nearly always enough.
    """
    attachments = _Attachments()
    body = orjson.dumps(value, default=attachments)
    return Frame(b"%b%d-%b%b" % (kind, len(attachments), head, body), tuple(attachments))


def _prefix(namespace: str) -> bytes:
    return b"" if namespace == "/" else namespace.encode() + b","


def encode(event: str, data: Any, namespace: str = "/") -> Frame:
    """Encode an EVENT, or a BINARY_EVENT where `data` holds bytes.

    Args:
        event: the event's name.
        data: its one argument. Bytes anywhere in it become attachments; an `orjson.Fragment` is copied as it is.
    Raises:
        orjson.JSONEncodeError: `data` holds something that JSON cannot express.
    """
    value = [event, data]
    try:
        if namespace == "/":
            return Frame(b"42" + orjson.dumps(value))
        return Frame(b"42%b%b" % (_prefix(namespace), orjson.dumps(value)))
    except TypeError:
        return _with_attachments(b"45", _prefix(namespace), value)


def ack(id: int, data: Any, namespace: str = "/") -> Frame:
    """Encode the ACK of the event numbered `id`, or a BINARY_ACK where `data` holds bytes.

    Raises:
        orjson.JSONEncodeError: `data` holds something that JSON cannot express.
    """
    head = b"%d" % id if namespace == "/" else b"%b%d" % (_prefix(namespace), id)
    try:
        return Frame(b"43%b%b" % (head, orjson.dumps([data])))
    except TypeError:
        return _with_attachments(b"46", head, [data])


def closing(reason: str, *, reconnect: bool, retry_after: int | None = None, namespace: str = "/") -> Frame:
    """Encode the `closing` event (docs/protocol.md §4)."""
    body: dict[str, Any] = {"reason": reason, "reconnect": reconnect}
    if retry_after is not None:
        body["retryAfter"] = retry_after
    return encode("closing", body, namespace)


def decoded(value: Any) -> tuple[Any, int]:
    """Return a frame's data as whoever receives it reads it, and its bytes on the wire."""
    attachments = _Attachments()
    text = orjson.dumps(value, default=attachments)
    plain = orjson.loads(text)
    return fill_placeholders(plain, attachments) if attachments else plain, len(text) + sum(map(len, attachments))


def pack(frame: Frame) -> bytes:
    """Return the bytes that carry a frame to another process of the server."""
    parts = [frame.text, *frame.attachments]
    sizes = b"".join([len(part).to_bytes(4, "big") for part in parts[:-1]])
    return bytes([len(frame.attachments)]) + sizes + b"".join(parts)


def unpack(raw: bytes) -> Frame:
    """Return the frame that `pack` was given."""
    count, at = raw[0], 1 + 4 * raw[0]
    parts: list[bytes] = []
    for place in range(1, at, 4):
        size = int.from_bytes(raw[place : place + 4], "big")
        parts.append(raw[at : at + size])
        at += size
    parts.append(raw[at:])
    return Frame(parts[0], tuple(parts[1 : count + 1]))


def joined(queue: Iterable[Frame]) -> bytes:
    """Return what writes these packets, with neighbouring events joined into one `frame` event (protocol §4).

    Only for clients that asked for it. A packet with attachments, a large one, and one that is no event stay alone.
    """
    out: list[bytes] = []
    run: list[Frame] = []
    for frame in queue:
        if frame.text[:3] == _EVENT and not frame.attachments and frame.size <= _MOST_JOINED:
            run.append(frame)
            continue
        out.append(_one(run))
        run = []
        out.append(frame.wire)
    out.append(_one(run))
    return b"".join(out)


def _one(run: list[Frame]) -> bytes:
    if len(run) < 2:
        return run[0].wire if run else b""
    return Frame(b'42["frame",{"packets":[%b]}]' % b",".join([frame.text[2:] for frame in run])).wire


def connect(sid: str, namespace: str) -> Frame:
    """Encode the CONNECT that accepts a client; `sid` is the public id of its connection."""
    return Frame(b"40%b%b" % (_prefix(namespace), orjson.dumps({"sid": sid})))


def disconnect(namespace: str) -> Frame:
    """Encode the DISCONNECT that ends a connection; stock clients do not reconnect after it."""
    return Frame(b"41%b" % _prefix(namespace))


def connect_error(body: dict[str, Any], namespace: str) -> Frame:
    """Encode the CONNECT_ERROR that refuses a client; `body` is `{message, data?}`."""
    return Frame(b"44%b%b" % (_prefix(namespace), orjson.dumps(body)))


def split_for_poll(queue: list[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Split waiting frames into those of the next polling answer (16 packets at most) and the rest."""
    packets = 0
    for count, frame in enumerate(queue):
        packets += 1 + len(frame.attachments)
        if packets > _MAX_POLL_PACKETS:
            return queue[:count], queue[count:]
    return queue, []


def polling_body(frames: Iterable[Frame]) -> bytes:
    """Join packets into a polling body, with attachments in base64 (Engine.IO v4, "HTTP long-polling")."""
    parts: list[bytes] = []
    for frame in frames:
        parts.append(frame.text)
        parts.extend(b"b" + b64encode(part) for part in frame.attachments)
    return SEPARATOR.join(parts)


PING = Frame(b"2")
PONG_PROBE = Frame(b"3probe")
CLOSE = Frame(b"1")
NOOP = Frame(b"6")
