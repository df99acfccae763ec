"""Walks a PNG file: keeps the chunks that are needed to draw it. Source: PNG, third edition, sections 5 and 11."""

from __future__ import annotations

import struct
from zlib import crc32

from parlour.core.files.exif import orientation_of, tiff_with
from parlour.core.files.layout import MOST_PARTS, Layout, NotAnImage, Read, exactly

START = 8
"""Bytes of the signature."""
DRAWN = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI"),
    *(b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT"),
}
"""Chunks that change what is drawn; texts, times, Exif and whatever nobody knows are left out."""
MOST_EXIF = 65_536
"""Bytes of Exif data that are read for the orientation, as many as a JPEG can hold."""


def layout_of(read: Read, size: int) -> Layout:
    """Return what stays of a PNG file.

    Raises:
        NotAnImage: its chunks cannot be followed, or it does not begin with its header.
    """
    layout = Layout()
    layout.keep(0, START)
    at = START
    for _ in range(MOST_PARTS):
        length, name = struct.unpack(">I4s", exactly(read, at, 8))
        end = at + 12 + length
        if end > size:
            raise NotAnImage("A chunk is longer than the file.")
        if at == START:
            if name != b"IHDR" or length != 13:
                raise NotAnImage("The header is missing.")
            layout.width, layout.height = struct.unpack(">II", exactly(read, at + 8, 8))
        if name == b"eXIf":
            layout.orientation = orientation_of(read(at + 8, min(length, MOST_EXIF)))
        elif name == b"IEND":
            return _finished(layout, at, end)
        elif name in DRAWN:
            layout.keep(at, end)
        at = end
    raise NotAnImage("Too many chunks.")


def _finished(layout: Layout, at: int, end: int) -> Layout:
    if not layout.width or not layout.height:
        raise NotAnImage("The image has no size.")
    if layout.orientation != 1:
        layout.parts.append(_chunk(b"eXIf", tiff_with(layout.orientation)))
    layout.keep(at, end)
    return layout


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc32(name + body))
