"""What looks equal is equal, what shows nothing is nothing, and an emoji is one emoji."""

from __future__ import annotations

import pytest

from parlour.core.rooms.normal_form import emoji_form, is_emoji, is_line, search_form, shows_something

ZWJ = "\u200d"


@pytest.mark.parametrize(
    "emoji",
    [
        "👍", "❤", "❤\ufe0f", "☺\ufe0e", "👍🏽", "🇩🇪", "1\ufe0f\u20e3", "#\u20e3", f"👩{ZWJ}👩{ZWJ}👧{ZWJ}👦",
        f"🏳\ufe0f{ZWJ}🌈", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        f"🧑🏻{ZWJ}❤\ufe0f{ZWJ}💋{ZWJ}🧑🏿",
        "©", "ℹ\ufe0f",
    ],
)  # fmt: skip
def test_emoji_sequence_is_one_emoji(emoji: str) -> None:
    assert is_emoji(emoji)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1", "#", "<b>", "<img src=x onerror=alert(1)>", "👍👍", "👍 ", "🇩", "🇩🇪🇫", "\ufe0f", ZWJ,
     f"👍{ZWJ}", f"{ZWJ}👍",
     "👍\n", "\u20e3", "🏽x", f"👩{ZWJ}" * 20 + "👩", "👍\u202e", ":tada:"],
)  # fmt: skip
def test_other_text_is_no_emoji(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize("text", ["at sea", f"👩{ZWJ}💻 at work", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"])
def test_words_and_emoji_of_any_script_are_a_line(text: str) -> None:
    assert is_line(text)


@pytest.mark.parametrize("text", ["a\nb", "\u202eevil", "\u2066a\u2069", "nul \x00", "\u2028", "a\U000e0041b"])
def test_controls_and_what_turns_the_direction_around_are_in_no_line(text: str) -> None:
    assert not is_line(text)


def test_emoji_that_look_alike_have_one_form() -> None:
    assert len({emoji_form(each) for each in ("❤", "❤\ufe0f", "❤\ufe0e")}) == 1
    assert emoji_form("👍") != emoji_form("👍🏽")


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t", "\u200b", "\u2060\ufeff", "\u00ad", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u00a0 \u3000",
     "\u034f", "\ufe0f", "\u202e", "\U000e0041", "\u2028", "\u0301", "\u180e"],
)  # fmt: skip
def test_blank_zero_width_and_filler_texts_show_nothing(text: str) -> None:
    assert not shows_something(text)


@pytest.mark.parametrize("text", ["a", " .", "❤\ufe0f", "e\u0301", "日本", "\u200bx", "한", "\U0001fae8"])
def test_text_with_one_visible_character_shows_something(text: str) -> None:
    assert shows_something(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Caf\u00e9", "cafe\u0301"), ("STRASSE", "straße"), ("ﬁsh", "FISH"), ("ze\u200bro", "zero"), ("Ｗｉｄｅ", "wide"),
     ("❤\ufe0f", "❤"), ("soft\u00adware", "software"), ("한", "\u1112\u1161\u11ab")],
)  # fmt: skip
def test_texts_that_look_equal_are_found_by_each_other(one: str, other: str) -> None:
    assert search_form(one) == search_form(other)
    assert search_form(search_form(one)) == search_form(one)
