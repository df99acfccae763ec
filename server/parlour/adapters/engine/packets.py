"""What a client says: Socket.IO packets (protocol v5), taken apart strictly.

Two kinds of wrong: a packet no stock client would send is `Malformed` and closes the socket quietly; one that they do
send and that holds what Parlour does not take (a NUL, NaN, too deep, too large) is a request like any other and gets
its answer, as every request does (protocol §3).
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final

import orjson

from parlour.adapters.engine.limits import EngineLimits
from parlour.errors import Invalid, ParlourError, TooLarge

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)

RESERVED: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
_MAX_ACK_ID: Final = 2**31
_plain: Final = re.compile(r"42([0-9]{0,9})(\[.*)", re.DOTALL).fullmatch


class Malformed(ValueError):
    """Not a packet of the protocol; the socket is closed with `parse error`."""


class Packet:
    """One packet.

    Attributes:
        id: the number its answer must carry, or None.
        data: the decoded JSON, None where there is none; not to be looked at where `error` is set.
        waiting: attachments still to come.
        error: why the request is refused although it is well formed.
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

    def expect(self, waiting: int) -> None:
        """That many attachments follow."""
        self.waiting, self.attachments, self.size = waiting, [], 0

    def add(self, attachment: bytes, limits: EngineLimits) -> bool:
        """Take the next attachment; True when the packet is complete.

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
            self.data = _fill(self.data, self.attachments)
        self.type = EVENT if self.type == BINARY_EVENT else ACK
        return True


def plain_event(message: str, limits: EngineLimits) -> tuple[int | None, list[Any]] | None:
    """Id, name and arguments of a short event in the default namespace, `42<id>["name",…]`: nearly every message.

    None leaves the judgement of everything else, and of everything wrong, to `decode`.
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
    """Read one packet, without the Engine.IO type in front of it.

    Raises:
        Malformed: it is not one.
    """
    packet, start = _head(text, limits)
    if len(text) * 4 > limits.message_bytes and len(text.encode()) > limits.message_bytes:
        if packet.type == CONNECT:
            raise Malformed("an oversized CONNECT")
        packet.error = TooLarge("The message is larger than the limit.")
        return packet
    if start < len(text):
        try:
            packet.data = orjson.loads(text[start:])
        except orjson.JSONDecodeError:
            if packet.type not in (EVENT, BINARY_EVENT):
                raise Malformed("not JSON") from None
            packet.data, packet.error = _nearly_json(text[start:])
        _check_shape(packet)
        if packet.error is None:
            _check_content(packet, text, limits)
    elif packet.type not in (CONNECT, DISCONNECT):
        raise Malformed("no payload")
    return packet


def _nearly_json(text: str) -> tuple[Any, Invalid]:
    """What only Python's own parser reads: stock Python clients send NaN and Infinity, browsers half an emoji.

    Raises:
        Malformed: it is no JSON to anybody.
    """
    try:
        data = json.loads(text, parse_int=float)  # thousands of digits are more than `int` would read
    except RecursionError:
        return [""], Invalid("The message is nested too deeply.")
    except ValueError:
        raise Malformed("not JSON") from None
    return data, Invalid("NaN, numbers beyond a double and half a surrogate pair are not taken.")


def _head(text: str, limits: EngineLimits) -> tuple[Packet, int]:
    """Type, attachment count, namespace and id; and where the payload starts."""
    kind = ord(text[0]) - 48 if text else -1
    if not 0 <= kind <= 6:
        raise Malformed("an unknown packet type")
    at, end, waiting = 1, len(text), 0
    if kind >= BINARY_EVENT:
        dash = text.find("-", 1, 12)
        waiting = _number(text[1:dash]) if dash > 1 else 0
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
    packet = Packet(kind, namespace, _number(text[digits:at]) if at > digits else None, None)
    if waiting:
        packet.expect(waiting)
    return packet, at


def _number(digits: str) -> int:
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10 or (value := int(digits)) > _MAX_ACK_ID:
        raise Malformed("not a number of the protocol")
    return value


def _check_shape(packet: Packet) -> None:
    data, kind = packet.data, packet.type
    if kind in (EVENT, BINARY_EVENT):
        if type(data) is not list or not data or type(data[0]) not in (str, int, float) or data[0] in RESERVED:
            raise Malformed("not an event")
        if type(data[0]) is not str:  # stock JavaScript clients take numbers for names
            packet.error = Invalid("Events have names, not numbers.")
    elif kind in (ACK, BINARY_ACK):
        if type(data) is not list:
            raise Malformed("not an acknowledgement")
    elif kind == CONNECT:
        if type(data) is not dict:
            raise Malformed("not a CONNECT")
    else:
        raise Malformed("a packet that must be empty, or that only a server sends")


def _check_content(packet: Packet, text: str, limits: EngineLimits) -> None:
    """The rules of reliability for JSON; each has a cheap test that clears almost every message without a walk."""
    shallow = text.count("[") + text.count("{") <= limits.json_depth
    few = len(text) <= 4 * limits.json_keys or text.count(":") <= limits.json_keys  # no pair is shorter than `"":0,`
    if shallow and few and "\\u0000" not in text:
        return
    for value, depth in _walk(packet.data):
        if depth > limits.json_depth:
            packet.error = Invalid("The message is nested too deeply.")
        elif type(value) is dict and len(value) > limits.json_keys:
            packet.error = Invalid("An object has too many keys.")
        elif type(value) is str and "\0" in value:
            packet.error = Invalid("NUL characters are not taken.")
        if packet.error is not None:
            return


def _walk(value: Any) -> Iterator[tuple[Any, int]]:
    """Every value and key with its depth; a container of scalars has depth 1."""
    stack = [(value, 1)]
    while stack:
        value, depth = stack.pop()
        yield value, depth
        if type(value) is dict:
            stack.extend((key, depth) for key in value)
            stack.extend((item, depth + 1 if type(item) in (dict, list) else depth) for item in value.values())
        elif type(value) is list:
            stack.extend((item, depth + 1 if type(item) in (dict, list) else depth) for item in value)


def _fill(value: Any, attachments: list[bytes]) -> Any:
    """Put the attachments where their placeholders stand. The depth was checked, so recursion is bounded."""
    if type(value) is list:
        return [_fill(item, attachments) for item in value]
    if type(value) is not dict:
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        if type(number) is not int or not 0 <= number < len(attachments):
            raise Malformed("an illegal placeholder")
        return attachments[number]
    return {key: _fill(item, attachments) for key, item in value.items()}


def from_base64(text: str) -> bytes | None:
    """An attachment as polling carries it, or None where it is not base64."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None
