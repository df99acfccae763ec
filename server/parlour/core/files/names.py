"""The name of a file, as people may see it and browsers may save it."""

from __future__ import annotations

import re
import unicodedata

MOST_NAME = 120
"""Characters: more than a line shows, and fewer bytes than any file system takes."""
UNNAMED = "file"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""General categories that a name does not hold: controls, bidi overrides, lone surrogates and line ends among them."""
_JOINERS = "\u200c\u200d"
"""Zero width, but parts of words in Persian and Hindi, and of emoji."""
_FOLDERS = re.compile(r"[/\\]")
_RESERVED = re.compile(r'[<>:"|?*]')
"""Characters that Windows takes in no name."""


def clean_name(asked: str) -> str:
    """Return a name without folders, hidden characters and what a file system refuses; `file` where nothing is left."""
    last = _FOLDERS.split(unicodedata.normalize("NFC", asked))[-1]
    shown = (char for char in last if char in _JOINERS or unicodedata.category(char) not in _HIDDEN)
    name = " ".join(_RESERVED.sub("_", "".join(shown)).split()).strip(". ")
    if len(name) > MOST_NAME:
        stem, dot, ending = name.rpartition(".")
        kept = f".{ending}" if dot and len(ending) <= 12 else ""
        name = (stem if kept else name)[: MOST_NAME - len(kept)].rstrip(". ") + kept
    return name if name.strip(f"{_JOINERS}. ") else UNNAMED
