"""Walks a JPEG file: keeps what is needed to draw it, and leaves out what tells of its owner.

Kept are JFIF without its thumbnail, colour profiles, Adobe's colour transform and everything but application segments
and comments. What follows the end of the image is left out too. Source: ITU-T T.81 annex B, CIPA DC-008 section 4.5.4.
"""

from __future__ import annotations

import re
import struct

from parlour.core.files.exif import orientation_of, tiff_with
from parlour.core.files.layout import MOST_PARTS, Layout, NotAnImage, Read, exactly

SOI, EOI, SOS, COM, APP0, APP1, APP2, APP14, APP15 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
STANDALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length: TEM, RST0 to RST7 and SOI."""
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of frames (SOF), which hold the size of the image."""
BLOCK = 65_536
"""Bytes looked at once for the end of a scan."""
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends a scan: a marker that is neither a stuffed byte nor a restart."""
_EXIF, _ICC, _JFIF, _ADOBE = b"Exif\x00\x00", b"ICC_PROFILE\x00", b"JFIF\x00", b"Adobe"


def layout_of(read: Read, size: int) -> Layout:
    """Return what stays of a JPEG file.

    Raises:
        NotAnImage: its segments cannot be followed, or it has no frame.
    """
    layout = Layout()
    at = 2
    for _ in range(MOST_PARTS):
        marker, at = _next_marker(read, at)
        if marker == EOI:
            return _finished(layout, at)
        if marker in STANDALONE:
            layout.keep(at - 2, at)
            continue
        end = at + struct.unpack(">H", exactly(read, at, 2))[0]
        if end < at + 2 or end > size:
            raise NotAnImage("A segment is longer than the file.")
        _segment(layout, read, marker, at, end)
        at = end
        if marker == SOS:
            at = _end_of_scan(read, end, size)
            layout.keep(end, at)
            if at == size:
                return _finished(layout, None)
    raise NotAnImage("Too many segments.")


def _next_marker(read: Read, at: int) -> tuple[int, int]:
    """Return the marker at a place, and where what belongs to it starts."""
    first, marker = exactly(read, at, 2)
    if first != 0xFF:
        raise NotAnImage("There is no marker where one must be.")
    while marker == 0xFF:  # fill bytes may come before a marker
        at += 1
        (marker,) = exactly(read, at + 1, 1)
    return marker, at + 2


def _segment(layout: Layout, read: Read, marker: int, at: int, end: int) -> None:
    """Keep a segment, or what may stay of it."""
    if marker in FRAMES and not layout.width:
        _, layout.height, layout.width = struct.unpack(">BHH", exactly(read, at + 2, 5))
    if marker == COM or APP0 <= marker <= APP15:
        body = exactly(read, at + 2, min(end - at - 2, 14))
        if marker == APP1 and body.startswith(_EXIF):
            layout.orientation = orientation_of(read(at + 8, end - at - 8))
        if marker == APP0 and body.startswith(_JFIF) and len(body) >= 12:
            layout.parts.append(b"\xff\xe0\x00\x10" + body[:12] + b"\x00\x00")
        if not (marker == APP2 and body.startswith(_ICC)) and not (marker == APP14 and body.startswith(_ADOBE)):
            return
    layout.keep(at - 2, end)


def _end_of_scan(read: Read, at: int, size: int) -> int:
    """Return where the compressed data end: at the next marker, or at the end of a file that was cut off."""
    while at < size:
        block = read(at, BLOCK)
        found = _MARKER.search(block)
        if found is not None:
            return at + found.start()
        if len(block) < BLOCK:
            return size
        at += len(block) - 1  # a marker may stand across two blocks
    return size


def _finished(layout: Layout, end: int | None) -> Layout:
    """Put the start before what was kept, and the end after it."""
    if not layout.width or not layout.height:
        raise NotAnImage("The image has no size.")
    parts = layout.parts
    if end is not None:
        layout.keep(end - 2, end)
    if layout.orientation == 1:
        if parts and isinstance(parts[0], tuple) and parts[0][0] == 2:
            parts[0] = (0, parts[0][1])
        else:
            parts.insert(0, (0, 2))
        return layout
    exif = _EXIF + tiff_with(layout.orientation)
    head = [b"\xff\xd8", *([parts.pop(0)] if parts and isinstance(parts[0], bytes) else [])]
    parts[:0] = [*head, b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif]
    return layout
