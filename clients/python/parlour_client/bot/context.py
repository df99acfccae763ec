"""What a handler gets: where something happened, what it was, and how to answer it."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from parlour_client.client import Parlour
from parlour_client.entries import Entry, Posted
from parlour_client.errors import Forbidden, Illegal, NotFound
from parlour_client.rooms.room import Room

KEPT_REPLIES = 1_000
"""Messages whose replies are remembered, so that a reply follows when its command is edited."""


class Host(Protocol):
    """The bot, as its handlers see it.

    Attributes:
        url: the server's address.
    """

    url: str

    def stop(self) -> None:
        """End the bot: running handlers may finish, and seats in games are kept."""


class Replies:
    """The bot's replies to the latest messages that it answered."""

    def __init__(self) -> None:
        self._seqs: OrderedDict[tuple[str, int], list[int]] = OrderedDict()

    def to(self, room: str, message: int) -> list[int]:
        """Return the seqs of the replies to a message, oldest first."""
        return list(self._seqs.get((room, message), ()))

    def note(self, room: str, message: int, reply: int) -> None:
        """Remember a reply, for the case that the message is edited."""
        self._seqs.setdefault((room, message), []).append(reply)
        self._seqs.move_to_end((room, message))
        if len(self._seqs) > KEPT_REPLIES:
            self._seqs.popitem(last=False)


@dataclass(slots=True)
class Context:
    """What a handler gets.

    Attributes:
        bot, parlour, room: where it happened.
        entry: what happened; None for a turn.
        replies: remembers what is replied.
        earlier: the bot's replies to this command before it was edited, oldest first.
    """

    bot: Host
    parlour: Parlour
    room: Room
    entry: Entry | None = None
    replies: Replies = field(default_factory=Replies)
    earlier: list[int] = field(default_factory=list)

    @property
    def author(self) -> str:
        """The account that wrote the entry, "" for a turn."""
        return self.entry.author if self.entry else ""

    @property
    def text(self) -> str:
        """The text of the message, the new one where it was edited; "" for everything else."""
        return self.entry.text if self.entry else ""

    @property
    def state(self) -> Any:
        """The view of a game."""
        return self.room.state

    @property
    def message(self) -> int | None:
        """The seq of the message at hand, or of the one that was edited, reacted to or pinned; else None."""
        if self.entry is None:
            return None
        if self.entry.type == "chat.message" or self.entry.type.startswith("app."):
            return self.entry.seq
        is_about_one = self.entry.type in ("chat.edit", "chat.reaction", "chat.pin")
        return int(self.entry.body["of"]) if is_about_one and isinstance(self.entry.body, dict) else None

    async def reply(self, text: str) -> Posted:
        """Answer the message at hand, or post a message where there is none; an edited command's reply is edited.

        Raises:
            ParlourError: refused.
        """
        while self.earlier:
            with suppress(Forbidden, Illegal, NotFound):  # it was deleted, or is another account's
                return await self.room.edit(self.earlier.pop(0), text)
        posted = await self.room.say(text, reply_to=self.message)
        if self.message is not None:
            self.replies.note(self.room.id, self.message, posted.seq)
        return posted

    async def react(self, emoji: str) -> Posted:
        """Put a reaction on the message at hand. Raises ValueError where there is none, ParlourError if refused."""
        if self.message is None:
            raise ValueError("There is no message to react to.")
        return await self.room.react(self.message, emoji)
