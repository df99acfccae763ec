"""Judges posts by a service: each is asked about at once, and an account's own posts keep their order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import structlog

from parlour.core.room import Post, RoomId
from parlour.errors import Forbidden, ParlourError, Unavailable
from parlour.runtime.live_room.context import RoomRequest

log = structlog.get_logger()

OPEN_AT_ONCE = 256
"""Questions without an answer; a post beyond is handled as if the service had failed."""
HELD_BY = "service"
"""Why a message waits, in `chat.held`."""
MOST_REASON = 200
"""Characters of the service's own sentence that an author reads."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the service says of a post."""

    verdict: Literal["allow", "refuse", "hold"]
    reason: str | None = None


class NoVerdict(Exception):
    """The service did not answer in time, or with something else than a verdict."""


class Judge(Protocol):
    """The service."""

    async def ask(self, question: dict[str, Any]) -> Verdict:
        """Return the verdict on `{room, account, type, body}`; raises NoVerdict."""
        ...


Submit = Callable[[RoomId, RoomRequest], None]


class Judging:
    """Passes posts on in the order of each account, as soon as they are judged.

    Args:
        fails: what is done with a post where there is no verdict.
        submit: gives a post to its room.

    Attributes:
        counts: how posts were judged: `allow`, `refuse`, `hold` and `failed`.
    """

    def __init__(self, judge: Judge, fails: Literal["allow", "refuse"], submit: Submit) -> None:
        self.counts: Counter[str] = Counter(allow=0, refuse=0, hold=0, failed=0)
        self._judge = judge
        self._fails = fails
        self._submit = submit
        self._open = 0
        self._last: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, room: RoomId, request: RoomRequest) -> None:
        """Ask about a post now; it goes to its room after the account's earlier ones."""
        author = request.command.author
        before = self._last.get(author)
        task = asyncio.get_running_loop().create_task(self._take(room, request, before), name="moderation")
        self._last[author] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(author, done))

    def _done(self, author: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._last.get(author) is task:
            del self._last[author]

    async def _take(self, room: RoomId, request: RoomRequest, before: asyncio.Task[None] | None) -> None:
        verdict = await self._verdict(room, request)
        if before is not None:
            await asyncio.wait([before])
        post = request.command
        assert isinstance(post, Post)
        try:
            self._pass_on(room, request, post, verdict)
        except ParlourError as refusal:
            request.answer(refusal)

    def _pass_on(self, room: RoomId, request: RoomRequest, post: Post, verdict: Verdict | None) -> None:
        if verdict is None:
            if self._fails == "refuse":
                raise Unavailable("Messages cannot be checked right now; try again.", retry_after=1000)
        elif verdict.verdict == "refuse" or (verdict.verdict == "hold" and not post.type.startswith("chat.")):
            raise Forbidden(verdict.reason or "This server does not take that.", reason="moderation")
        elif verdict.verdict == "hold":
            post.hold = HELD_BY
        self._submit(room, request)

    async def _verdict(self, room: RoomId, request: RoomRequest) -> Verdict | None:
        if self._open >= OPEN_AT_ONCE:
            self.counts["failed"] += 1
            return None
        self._open += 1
        try:
            post = request.command
            assert isinstance(post, Post)
            verdict = await self._judge.ask(
                {"room": room, "account": post.author, "type": post.type, "body": post.body}
            )
            self.counts[verdict.verdict] += 1
            return verdict
        except NoVerdict as failure:
            self.counts["failed"] += 1
            log.warning("moderation.failed", error=str(failure), then=self._fails)
            return None
        finally:
            self._open -= 1
