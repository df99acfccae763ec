"""The reactions to one message: their state, and how many there may be."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Account, Entry, Post
from parlour.core.rooms.normal_form import emoji_form
from parlour.errors import Illegal

REACTION = "chat.reaction"
Place = tuple[int, int, bytes]
"""Where an entry stands: its seq, when it was decided (ms), its hash."""
MAX_KINDS = 20
"""Kinds of reactions to one message: a page shows them beside it."""
MAX_CHANGES = 100
"""Reactions that one account may put on and take off one message: every page of it reads them all."""
MAX_SHOWN = 100
"""Accounts that a page names for one kind; beyond, it tells their number."""


class Reactions:
    """A fold over the `chat.reaction` entries of one message."""

    __slots__ = ("_changes", "_kinds", "_last", "_spelled")

    def __init__(self) -> None:
        self._kinds: dict[str, dict[Account, None]] = {}
        self._last: dict[tuple[str, Account], Place] = {}
        self._spelled: dict[str, str] = {}
        self._changes: dict[Account, int] = {}

    def apply(self, entry: Entry) -> None:
        """Fold one reaction; reactions stored before the normal form existed are folded by it too."""
        body = entry.body
        if not isinstance(body, dict):
            return
        kind, who = emoji_form(body["emoji"]), entry.author
        self._changes[who] = self._changes.get(who, 0) + 1
        if body["on"]:
            self._spelled.setdefault(kind, body["emoji"])
            if who in self._kinds.setdefault(kind, {}):
                return
            self._kinds[kind][who] = None
        elif who in self._kinds.get(kind, ()):
            del self._kinds[kind][who]
            if not self._kinds[kind]:
                del self._kinds[kind], self._spelled[kind]
        self._last[kind, who] = entry.seq, entry.at, entry.hash

    def repeated(self, post: Post, message: Entry) -> Place | None:
        """Return the entry that did what a reaction asks for already; None where it changes something.

        Taking off what never was on repeats nothing: then it is the message itself.
        """
        assert isinstance(post.body, dict)
        kind = emoji_form(post.body["emoji"])
        if post.body["on"] != (post.author in self._kinds.get(kind, ())):
            return None
        return self._last.get((kind, post.author)) or (message.seq, message.at, message.hash)

    def check(self, post: Post) -> None:
        """Check that a reaction may be added.

        Raises:
            Illegal: `too_many_kinds`, or `too_many_changes` by this account.
        """
        assert isinstance(post.body, dict)
        if post.body["on"] and emoji_form(post.body["emoji"]) not in self._kinds and len(self._kinds) >= MAX_KINDS:
            raise Illegal(f"A message has at most {MAX_KINDS} kinds of reactions.", reason="too_many_kinds")
        if self._changes.get(post.author, 0) >= MAX_CHANGES:
            raise Illegal("You have changed your reactions to this message too often.", reason="too_many_changes")

    def shown(self, viewer: Account) -> dict[str, Any]:
        """Return `{reactions: {emoji: [account]}, reactionCounts?: {emoji: number}}` for a page of messages.

        Of a kind with more than `MAX_SHOWN` accounts the first are named, the viewer always, and the count is told.
        """
        told: dict[str, Any] = {"reactions": {}}
        for kind, accounts in list(self._kinds.items())[:MAX_KINDS]:
            named = list(accounts)[:MAX_SHOWN]
            if len(accounts) > MAX_SHOWN:
                told.setdefault("reactionCounts", {})[self._spelled[kind]] = len(accounts)
                if viewer in accounts and viewer not in named:
                    named[-1] = viewer
            told["reactions"][self._spelled[kind]] = named
        return told
