"""What the parts of the client ask of one another, as protocols: no part imports the part that uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

from parlour_client.errors import ParlourError

Off = Callable[[], None]
"""Takes a listener off again."""
Settle = Callable[[dict[str, Any]], None]
"""Called with an ack the moment it arrives, before any event that follows it on the wire."""
Receive = Callable[[str, Any], None]
"""Called with the name and the object of each event, in the order of the wire."""
ErrorHook = Callable[[Exception], object]
"""Called with what a listener or a handler raised; may be an `async def`."""


Content = bytes | IO[bytes]
"""The bytes of an upload, or a file that is open for reading."""


class Requests(Protocol):
    """Sending requests: what rooms, posts and lists need of the connection."""

    @property
    def account(self) -> str:
        """The account that is signed in, `""` for a guest and before the first greeting."""

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""

    @property
    def failure(self) -> ParlourError | None:
        """Why the connection is closed for good, or None."""

    @property
    def trouble(self) -> ParlourError | None:
        """Why no socket could be opened the last time; None while one is open."""

    async def request(
        self, event: str, data: Mapping[str, Any], *, timeout: float | None = None, settle: Settle | None = None
    ) -> dict[str, Any]:
        """Send a request and return its ack, over reconnects and refusals that pass. Raises ParlourError."""

    async def ask(self, event: str, data: Mapping[str, Any], settle: Settle | None = None) -> dict[str, Any]:
        """Send a request once, on the socket there is, and return its ack. Raises ParlourError."""


class Socket(Protocol):
    """One open socket."""

    @property
    def connected(self) -> bool:
        """Whether it can still send."""

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None] | int) -> None:
        """Queue a packet without suspending first. Raises ConnectionLost where the socket has ended.

        Args:
            acked: called with the ack; or the request's number, which an `ack` event will name (`frames`).
        """

    async def ended(self) -> None:
        """Wait until the socket has ended."""

    async def close(self) -> None:
        """End the socket."""


class Dial(Protocol):
    """Opens a socket; each event on it goes to `receive`.

    Raises:
        Unavailable: nobody answered, or the server cannot take it now.
        ParlourError: the server refuses for good; Unreachable where what answers is no Parlour server.
    """

    async def __call__(self, auth: Mapping[str, Any], receive: Receive) -> Socket: ...


class Tokens(Protocol):
    """The session that sockets are opened with."""

    async def token(self) -> str:
        """Return a token that is good for some minutes, renewing it where it is near its end. Raises ParlourError."""

    def renew_in(self) -> float:
        """Seconds until the token should be renewed."""

    def forget(self, token: str) -> None:
        """Drop this token, which the server no longer takes; a newer one stays."""


class Http(Protocol):
    """Calls to the server's HTTP API."""

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
        content: Content | None = None,
    ) -> dict[str, Any]:
        """Return the JSON of the answer, `{}` where it has none; `content` is a body of bytes. Raises ParlourError."""

    async def read(self, path: str, *, token: str | None = None) -> bytes:
        """Return the bytes of the answer to a GET. Raises ParlourError."""


class Follower(Protocol):
    """What a connection tells its client."""

    def opened(self) -> None:
        """A socket was opened; nothing was sent on it yet."""

    def received(self, event: str, data: Any) -> None:
        """An event came."""

    def failed(self, error: ParlourError) -> None:
        """The connection is closed for good."""
