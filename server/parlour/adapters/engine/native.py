"""Finds the optional C part (`server/native`): the loops of a broadcast without a Python call for each member."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol, cast


class Native(Protocol):
    """What `parlour_native` does. Whatever is rare it leaves to the Python code, so both do the same."""

    def learn(self, queue: type[Any], flushes: type[Any], frame: type[Any], websocket: type[Any]) -> None:
        """Find the slots of these classes; raises AttributeError or TypeError where one has others than it needs."""

    def enqueue(self, connections: Iterable[Any], frame: Any, volatile: bool) -> None:
        """Do for each connection what its `write` does."""

    def flush(self, queues: list[Any]) -> tuple[int, list[Any]]:
        """Write out these queues; return the bytes written and the queues that are left to Python."""


def find() -> Native | None:
    """Return the C part where it is installed."""
    try:
        return cast(Native, import_module("parlour_native"))
    except ImportError:
        return None
