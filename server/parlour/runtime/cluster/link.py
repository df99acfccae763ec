"""One end of a link between two nodes: an ordered, complete stream each way, over a bus that may lose and double.

Messages are numbered. The receiver asks again for what is missing and drops what it has; the sender keeps messages
until the other end has said that it has them. A link is named by the nonces of its two ends. Where one of them chooses
another nonce, the link has ended: what was under way is gone, and both ends begin anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from parlour.runtime.cluster.envelope import NO_ID, Message


@dataclass(frozen=True, slots=True)
class LinkState:
    """What one end says of a link in each heartbeat.

    Attributes:
        mine, yours: the nonces, from the speaker's side; `yours` is NO_ID until it is known.
        sent, got: the last number it sent, and the last one it has without holes.
    """

    mine: bytes
    yours: bytes
    sent: int
    got: int


class Link:
    """This node's end of the link with one process of another.

    Args:
        draw: makes a fresh nonce.
        held_bytes: of messages that the other end has not confirmed; beyond, the link ends.

    Attributes:
        is_up: both ends know each other's nonce.
    """

    def __init__(self, draw: Callable[[], bytes], held_bytes: int) -> None:
        self._draw = draw
        self._held_bytes = held_bytes
        self.mine = draw()
        self.yours = NO_ID
        self.is_up = False
        self._sent = self._got = 0
        self._held: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self._told_got = 0

    def state(self) -> LinkState:
        """Return what the next heartbeat says."""
        self._told_got = self._got
        return LinkState(self.mine, self.yours, self._sent, self._got)

    def end(self) -> None:
        """End the link from this side, and be ready for another one."""
        self.mine = self._draw()
        self._forget()

    def heard(self, other: LinkState) -> bool:
        """Take note of the other end's heartbeat; return whether a link that was up has ended by it."""
        ended = self.is_up and (other.mine != self.yours or other.yours != self.mine)
        if ended:
            self.end()
        elif other.mine != self.yours:
            self._forget()
        self.yours = other.mine
        if other.yours == self.mine:
            self.is_up = True
            self._confirm(other.got)
        return ended

    def keep(self, message: Message, seal: Callable[[Message], bytes]) -> bytes | None:
        """Number, seal and hold a message; None where too much is held, so that the link has to end."""
        self._sent += 1
        raw = seal(Message(message.kind, message.sender, self.mine, self.yours, self._sent, message.payload))
        self._size += len(raw)
        self._held.append((self._sent, raw))
        return raw if self._size <= self._held_bytes else None

    def belongs(self, message: Message) -> bool:
        """Return whether a message is one of this link as it is now."""
        return message.mine == self.yours and message.yours == self.mine

    def take(self, counter: int) -> bool | None:
        """Judge the number of a message that came: True for the next one, False for one seen, None after a hole."""
        if counter != self._got + 1:
            return None if counter > self._got else False
        self._got = counter
        self.is_up = True
        return True

    @property
    def got(self) -> int:
        return self._got

    def is_behind(self, sent: int) -> bool:
        """Return whether the other end has sent more than came."""
        return self.is_up and sent > self._got

    def after(self, got: int) -> list[bytes] | None:
        """Return the messages after a number again; None where they are not held any more."""
        if got >= self._sent:
            return []
        if not self._held or self._held[0][0] > got + 1:
            return None
        return [raw for counter, raw in self._held if counter > got]

    def _confirm(self, got: int) -> None:
        while self._held and self._held[0][0] <= got:
            self._size -= len(self._held.popleft()[1])

    def _forget(self) -> None:
        self.yours, self.is_up = NO_ID, False
        self._sent = self._got = self._size = 0
        self._held.clear()
