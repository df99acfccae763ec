"""A bus within one process: for tests, with faults on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from parlour.runtime.cluster.bus import OnMessage, OnState

Fault = Callable[[str, bytes], Iterable[bytes]]
"""Returns what is delivered instead of a message on a channel: nothing, it, it twice, something else."""


def _none(channel: str, message: bytes) -> Iterable[bytes]:
    return (message,)


class MemoryBroker:
    """What the buses of one process are connected to.

    Attributes:
        fault: what happens to messages on their way.
        published: how many messages were sent, and how many bytes.
    """

    def __init__(self) -> None:
        self.fault: Fault = _none
        self.published = [0, 0]
        self._buses: list[MemoryBus] = []
        self._up = True

    def bus(self) -> MemoryBus:
        """Return a new connection."""
        return MemoryBus(self)

    def stop(self) -> None:
        """Disconnect every bus, until `go_on`."""
        self._up = False
        for bus in list(self._buses):
            bus.set_connected(False)

    def go_on(self) -> None:
        """Connect every bus again."""
        self._up = True
        for bus in list(self._buses):
            bus.set_connected(True)

    def enter(self, bus: MemoryBus) -> None:
        self._buses.append(bus)
        asyncio.get_running_loop().call_soon(bus.set_connected, self._up)

    def exit(self, bus: MemoryBus) -> None:
        if bus in self._buses:
            self._buses.remove(bus)

    def publish(self, channel: str, message: bytes) -> None:
        self.published[0] += 1
        self.published[1] += len(message)
        loop = asyncio.get_running_loop()
        for bus in self._buses:
            if channel in bus.channels:
                for each in self.fault(channel, message):
                    loop.call_soon(bus.deliver, channel, each)


class MemoryBus:
    """Implements Bus over a MemoryBroker."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.channels: frozenset[str] = frozenset()
        self.connected = False
        self._broker = broker
        self._on_message: OnMessage = lambda channel, message: None
        self._on_state: OnState = lambda connected: None

    @property
    def problem(self) -> str:
        return "" if self.connected else "The bus is stopped."

    def start(self, channels: Sequence[str], on_message: OnMessage, on_state: OnState) -> None:
        self.channels = frozenset(channels)
        self._on_message, self._on_state = on_message, on_state
        self._broker.enter(self)

    def publish(self, channel: str, message: bytes) -> None:
        if self.connected:
            self._broker.publish(channel, message)

    async def close(self) -> None:
        self._broker.exit(self)
        self.connected = False

    def set_connected(self, connected: bool) -> None:
        if connected is not self.connected:
            self.connected = connected
            self._on_state(connected)

    def deliver(self, channel: str, message: bytes) -> None:
        if self.connected:
            self._on_message(channel, message)
