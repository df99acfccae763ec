"""ModeratedRooms: rooms whose texts the operator's service sees first."""

from __future__ import annotations

from parlour.core.room import Post, RoomId
from parlour.core.rooms.entry_types import family
from parlour.core.rooms.reserved import is_sealed
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.moderation.judging import Judge, Judging
from parlour.runtime.rooms.local import LocalRooms

JUDGED = frozenset({"chat.message", "chat.edit"})
"""What people write to each other; a DApp's own `app.*` entries are judged too."""


class ModeratedRooms(LocalRooms):
    """Gives each text to the service before its room; everything else, and all of sealed rooms, to its room at once."""

    judging: Judging

    def moderated_by(self, judge: Judge, fails: str) -> ModeratedRooms:
        """Set the service, and what is done without an answer of it: `allow` or `refuse`."""
        self.judging = Judging(judge, "refuse" if fails == "refuse" else "allow", super().submit)
        return self

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a command in its room's mailbox, a text once it is judged; see RoomService."""
        command = request.command
        if type(command) is Post and _is_judged(command) and not is_sealed(room):
            self.judging.take(room, request)
        else:
            super().submit(room, request)


def _is_judged(post: Post) -> bool:
    return isinstance(post.body, dict) and (post.type in JUDGED or family(post.type) == "app")
