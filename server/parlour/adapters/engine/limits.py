"""What one client may cost the server; each bound is a setting (settings/limits.py) of the same name."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """Bounds of one connection (and, where said, of the whole engine).

    Attributes:
        message_bytes: largest text packet; a larger request is answered `too_large`, not disconnected.
        attachment_bytes: binary attachments of one packet, together (a document update is one attachment). A single
            WebSocket message above the larger of these two closes the socket with 1009.
        attachments: most attachments in one packet; more closes the socket (stock JS parsers do the same).
        json_depth: deepest nesting of arrays and objects in one packet.
        json_keys: most keys in any one object.
        send_queue_bytes: bytes that may wait for a client beyond a join answer under way; above, it is cut as `slow`.
        volatile_bytes: bytes waiting above which volatile frames are dropped instead of queued.
        outstanding: requests without an answer yet; at the limit the engine stops reading until some are answered.
        connect_timeout: seconds a transport may stay without a connected namespace.
        handshake_timeout: seconds for the HTTP request head, a polling body or an upgrade probe to arrive.
        ping_interval: seconds between heartbeats (announced in milliseconds).
        ping_timeout: seconds a client may take to answer one.
        close_timeout: seconds a closing socket may take to read its last frames before it is aborted.
        connecting: handshakes without an answer yet in the whole engine; above, new ones get 503 and come back.
        connections: transports in the whole engine; above, new ones get 503.
        short: characters of a message that can break neither `message_bytes` nor `json_keys`; derived.
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
        # a character has four bytes at most, and a pair of an object five characters at least: `"":0,`
        object.__setattr__(self, "short", min(self.message_bytes // 4, self.json_keys * 4))

    @property
    def frame_bytes(self) -> int:
        """Largest single WebSocket message read at all."""
        return max(self.message_bytes, self.attachment_bytes)

    @property
    def body_bytes(self) -> int:
        """Largest polling body, announced as `maxPayload`: one packet with its attachments in base64."""
        return self.message_bytes + self.attachment_bytes * 4 // 3 + 1_024
