"""The rules of chat, in a room of its own and beside any other kind (protocol §5).

Chat keeps no messages: the host loads what a post refers to (`Command.referenced`), so a room of a million messages
costs what a room of ten does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from parlour.core.identity.accounts import spelled
from parlour.core.room import Account, Entry, Notice, Outcome, Post
from parlour.core.rooms.access import ROLES, Access
from parlour.core.rooms.normal_form import is_emoji, shows_something
from parlour.errors import Forbidden, Illegal, Invalid, NotFound

MAX_MENTIONS = 50
"""Accounts one message may mention: each costs a notice to every device of the account."""
MAX_PINS = 50
"""Pins live in every snapshot of the room."""


class Chat:
    """Decides on the chat posts of one room, and keeps its pins.

    Attributes:
        pins: seqs of pinned messages, in the order they were pinned.
    """

    def __init__(self) -> None:
        self.pins: list[int] = []

    def handle(self, post: Post, access: Access, role: str) -> Outcome:
        """Decide on a `chat.*` post.

        Args:
            role: the author's.

        Raises:
            Invalid: unknown type or a bad body. NotFound, Illegal: a reference that is absent or deleted.
            Forbidden: somebody else's message.
        """
        rule = _RULES.get(post.type)
        if rule is None:
            raise Invalid(f"There is no chat entry {post.type!r}.", details={"path": "type"})
        if not isinstance(post.body, dict):
            raise Invalid("A chat entry is a JSON object.", details={"path": "body"})
        return rule(self, post, post.body, access, role)

    def apply(self, entry: Entry) -> None:
        """Fold one `chat.*` entry."""
        if entry.type == "chat.pin" and isinstance(entry.body, dict):
            of, on = entry.body["of"], entry.body["on"]
            if on and of not in self.pins:
                self.pins.append(of)
            elif not on and of in self.pins:
                self.pins.remove(of)
        elif entry.type == "chat.delete" and isinstance(entry.body, dict) and entry.body["of"] in self.pins:
            self.pins.remove(entry.body["of"])

    def snapshot(self) -> dict[str, Any]:
        """Return the chat's part of a room's snapshot."""
        return {"pins": list(self.pins)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the chat of a room's snapshot, which an older server may have written."""
        self.pins = list(state["pins"])

    def _message(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        _check_text(body)
        for key in ("replyTo", "thread"):
            if key in body:
                _referenced(post, body, key)
        mentions = body.get("mentions", [])
        if not isinstance(mentions, list) or len(mentions) > MAX_MENTIONS or not all(_is_account(m) for m in mentions):
            raise Invalid(f"mentions is a list of at most {MAX_MENTIONS} accounts.", details={"path": "body.mentions"})
        notices = [Notice(m, "mention") for m in dict.fromkeys(map(spelled, mentions)) if m != post.author]
        return Outcome([post.draft()], notices=notices)

    def _edit(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        _check_text(body)
        of = _referenced(post, body, "of")
        if of.type != "chat.message":
            raise Illegal("Only messages can be edited.", reason="not_a_message")
        if of.author != post.author:
            raise Forbidden("Only its author edits a message.", reason="role")
        return Outcome([post.draft(of.seq)])

    def _delete(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        of = _referenced(post, body, "of")
        _check_reason(body)
        mine = access.authority(post.author, post.rank, post.at)
        is_above = mine >= ROLES["moderator"] and mine > access.authority(of.author, 0, post.at)
        if of.author != post.author and not is_above:
            raise Forbidden("Only its author or a moderator deletes a message.", reason="role")
        return Outcome([post.draft(of.seq)], erase=[of.seq])

    def _reaction(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        emoji = body.get("emoji")
        if not isinstance(emoji, str) or not is_emoji(emoji):
            raise Invalid("emoji is one emoji.", details={"path": "body.emoji"})
        _check_switch(body)
        return Outcome([post.draft(_referenced(post, body, "of").seq)])

    def _pin(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        if access.authority(post.author, post.rank, post.at) < ROLES["moderator"]:
            raise Forbidden("Only moderators pin messages.", reason="role")
        _check_switch(body)
        if body["on"] and len(self.pins) >= MAX_PINS:
            raise Illegal(f"A room has at most {MAX_PINS} pins.", reason="too_many_pins")
        return Outcome([post.draft(_referenced(post, body, "of").seq)])


_RULES: dict[str, Callable[[Chat, Post, dict[str, Any], Access, str], Outcome]] = {
    "chat.message": Chat._message,
    "chat.edit": Chat._edit,
    "chat.delete": Chat._delete,
    "chat.reaction": Chat._reaction,
    "chat.pin": Chat._pin,
}


def _check_text(body: dict[str, Any]) -> None:
    text = body.get("text")
    if not isinstance(text, str) or not shows_something(text):
        raise Invalid("text must be a string with a visible character.", details={"path": "body.text"})


def _check_switch(body: dict[str, Any]) -> None:
    if not isinstance(body.get("on"), bool):
        raise Invalid("on is true or false.", details={"path": "body.on"})


def _check_reason(body: dict[str, Any]) -> None:
    if not isinstance(body.get("reason", ""), str):
        raise Invalid("reason is a string.", details={"path": "body.reason"})


def mentioned(entry: Entry) -> Sequence[Account]:
    """Return the accounts that an entry mentions, each once: only messages do, until they are erased."""
    return mentioned_in(entry.body) if entry.type == "chat.message" and isinstance(entry.body, dict) else ()


def mentioned_in(body: dict[str, Any]) -> Sequence[Account]:
    """Return the accounts that a message's body mentions, each once."""
    named = body.get("mentions")
    return tuple(dict.fromkeys(map(spelled, named))) if named else ()


def erase(entries: Iterable[Entry], seqs: Collection[int]) -> None:
    """Remove bodies and salts of the entries `seqs` and of the edits that refer to them."""
    for entry in entries:
        if entry.seq in seqs or (entry.type == "chat.edit" and entry.ref in seqs):
            entry.body = entry.raw = entry.salt = None


def _is_account(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 128


def _referenced(post: Post, body: dict[str, Any], key: str) -> Entry:
    """Return the message that a body names; raises Invalid, NotFound, or Illegal where it was deleted."""
    seq = body.get(key)
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 1:
        raise Invalid(f"{key} is the seq of an entry of this room.", details={"path": f"body.{key}"})
    entry = post.referenced.get(seq)
    if entry is None:
        raise NotFound(f"There is no entry {seq} in this room.", details={"path": f"body.{key}"})
    if entry.type != "chat.message" and not entry.type.startswith("app."):
        raise Illegal(f"Entry {seq} is not a message.", reason="not_a_message")
    if entry.erased:
        raise Illegal(f"Entry {seq} was deleted.", reason="deleted")
    return entry
