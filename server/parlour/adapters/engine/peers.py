"""Declare what the engine asks of other processes: to answer a request for a session that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from parlour.adapters.engine.admission import BAD_REQUEST, UNKNOWN_SID, Refused, RequestHead

PASSED = "parlour-passed"
"""The header of a request that another process passed on: it is passed on no further."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other process answered to a polling request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Peer(Protocol):
    """The process that a session belongs to."""

    async def ask(self, request: RequestHead, body: AsyncIterator[bytes] | bytes | None) -> Answered:
        """Pass a polling request on; raises Refused where that process cannot be reached."""

    def splice(self, request: RequestHead, transport: asyncio.Transport, rest: bytes) -> None:
        """Pass a WebSocket handshake on, and every byte after it in both directions.

        Args:
            rest: what the client sent behind its handshake.
        """


class Peers(Protocol):
    """The other processes.

    Attributes:
        prefix: how the sids of this process begin; "" where there are no others.
    """

    prefix: str

    def check(self, request: RequestHead) -> None:
        """Check a request that claims to be passed on; raises Refused."""

    def find(self, request: RequestHead, host: str) -> Peer | None:
        """Return the process whose session a request names; None where it is no other's.

        Args:
            host: the host that was asked for.
        """


class NoPeers:
    """There are no other processes."""

    prefix = ""

    def check(self, request: RequestHead) -> None:
        raise Refused(400, BAD_REQUEST, "Nobody passes requests on to this server.")

    def find(self, request: RequestHead, host: str) -> Peer | None:
        return None


class Elsewhere(Refused):
    """The session is another process's; whoever cannot pass the request on refuses it."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(400, UNKNOWN_SID, "Session ID unknown")
        self.peer = peer
