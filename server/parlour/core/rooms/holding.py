"""Messages that wait for a moderator, and how long ago each account wrote: what a room's rules remember."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Account, Entry
from parlour.errors import Illegal, RateLimited

MAX_HELD = 1_000
"""Messages that wait at once: each is in every snapshot, and somebody has to look at them all."""
MAX_TRUSTED = 10_000
"""Accounts of whose messages one was released, about 50 bytes each in every snapshot; the oldest are new again."""
MAX_SPOKE = 10_000
"""Accounts whose last message is remembered in a slow room; the oldest are forgotten first."""
HELD, RELEASED = "chat.held", "chat.released"


class Holding:
    """A fold over `chat.message`, `chat.held`, `chat.released` and `chat.delete`.

    Attributes:
        held: seq of a message or an edit that waits → its author.
        trusted: accounts that are no longer new.
        spoke: account → when (ms) it wrote last, the earliest first; kept in slow rooms alone.
    """

    def __init__(self) -> None:
        self.held: dict[int, Account] = {}
        self.trusted: dict[Account, None] = {}
        self.spoke: dict[Account, int] = {}

    def check_slow(self, author: Account, at: int, slow: int) -> None:
        """Raise RateLimited where the account wrote less than `slow` ms ago."""
        last = self.spoke.get(author)
        if slow and last is not None and last + slow > at:
            raise RateLimited("This room is slow; wait a little.", reason="slow", retry_after=last + slow - at)

    def check_place(self) -> None:
        """Raise Illegal where too many messages wait already."""
        if len(self.held) >= MAX_HELD:
            raise Illegal("Too many messages wait for this room's moderators.", reason="too_many_held")

    def waits(self, entry: Entry) -> bool:
        """Return whether an entry is a message that waits for a moderator, or an edit of one."""
        return bool(self.held) and (entry.seq in self.held or (entry.type == "chat.edit" and entry.ref in self.held))

    def apply(self, entry: Entry, slow: int) -> None:
        """Fold one entry; `slow` is the rule in force."""
        body = entry.body if isinstance(entry.body, dict) else {}
        if entry.type == "chat.message":
            if slow:
                self._speak(entry.author, entry.at, slow)
        elif entry.type == HELD:
            self.held[body["of"]] = body["author"]
        elif entry.type == RELEASED:
            author = self.held.pop(body["of"], None)
            if author is not None:
                self.trusted[author] = None
                if len(self.trusted) > MAX_TRUSTED:
                    del self.trusted[next(iter(self.trusted))]
        elif entry.type == "chat.delete" and self.held:
            self.held.pop(body["of"], None)

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered as JSON; nothing where there is nothing."""
        kept: dict[str, Any] = {}
        if self.held:
            kept["held"] = [[seq, author] for seq, author in self.held.items()]
        if self.trusted:
            kept["trusted"] = list(self.trusted)
        if self.spoke:
            kept["spoke"] = list(self.spoke.items())
        return {"holding": kept} if kept else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what a snapshot remembers."""
        kept = state.get("holding", {})
        self.held = dict(kept.get("held", ()))
        self.trusted = dict.fromkeys(kept.get("trusted", ()))
        self.spoke = dict(kept.get("spoke", ()))

    def _speak(self, author: Account, at: int, slow: int) -> None:
        self.spoke.pop(author, None)
        self.spoke[author] = at
        for each, last in list(self.spoke.items())[: 2 if len(self.spoke) <= MAX_SPOKE else 3]:
            if last + slow <= at or len(self.spoke) > MAX_SPOKE:
                del self.spoke[each]
