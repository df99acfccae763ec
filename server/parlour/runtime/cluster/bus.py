"""Defines what nodes need of the engine between them: channels that carry bytes, at most once and in order.

A bus may lose, double and delay messages, and strangers may write to it. link.py makes up for that.
`bus_memory.py` and `adapters/redis/bus.py` implement it; `tests/contract/test_bus.py` holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

OnMessage = Callable[[str, bytes], None]
"""Called with a channel and one message on it."""
OnState = Callable[[bool], None]
"""Called with whether the bus is connected now, each time that changes."""


class Bus(Protocol):
    """One node's connection to the bus. It connects again by itself.

    Attributes:
        connected: whether messages are sent and received now.
        problem: what keeps it from that, in a sentence for the operator; "" while it is connected.
    """

    @property
    def connected(self) -> bool: ...
    @property
    def problem(self) -> str: ...

    def start(self, channels: Sequence[str], on_message: OnMessage, on_state: OnState) -> None:
        """Begin to connect, and to listen on these channels; called once."""

    def publish(self, channel: str, message: bytes) -> None:
        """Send a message to whoever listens on a channel. Never blocks, never raises; lost while disconnected."""

    async def close(self) -> None:
        """End the connection once what was published is taken; nothing is called after this."""
