"""Inputs of a ticking game that are played and not stored yet: their senders wait for the entry that holds them."""

from __future__ import annotations

from typing import cast

from parlour.core.room import Account, Entry, Post
from parlour.errors import ParlourError
from parlour.runtime.live_room.context import RoomRequest


class PendingInputs:
    """Requests by (author, id), in the order their inputs were played. A resend waits beside the first."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Account, str], list[RoomRequest]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: RoomRequest) -> None:
        post = cast(Post, request.command)
        self._waiting.setdefault((post.author, post.id), []).append(request)

    def stored(self, entry: Entry) -> None:
        """Answer the senders of what a durable `game.tick` entry holds; its inputs are in the order of play."""
        inputs = entry.body.get("inputs", ()) if isinstance(entry.body, dict) else ()
        answer = {"ok": True, "seq": entry.seq, "at": entry.at, "hash": "0x" + entry.hash.hex()}
        for given in inputs:
            key = next((key for key in self._waiting if key[1] == given.get("id")), None)
            if key is None:
                continue
            first, *again = self._waiting.pop(key)
            first.answer(dict(answer))
            for request in again:
                request.answer({**answer, "duplicate": True})

    def refuse(self, error: ParlourError) -> None:
        """None of them will be stored."""
        waiting, self._waiting = self._waiting, {}
        for requests in waiting.values():
            for request in requests:
                request.answer(error)
