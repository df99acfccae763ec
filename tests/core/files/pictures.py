"""Small images, built part by part, so that a test says what is in them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from zlib import compress, crc32

from parlour.core.files.exif import tiff_with
from parlour.core.files.layout import Layout

SECRET = b"N 52.5200 E 13.4050 of a home"
"""What metadata tell and no file may keep."""


def written(data: bytes, layout: Layout) -> bytes:
    """The file that a layout leaves."""
    return b"".join(part if isinstance(part, bytes) else data[slice(*part)] for part in layout.parts)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*more: bytes, width: int = 4, height: int = 3, tail: bytes = b"") -> bytes:
    """A JPEG with these segments before its frame, and bytes after its end; nobody can decode what it shows."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"drawn\xff\x00drawn\xff\xd0drawn"
    return b"\xff\xd8" + b"".join(more) + frame + scan + b"\xff\xd9" + tail


def exif(orientation: int = 1) -> bytes:
    """An Exif segment of a camera."""
    return segment(0xE1, b"Exif\x00\x00" + tiff_with(orientation) + SECRET)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc32(name + body))


def png(*more: bytes, width: int = 2, height: int = 2, tail: bytes = b"") -> bytes:
    """A PNG with these chunks before its data."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", compress(b"\x00" + b"\x7f" * 2 + b"\x00" + b"\x7f" * 2))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + data + chunk(b"IEND", b"") + tail


def riff(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) & 1) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp(*more: tuple[bytes, bytes], width: int = 5, height: int = 7) -> bytes:
    """A WebP in the extended format, with these chunks after its image."""
    flags = 0x08 * any(name == b"EXIF" for name, _ in more) | 0x04 * any(name == b"XMP " for name, _ in more)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    lossless = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"drawn "
    return riff([(b"VP8X", bytes((flags, 0, 0, 0)) + size), (b"VP8L", lossless), *more])
