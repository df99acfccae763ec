"""Messages as a page shows them, folded from a room's entries: edits, reactions and the rest are later entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from parlour_client.entries import Entry
from parlour_client.types_gen import AddressCard, RoomCard, TransactionCard

_SHOWN_AUTHORS = 5
"""Authors of replies that a thread's root names."""


@dataclass(frozen=True, slots=True)
class LastReply:
    """The newest reply of a thread: the entry from which on it stands, when that was, and who wrote it."""

    seq: int
    at: int
    author: str


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thread's root shows: how many replies stand, the last of them, and who wrote of late (≤ 5)."""

    count: int
    last: LastReply
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message with what later entries made of it.

    Attributes:
        text: the latest; "" where it was deleted, and where it waits for a moderator and is not shown.
        mentions: whom it mentions.
        files: hashes of the files it shows.
        card: the transaction, address or room that it is about, or None.
        app: of a DApp's own entry that began a thread or is pinned: that entry, in place of a text; else None.
        reply_to, thread: seqs of the message it answers and of the one whose thread it is in, or None.
        held: it waits for a moderator: only its author and moderators have its text.
        resolved: a comment that was dealt with.
        reactions: the accounts that chose each emoji, in the order they did. What looks alike (❤ and ❤️) is one, as
            first spelled.
        replies: of a message that began a thread in which replies stand, else None.
    """

    seq: int
    id: str
    author: str
    at: int
    text: str
    mentions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    card: TransactionCard | AddressCard | RoomCard | None = None
    app: Entry | None = None
    reply_to: int | None = None
    thread: int | None = None
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    held: bool = False
    resolved: bool = False
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replies: Thread | None = None

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Message:
        """Read what the server folded: one of `room:history {view: "messages" | "pins"}`."""
        entry = Entry.from_json(wire)
        message = _new(entry) if entry.type == "chat.message" else _new_app(entry)
        if "edited" in wire and "deleted" not in wire:
            message = _edit(message, "", _also(message) | wire["edited"])
        replies = wire.get("replies")
        return replace(
            message,
            deleted=message.deleted or "deleted" in wire,
            pinned=bool(wire.get("pinned")),
            held=message.held or bool(wire.get("held")),
            resolved="resolved" in wire,
            reactions={emoji: tuple(accounts) for emoji, accounts in wire.get("reactions", {}).items()},
            replies=replies and Thread(replies["count"], LastReply(**replies["last"]), tuple(replies["by"])),
        )


class MessagePage(NamedTuple):
    """A page of messages: `messages, more = await room.thread(7)`.

    Attributes:
        items: messages, ascending.
        more: whether there are more.
    """

    items: list[Message]
    more: bool


def fold_messages(entries: Iterable[Entry]) -> list[Message]:
    """Return the messages of a log's entries, ascending. What a reorganisation of a chain made void is left out."""
    return list(_folded(list(entries)).messages.values())


class Conversation:
    """The messages of a room's latest entries, folded on as entries come."""

    def __init__(self) -> None:
        self._fold = _Fold()
        self._entries: list[Entry] = []

    def messages(self, entries: Iterable[Entry]) -> list[Message]:
        """Return the messages of `entries`, the kept end of one log; only those that are new are folded."""
        log = list(entries)
        new = self._added(log)
        if new is None or any(entry.type == "chain.reverted" for entry in new):
            self._fold = _folded(log)
        else:
            self._fold.forget(log[0].seq)
            for entry in new:
                self._fold.add(entry)
        self._entries = log
        return list(self._fold.messages.values())

    def start_afresh(self) -> None:
        """Forget all messages: the log is another one."""
        self._fold, self._entries = _Fold(), []

    def _added(self, log: list[Entry]) -> list[Entry] | None:
        """Return the entries after those folded last; None where the log is not a later end of what was folded."""
        before = self._entries
        first = next((at for at, entry in enumerate(before) if log and entry is log[0]), None)
        if first is None:
            return None
        kept = before[first:]
        # One that was revealed is another object in the same place.
        same = len(log) >= len(kept) and all(now is then for now, then in zip(log, kept, strict=False))
        return log[len(kept) :] if same else None


