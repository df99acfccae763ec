"""Titles of rooms: a line that shows something, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.rooms.titles import MAX_TITLE, check_title
from parlour.errors import Invalid


@pytest.mark.parametrize("title", ["", "Lobby", "名前", "x" * MAX_TITLE])
def test_title_that_shows_something_or_is_empty_is_kept(title: str) -> None:
    assert check_title(title) == title


@pytest.mark.parametrize(
    "title",
    [" ", "\u200b", "a\u200bb", "\u3164", "\u2800 \u00a0", "\u202eevil", "a\nb", "x" * (MAX_TITLE + 1), None, 7, ["a"]],
)
def test_title_that_shows_nothing_or_turns_the_line_around_is_refused(title: Any) -> None:
    with pytest.raises(Invalid) as refused:
        check_title(title)
    assert refused.value.details == {"path": "title"}
