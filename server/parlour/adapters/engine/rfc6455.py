"""Read and write a server's WebSocket frames (RFC 6455), without I/O: bytes in, messages out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha1
from struct import Struct
from typing import Final

try:  # aiohttp's XOR in C; it is a private name, so our slower function stands in where it is missing
    from aiohttp._websocket.helpers import websocket_mask as unmask
except ImportError:

    def unmask(mask: bytes, data: bytearray) -> None:
        """XOR `data` in place with the frame's four-byte `mask` (§5.3)."""
        unmask_slowly(mask, data)


CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""Opcodes (§5.2)."""

NORMAL, GOING_AWAY, PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1000, 1001, 1002, 1007, 1009
"""The close codes that this server sends (§7.4.1)."""
_CLOSE_CODES: Final = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
"""Codes below 3000 that a close frame may carry (§7.4.1 and IANA's registry); 1004-1006 and 1015 may not be sent."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Appended to the client's key before hashing (§1.3)."""


class WebSocketError(Exception):
    """The peer broke the protocol.

    Attributes:
        code: the close code to answer with (§7.4.1).
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def unmask_slowly(mask: bytes, data: bytearray) -> None:
    """XOR `data` in place with the frame's four-byte `mask` (§5.3), both as one large integer."""
    size = len(data)
    pad = (mask * (size // 4 + 1))[:size]
    data[:] = (int.from_bytes(data, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


def accept_key(key: str) -> str | None:
    """Compute `Sec-WebSocket-Accept` for a key (§4.2.2); None where it is not 16 bytes in base64."""
    try:
        if len(b64decode(key, validate=True)) != 16:
            return None
    except ValueError:
        return None
    return b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


_head16 = Struct("!BBH").pack
_head64 = Struct("!BBQ").pack


def frame_bytes(opcode: int, payload: bytes) -> bytes:
    """Build one final, unmasked frame (§5.2)."""
    size = len(payload)
    if size < 126:
        return b"%c%c%b" % (0x80 | opcode, size, payload)
    if size < 65_536:
        return _head16(0x80 | opcode, 126, size) + payload
    return _head64(0x80 | opcode, 127, size) + payload


def close_frame(code: int) -> bytes:
    """Build a close frame with a code and no reason (§5.5.1)."""
    return frame_bytes(CLOSE, code.to_bytes(2, "big"))


class FrameReader:
    """Splits bytes into messages.

    Call `feed` with what was read, then `next_message` until it returns None. Fragments are joined; a control frame
    between the fragments of a message comes out before it (§5.4).

    Args:
        limit: most bytes of one message, over all its fragments.
    """

    __slots__ = ("_at", "_buffer", "_message", "_need", "_opcode", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer: bytes | bytearray = b""
        self._at = 0  # where the next frame starts in the buffer
        self._need = 2  # bytes of that frame that must be there before it is worth looking again
        self._opcode = 0  # of the fragmented message
        self._message: bytearray | None = None  # its fragments so far

    def feed(self, data: bytes) -> None:
        """Append bytes that were read."""
        if self._buffer:
            self._buffer += data
        else:
            self._buffer = data

    def whole_text(self, data: bytes) -> str | None:
        """Return the text where `data` is exactly one short text message, as nearly every read is.

        None means that nothing was consumed: `feed` the data then. Broken frames are left to `next_message` too.
        """
        if len(data) < 8 or data[0] != 0x81 or len(data) > self.limit or self._buffer or self._message is not None:
            return None
        size, start = data[1] - 0x80, 6
        if size > 125:
            size, start = data[2] << 8 | data[3] if size == 126 else -1, 8
        if size + start != len(data):
            return None
        payload = bytearray(data[start:])
        unmask(data[start - 4 : start], payload)
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return None

    def next_message(self) -> tuple[int, str | bytes] | None:
        """Return the next message as (opcode, payload), or None; a text is str, everything else bytes.

        Raises:
            WebSocketError: the peer broke the protocol. The reader must not be used after.
        """
        while True:
            buffer, at = self._buffer, self._at
            have = len(buffer) - at
            if have < self._need:
                if have:
                    self._wait_for(self._need)
                    return None
                self._buffer, self._at = b"", 0
                return None
            first, second = buffer[at], buffer[at + 1]
            size, start = second & 0x7F, 6
            if size > 125:
                start = 8 if size == 126 else 14
                if have < start:
                    self._check_head(first, second)
                    self._wait_for(start)
                    return None
                size = int.from_bytes(buffer[at + 2 : at + start - 4], "big")
            if first != 0x81 or not second & 0x80 or self._message is not None:
                self._check_head(first, second)
            self._check_size(first, size)
            if have < start + size:
                self._wait_for(start + size)
                return None
            start += at
            self._at = start + size
            payload = bytearray(buffer[start : self._at])
            unmask(bytes(buffer[start - 4 : start]), payload)
            self._need = 2
            if first == 0x81:
                return TEXT, _decode_text(payload)
            message = self._assemble(first & 0x0F, first & 0x80, payload)
            if message is not None:
                return message

    def _wait_for(self, need: int) -> None:
        """Keep the rest of the buffer until there are `need` bytes of the next frame."""
        self._need = need
        if self._at or type(self._buffer) is bytes:
            self._buffer = bytearray(self._buffer[self._at :])
        self._at = 0

    def _check_head(self, first: int, second: int) -> None:
        """Check a frame's first two bytes (§5.2, §5.4, §5.5)."""
        if first & 0x70:
            raise WebSocketError(PROTOCOL_ERROR, "a reserved bit is set and no extension was agreed on")
        if not second & 0x80:
            raise WebSocketError(PROTOCOL_ERROR, "a client's frame is not masked")
        opcode = first & 0x0F
        if opcode >= CLOSE:
            if opcode > PONG:
                raise WebSocketError(PROTOCOL_ERROR, "a reserved opcode")
            if second & 0x7F > 125 or not first & 0x80:
                raise WebSocketError(PROTOCOL_ERROR, "a control frame is too long or fragmented")
        elif opcode > BINARY:
            raise WebSocketError(PROTOCOL_ERROR, "a reserved opcode")
        elif (opcode == CONTINUATION) is (self._message is None):
            raise WebSocketError(PROTOCOL_ERROR, "a fragment out of place")

    def _check_size(self, first: int, size: int) -> None:
        """Check the message's size before its payload is kept; control frames do not count."""
        if first & 0x08 == 0 and size + (0 if self._message is None else len(self._message)) > self.limit:
            raise WebSocketError(TOO_BIG, "the message is too long")

    def _assemble(self, opcode: int, final: int, payload: bytearray) -> tuple[int, str | bytes] | None:
        """Add a frame to its message; return a control frame, or the message once it is complete."""
        if opcode >= CLOSE:
            return opcode, bytes(payload)
        if opcode != CONTINUATION:
            self._opcode = opcode
            self._message = payload
        elif self._message is not None:
            self._message += payload
        if not final or self._message is None:
            return None
        message, self._message = self._message, None
        return self._opcode, _decode_text(message) if self._opcode == TEXT else bytes(message)


def _decode_text(payload: bytearray) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise WebSocketError(INVALID_TEXT, "a text message is not UTF-8") from None


def close_code(payload: bytes) -> int:
    """Choose the code that answers a peer's close frame (§5.5.1): its own, or the error that is in it."""
    if not payload:
        return NORMAL
    if len(payload) < 2:
        return PROTOCOL_ERROR
    code = int.from_bytes(payload[:2], "big")
    if code not in _CLOSE_CODES and not 3000 <= code <= 4999:
        return PROTOCOL_ERROR
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return INVALID_TEXT
    return code