class _Fold:
    """The messages of a log, as its entries are added.

    Attributes:
        messages: by their seq, ascending.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self._said: dict[int, Message] = {}
        """The same as they were said."""
        self._threads: dict[int, dict[int, LastReply]] = {}
        """Replies that stand, by the thread's root, by their own seq, in the order in which they began to stand."""

    def add(self, entry: Entry) -> None:
        """Fold one entry."""
        body = entry.body
        if entry.type == "chat.message":
            said = self.messages[entry.seq] = self._said[entry.seq] = _new(entry)
            if not said.held and not said.deleted:
                self._stand(said, entry)
        elif entry.type in _AMENDMENTS and isinstance(body, dict) and body["of"] in self.messages:
            message = self.messages[body["of"]]
            if entry.type in ("chat.delete", "chat.held"):
                self._unsay(message)
            elif entry.type == "chat.released":
                self._stand(message, entry)
            elif entry.type == "chat.edit":
                body = _also(self._said[message.seq]) | body
            self.messages[message.seq] = _AMENDMENTS[entry.type](message, entry.author, body)

    def forget(self, before: int) -> None:
        """Forget the messages before a seq, and the threads that they began."""
        for seq in [seq for seq in self.messages if seq < before]:
            del self.messages[seq], self._said[seq]
            self._threads.pop(seq, None)

    def _stand(self, message: Message, since: Entry) -> None:
        """Let a message stand in its thread from an entry on."""
        if message.thread is not None:
            replies = self._threads.setdefault(message.thread, {})
            replies[message.seq] = LastReply(since.seq, since.at, message.author)
            self._count(message.thread)

    def _unsay(self, message: Message) -> None:
        if message.thread is not None:
            self._threads.get(message.thread, {}).pop(message.seq, None)
            self._count(message.thread)

    def _count(self, root: int) -> None:
        if root in self.messages:
            self.messages[root] = replace(self.messages[root], replies=_summary(list(self._threads[root].values())))


def _summary(replies: list[LastReply]) -> Thread | None:
    if not replies:
        return None
    by = dict.fromkeys(reply.author for reply in reversed(replies))
    return Thread(len(replies), replies[-1], tuple(by)[:_SHOWN_AUTHORS])


def _folded(log: list[Entry]) -> _Fold:
    fold, void = _Fold(), _void(log)
    for entry in log:
        if entry.seq not in void:
            fold.add(entry)
    return fold


def _void(log: Iterable[Entry]) -> set[int]:
    """Return the seqs that `chain.reverted {of, void}` entries took back."""
    void: set[int] = set()
    for entry in log:
        if entry.type == "chain.reverted" and isinstance(entry.body, dict):
            void.update(entry.body["of"])
            void.update(one["seq"] for one in entry.body.get("void", ()))
    return void


def _new(entry: Entry) -> Message:
    body = entry.body if isinstance(entry.body, dict) else {}
    held = entry.redacted == "held"
    return Message(
        seq=entry.seq,
        id=entry.id,
        author=entry.author,
        at=entry.at,
        text=str(body.get("text", "")),
        mentions=tuple(body.get("mentions", ())),
        files=tuple(body.get("files", ())),
        card=body.get("card"),
        reply_to=body.get("replyTo"),
        thread=body.get("thread"),
        deleted=entry.body is None and not held,
        held=held,
    )


def _new_app(entry: Entry) -> Message:
    """The body of a DApp's own entry is no message's: nothing of it is taken for one."""
    gone = entry.body is None
    head = (entry.seq, entry.id, entry.author, entry.at)
    return Message(*head, text="", deleted=gone, app=None if gone else entry)


_Amend = Callable[[Message, str, Mapping[str, Any]], Message]


def _also(said: Message) -> dict[str, Any]:
    """Return what an edit that does not name it leaves as it was said."""
    return {"mentions": said.mentions, "files": said.files}


def _edit(message: Message, _author: str, body: Mapping[str, Any]) -> Message:
    mentions, files = tuple(body["mentions"]), tuple(body["files"])
    return replace(message, text=str(body["text"]), mentions=mentions, files=files, edited=True)


def _delete(message: Message, _author: str, _body: Mapping[str, Any]) -> Message:
    return replace(message, text="", mentions=(), files=(), card=None, deleted=True, pinned=False, held=False)


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


_AMENDMENTS: dict[str, _Amend] = {
    "chat.edit": _edit,
    "chat.delete": _delete,
    "chat.pin": lambda message, _author, body: replace(message, pinned=body["on"] is True),
    "chat.resolve": lambda message, _author, body: replace(message, resolved=body["on"] is True),
    "chat.reaction": _react,
    "chat.held": lambda message, _author, _body: replace(message, held=True),
    "chat.released": lambda message, _author, _body: replace(message, held=False),
}
