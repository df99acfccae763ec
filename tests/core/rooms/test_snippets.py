"""Snippets show where a text was found, in one short line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.rooms.normal_form import search_form
from parlour.core.rooms.snippets import SNIPPET, snippet_of

LONG = "word " * 100


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("short\n\ttext", ["text"], "short text"),
        ("", ["x"], ""),
        (LONG + "Needle " + LONG, ["needle"], "Needle"),
        (LONG + "STRASSE " + LONG, ["strasse"], "STRASSE"),
        (LONG + "天気 " + LONG, ["気"], "天気"),
    ],
)
def test_snippet_holds_what_was_found(text: str, words: list[str], shown: str) -> None:
    snippet = snippet_of(text, words)
    assert shown in snippet
    assert "\n" not in snippet


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=4).map(search_form), max_size=3))
def test_any_snippet_is_a_line_of_its_text(text: str, words: list[str]) -> None:
    snippet = snippet_of(text, words)
    assert len(snippet) <= SNIPPET + 2
    assert snippet.strip("…").strip() in " ".join(text.split())
