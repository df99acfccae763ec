"""Count what the engine did since its start; /metrics reads these counters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class EngineStats:
    """Counters since the start of the process.

    Attributes:
        opened: sessions opened.
        refused: requests refused by Host, Origin, query or load.
        malformed: sessions ended for a packet that no client may send.
        slow: sessions ended because the client read too slowly.
        dropped: volatile frames that were not sent.
        bytes_in: payload bytes read from sockets and polling bodies.
        bytes_out: payload bytes written to sockets and polling answers.
    """

    opened: int = 0
    refused: int = 0
    malformed: int = 0
    slow: int = 0
    dropped: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
