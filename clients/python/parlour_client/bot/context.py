"""What a handler gets: where something happened, what it was, and how to answer it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from parlour_client.bot.clock import Clock
from parlour_client.bot.people import People
from parlour_client.bot.questions import Questions
from parlour_client.bot.store import RoomStore
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


@dataclass(frozen=True, slots=True)
class Around:
    """What all handlers of a bot share while it serves.

    Attributes:
        bot, parlour: whose handlers they are.
        clock: time and chance.
        replies, questions: what the bot answered and asked.
        people: roles, and who is a bot.
        stores: its lasting state by room, empty where it keeps none.
    """

    bot: Host
    parlour: Parlour
    clock: Clock
    replies: Replies
    questions: Questions
    people: People
    stores: dict[str, RoomStore]


@dataclass(slots=True)
class Context:
    """What a handler gets.

    Attributes:
        around: what all handlers share.
        place: the room; None for what happens in none.
        entry: what happened; None for a turn, a signal, a timer, and people who come and go.
        signal: the passing news `{from, type, body}`; None for everything else.
        who: whose doing it was, where no entry says so.
        command: the name of the command that was called, "" where none was.
        args: its arguments by name.
        earlier: the bot's replies to this command before it was edited, oldest first.
        waits: set while the handler waits for an answer: the room goes on meanwhile.
    """

    around: Around
    place: Room | None = None
    entry: Entry | None = None
    signal: Mapping[str, Any] | None = None
    who: str = ""
    command: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    earlier: list[int] = field(default_factory=list)
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bot(self) -> Host:
        """The bot."""
        return self.around.bot

    @property
    def parlour(self) -> Parlour:
        """The bot's client."""
        return self.around.parlour

    @property
    def people(self) -> People:
        """Roles in rooms, and which accounts are bots."""
        return self.around.people

    @property
    def room(self) -> Room:
        """Where it happened. Raises LookupError in a timer that runs for no room."""
        if self.place is None:
            raise LookupError("This happened in no room; `every(…, per_room=True)` runs for each.")
        return self.place

    @property
    def author(self) -> str:
        """The account whose doing it was, "" for a turn and for the server."""
        return self.entry.author if self.entry else self.who

    @property
    def text(self) -> str:
        """The text of the message, the new one where it was edited; "" for everything else."""
        return self.entry.text if self.entry else ""

    @property
    def state(self) -> Any:
        """The view of a game."""
        return self.room.state

    @property
    def store(self) -> RoomStore:
        """The bot's values that last in this room. Raises LookupError where the bot was made without `state=True`."""
        return self.store_of(self.room.id)

    def store_of(self, room: str) -> RoomStore:
        """Return the bot's values that last in another room it is in. Raises LookupError where it keeps none there."""
        if room not in self.around.stores:
            raise LookupError(f"This bot keeps no state in {room}: make it with Bot(…, state=True), and let it join.")
        return self.around.stores[room]

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
            self.around.replies.note(self.room.id, self.message, posted.seq)
        return posted

    async def react(self, emoji: str) -> Posted:
        """Put a reaction on the message at hand. Raises ValueError where there is none, ParlourError if refused."""
        return await self.room.react(self._message_at_hand("react to"), emoji)

    async def reject(self, reason: str) -> Posted:
        """Delete the message at hand and say why, as a moderator. Raises ValueError where there is none, ParlourError.

        Args:
            reason: what the entry about it says.
        """
        return await self.room.remove(self._message_at_hand("reject"), reason=reason)

    async def ask(self, text: str, timeout: float = 30.0) -> Entry:
        """Reply, and return the author's next message in this room; other handlers of the room run meanwhile.

        That message calls no other handler.

        Args:
            timeout: seconds for the answer.

        Raises:
            TimeoutError: there was no answer. ParlourError: refused.
        """
        answer = asyncio.ensure_future(self.around.questions.answer(self.room.id, self.author, timeout))
        try:
            await asyncio.sleep(0)  # the question waits before it is asked: a quick answer finds it
            await self.reply(text)
            self.waits.set()
            return await answer
        finally:
            answer.cancel()

    def now(self) -> float:
        """Return the seconds since 1970 UTC; in a test, the harness's."""
        return self.around.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait; in a test, until the harness's time has moved on."""
        await self.around.clock.sleep(seconds)

    def _message_at_hand(self, what_for: str) -> int:
        if self.message is None:
            raise ValueError(f"There is no message to {what_for}.")
        return self.message
