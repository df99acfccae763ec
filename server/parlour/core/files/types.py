"""The type of a file, found from its bytes, and what a browser may do with a file of that type (protocol section 7).

Whatever is not in `TYPES` is `OTHER`. Nobody's word is taken: neither a name's ending nor a request's Content-Type.
"""

from __future__ import annotations

import codecs
import re

from filetype import match
from filetype.types import archive, audio, image, video

OTHER, TEXT = "application/octet-stream", "text/plain"
HEAD_BYTES = 8_192
"""Bytes that the type is found from."""
TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "m4a": "audio/mp4", "mp4": "video/mp4",
    "m4v": "video/mp4", "webm": "video/webm", "pdf": "application/pdf",
}  # fmt: skip
"""By what the library calls it."""
IMAGES = frozenset(type_ for type_ in TYPES.values() if type_.startswith("image/"))
AVATARS = frozenset({"image/png", "image/jpeg", "image/webp"})
SHOWN = frozenset(type_ for type_ in TYPES.values() if type_ != "application/pdf")
"""Types that a browser may show in a page: it runs nothing in them. Everything else is saved to disk."""
_MATCHERS = [
    *(image.Png(), image.Jpeg(), image.Gif(), image.Webp(), image.Avif()),
    *(audio.Ogg(), audio.M4a(), video.M4v(), video.Mp4(), video.Webm(), archive.Pdf(), audio.Mp3()),
]
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no text holds; tab, line feed, form feed and carriage return it may."""


def type_of(head: bytes) -> str:
    """Return the type of a file by its first bytes, `OTHER` where it is none of `TYPES`."""
    found = match(head, matchers=_MATCHERS)
    return OTHER if found is None else TYPES[found.extension]


class TextCheck:
    """Finds out, piece by piece, whether a file is text in UTF-8.

    Attributes:
        holds: whether everything so far was.
    """

    def __init__(self) -> None:
        self.holds = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, piece: bytes, *, last: bool = False) -> None:
        """Look at the next piece."""
        if self.holds:
            try:
                self.holds = _CONTROLS.search(self._decoder.decode(piece, last)) is None
            except UnicodeDecodeError:
                self.holds = False
