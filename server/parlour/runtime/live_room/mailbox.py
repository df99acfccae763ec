"""Queues what waits for a live room: requests in the order they came, and reads of its state."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from parlour.core.room import Command, Post
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.decide import stands_alone

T = TypeVar("T")

RETRY_MS = 1000
EVER_MS = 1 << 62
"""After every time there is."""


class Mailbox:
    """Waiting requests: at most `room` of clients, and any number of the host's own.

    Args:
        batch: requests of one turn at most.
        deliveries: posts of one turn times those who hear them, about.

    Attributes:
        due: commands of the host's own that are due.
        waiting: all others, in order.
    """

    def __init__(self, room: int, batch: int, deliveries: int) -> None:
        self._room = room
        self._batch = batch
        self._deliveries = deliveries
        self.waiting: deque[RoomRequest] = deque()
        self.due: list[RoomRequest] = []
        self._due_came_last = False

    def __len__(self) -> int:
        return len(self.waiting) + len(self.due)

    def put(self, request: RoomRequest) -> bool:
        """Queue a client's request; return False, without queueing it, when the mailbox is full."""
        if len(self.waiting) >= self._room:
            return False
        self.waiting.append(request)
        return True

    def put_own(self, command: Command) -> None:
        """Queue a command of the host's own, for a lost connection or an account that is back."""
        self.waiting.append(RoomRequest(command))

    def put_due(self, requests: Sequence[RoomRequest]) -> None:
        """Queue commands of the host's own for the next batch; clients have every other one."""
        self.due += requests

    def put_back(self, requests: Sequence[RoomRequest]) -> None:
        """Queue requests again that a turn had no time for, before all others."""
        self.waiting.extendleft(reversed(requests))

    def next_batch(self, here: int) -> list[RoomRequest]:
        """Return what one turn takes, in order; a command that must stand alone comes alone.

        Args:
            here: how many hear each post.
        """
        waiting, posts = self.waiting, self._deliveries // here or 1 if here else self._batch
        if self.due and not (self._due_came_last and waiting):
            batch, self.due, self._due_came_last = self.due, [], True
            return batch
        self._due_came_last = False
        batch = []
        while waiting and len(batch) < self._batch:
            if type(waiting[0].command) is Post:
                posts -= 1
                if posts < 0:
                    break
                batch.append(waiting.popleft())
                continue
            alone = stands_alone(waiting[0].command)
            if alone and batch:
                break
            batch.append(waiting.popleft())
            if alone:
                break
        return batch

    def refuse(self, error: ParlourError, asked_before: int = EVER_MS) -> None:
        """Answer clients who asked before that time (ms) with this error; the host's own commands stay queued."""
        waiting, self.waiting = self.waiting, deque()
        refused: list[RoomRequest] = []
        for request in waiting:
            refuse = request.reply is not None and request.asked_at < asked_before
            (refused if refuse else self.waiting).append(request)
        answer_all(refused, error)


class PendingReads:
    """Reads that came while a batch was being committed; answered once state and log are equal.

    Attributes:
        asked: the questions, and where their answers go.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[Hall], Any], asyncio.Future[Any]]] = []

    def __len__(self) -> int:
        return len(self.asked)

    def ask(self, question: Callable[[Hall], T]) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.asked.append((question, answer))
        return answer

    def answer(self, room: Hall) -> None:
        asked, self.asked = self.asked, []
        for question, answer in asked:
            if answer.done():
                continue
            try:
                answer.set_result(question(room))
            except Exception as error:
                answer.set_exception(error)

    def refuse(self, error: ParlourError) -> None:
        asked, self.asked = self.asked, []
        for _, answer in asked:
            if not answer.done():
                answer.set_exception(error)


def answer_all(batch: Sequence[RoomRequest], error: ParlourError) -> None:
    for request in batch:
        request.answer(error)
