"""Decode Socket.IO packets of clients (Socket.IO protocol v5), checked strictly.

There are two kinds of error. A packet that no stock client sends raises `Malformed`, and the socket is closed. A packet
that stock clients do send but Parlour refuses (NUL, NaN, too deep, too large) carries an `error`; it is answered like
any request (docs/protocol.md §3), because a client that was disconnected would reconnect and send it again.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Final

import orjson

from parlour.adapters.engine.limits import EngineLimits
from parlour.errors import Invalid, ParlourError, TooLarge

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)
"""Packet types of Socket.IO v5, as numbered on the wire."""

RESERVED: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Event names that Socket.IO keeps for itself; a packet that carries one is malformed."""
_MAX_ACK_ID: Final = 2**31
"""Largest number that is read in a packet; no client sends that many requests on one connection."""
_plain: Final = re.compile(r"42([0-9]{0,9})(\[.*)", re.DOTALL).fullmatch
_last_number: Final = re.compile(r",\s*([0-9]{1,9})\s*\]\s*\Z").search


class Malformed(ValueError):
    """The packet breaks the protocol; the socket is closed with the reason `parse error`."""


class Packet:
    """One packet, complete once `waiting` is 0.

    Attributes:
        type: one of the packet types above; BINARY_EVENT becomes EVENT with the last attachment.
        namespace: the namespace it is for, "/" by default.
        id: the number that its ACK must carry, or None where none is asked for.
        data: the decoded JSON, or None where there is none; of a refused event only its number.
        waiting: number of attachments still to come.
        error: why a well-formed request is refused, or None.
        attachments: those received so far, where the packet has any.
        size: bytes of attachments received so far, where the packet has any.
    """

    __slots__ = ("attachments", "data", "error", "id", "namespace", "size", "type", "waiting")

    def __init__(self, type: int, namespace: str, id: int | None, data: Any) -> None:
        self.type = type
        self.namespace = namespace
        self.id = id
        self.data = data
        self.waiting = 0
        self.error: ParlourError | None = None
        self.attachments: list[bytes]
        self.size: int

    def expect_attachments(self, count: int) -> None:
        """Set how many attachments follow."""
        self.waiting, self.attachments, self.size = count, [], 0

    def add_attachment(self, attachment: bytes, limits: EngineLimits) -> bool:
        """Add the next attachment; return True when the packet is complete.

        Raises:
            Malformed: a placeholder names an attachment that is not there.
        """
        self.size += len(attachment)
        self.waiting -= 1
        if self.size > limits.attachment_bytes:
            self.error = TooLarge("The attachments are larger than the limit.")
            self.attachments.clear()
        if self.error is None:
            self.attachments.append(attachment)
        if self.waiting:
            return False
        if self.error is None:
            self.data = fill_placeholders(self.data, self.attachments)
        self.type = EVENT if self.type == BINARY_EVENT else ACK
        return True


def plain_event(message: str, limits: EngineLimits) -> tuple[int | None, list[Any]] | None:
    """Decode a short event of the default namespace, `42<id>["name",…]`, as nearly every message is.

    Returns:
        The id of the ACK it asks for (or None) and the list of name and arguments. None where the message is anything
        else or may break a limit: `decode` decides on those.
    """
    found = _plain(message)
    if found is None or len(message) > limits.short or "\\u0000" in message:
        return None
    if message.count("[") + message.count("{") > limits.json_depth:
        return None
    digits, body = found.groups()
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not data or type(data[0]) is not str or data[0] in RESERVED:
        return None
    return int(digits) if digits else None, data


def decode(text: str, limits: EngineLimits) -> Packet:
    """Decode one packet, given without the Engine.IO type in front of it.

    Raises:
        Malformed: it breaks the protocol.
    """
    packet, start = _parse_head(text, limits)
    if len(text) * 4 > limits.message_bytes and len(text.encode()) > limits.message_bytes:
        if packet.type == CONNECT:
            raise Malformed("an oversized CONNECT")
        packet.data, packet.error = _number_alone(text), TooLarge("The message is larger than the limit.")
        return packet
    if start < len(text):
        try:
            packet.data = orjson.loads(text[start:])
        except orjson.JSONDecodeError:
            if packet.type not in (EVENT, BINARY_EVENT):
                raise Malformed("not JSON") from None
            packet.data, packet.error = _parse_leniently(text[start:])
        _check_shape(packet)
        if packet.error is None:
            _check_content(packet, text, limits)
        else:
            packet.data = _number_alone(text)
    elif packet.type not in (CONNECT, DISCONNECT):
        raise Malformed("no payload")
    return packet


