"""Joins two connections: what comes on one is written to the other, as fast as that one takes it."""

from __future__ import annotations

import asyncio
from typing import cast


class Splice(asyncio.Protocol):
    """One half of a joined pair."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._other: Splice | None = None
        self._pairs: set[Splice] | None = None

    def join(self, other: Splice, pairs: set[Splice]) -> None:
        """Join with another half, and read; the pair is in `pairs` until it ends."""
        self._other, other._other = other, self
        self._pairs = pairs
        pairs.add(self)
        if self._transport is None:  # the client went meanwhile
            self.connection_lost(None)
        else:
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close this half once its bytes are sent, and with it the other one."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (`asyncio.Protocol`)."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the other half (`asyncio.Protocol`)."""
        if self._other is not None:
            self._other.write(data)

    def pause_writing(self) -> None:
        """Read no more of the other half: this one is full (`asyncio.Protocol`)."""
        if self._other is not None and self._other._transport is not None:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read the other half again (`asyncio.Protocol`)."""
        if self._other is not None and self._other._transport is not None:
            self._other._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other half too (`asyncio.Protocol`)."""
        self._transport = None
        other, self._other = self._other, None
        if self._pairs is not None:
            self._pairs.discard(self)
        if other is not None:
            other.close()
