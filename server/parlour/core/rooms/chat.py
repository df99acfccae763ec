"""The rules of chat, in a room of its own and beside any other kind (protocol §5).

Chat keeps no messages: the host loads what a post refers to (`Command.referenced`), so a room of a million messages
costs what a room of ten does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parlour.core.identity.accounts import spelled
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account, Answer, Command, Draft, Entry, Moderate, Notice, Outcome, Post
from parlour.core.rooms.access import ROLES, Access
from parlour.core.rooms.attached import check_files
from parlour.core.rooms.direct import Direct
from parlour.core.rooms.holding import HELD, RELEASED, Holding
from parlour.core.rooms.normal_form import is_emoji
from parlour.core.rooms.rules import Rules, judge
from parlour.core.rooms.texts import HERE, ROOM, check_anchor, check_card, check_text, mentions_of
from parlour.errors import Forbidden, Illegal, Invalid, NotFound

MAX_PINS = 50
"""Pins live in every snapshot of the room."""
MODERATOR = SERVER_ROLES["moderator"]
_TEXTS = ("chat.message", "chat.edit")


class Chat:
    """Decides on the chat posts of one room, and keeps its pins.

    Attributes:
        rules: the room's.
        holding: messages that wait for a moderator.
        direct: who accepted the room; None in rooms that are no direct ones.
        pins: seqs of pinned messages, in the order they were pinned.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.holding = Holding()
        self.direct: Direct | None = None
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
        if self.holding.held:
            self._check_seen(post, access)
        return rule(self, post, post.body, access, role)

    def apply(self, entry: Entry) -> None:
        """Fold one `chat.*` entry."""
        self.holding.apply(entry, self.rules.slow)
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
        direct = {} if self.direct is None else {"direct": self.direct.snapshot()}
        return {"pins": list(self.pins), **self.holding.snapshot(), **direct}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the chat of a room's snapshot, which an older server may have written."""
        self.pins = list(state["pins"])
        self.holding.restore(state)
        if self.direct is not None:
            self.direct.restore(state["direct"])

    def answer(self, command: Answer, access: Access) -> Outcome:
        """Let an account take messages of a direct room; raises Illegal in any other, and as `Access.check_post`."""
        access.check_post(command.author, command.rank, command.at)
        if self.direct is None:
            raise Illegal("Only a direct room is accepted or declined.", reason="not_direct")
        return Outcome(self.direct.answer(command))

    def release(self, command: Moderate, access: Access) -> Outcome:
        """Let everybody read a message that waits; raises Forbidden, Invalid, or Illegal where it does not wait."""
        access.check_join(command.author, command.rank, command.at)
        if not _moderates(access, command):
            raise Forbidden("Only moderators release messages.", reason="role")
        if command.of is None:
            raise Invalid("Name the message to release.", details={"path": "seq"})
        if command.of not in self.holding.held:
            raise Illegal("That message does not wait for anybody.", reason="not_held")
        released = Draft(RELEASED, {"of": command.of, "by": command.author}, ref=command.of)
        message = command.referenced.get(command.of)
        notices = [] if message is None else [
            Notice(each, "mention", of=(message.seq, message.author))
            for each in mentioned(message)
            if each != message.author
        ]  # fmt: skip
        calls = None if message is None or not isinstance(message.body, dict) else called_in(message.body)
        return Outcome([released], reply={"seq": command.seq}, notices=notices, calls=calls)

    def masked(self, post: Post, access: Access) -> Post | None:
        """Return a post as this room stores it where words change the text; None where it stays as it is."""
        text = post.body.get("text") if isinstance(post.body, dict) and post.type in _TEXTS else None
        words = self._words(post, access)
        masked = judge(text, words).masked if isinstance(text, str) and words else None
        if masked is None or not isinstance(post.body, dict):
            return None
        return replace(post, body={**post.body, "text": masked}, raw=None)

    def _check_seen(self, post: Post, access: Access) -> None:
        """Raise Illegal where a post is about a message that waits and that its author cannot read."""
        for seq in post.references():
            author = self.holding.held.get(seq)
            if author not in (None, post.author) and not _moderates(access, post):
                raise Illegal("That message waits for a moderator.", reason="held")

    def _ruled(self, post: Post, outcome: Outcome, access: Access) -> Outcome:
        """Return what the room's rules make of a message or an edit that may be written.

        Raises:
            Forbidden: a word of it is blocked. RateLimited: too soon. Illegal: too many messages wait.
        """
        rules = self.rules
        if not (rules.slow or rules.words or rules.hold != "none" or post.hold or post.words):
            return outcome
        words, free = self._words(post, access), _moderates(access, post)
        if free and not words:
            return outcome
        if post.type == "chat.message" and not free:
            self.holding.check_slow(post.author, post.at, rules.slow)
        assert isinstance(post.body, dict)
        judged = judge(post.body["text"], words)
        if judged.do == "block" or (judged.masked is not None and post.sig is not None):
            raise Forbidden("This room does not take that text.", reason="rules")
        if judged.masked is not None:
            outcome.entries[0] = replace(outcome.entries[0], body={**post.body, "text": judged.masked}, raw=None)
        why = "word" if judged.do == "hold" else None
        if not free:
            why = post.hold or why or self._waits(post.author, access)
        edits = post.type == "chat.edit"  # a message may name an entry too, and waits all the same
        if why is None or (edits and post.body["of"] in self.holding.held):
            return outcome
        if edits:
            raise Forbidden("That text has to wait for a moderator: write it as a new message.", reason="rules")
        self.holding.check_place()
        held = Draft(HELD, {"of": post.seq, "author": post.author, "why": why}, ref=post.seq)
        return replace(outcome, entries=[*outcome.entries, held], notices=[], calls=None)

    def _words(self, post: Post, access: Access) -> list[Mapping[str, str]]:
        """Return the words that a text is judged by.

        The room's bind who does not moderate it; the server's bind everybody but the server's moderators. Nobody could
        release what waits in a direct room, so there are none.
        """
        own = () if _moderates(access, post) else self.rules.words
        return [*(() if post.rank >= MODERATOR or self.direct is not None else post.words), *own]

    def _waits(self, author: Account, access: Access) -> str | None:
        if self.rules.hold == "all":
            return "all"
        is_new = author not in access.roles and author not in self.holding.trusted
        return "new" if self.rules.hold == "new" and is_new else None

    def _message(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        check_text(body, beside_files="files" in body and self._names_files(post, body))
        if "anchor" in body:
            check_anchor(body)
        if "card" in body:
            check_card(body)
        root: Entry | None = None
        for key in ("replyTo", "thread"):
            if key in body:
                named = _referenced(post, body, key)
                root = named if key == "thread" else root
        if root is not None and root.type == "chat.message" and root.ref is not None:
            raise Illegal("A thread's root is no reply in another thread.", reason="not_a_root")
        draft = post.draft(None if root is None else root.seq)
        return self._ruled(post, self._telling(post, body, access, draft), access)

    def _telling(self, post: Post, body: dict[str, Any], access: Access, draft: Draft) -> Outcome:
        """Return the outcome of a message or an edit, with whom it tells; raises as `mentions_of`."""
        if "mentions" not in body and self.direct is None:  # nearly always
            return Outcome([draft])
        named = mentions_of(body, moderates=_moderates(access, post)) if "mentions" in body else []
        if self.direct is not None and post.type == "chat.message":
            return Outcome([draft], notices=self.direct.notices(post, named))
        silent = (post.author, HERE, ROOM, *post.blocked, *post.told)
        told = [Notice(each, "mention", quiet=post.levels.get(each) == "none") for each in named if each not in silent]
        calls = None if self.direct is not None else called_in(body)
        return Outcome([draft], notices=told, calls=None if calls in post.told else calls)

    def _names_files(self, post: Post, body: dict[str, Any]) -> bool:
        if body.get("files") and not self.rules.files:
            raise Forbidden("This room takes no files.", reason="rules")
        return check_files(body, post.attachable)

    def _edit(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        check_text(body, beside_files=self._names_files(post, body))
        of = _referenced(post, body, "of")
        if of.type != "chat.message":
            raise Illegal("Only messages can be edited.", reason="not_a_message")
        if of.author != post.author:
            raise Forbidden("Only its author edits a message.", reason="role")
        return self._ruled(post, self._telling(post, body, access, post.draft(of.seq)), access)

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
        if not isinstance(emoji, str) or not (is_emoji(emoji) or _own_emoji(emoji) in self.rules.emoji):
            raise Invalid("emoji is one emoji, or :name: of one that the room has.", details={"path": "body.emoji"})
        _check_switch(body)
        return Outcome([post.draft(_referenced(post, body, "of").seq)])

    def _pin(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        if not _moderates(access, post):
            raise Forbidden("Only moderators pin messages.", reason="role")
        _check_switch(body)
        if body["on"] and len(self.pins) >= MAX_PINS:
            raise Illegal(f"A room has at most {MAX_PINS} pins.", reason="too_many_pins")
        return Outcome([post.draft(_referenced(post, body, "of").seq)])

    def _resolve(self, post: Post, body: dict[str, Any], access: Access, role: str) -> Outcome:
        """Mark a comment as dealt with, or open it again: whoever may write here may."""
        _check_switch(body)
        of = _referenced(post, body, "of")
        if of.type != "chat.message" or not isinstance(of.body, dict) or "anchor" not in of.body:
            raise Illegal("Only a comment, a message with an anchor, is resolved.", reason="not_a_comment")
        return Outcome([post.draft(of.seq)])


_RULES: dict[str, Callable[[Chat, Post, dict[str, Any], Access, str], Outcome]] = {
    "chat.message": Chat._message,
    "chat.edit": Chat._edit,
    "chat.delete": Chat._delete,
    "chat.reaction": Chat._reaction,
    "chat.pin": Chat._pin,
    "chat.resolve": Chat._resolve,
}


def _moderates(access: Access, command: Command) -> bool:
    return access.authority(command.author, command.rank, command.at) >= ROLES["moderator"]


def _own_emoji(emoji: str) -> str:
    """Return the name between colons, "" where there is none."""
    return emoji[1:-1] if len(emoji) > 2 and emoji[0] == emoji[-1] == ":" else ""


def _check_switch(body: dict[str, Any]) -> None:
    if not isinstance(body.get("on"), bool):
        raise Invalid("on is true or false.", details={"path": "body.on"})


def _check_reason(body: dict[str, Any]) -> None:
    if not isinstance(body.get("reason", ""), str):
        raise Invalid("reason is a string.", details={"path": "body.reason"})


def mentioned(entry: Entry) -> Sequence[Account]:
    """Return the accounts that a message or an edit mentions, each once, until it is erased."""
    return mentioned_in(entry.body) if entry.type in _TEXTS and isinstance(entry.body, dict) else ()


def mentioned_in(body: dict[str, Any]) -> Sequence[Account]:
    """Return the accounts that a message's body mentions, each once."""
    named = body.get("mentions")
    return tuple(dict.fromkeys(spelled(each) for each in named if each not in (HERE, ROOM))) if named else ()


def called_in(body: dict[str, Any]) -> str | None:
    """Return `@room` or `@here` where a message's body mentions everybody, or everybody who is there."""
    named = body.get("mentions") or ()
    return next((each for each in (ROOM, HERE) if each in named), None)


def edited_by(edit: Entry, body: dict[str, Any]) -> dict[str, Any]:
    """Return what a page tells of a message's newest edit: `{seq, at, text, mentions?, files?}`."""
    also: dict[str, Any] = {key: body[key] for key in ("mentions", "files") if key in body}
    return {"seq": edit.seq, "at": edit.at, "text": body["text"], **also}


def erase(entries: Iterable[Entry], seqs: Collection[int]) -> None:
    """Remove bodies and salts of the entries `seqs` and of the edits that refer to them."""
    for entry in entries:
        if entry.seq in seqs or (entry.type == "chat.edit" and entry.ref in seqs):
            entry.body = entry.raw = entry.salt = None


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
