"""Posts that the server has not answered yet, kept in their order through refusals and reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from parlour_client.errors import ConnectionLost, ParlourError, no_answer
from parlour_client.net.retry import Retry
from parlour_client.ports import Requests


class Outbox:
    """Sends posts at once and, where that fails for now, again: within a room always in the order of the calls.

    A refusal that passes holds back the whole room until the pause is over, so that no later post overtakes.

    Args:
        requests: sends.
        retry: the pauses after refusals.
        timeout: seconds for a post over all its tries, where it names none itself.
    """

    def __init__(self, requests: Requests, *, retry: Retry, timeout: float) -> None:
        self._requests = requests
        self._retry = retry
        self._timeout = timeout
        self._numbers = count()
        self._unsent = 0
        self._waiting: dict[int, tuple[str, asyncio.Future[None]]] = {}
        self._held: dict[str, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """The posts without an answer."""
        return self._unsent

    async def send(self, post: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send a post and return its ack. Its `id` makes sending it again safe.

        Raises:
            ParlourError: refused; ConnectionLost where no answer came in time.
        """
        number, room = next(self._numbers), str(post["room"])
        refusal: ParlourError | None = None
        tries = 0
        self._unsent += 1
        try:
            async with asyncio.timeout(self._timeout if timeout is None else timeout):
                while True:
                    await self._turn(number, room)
                    refusal = None
                    try:
                        return await self._requests.ask("room:post", post)
                    except ConnectionLost:
                        pass  # sent again on the next socket: the server knows the id if it had arrived
                    except ParlourError as error:
                        if not error.retryable:
                            raise
                        refusal = error
                        self._hold(room, self._retry.pause(tries, error.retry_after))
                        tries += 1
        except TimeoutError:
            trouble = self._requests.trouble
            raise refusal or no_answer("room:post", trouble) from trouble
        finally:
            self._unsent -= 1

    def flush(self) -> None:
        """Send what waits, in order: a socket was opened, or the connection has ended and each post is told so."""
        for _, (room, turn) in sorted(self._waiting.items()):
            if room not in self._held or self._requests.failure:
                _wake(turn)

    async def _turn(self, number: int, room: str) -> None:
        """Wait until this post is the next of its room."""
        if self._requests.failure:
            raise self._requests.failure
        first = all(number < other for other, (its_room, _) in self._waiting.items() if its_room == room)
        if self._requests.connected and room not in self._held and first:
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (room, turn)
        if self._requests.connected and room not in self._held:
            asyncio.get_running_loop().call_soon(_wake, turn)  # those before it are awake and about to be sent
        try:
            await turn
        finally:
            del self._waiting[number]

    def _hold(self, room: str, seconds: float) -> None:
        """Hold a room's posts back for at least so long."""
        loop = asyncio.get_running_loop()
        timer = self._held.get(room)
        if timer is not None:
            if timer.when() >= loop.time() + seconds:
                return
            timer.cancel()
        self._held[room] = loop.call_later(seconds, self._let_go, room)

    def _let_go(self, room: str) -> None:
        del self._held[room]
        if self._requests.connected:
            self.flush()


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
