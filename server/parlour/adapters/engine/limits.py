"""Limit what one client may cost; each limit is a setting (settings/limits.py) of the same name."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """Limits of one connection or, where it says so, of the whole engine; in bytes and seconds.

    Attributes:
        message_bytes: largest text packet; a larger request is answered `too_large` and the client stays connected.
        attachment_bytes: binary attachments of one packet, together (a document update is one attachment). A single
            WebSocket message above the larger of these two closes the socket with 1009.
        attachments: most attachments in one packet; more closes the socket (stock JS parsers do the same).
        json_depth: deepest nesting of arrays and objects in one packet.
        json_keys: most keys in any one object.
        send_queue_bytes: bytes that may wait for a client, not counting a join answer that was allowed beyond the
            limit; a client above it is disconnected as `slow`.
        volatile_bytes: bytes waiting above which volatile frames are dropped instead of queued.
        outstanding: requests without an answer yet; at the limit the engine stops reading until one is answered.
        connect_timeout: seconds a transport may stay without a connected namespace.
        handshake_timeout: seconds for the HTTP request head, a polling body or an upgrade probe to arrive.
        ping_interval: seconds between heartbeats (announced in milliseconds).
        ping_timeout: seconds a client may take to answer a heartbeat.
        close_timeout: seconds a closing socket may take to read its last frames before it is aborted.
        connecting: connect handlers running in the whole engine; at the limit new handshakes get 503.
        connections: sessions in the whole engine; at the limit new handshakes get 503.
        short: most characters of a message that certainly keeps `message_bytes` and `json_keys`; computed from them.
    """

    message_bytes: int
    attachment_bytes: int
    attachments: int
    json_depth: int
    json_keys: int
    send_queue_bytes: int
    volatile_bytes: int
    outstanding: int
    connect_timeout: float
    handshake_timeout: float
    ping_interval: float
    ping_timeout: float
    close_timeout: float
    connecting: int
    connections: int
    short: int = field(init=False)

    def __post_init__(self) -> None:
        # UTF-8 has at most four bytes a character; a pair of an object has at least five characters: `"":0,`
        object.__setattr__(self, "short", min(self.message_bytes // 4, self.json_keys * 4))

    @property
    def frame_bytes(self) -> int:
        """Bytes of the largest WebSocket message that is read at all."""
        return max(self.message_bytes, self.attachment_bytes)

    @property
    def body_bytes(self) -> int:
        """Bytes of the largest polling body, announced as `maxPayload`: a packet and base64 attachments."""
        return self.message_bytes + self.attachment_bytes * 4 // 3 + 1_024
