"""Names of files show what they are, and lead nowhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.files.names import MOST_NAME, UNNAMED, clean_name


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("  .hidden.  ", "hidden"),
        ("写真 1.png", "写真 1.png"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("", UNNAMED),
        ("..", UNNAMED),
        ("\u200d", UNNAMED),
        ("x" * 300 + ".jpeg", "x" * (MOST_NAME - 5) + ".jpeg"),
    ],
)
def test_name_is_what_people_see(asked: str, name: str) -> None:
    assert clean_name(asked) == name


@given(st.text(max_size=300))
def test_any_name_is_safe_and_stays_as_it_is(asked: str) -> None:
    name = clean_name(asked)
    assert 0 < len(name) <= MOST_NAME
    assert not set(name) & set('/\\<>:"|?*\x00')
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in name)
    assert name.encode().decode() == name
    assert clean_name(name) == name
