"""Direct rooms: between whom one is, who accepted it, and how much strangers may write before (protocol §8).

The id of a direct room is made of its people, so the same people have the same room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from typing import Any

from parlour.core.room import Account, Answer, Draft, Entry, Notice, Outcome, Post, RoomId
from parlour.errors import Forbidden

PREFIX = "dm:"
ACCEPTED = "dm.accepted"
"""Says that an account takes messages of this room; a room that was declined says nothing."""
REQUEST_MESSAGES = 3
"""Messages that a stranger writes before anybody accepts: enough to say who it is and what it is about."""
_CHANGES = ("chat.edit", "chat.delete", "chat.reaction")
"""Types of posts that change what was written, and add nothing."""


def direct_room(accounts: Collection[Account]) -> RoomId:
    """Return the id of the direct room of these accounts, as they are spelled in acks, one's own among them."""
    return PREFIX + sha256("\n".join(sorted(set(accounts))).encode()).hexdigest()[:32]


class Direct:
    """The part of a direct room's state that no other room has.

    Attributes:
        accounts: everybody in the room, in order.
        accepted: those of them who take messages here.
        asked: messages of each whom nobody else has accepted yet.
    """

    def __init__(self, accounts: Sequence[Account]) -> None:
        self.accounts = tuple(accounts)
        self.accepted: set[Account] = set()
        self.asked: dict[Account, int] = {}

    def others(self, account: Account) -> list[Account]:
        """Return everybody but this account."""
        return [each for each in self.accounts if each != account]

    def is_stranger(self, account: Account) -> bool:
        """Return whether nobody else takes messages here yet."""
        return not any(each in self.accepted for each in self.accounts if each != account)

    def check_write(self, author: Account, blockers: Collection[Account], *, adds: bool = True) -> None:
        """Raise Forbidden: `blocked` by the only other one, or `request` for a stranger who wrote enough.

        Args:
            blockers: who of the others blocks the author.
            adds: whether it is something new, and no change of what was written.
        """
        if len(self.accounts) == 2 and blockers:
            raise blocked()
        if adds and self.asked.get(author, 0) >= REQUEST_MESSAGES and self.is_stranger(author):
            raise Forbidden("Wait until somebody accepts your request.", reason="request")

    def answer(self, command: Answer) -> list[Draft]:
        """Return the entries of those who take messages from now on: who answered, and who knows them."""
        return [_accepted(each) for each in (command.author, *command.known) if each not in self.accepted]

    def decided(self, post: Post, decide: Callable[[], Outcome]) -> Outcome:
        """Return what a post leads to here: its author accepts the room by it; raises as `check_write`."""
        self.check_write(post.author, post.blocked, adds=post.type not in _CHANGES)
        outcome = decide()
        outcome.entries += [] if post.author in self.accepted else [_accepted(post.author)]
        return outcome

    def notices(self, post: Post, mentioned: Collection[Account]) -> list[Notice]:
        """Return the notices of a message: all others are told, unless they want to hear less or block its author."""
        told = []
        for each in self.others(post.author):
            level = post.levels.get(each, "all")
            type_ = "mention" if each in mentioned else "direct"
            quiet = level == "none" or (level == "mentions" and type_ == "direct")
            if each not in post.blocked and not (quiet and type_ == "direct"):
                told.append(Notice(each, type_, quiet=quiet, request=each not in self.accepted))
        return told

    def belonging(self, post: Post) -> list[Account]:
        """Return who has the room among their own once a message is written: all but those who declined it."""
        return [each for each in self.accounts if each in self.accepted or post.levels.get(each) != "none"]

    def apply(self, entry: Entry) -> None:
        """Fold one entry of the room."""
        if entry.type == ACCEPTED and isinstance(entry.body, dict):
            self.accepted.add(entry.body["account"])
            self.asked = {each: count for each, count in self.asked.items() if self.is_stranger(each)}
        elif entry.type not in _CHANGES and entry.author in self.accounts and self.is_stranger(entry.author):
            self.asked[entry.author] = self.asked.get(entry.author, 0) + 1

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered as JSON."""
        return {"accepted": sorted(self.accepted), "asked": dict(self.asked)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what a snapshot remembers."""
        self.accepted, self.asked = set(state["accepted"]), dict(state["asked"])


def blocked() -> Forbidden:
    """Make the refusal of somebody whom the other one blocks."""
    return Forbidden("That account takes nothing from you.", reason="blocked")


def _accepted(account: Account) -> Draft:
    return Draft(ACCEPTED, {"account": account})
