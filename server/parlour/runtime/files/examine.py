"""Finds out what an uploaded file is, and takes out of images what tells of their owner."""

from __future__ import annotations

from parlour.core.files.images import layout_of
from parlour.core.files.layout import Layout, NotAnImage
from parlour.core.files.types import IMAGES, OTHER, TEXT, type_of
from parlour.errors import TooLarge
from parlour.runtime.files.store import FileFacts, Spool


async def examined(spool: Spool, most_pixels: int) -> FileFacts:
    """Return a spool's facts, after its image lost its metadata.

    What begins like an image and is none is kept as `OTHER`, which no page shows.

    Raises:
        TooLarge: `pixels`, an image that unfolds to more than `most_pixels`. OSError.
    """
    type_ = type_of(spool.head)
    if type_ not in IMAGES:
        return FileFacts(spool.hash, TEXT if type_ == OTHER and spool.is_text else type_, spool.size)
    try:
        layout = await spool.look(lambda read, size: layout_of(type_, read, size))
    except NotAnImage:
        return FileFacts(spool.hash, OTHER, spool.size)
    _check_pixels(layout, most_pixels)
    if not layout.is_whole(spool.size):
        await spool.rewrite(layout.parts)
    return FileFacts(spool.hash, type_, spool.size, *layout.shown)


def _check_pixels(layout: Layout, most: int) -> None:
    if layout.width * layout.height > most:
        raise TooLarge(f"An image has at most {most} pixels.", reason="pixels")
