"""The rules that a room's owner sets: who posts, how often, what waits for a moderator (protocol §3 "Rules").

Only `chat.*`, `doc.*` and `app.*` are ruled. A game's actions need a seat and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from parlour.core.room import Account, Draft
from parlour.core.rooms.normal_form import search_form

RULED = frozenset(("chat", "doc", "app"))
"""First words of the types that `post` is about."""
WORDS = "room.words"
"""The entry that holds the words of a room: `{by, words}`, whose body only moderators get."""


@dataclass(slots=True)
class Rules:
    """The rules of one room, by their names on the wire.

    Attributes:
        post: who writes: `everyone`, `members` (their role was given), `editors` or `moderators` and up.
        slow: ms between two messages of one account.
        hold: whose messages wait for a moderator: `none`, those of `new` accounts, `all`.
        files: whether messages may have files.
        emoji: the room's own emoji: name → hash of its picture.
        last_seen: whether presence tells when somebody was here last.
        words: `[{match, do}]` as they were set, `do` being `block`, `hold` or `mask`.
    """

    post: str = "everyone"
    slow: int = 0
    hold: str = "none"
    files: bool = True
    emoji: dict[str, str] = field(default_factory=dict)
    last_seen: bool = False
    words: list[dict[str, str]] = field(default_factory=list)

    def apply(self, changes: dict[str, Any]) -> None:
        """Take over the rules that an entry or a snapshot names."""
        for key, value in changes.items():
            if key in _FIELDS or key == "words":
                setattr(self, _FIELDS.get(key, key), value)

    def shown(self, *, words: bool = False) -> dict[str, Any]:
        """Return the rules of a room object; `words` for moderators alone."""
        told = {key: getattr(self, name) for key, name in _FIELDS.items()}
        return told | {"words": self.words} if words else told

    def changed(self) -> dict[str, Any]:
        """Return what differs from a new room's rules, the words too, enough for `apply`."""
        return self.public() | ({"words": self.words} if self.words else {})

    def public(self) -> dict[str, Any]:
        """Return what differs from a new room's rules, of what everybody may see."""
        first = Rules()
        return {key: value for key, value in self.shown().items() if value != getattr(first, _FIELDS[key])}


_FIELDS = {
    "post": "post",
    "slow": "slow",
    "hold": "hold",
    "files": "files",
    "emoji": "emoji",
    "lastSeen": "last_seen",
}
"""Key on the wire → attribute, of the rules that everybody sees; `words` have an entry of their own."""


def split(asked: dict[str, Any] | None) -> tuple[dict[str, Any] | None, list[dict[str, str]] | None]:
    """Return the rules that everybody may see, and the words, of a change that was asked for; None where unnamed."""
    if asked is None:
        return None, None
    public = {key: value for key, value in asked.items() if key in _FIELDS}
    return public or None, asked.get("words")


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Judgement:
    """What words make of a text.

    Attributes:
        do: the strictest of what they say: `block`, `hold`, or None.
        masked: the text with masked words as asterisks; None where nothing is masked.
    """

    do: Literal["block", "hold"] | None = None
    masked: str | None = None


_CLUSTER = re.compile(
    r".[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u200b-\u200f\u20d0-\u20f0\ufe00-\ufe0f]*", re.S
)
"""A character with the marks and invisible characters after it, which are compared and masked with it."""


def judge(text: str, words: Sequence[Mapping[str, str]]) -> Judgement:
    """Look for words and phrases in a text: both in the form of search, blanks as one, whole words where there are any.

    Letters without case (Han, kana, Thai, Arabic …) have no bounds between words that could be told: there a phrase
    matches inside others too.
    """
    form, clusters = _formed(text)
    do: Literal["block", "hold"] | None = None
    gone: set[int] = set()
    for word in words:
        for start, end in _found(form, _phrase(word["match"])):
            if word["do"] == "mask":
                gone.update(clusters[start:end])
            elif do != "block":
                do = "block" if word["do"] == "block" else "hold"
    if not gone:
        return Judgement(do)
    parts = _CLUSTER.findall(text)
    return Judgement(do, "".join("*" if n in gone and not part.isspace() else part for n, part in enumerate(parts)))


@lru_cache(maxsize=4096)
def _phrase(match: str) -> str:
    """Return the form of a word or phrase; the same few are looked for in every message."""
    return _formed(match)[0].strip()


def _formed(text: str) -> tuple[str, list[int]]:
    """Return a text's form, and for each of its characters the cluster of the text it comes from."""
    form: list[str] = []
    origin: list[int] = []
    for number, part in enumerate(_CLUSTER.findall(text)):
        for char in " " if part[0].isspace() else search_form(part):
            if char == " " and form and form[-1] == " ":
                continue
            form.append(char)
            origin.append(number)
    return "".join(form), origin


def _found(form: str, phrase: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = form.find(phrase) if phrase else -1
    while at >= 0:
        end = at + len(phrase)
        if not (_joined(form[at - 1 : at], phrase[0]) or _joined(phrase[-1], form[end : end + 1])):
            found.append((at, end))
        at = form.find(phrase, at + 1)
    return found


def _joined(before: str, after: str) -> bool:
    """Return whether two characters beside each other belong to one word."""
    return bool(before and after) and _in_word(before) and _in_word(after)


def _in_word(char: str) -> bool:
    return char == "_" or unicodedata.category(char) in ("Ll", "Lu", "Lt", "Nd")


def words_entry(by: Account, words: list[dict[str, str]]) -> Draft:
    """Make the entry that holds a room's words, which only moderators get."""
    return Draft(WORDS, {"by": by, "words": words})
