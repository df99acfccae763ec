"""Reads the text of a document for search: from memory where its room is live in this process, else from its log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parlour.core.documents.room import DocumentRoom
from parlour.core.documents.shadow import TooDeep, text_of
from parlour.core.room import RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Invalid
from parlour.runtime.live_room.host import RoomHost
from parlour.runtime.live_room.state import Folding, read_stored


class DocumentReader:
    """Reads documents without opening their rooms.

    Args:
        live: finds the host of a room that is live here.
        most_characters: of a text, from its beginning.
    """

    def __init__(self, context: Folding, live: Callable[[RoomId], RoomHost | None], most_characters: int) -> None:
        self._context = context
        self._live = live
        self._most_characters = most_characters

    async def read(self, room: RoomId) -> tuple[int, str]:
        """Return a document's text, and the entry as of which it reads so.

        Raises:
            NoSuchRoom. Invalid: it is no document. Unavailable: only a newer release reads it.
            StoreError: it cannot be read now.
        """
        host = self._live(room)
        if host is None:
            record, hall = await read_stored(self._context, room)
            upto, document = record.head, _bytes(hall)
        else:
            upto, document = await host.read_state(lambda hall: (host.record.head, _bytes(hall)))
        try:
            text = await asyncio.to_thread(text_of, *document)  # 100 ms for a large one, half of it without the GIL
        except TooDeep:
            text = ""  # nobody finds it, and it is not read again until it changes
        return upto, text[: self._most_characters]


def _bytes(hall: Hall) -> tuple[bytes, dict[str, str]]:
    if not isinstance(hall, DocumentRoom):
        raise Invalid("That room is no document.")
    return hall.contents.whole(), dict(hall.contents.roots)
