"""Walks a WebP file: keeps what is needed to draw it. Source: RFC 9649 section 2."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from parlour.core.files.exif import orientation_of, tiff_with
from parlour.core.files.layout import MOST_PARTS, Layout, NotAnImage, Read, Slice, exactly

START = 12
"""Bytes of `RIFF`, the size and `WEBP`."""
DRAWN = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
HAS_EXIF, HAS_XMP = 0x08, 0x04
"""Flags of `VP8X`."""
MOST_EXIF = 65_536
"""Bytes of Exif data that are read for the orientation."""


def layout_of(read: Read, size: int) -> Layout:
    """Return what stays of a WebP file.

    Raises:
        NotAnImage: its chunks cannot be followed, or it holds no image.
    """
    layout = Layout()
    stated = struct.unpack("<I", exactly(read, 4, 4))[0] + 8
    at, first = START, b""
    flags_at: int | None = None
    for _ in range(MOST_PARTS):
        if at + 8 > min(size, stated):
            return _finished(layout, first, flags_at)
        name, length = struct.unpack("<4sI", exactly(read, at, 8))
        end = at + 8 + length + (length & 1)
        if at + 8 + length > size:
            raise NotAnImage("A chunk is longer than the file.")
        end = min(end, size)
        if not first:
            first = name
            layout.width, layout.height = _size(name, exactly(read, at + 8, 10))
        if name == b"EXIF":
            body = read(at + 8, min(length, MOST_EXIF))
            layout.orientation = orientation_of(body.removeprefix(b"Exif\x00\x00"))
        elif name == b"VP8X" and at == START:
            flags_at = len(layout.parts)
            layout.parts.append(exactly(read, at, end - at))
        elif name in DRAWN:
            layout.keep(at, end)
        at = end
    raise NotAnImage("Too many chunks.")


def _size(name: bytes, body: bytes) -> tuple[int, int]:
    """Return width and height, from the head of the first chunk."""
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise NotAnImage("The file does not begin with an image.")


def _finished(layout: Layout, first: bytes, flags_at: int | None) -> Layout:
    """Write the head anew: the size, and flags that name no metadata but the orientation."""
    if not first or not layout.width or not layout.height:
        raise NotAnImage("The image has no size.")
    parts = layout.parts
    if flags_at is None:
        layout.orientation = 1
    else:
        chunk = bytearray(parts[flags_at])
        chunk[8] &= ~(HAS_EXIF | HAS_XMP) & 0xFF
        if layout.orientation != 1:
            chunk[8] |= HAS_EXIF
            tiff = tiff_with(layout.orientation)
            padding = b"\x00" * (_length(parts) & 1)  # the last chunk of a file may lack it
            parts.append(padding + struct.pack("<4sI", b"EXIF", len(tiff)) + tiff)
        parts[flags_at] = bytes(chunk)
    parts.insert(0, b"RIFF" + struct.pack("<I", _length(parts) + 4) + b"WEBP")
    return layout


def _length(parts: Sequence[Slice | bytes]) -> int:
    return sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in parts)
