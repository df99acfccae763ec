"""RLP (Yellow Paper appendix B): the two functions that tries and transactions need, much faster than the library's."""

from __future__ import annotations

RLP_EMPTY = b"\x80"
"""Of no bytes, and of the number 0."""
_SHORT = [bytes([0x80 + size]) for size in range(56)]
_SHORT_LIST = [bytes([0xC0 + size]) for size in range(56)]


def rlp_string(value: bytes) -> bytes:
    """Return the RLP of bytes; a number is its big-endian bytes without leading zeros."""
    size = len(value)
    if size == 1 and value[0] < 0x80:
        return value
    return (_SHORT[size] if size < 56 else _long(0xB7, size)) + value


def rlp_list(payload: bytes) -> bytes:
    """Return the RLP of a list whose items are encoded already, one after the other."""
    size = len(payload)
    return (_SHORT_LIST[size] if size < 56 else _long(0xF7, size)) + payload


def _long(offset: int, size: int) -> bytes:
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([offset + len(digits)]) + digits
