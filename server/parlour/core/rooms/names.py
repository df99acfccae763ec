"""What a profile's name may be: something to see, no tricks of direction, no mix of scripts that imitates.

Source: UTS 39 section 5.2, "Highly Restrictive": one script, or one of the mixes that Japanese, Chinese and Korean
are written in, each with Latin. Scripts of characters come from the library `confusable-homoglyphs` (Unicode's data).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from parlour.core.rooms.normal_form import shows_something
from parlour.errors import Invalid

MAX_NAME = 40
MAX_BIO = 500
"""Characters of a few lines about oneself."""
_NEUTRAL = frozenset(("COMMON", "INHERITED", "UNKNOWN"))
_MIXES = (
    frozenset(("LATIN", "HAN", "HIRAGANA", "KATAKANA")),
    frozenset(("LATIN", "HAN", "BOPOMOFO")),
    frozenset(("LATIN", "HAN", "HANGUL")),
)
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(name: str) -> None:
    """Raise Invalid for what is no name; `reason: "confusable"` for one that imitates."""
    path = {"path": "name"}
    if not 1 <= len(name) <= MAX_NAME or not shows_something(name) or name != name.strip():
        raise Invalid(f"A name has 1 to {MAX_NAME} characters, and one of them shows.", details=path)
    if not unicodedata.is_normalized("NFC", name) or any(char in _TURNS or _is_control(char) for char in name):
        raise Invalid("A name is in normal form C, without controls or direction marks.", details=path)
    scripts = {_script(char) for char in name} - _NEUTRAL
    if len(scripts) > 1 and not any(scripts <= mix for mix in _MIXES):
        raise Invalid("A name mixes no scripts that look alike.", reason="confusable", details=path)


def check_bio(bio: str) -> None:
    """Raise Invalid for a text about oneself that is too long or holds controls."""
    if len(bio) > MAX_BIO or any(_is_control(char) and char != "\n" for char in bio):
        raise Invalid(f"A bio has at most {MAX_BIO} characters, without controls.", details={"path": "bio"})


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Cn")


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """Name a character's script; the table of them, 50 ms of CPU, is read with the first name and not at each start."""
    from confusable_homoglyphs import categories

    script: str = categories.alias(char).upper()
    return script
