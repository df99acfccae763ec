"""Messages as a page shows them, folded from a room's entries: edits, reactions and the rest are later entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parlour_client.entries import Entry


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message with what later entries made of it.

    Attributes:
        text: the latest; "" where it was deleted.
        reply_to, thread: seqs of the message it answers and of the one whose thread it is in, or None.
        reactions: the accounts that chose each emoji, in the order they did. What looks alike (❤ and ❤️) is one, as
            first spelled.
    """

    seq: int
    id: str
    author: str
    at: int
    text: str
    reply_to: int | None = None
    thread: int | None = None
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def fold_messages(entries: Iterable[Entry]) -> list[Message]:
    """Return the messages of a log's entries, ascending. What a reorganisation of a chain made void is left out."""
    log = list(entries)
    void = _void(log)
    messages: dict[int, Message] = {}
    for entry in log:
        if entry.seq not in void:
            _fold(messages, entry)
    return list(messages.values())


class Conversation:
    """The messages of a room's latest entries, folded on as entries come."""

    def __init__(self) -> None:
        self._messages: dict[int, Message] = {}
        self._folded = 0

    def messages(self, entries: Iterable[Entry]) -> list[Message]:
        """Return the messages of `entries`, the kept end of one log; only those that are new are folded."""
        log = list(entries)
        new = [entry for entry in log if entry.seq > self._folded]
        if any(entry.type == "chain.reverted" for entry in new):
            self._messages = {message.seq: message for message in fold_messages(log)}
        else:
            for entry in new:
                _fold(self._messages, entry)
        first = log[0].seq if log else 0
        for seq in [seq for seq in self._messages if seq < first]:
            del self._messages[seq]
        self._folded = log[-1].seq if log else 0
        return list(self._messages.values())

    def start_afresh(self) -> None:
        """Forget all messages: the log is another one."""
        self._messages, self._folded = {}, 0


def _void(log: Iterable[Entry]) -> set[int]:
    """Return the seqs that `chain.reverted {of, void}` entries took back."""
    void: set[int] = set()
    for entry in log:
        if entry.type == "chain.reverted" and isinstance(entry.body, dict):
            void.update(entry.body["of"])
            void.update(one["seq"] for one in entry.body.get("void", ()))
    return void


def _fold(messages: dict[int, Message], entry: Entry) -> None:
    if entry.type == "chat.message":
        messages[entry.seq] = _new(entry)
    elif entry.type in _AMENDMENTS and isinstance(entry.body, dict):
        message = messages.get(entry.body["of"])
        if message is not None:
            messages[message.seq] = _AMENDMENTS[entry.type](message, entry.author, entry.body)


def _new(entry: Entry) -> Message:
    body = entry.body if isinstance(entry.body, dict) else {}
    return Message(
        seq=entry.seq,
        id=entry.id,
        author=entry.author,
        at=entry.at,
        text=str(body.get("text", "")),
        reply_to=body.get("replyTo"),
        thread=body.get("thread"),
        deleted=entry.body is None,
    )


def _edit(message: Message, _author: str, body: Mapping[str, Any]) -> Message:
    return replace(message, text=str(body["text"]), edited=True)


def _delete(message: Message, _author: str, _body: Mapping[str, Any]) -> Message:
    return replace(message, text="", deleted=True, pinned=False)


def _pin(message: Message, _author: str, body: Mapping[str, Any]) -> Message:
    return replace(message, pinned=body["on"] is True)


def _react(message: Message, author: str, body: Mapping[str, Any]) -> Message:
    emoji, on = str(body["emoji"]), body["on"] is True
    spelled = next((known for known in message.reactions if _emoji_form(known) == _emoji_form(emoji)), emoji)
    before = message.reactions.get(spelled, ())
    if on == (author in before):
        return message
    reactions = dict(message.reactions)
    reactions[spelled] = (*before, author) if on else tuple(account for account in before if account != author)
    return replace(message, reactions={known: accounts for known, accounts in reactions.items() if accounts})


def _emoji_form(emoji: str) -> str:
    """Leave out the presentation selectors, which are all that two emoji of the same look may differ in (UTS 51)."""
    return emoji.replace("\ufe0f", "").replace("\ufe0e", "")


_AMENDMENTS = {"chat.edit": _edit, "chat.delete": _delete, "chat.pin": _pin, "chat.reaction": _react}
