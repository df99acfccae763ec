"""Random bytes of the operating system, drawn in blocks, because the system call costs more than one entry's salt."""

from __future__ import annotations

from os import urandom

BLOCK_BYTES = 4096


class Entropy:
    """Hands out each random byte once. Belongs to one thread, and must not be carried over a fork."""

    def __init__(self) -> None:
        self._block = b""
        self._used = 0

    def take(self, count: int) -> bytes:
        """`count` fresh bytes, at most a block of them."""
        used, until = self._used, self._used + count
        if until > len(self._block):
            self._block = urandom(BLOCK_BYTES)
            used, until = 0, count
        self._used = until
        return self._block[used:until]
