"""Reads the orientation of a picture from Exif data, and writes Exif data that hold nothing else.

Source: CIPA DC-008 (Exif 2.32) section 4.6.4, and TIFF 6.0 section 2.
"""

from __future__ import annotations

import struct

ORIENTATION = 0x0112
MOST_FIELDS = 512
"""Fields of a directory that are looked at; cameras write some twenty."""


def orientation_of(tiff: bytes) -> int:
    """Return the orientation (1 to 8) that Exif data name; 1 where they name none or cannot be read."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return 1
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for number in range(min(count, MOST_FIELDS)):
        at = start + 2 + 12 * number
        if at + 12 > len(tiff):
            return 1
        tag, kind, _ = struct.unpack_from(f"{order}HHI", tiff, at)
        if tag == ORIENTATION:
            (value,) = struct.unpack_from(f"{order}{'I' if kind == 4 else 'H'}", tiff, at + 8)
            return value if 1 <= value <= 8 else 1
    return 1


def tiff_with(orientation: int) -> bytes:
    """Return Exif data (a TIFF structure) that hold an orientation and nothing else."""
    return b"MM\x00*\x00\x00\x00\x08" + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)
