"""Walks images of any type that is shown, and bounds how many pixels they unfold to."""

from __future__ import annotations

from collections.abc import Callable

from imagesize import get_info

from parlour.core.files import jpeg, png, webp
from parlour.core.files.layout import Layout, NotAnImage, Read

_WALKS: dict[str, Callable[[Read, int], Layout]] = {
    "image/jpeg": jpeg.layout_of,
    "image/png": png.layout_of,
    "image/webp": webp.layout_of,
}
"""The types whose metadata are left out."""
_ORIENTATIONS = range(1, 9)


def layout_of(type_: str, read: Read, size: int) -> Layout:
    """Return the size of an image and which parts of it stay.

    Args:
        type_: one of `types.IMAGES`.

    Raises:
        NotAnImage: the file is not what its first bytes say.
    """
    walk = _WALKS.get(type_)
    return _as_it_is(read, size) if walk is None else walk(read, size)


def _as_it_is(read: Read, size: int) -> Layout:
    """Read the size of a GIF or AVIF image, of which everything stays."""
    try:
        found = get_info(_File(read, size))
    except Exception as error:  # whatever the library meets in a stranger's bytes
        raise NotAnImage("The header cannot be read.") from error
    if found.width < 1 or found.height < 1:
        raise NotAnImage("The image has no size.")
    turned = found.rotation if found.rotation in _ORIENTATIONS else 1
    return Layout(found.width, found.height, turned, [(0, size)])


class _File:
    """The file as the library reads one."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        found = self._read(self._at, self._size - self._at if size < 0 else size)
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at
