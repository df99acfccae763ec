"""Stop reading a client while there is a reason to, on WebSocket and polling alike."""

from __future__ import annotations

import asyncio

from parlour.adapters.engine.websocket import WebSocket


class ReadGate:
    """Counts the reasons not to read one client.

    They are: too many unanswered requests, a CONNECT under way, a large answer that the client has not read.
    """

    __slots__ = ("_ended", "_holds", "_opened", "_socket")

    def __init__(self) -> None:
        self._holds = 0
        self._ended = False
        self._opened: asyncio.Future[None] | None = None  # of a polling body that waits to be read on
        self._socket: WebSocket | None = None

    @property
    def held(self) -> bool:
        """Whether the client is not read now."""
        return self._holds > 0

    def hold(self) -> None:
        """Read nothing more until `release` was called as often."""
        self._holds += 1
        if self._socket is not None:
            self._socket.pause()

    def release(self) -> None:
        """Undo one `hold`; after the last, reading goes on in the loop's next turn, never inside this call."""
        self._holds -= 1
        if not self._holds:
            asyncio.get_running_loop().call_soon(self._read_on)

    def attach(self, socket: WebSocket) -> None:
        """Apply to this WebSocket from now on."""
        self._socket = socket
        if self._holds:
            socket.pause()

    def detach(self) -> None:
        """Let go of the WebSocket, which is gone."""
        self._socket = None

    def end(self) -> None:
        """Let `wait_open` return, because the session has ended."""
        self._ended = True
        self._wake()

    async def wait_open(self) -> None:
        """Wait until the next packet of a polling body may be read, or the session has ended."""
        while self._holds and not self._ended:
            self._opened = asyncio.get_running_loop().create_future()
            await self._opened

    def _read_on(self) -> None:
        if self._holds:
            return
        self._wake()
        if self._socket is not None:
            self._socket.resume()

    def _wake(self) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
