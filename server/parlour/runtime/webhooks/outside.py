"""What sending to webhooks rests on, and the types of what is handed to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from parlour.core.room import Entry
from parlour.core.webhooks.hook import Hook
from parlour.runtime.clock import Clock
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.store import RoomRecord
from parlour.runtime.webhooks.places import NewsLog, Places

Post = Callable[[Hook, bytes], Awaitable[None]]
"""Posts a body and returns once the receiver answered 2xx; any exception means that it did not."""
Heard = Callable[[RoomRecord, Sequence[Entry]], None]
"""Is called with a room and what it stored."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What sending rests on: places, rooms, news, who posts, the time, and what this process is called."""

    places: Places
    rooms: RoomService
    news: NewsLog
    post: Post
    clock: Clock
    owner: str