def decode_base64(text: str) -> bytes | None:
    """Decode an attachment of a polling body (Engine.IO v4); None where it is not base64."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _parse_leniently(text: str) -> tuple[Any, Invalid]:
    """Read what orjson refuses but stock clients send.

    Python clients send NaN and Infinity, browsers half an emoji.

    Returns:
        The data, good for checking its shape only, and the error to answer with.
    Raises:
        Malformed: no parser takes it for JSON.
    """
    try:
        data = json.loads(text, parse_int=float)  # `int` would refuse numbers of thousands of digits
    except RecursionError:
        return [""], Invalid("The message is nested too deeply.")
    except ValueError:
        raise Malformed("not JSON") from None
    return data, _not_json()


def _number_alone(text: str) -> list[Any]:
    """Return an event with nothing but the number that its ACK carries inside a frame, read without parsing the rest.

    A client that numbers its requests waits for that ACK, whatever it sent.
    """
    found = _last_number(text[-32:])
    return [""] if found is None else ["", None, int(found[1])]


def _parse_head(text: str, limits: EngineLimits) -> tuple[Packet, int]:
    """Read type, attachment count, namespace and id; return the packet and where its payload starts."""
    kind = ord(text[0]) - 48 if text else -1
    if not 0 <= kind <= 6:
        raise Malformed("an unknown packet type")
    at, end, waiting = 1, len(text), 0
    if kind >= BINARY_EVENT:
        dash = text.find("-", 1, 12)
        waiting = _parse_number(text[1:dash]) if dash > 1 else 0
        if not 0 < waiting <= limits.attachments:
            raise Malformed("an illegal number of attachments")
        at = dash + 1
    namespace = "/"
    if text[at : at + 1] == "/":
        comma = text.find(",", at)
        namespace = text[at : end if comma < 0 else comma].partition("?")[0]
        at = end if comma < 0 else comma + 1
    digits = at
    while at < end and text[at] in "0123456789":
        at += 1
    packet = Packet(kind, namespace, _parse_number(text[digits:at]) if at > digits else None, None)
    if waiting:
        packet.expect_attachments(waiting)
    return packet, at


def _parse_number(digits: str) -> int:
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10 or (value := int(digits)) > _MAX_ACK_ID:
        raise Malformed("an illegal number")
    return value


def _check_shape(packet: Packet) -> None:
    """Check that the payload fits the packet's type."""
    data, kind = packet.data, packet.type
    if kind in (EVENT, BINARY_EVENT):
        if type(data) is not list or not data or type(data[0]) not in (str, int, float) or data[0] in RESERVED:
            raise Malformed("not an event")
        if type(data[0]) is not str:  # stock JavaScript clients send numbers as names
            packet.error = Invalid("An event's name is a string, not a number.")
    elif kind in (ACK, BINARY_ACK):
        if type(data) is not list:
            raise Malformed("not an acknowledgement")
    elif kind == CONNECT:
        if type(data) is not dict:
            raise Malformed("not a CONNECT")
    else:
        raise Malformed("a packet that must be empty, or that only a server sends")


def _check_content(packet: Packet, text: str, limits: EngineLimits) -> None:
    """Check depth, keys and NUL; a cheap count spares almost every message a walk through its values."""
    shallow = text.count("[") + text.count("{") <= limits.json_depth
    few = len(text) <= 4 * limits.json_keys or text.count(":") <= limits.json_keys  # no pair is shorter than `"":0,`
    if shallow and few and "\\u0000" not in text:
        return
    packet.error = _fault_in(packet.data, limits)


def check_event(data: Any, limits: EngineLimits) -> ParlourError | None:
    """Return why an event is refused that another Socket.IO server has decoded, or None.

    Args:
        data: its name and arguments, with attachments in place.
    """
    if type(data[0]) is not str:
        return Invalid("An event's name is a string, not a number.")
    if _is_plain(data, limits):
        return None
    error = _fault_in(data, limits)
    if error is not None:
        return error
    attachments = [value for value, _ in _walk(data) if isinstance(value, bytes)]
    if len(attachments) > limits.attachments:
        return Invalid("The message has too many attachments.")
    if sum(map(len, attachments)) > limits.attachment_bytes:
        return TooLarge("The attachments are larger than the limit.")
    if any(type(value) is float and not isfinite(value) for value, _ in _walk(data)):
        return _not_json()
    try:
        size = len(orjson.dumps(data, default=lambda value: None))
    except (TypeError, ValueError):
        return _not_json()
    return TooLarge("The message is larger than the limit.") if size > limits.message_bytes else None


def _is_plain(data: Any, limits: EngineLimits) -> bool:
    """Return whether an event is short and certainly keeps every limit, as nearly all do; others are walked through."""
    try:
        text = orjson.dumps(data)
    except TypeError:
        return False
    # orjson writes null for NaN and infinity.
    return (
        len(text) <= limits.short
        and b"null" not in text
        and b"\\u0000" not in text
        and text.count(b"[") + text.count(b"{") <= limits.json_depth
    )


def _not_json() -> Invalid:
    return Invalid("NaN, numbers beyond a double and half a surrogate pair are refused.")


def _fault_in(data: Any, limits: EngineLimits) -> Invalid | None:
    """Return which limit of depth, keys and NUL the values break, or None."""
    for value, depth in _walk(data):
        if depth > limits.json_depth:
            return Invalid("The message is nested too deeply.")
        if type(value) is dict and len(value) > limits.json_keys:
            return Invalid("An object has too many keys.")
        if type(value) is str and "\0" in value:
            return Invalid("NUL characters are refused.")
    return None


def _walk(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield every value and key with its depth; a container of scalars has depth 1."""
    stack = [(value, 1)]
    while stack:
        value, depth = stack.pop()
        yield value, depth
        if type(value) is dict:
            stack.extend((key, depth) for key in value)
            stack.extend((item, depth + 1 if type(item) in (dict, list) else depth) for item in value.values())
        elif type(value) is list:
            stack.extend((item, depth + 1 if type(item) in (dict, list) else depth) for item in value)


def fill_placeholders(value: Any, attachments: Sequence[bytes]) -> Any:
    """Return the value with each attachment where its placeholder stands; its depth must be bounded."""
    if type(value) is list:
        return [fill_placeholders(item, attachments) for item in value]
    if type(value) is not dict:
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        if type(number) is not int or not 0 <= number < len(attachments):
            raise Malformed("an illegal placeholder")
        return attachments[number]
    return {key: fill_placeholders(item, attachments) for key, item in value.items()}
