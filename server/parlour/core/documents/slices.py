"""Cuts a struct: its clocks from an offset on, as Yjs writes a part of an item (yjs, Item.write with an offset)."""

from __future__ import annotations

from parlour.core.documents.encoding import read_text, read_uint, skip_any, skip_json, write_uint
from parlour.core.documents.updates import Struct

ORIGIN, RIGHT, KEYED = 0x80, 0x40, 0x20
"""Bits of a struct's first byte: it names a left neighbour, a right one, and it is the value of a key."""


def sliced(raw: bytes, struct: Struct, client: int, offset: int) -> bytes:
    """Return the bytes of a struct without its first `offset` clocks; 0 < offset < length."""
    info = raw[struct.at]
    ref = info & 31
    if ref in (0, 10):
        return bytes((info,)) + write_uint(struct.length - offset)
    head = bytes((info | ORIGIN,)) + write_uint(client) + write_uint(struct.clock + offset - 1)
    if struct.right is not None:
        head += write_uint(struct.right[0]) + write_uint(struct.right[1])
    if ref == 1:
        return head + write_uint(struct.length - offset)
    if ref == 4:
        text = _from(read_text(raw, struct.content)[0], offset).encode()
        return head + write_uint(len(text)) + text
    at = read_uint(raw, struct.content)[1]
    for _ in range(offset):
        at = skip_json(raw, at) if ref == 2 else skip_any(raw, at)
    return head + write_uint(struct.length - offset) + raw[at : struct.end]


def _from(text: str, offset: int) -> str:
    """Return a text from a UTF-16 offset on; half an emoji is U+FFFD, as in yjs."""
    if text.isascii():
        return text[offset:]
    return text.encode("utf-16-le")[2 * offset :].decode("utf-16-le", "replace")
