"""Seals what nodes send each other, and opens only what is authentic, of this cluster and of a known version.

    version 1 B | cluster 16 B | kind 1 B | sender 8 B | mine 8 B | yours 8 B | counter 8 B | payload | HMAC 16 B

`sender` is the boot id of a process, random at each start. `mine` and `yours` are the nonces of a link's two ends
(link.py): a message of an earlier link, or of one between others, opens no door. Whoever can write to the bus can
still lose or delay messages, and nothing else.
"""

from __future__ import annotations

import hmac
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

VERSION = 1
"""Of all messages between nodes. A node leaves messages of another version alone, and counts them."""
HELLO, DATA, AGAIN = 0, 1, 2
"""Kinds: a heartbeat to all; a numbered message of a link; a request to send from a number on again."""
ID_BYTES = 8
NO_ID = bytes(ID_BYTES)
_HEAD = struct.Struct("!B16sB8s8s8sQ")
_TAG_BYTES = 16
KEY_PERIOD_MS = 86_400_000
"""Each key seals for a day."""
KEY_OVERLAP_MS = 3_600_000
"""Around the change both keys open: more than clocks differ and messages take."""


@dataclass(frozen=True, slots=True)
class Message:
    """What was sealed; see the module."""

    kind: int
    sender: bytes
    mine: bytes
    yours: bytes
    counter: int
    payload: bytes


class Seals:
    """Seals and opens the messages of one cluster.

    Args:
        secret: makes of some words, always the same, a code that nobody guesses; all nodes of a database share it.
        now: the time in ms since 1970.
        version: of the messages that are sealed, and the only one that is opened.

    Attributes:
        cluster: the cluster's public id, which names its channels.
        refused: how many messages were left alone, by reason.
    """

    def __init__(self, secret: Callable[..., str], now: Callable[[], int], version: int = VERSION) -> None:
        self._secret, self._now, self._version = secret, now, version
        self._keys: dict[int, bytes] = {}
        self.cluster = secret("cluster id").encode()[:16]
        self.refused: Counter[str] = Counter()

    def seal(self, message: Message) -> bytes:
        """Return the bytes of a message."""
        head = _HEAD.pack(
            self._version, self.cluster, message.kind, message.sender, message.mine, message.yours, message.counter
        )
        sealed = head + message.payload
        return sealed + self._tag(self._now() // KEY_PERIOD_MS, sealed)

    def open(self, raw: bytes) -> Message | None:
        """Return a message, or None, counted, for what is no authentic message of this cluster and version."""
        if len(raw) < _HEAD.size + _TAG_BYTES:
            return self._refused("malformed")
        version, cluster, kind, sender, mine, yours, counter = _HEAD.unpack_from(raw)
        if cluster != self.cluster:
            return self._refused("cluster")
        if version != self._version:
            return self._refused("version")
        sealed, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        now = self._now()
        periods = {(now + shift) // KEY_PERIOD_MS for shift in (-KEY_OVERLAP_MS, 0, KEY_OVERLAP_MS)}
        if not any(hmac.compare_digest(self._tag(period, sealed), tag) for period in periods):
            return self._refused("signature")
        return Message(kind, sender, mine, yours, counter, sealed[_HEAD.size :])

    def refuse(self, reason: str) -> None:
        """Count a message that is left alone."""
        self.refused[reason] += 1

    def _refused(self, reason: str) -> Message | None:
        self.refuse(reason)
        return None

    def _tag(self, period: int, sealed: bytes) -> bytes:
        key = self._keys.get(period)
        if key is None:
            key = self._keys[period] = self._secret("cluster key", str(period)).encode()
            for old in [each for each in self._keys if abs(each - period) > 1]:
                del self._keys[old]
        return hmac.digest(key, sealed, "sha256")[:_TAG_BYTES]
