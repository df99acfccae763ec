"""What a message's text may be, and whom it may mention (protocol §5 "Chat").

Source: UAX 9 (embeddings, overrides and isolates end in their paragraph), UAX 15 (NFC), UAX 29 (clusters, about).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from parlour.core.identity.accounts import account_of
from parlour.core.room import Account
from parlour.core.rooms.normal_form import shows_something
from parlour.errors import Forbidden, Invalid, TooLarge

MAX_GRAPHEMES = 4_000
"""Characters of a message, as people count them; longer texts are documents or files."""
MAX_MENTIONS = 50
"""Accounts one message may mention: each costs a notice to every device of the account."""
HERE, ROOM = "@here", "@room"
"""Mentions of everybody who is in the room now, and of everybody in it."""
_OPENS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"} | dict.fromkeys(
    "\u2066\u2067\u2068", "\u2069"
)
_CLOSES = frozenset(("\u202c", "\u2069"))
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls but line feed and tab, and what turns the direction of a text around."""
_JOINED = re.compile("[\u0300-\u036f\u200d\u20d0-\u20f0\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
"""What joins the character before it, of what makes texts long: accents, emoji's joiners, selectors and tones."""


def check_text(body: dict[str, Any], *, beside_files: bool = False) -> None:
    """Check the text of a message or an edit; beside files it may be empty.

    Raises:
        Invalid, TooLarge.
    """
    text, path = body.get("text"), "body.text"
    if text == "" and beside_files:
        return
    if not isinstance(text, str) or not shows_something(text):
        raise Invalid("text must be a string with a visible character.", details={"path": path})
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        raise Invalid("text must be in Unicode's normal form C.", details={"path": path})
    if _SPECIAL.search(text) is not None:
        _check_special(text, path)
    if len(text) > MAX_GRAPHEMES and graphemes(text) > MAX_GRAPHEMES:
        raise TooLarge(f"A message has at most {MAX_GRAPHEMES:,} characters.", details={"path": path})


def graphemes(text: str) -> int:
    """Count about as many characters as people see: an emoji of several code points is one, an accent is none."""
    bare = re.sub("\u200d.", "", text, flags=re.DOTALL)
    return len(_JOINED.sub("", bare))


def _check_special(text: str, path: str) -> None:
    """Raise Invalid for controls, and for an override or an isolate that does not end in its line."""
    open_: list[str] = []
    for char in text + "\n":
        if char == "\n":
            if open_:
                raise Invalid("A bidi override must end in its line.", details={"path": path})
        elif char in _OPENS:
            open_.append(_OPENS[char])
        elif char in _CLOSES:
            if not open_ or open_.pop() != char:
                raise Invalid("A bidi override must begin before it ends.", details={"path": path})
        elif char != "\t" and unicodedata.category(char) == "Cc":
            raise Invalid("text holds a control character.", details={"path": path})


def mentions_of(body: dict[str, Any], *, moderates: bool) -> list[Account]:
    """Return whom a message or an edit mentions, each once, as accounts are spelled; `@here` and `@room` as they are.

    Args:
        moderates: whether its author may mention the whole room.

    Raises:
        Invalid: no such account, or too many. Forbidden: `@room` by another.
    """
    mentions = body.get("mentions", [])
    path = {"path": "body.mentions"}
    if not isinstance(mentions, list) or len(mentions) > MAX_MENTIONS:
        raise Invalid(f"mentions is a list of at most {MAX_MENTIONS} accounts.", details=path)
    if ROOM in mentions and not moderates:
        raise Forbidden("Only moderators mention @room.", reason="role")
    found: dict[Account, None] = {}
    for each in mentions:
        if not isinstance(each, str):
            raise Invalid("A mention names an account.", details=path)
        try:
            found[each if each in (HERE, ROOM) else account_of(each)] = None
        except Invalid:
            raise Invalid("A mention names an account.", details=path) from None
    return list(found)


def check_anchor(body: dict[str, Any]) -> None:
    """Raise Invalid unless the anchor of a comment is `{root, from, to}`, the places in `0x` hex."""
    anchor = body["anchor"]
    places = [anchor.get("from"), anchor.get("to")] if isinstance(anchor, dict) else []
    named = isinstance(anchor, dict) and isinstance(anchor.get("root"), str) and 0 < len(anchor["root"]) <= MAX_ROOT
    if not named or not all(isinstance(place, str) and _PLACE.fullmatch(place) for place in places):
        raise Invalid("anchor is {root, from, to}, from and to 0x bytes.", details={"path": "body.anchor"})


def check_card(body: dict[str, Any]) -> None:
    """Raise Invalid unless what a message shows beside its text is a transaction, an address or a room."""
    card = body["card"]
    named = card if isinstance(card, dict) else {}
    chain = named.get("chain")
    on_chain = type(chain) is int and 0 < chain < 2**53
    shapes = (
        named.keys() == {"room"} and _matches(_ROOM_ID, named.get("room")),
        named.keys() == {"chain", "tx"} and on_chain and _matches(_HASH, named.get("tx")),
        named.keys() == {"chain", "address"} and on_chain and _matches(_ADDRESS, named.get("address")),
    )
    if not any(shapes):
        raise Invalid("card is {chain, tx}, {chain, address} or {room}.", details={"path": "body.card"})


def _matches(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


MAX_ROOT = 128
"""Characters of the name of a document's root."""
_PLACE = re.compile(r"0x(?:[0-9a-fA-F]{2}){1,512}")
"""A Yjs relative position: two varints and a name; half a kilobyte is far more."""
_HASH, _ADDRESS = re.compile(r"0x[0-9a-fA-F]{64}"), re.compile(r"0x[0-9a-fA-F]{40}")
_ROOM_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""What a room's id is made of; whether there is such a room is found out by whoever looks at the card."""
