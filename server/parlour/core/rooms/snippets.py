"""The part of a text that a search found, short enough for a line in a list."""

from __future__ import annotations

from collections.abc import Sequence

from parlour.core.rooms.normal_form import search_form

SNIPPET = 160
"""Characters of a snippet, without the marks that say it goes on."""
BEFORE = 40
"""Characters shown before the first word that was found."""
_GOES_ON = "…"


def snippet_of(text: str, words: Sequence[str]) -> str:
    """Return one line of a text around the first of some words.

    Args:
        words: in the form of search; where none of them is found, the text's beginning is shown.
    """
    line = " ".join(text.split())
    if len(line) <= SNIPPET:
        return line
    start = max(0, min(_first(line, words) - BEFORE, len(line) - SNIPPET))
    end = start + SNIPPET
    return f"{_GOES_ON if start else ''}{line[start:end].strip()}{_GOES_ON if end < len(line) else ''}"


def _first(line: str, words: Sequence[str]) -> int:
    """Return where in a line the first word begins, by its characters one by one in the form of search."""
    forms = [search_form(char) for char in line]
    whole = "".join(forms)
    found = [at for word in words if (at := whole.find(word)) >= 0]
    if not found:
        return 0
    left = min(found)
    for index, form in enumerate(forms):
        if left < len(form):
            return index
        left -= len(form)
    return 0
