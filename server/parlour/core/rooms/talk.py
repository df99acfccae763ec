"""What stands in a room's conversation: each message that people can read, from the entry on at which they can.

An unread count is a difference of numbers: messages outside threads are numbered in the order in which they began to
stand. A message that waited for a moderator stands from its `chat.released` on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from parlour.core.room import Account, Entry
from parlour.core.rooms.chat import mentioned
from parlour.core.rooms.holding import HELD, RELEASED

TALK = ("chat.message", HELD, RELEASED)
"""Types of entries by which messages begin to stand."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that stands.

    Attributes:
        seq: of the entry from which on it stands: its own, or the one that released it.
        of: the message's own seq.
        author: who wrote it.
        at: when that entry was decided, in ms.
        root: the message in whose thread it is; None outside threads.
        follows: accounts that follow the thread because of it: who wrote or is mentioned in it or its root.
    """

    seq: int
    of: int
    author: Account
    at: int
    root: int | None = None
    follows: tuple[Account, ...] = ()


def said_in(entries: Sequence[Entry], find: Callable[[int], Entry | None]) -> list[Said]:
    """Return the messages that stand by these entries, ascending.

    Args:
        entries: a part of a log. A message and the entry that holds it are always in one batch.
        find: returns an earlier entry of the log, as far as it is known.
    """
    held = {entry.ref for entry in entries if entry.type == HELD} if len(entries) > 1 else ()
    said = []
    for entry in entries:
        message = entry
        if entry.type == RELEASED and entry.ref is not None:
            found = find(entry.ref)
            if found is None or found.type != "chat.message":
                continue
            message = found
        elif entry.type != "chat.message" or entry.seq in held:
            continue
        root = root_of(message)
        follows = () if root is None else _follows(message, find(root))
        said.append(Said(entry.seq, message.seq, message.author, entry.at, root, follows))
    return said


def root_of(message: Entry) -> int | None:
    """Return the root of the thread that a message is in; None outside threads."""
    if message.ref is not None:
        return message.ref
    thread = message.body.get("thread") if isinstance(message.body, dict) else None
    return thread if type(thread) is int else None


def _follows(reply: Entry, root: Entry | None) -> tuple[Account, ...]:
    named: Iterable[Account] = (reply.author, *mentioned(reply))
    if root is not None:
        named = (*named, root.author, *mentioned(root))
    return tuple(dict.fromkeys(each for each in named if each))
