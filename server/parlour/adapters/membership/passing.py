"""Passes requests of polling clients on to the node whose session they name: over a Unix socket, else over HTTP.

Only nodes of the table are asked, at the address that they list themselves. A request that is passed on is sealed with
the server's key, which all nodes of one database share: nobody else can say that a node passed something on.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog
from yarl import URL

from parlour.adapters.engine.admission import FORBIDDEN, UNKNOWN_SID, Refused, RequestHead
from parlour.adapters.engine.front import refusal_bytes
from parlour.adapters.engine.peers import PASSED, Answered, Peer
from parlour.adapters.membership.splice import Splice
from parlour.runtime.clock import Clock
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.membership.membership import Membership
from parlour.runtime.membership.nodes import Node
from parlour.runtime.store import StoreError

log = structlog.get_logger()

FRESH_MS = 60_000
"""A sealed request older than this is refused; clocks of nodes differ by less."""
CONNECT_SECONDS = 5.0
"""A node that takes no connection for so long counts as away: the client begins anew elsewhere."""
LOOK_AGAIN_S = 0.5
"""Between two looks for a node that was not there at the last heartbeat; strangers can ask for any prefix."""
PASSED_ON = ("origin", "content-type", "content-encoding")
HANDSHAKE = ("origin", "connection", "upgrade", "sec-websocket-key", "sec-websocket-version")
ANSWERED = ("Content-Type", "Cache-Control", "Retry-After")


class PassingPeers:
    """The other nodes of a membership; implements `engine.peers.Peers`.

    Args:
        answer_seconds: how long a poll may wait for an answer.
        most: WebSockets that may pass through at the same time.
    """

    def __init__(
        self, membership: Membership, key: ServerKey, clock: Clock, *, answer_seconds: float, most: int
    ) -> None:
        self.prefix = membership.me.prefix
        self.splices: set[Splice] = set()
        self.most = most
        self._membership, self._key, self._clock = membership, key, clock
        self._timeout = aiohttp.ClientTimeout(total=answer_seconds, connect=CONNECT_SECONDS)
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    def check(self, request: RequestHead) -> None:
        at, _, seal = request.headers[PASSED].partition(" ")
        fresh = at.isascii() and at.isdigit() and abs(self._clock.now() - int(at[:16])) <= FRESH_MS
        sealed = self._seal(self._membership.me.name, request, at)
        if not fresh or not hmac.compare_digest(seal.encode(), sealed.encode()):
            raise Refused(403, FORBIDDEN, "No node passed this request on.")

    def find(self, request: RequestHead, host: str) -> Peer | None:
        prefix, dot, _ = request.query.get("sid", "").partition(".")
        if not dot or prefix == self.prefix or PASSED in request.headers:
            return None
        return _PassingPeer(self, prefix, host)

    async def close(self) -> None:
        """End what passes through."""
        tasks = [*self._tasks, *([self._looking] if self._looking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for splice in list(self.splices):
            splice.close()
        for session in self._sessions.values():
            await session.close()

    # ── for one peer ─────────────────────────────────────────────────────────────────────────────────────────────

    async def node(self, prefix: str) -> Node:
        """Return the live node whose sids begin so; raises Refused where there is none that can be reached."""
        found = self._listed(prefix)
        if found is None:
            await self._look()
            found = self._listed(prefix)
        if found is None or not (found.url or _socket_of(found)):
            raise unknown_sid()
        return found

    async def _look(self) -> None:
        """Read the list of nodes, unless that was just done; requests that come meanwhile wait for the same look."""
        now = self._clock.monotonic()
        if self._looking is None:
            if now - self._looked_at < LOOK_AGAIN_S:
                return
            self._looked_at = now
            self._looking = asyncio.get_running_loop().create_task(self._refresh(), name="look for a node")
        await asyncio.shield(self._looking)

    async def _refresh(self) -> None:
        try:
            await self._membership.refresh()
        except StoreError as error:
            log.warning("node.not_heard", error=type(error).__name__)
        finally:
            self._looking = None

    def _listed(self, prefix: str) -> Node | None:
        return next((node for node in self._membership.living() if node.prefix == prefix), None)

    def headers(self, node: Node, request: RequestHead, host: str, names: tuple[str, ...]) -> dict[str, str]:
        """Make the headers of a request that is passed on."""
        at = str(self._clock.now())
        kept = {name: request.headers[name] for name in names if name in request.headers}
        return {"host": host, **kept, PASSED: f"{at} {self._seal(node.name, request, at)}"}

    def _seal(self, node: str, request: RequestHead, at: str) -> str:
        return self._key.code("passed on", node, request.method, request.query.get("sid", ""), at)

    def session(self, node: Node) -> aiohttp.ClientSession:
        """Return the HTTP client for a node."""
        socket = _socket_of(node)
        where = socket or node.url
        found = self._sessions.get(where)
        if found is None:
            connector = aiohttp.UnixConnector(socket, limit=0) if socket else aiohttp.TCPConnector(limit=0)
            found = aiohttp.ClientSession(connector=connector, timeout=self._timeout, auto_decompress=False)
            self._sessions[where] = found
        return found

    def spawn(self, peer: _PassingPeer, request: RequestHead, client: Splice, rest: bytes) -> None:
        """Open the other half of a WebSocket in the background."""
        task = asyncio.get_running_loop().create_task(self._open(peer, request, client, rest))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, peer: _PassingPeer, request: RequestHead, client: Splice, rest: bytes) -> None:
        try:
            if len(self.splices) >= self.most:
                raise unknown_sid()
            node = await self.node(peer.prefix)
            headers = self.headers(node, request, peer.host, HANDSHAKE)
            lines = [f"GET {_target(request)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
            async with asyncio.timeout(CONNECT_SECONDS):
                far = await _connect(node)
            client.join(far, self.splices)
            far.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + rest)
        except (Refused, OSError, TimeoutError):
            client.write(refusal_bytes(unknown_sid()))
            client.close()


class _PassingPeer:
    """The node with one prefix, looked up when it is asked; implements `engine.peers.Peer`."""

    def __init__(self, peers: PassingPeers, prefix: str, host: str) -> None:
        self.prefix, self.host = prefix, host
        self._peers = peers

    async def ask(self, request: RequestHead, body: AsyncIterator[bytes] | bytes | None) -> Answered:
        node = await self._peers.node(self.prefix)
        url = URL((node.url if not _socket_of(node) else "http://node") + _target(request), encoded=True)
        headers = self._peers.headers(node, request, self.host, PASSED_ON)
        try:
            asked = self._peers.session(node).request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            )
            async with asked as answer:
                kept = {name: answer.headers[name] for name in ANSWERED if name in answer.headers}
                return Answered(answer.status, kept, await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("node.not_reached", node=node.name, error=type(error).__name__)
            raise unknown_sid() from error

    def splice(self, request: RequestHead, transport: asyncio.Transport, rest: bytes) -> None:
        transport.pause_reading()
        client = Splice()
        transport.set_protocol(client)
        client.connection_made(transport)
        self._peers.spawn(self, request, client, rest)


def unknown_sid() -> Refused:
    """Make Engine.IO's refusal after which clients begin anew."""
    return Refused(400, UNKNOWN_SID, "Session ID unknown")


async def _connect(node: Node) -> Splice:
    loop, socket = asyncio.get_running_loop(), _socket_of(node)
    if socket:
        _, protocol = await loop.create_unix_connection(Splice, socket)
        return protocol
    parts = urlsplit(node.url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    _, protocol = await loop.create_connection(Splice, parts.hostname or "", port, ssl=True if secure else None)
    return protocol


def _socket_of(node: Node) -> str:
    """Return a node's Unix socket where this process sees it: its path is random, so no other machine has it."""
    return node.socket if node.socket and Path(node.socket).exists() else ""


def _target(request: RequestHead) -> str:
    return f"{request.path}?{urlencode(dict(request.query))}"
