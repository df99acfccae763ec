"""The one form in which texts, titles and emoji are compared, so that what looks equal is equal.

Source: UAX 15 (NFKC), UAX 44 (Default_Ignorable_Code_Point), UTS 51 (emoji sequences, ED-17).
"""

from __future__ import annotations

import re
import unicodedata

_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
"""Letters and a symbol that show nothing: the Hangul fillers, and braille without dots."""
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point, as the inside of a pattern's class."""
_IGNORED = re.compile(f"[{_IGNORABLE}]")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
"""General categories that show nothing by themselves."""
_ASCII_UNSEEN = "".join(map(chr, (*range(33), 127)))
"""The characters of ASCII in those categories: controls and the blank."""

_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623"
    "\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e"
    "\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8"
    "\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712"
    "\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797"
    "\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f321\U0001f324-\U0001f393"
    "\U0001f396\U0001f397\U0001f399-\U0001f39b\U0001f39e-\U0001f3f0\U0001f3f3-\U0001f3f5\U0001f3f7-\U0001f4fd"
    "\U0001f4ff-\U0001f53d\U0001f549-\U0001f54e\U0001f550-\U0001f567\U0001f56f\U0001f570\U0001f573-\U0001f57a"
    "\U0001f587\U0001f58a-\U0001f58d\U0001f590\U0001f595\U0001f596\U0001f5a4\U0001f5a5\U0001f5a8\U0001f5b1\U0001f5b2"
    "\U0001f5bc\U0001f5c2-\U0001f5c4\U0001f5d1-\U0001f5d3\U0001f5dc-\U0001f5de\U0001f5e1\U0001f5e3\U0001f5e8"
    "\U0001f5ef\U0001f5f3\U0001f5fa-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7ff\U0001f90c-\U0001f9ff"
    "\U0001fa70-\U0001faff"
)
"""Emoji=Yes without digits and regional indicators, blocks of emoji to come included (emoji-data.txt)."""
_ELEMENT = f"(?:[{_EMOJI}](?:[\U0001f3fb-\U0001f3ff]|[\ufe0e\ufe0f])?(?:[\U000e0020-\U000e007e]+\U000e007f)?)"
_SEQUENCE = re.compile(
    f"(?:{_ELEMENT}(?:\u200d{_ELEMENT})*|[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*][\ufe0e\ufe0f]?\u20e3)\\Z"
)
MAX_EMOJI = 32
"""Code points of one emoji: the longest of today's sequences has 15."""
_JOINERS = dict.fromkeys((0x200C, 0x200D))
"""Between emoji, and between letters of Persian and Hindi, which are misspelt without."""


def search_form(text: str) -> str:
    """Return the form in which a text is searched: NFKC, case folded, without invisible characters."""
    return unicodedata.normalize("NFKC", _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold())


def shows_something(text: str) -> bool:
    """Return whether a text has a visible character, not only blanks, controls, marks and fillers."""
    if text.isascii():
        return text.strip(_ASCII_UNSEEN) != ""
    return any(char not in _FILLERS and unicodedata.category(char) not in _UNSEEN for char in text)


def is_line(text: str) -> bool:
    """Return whether a text is one line of printable characters; what joins letters and emoji is such too."""
    return text.translate(_JOINERS).isprintable()


def is_emoji(text: str) -> bool:
    """Return whether a text is exactly one emoji sequence."""
    return len(text) <= MAX_EMOJI and _SEQUENCE.match(text) is not None


def emoji_form(text: str) -> str:
    """Return the form shared by emoji that look alike: the sequence without presentation selectors."""
    return text.replace("\ufe0f", "").replace("\ufe0e", "")
