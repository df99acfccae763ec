"""What is left of a file: slices of it that stay, and bytes that take the place of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Read = Callable[[int, int], bytes]
"""Reads bytes at an offset: at most as many as asked for, fewer at the end of the file."""
Slice = tuple[int, int]
"""Where a part starts and where it ends, the end excluded."""
MOST_PARTS = 65_536
"""Segments or chunks of one image; cameras write tens, and each costs a step of the walk."""


class NotAnImage(Exception):
    """The container is not what its first bytes say; such a file is kept as it is and never shown."""


@dataclass(slots=True)
class Layout:
    """The parts of an image that stay, in order.

    Attributes:
        width, height: in pixels, as the file stores them.
        orientation: how to turn it (Exif tag 0x0112): 1 for as it is, 5 to 8 swap width and height.
        parts: slices of the file, and bytes that are written in between.
    """

    width: int = 0
    height: int = 0
    orientation: int = 1
    parts: list[Slice | bytes] = field(default_factory=list)

    def keep(self, start: int, end: int) -> None:
        """Keep a slice, joined with the one before where they touch."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, tuple) and last[1] == start:
            self.parts[-1] = (last[0], end)
        elif end > start:
            self.parts.append((start, end))

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as people see it."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)

    def is_whole(self, size: int) -> bool:
        """Return whether nothing of a file of this size is left out."""
        return self.parts == [(0, size)]


def exactly(read: Read, offset: int, count: int) -> bytes:
    """Read so many bytes; raises NotAnImage where the file ends before."""
    found = read(offset, count)
    if len(found) < count:
        raise NotAnImage("The file ends too early.")
    return found
