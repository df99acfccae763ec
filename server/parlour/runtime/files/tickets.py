"""Tickets: what `<img src>` shows instead of a token, for one file and five minutes (protocol section 7)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

import orjson

from parlour.core.room import Account, RoomId
from parlour.errors import Unauthorized
from parlour.runtime.clock import Clock

TICKET_MS = 300_000
"""Five minutes: a page that was open longer asks again; whoever finds an address later sees nothing."""
MOST_CHARS = 400
"""Of a ticket: an account's name of 128 characters, and some more."""


class Tickets:
    """Makes and reads tickets; nothing is stored. Whoever reads one still checks what its account may see now.

    Args:
        code: makes of some words, always the same, a code that nobody guesses.
    """

    def __init__(self, code: Callable[..., str], clock: Clock) -> None:
        self._code = code
        self._clock = clock

    def issue(self, room: RoomId, hash_: bytes, account: Account) -> tuple[str, int]:
        """Return a ticket for an account ("" for a guest) and when (ms) it ends."""
        until = self._clock.now() + TICKET_MS
        words = urlsafe_b64encode(orjson.dumps([account, until])).rstrip(b"=").decode()
        return f"{words}.{self._sealed(room, hash_, words)}", until

    def read(self, ticket: str, room: RoomId, hash_: bytes) -> Account:
        """Return whose ticket it is.

        Raises:
            Unauthorized: it is no ticket for this file, or is over.
        """
        words, _, seal = ticket.partition(".")
        is_ours = len(ticket) <= MOST_CHARS and ticket.isascii()
        if is_ours and hmac.compare_digest(seal, self._sealed(room, hash_, words)):
            account, until = _parts(words)
            if self._clock.now() < until:
                return account
        raise Unauthorized("This ticket is not valid any more; ask for a new one.")

    def _sealed(self, room: RoomId, hash_: bytes, words: str) -> str:
        return self._code("file ticket", room.lower(), hash_.hex(), words)


def _parts(words: str) -> tuple[Account, int]:
    try:
        account, until = orjson.loads(urlsafe_b64decode(words + "=" * (-len(words) % 4)))
        return str(account), int(until)
    except (NotBase64, ValueError):
        return "", 0
