"""Words of a room: what matches, what is masked, and that a look-alike does not slip through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.rooms.rules import Judgement, Rules, judge, split


def found(text: str, word: str) -> bool:
    return judge(text, [{"match": word, "do": "block"}]).do == "block"


@pytest.mark.parametrize(
    ("text", "word", "matches"),
    [
        ("free money now", "money", True),
        ("FREE MONEY", "money", True),
        ("ｍｏｎｅｙ", "money", True),
        ("mo\u200bney", "money", True),
        ("moneybag", "money", False),
        ("bag_money", "money", False),
        ("(money)", "money", True),
        ("free   \n money", "free money", True),
        ("free money", "freemoney", False),
        ("Straße", "STRASSE", True),
        ("我要免费的钱", "免费", True),
        ("привет мир", "МИР", True),
        ("привет мирный", "мир", False),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("nothing", "money", False),
        ("c++ is fine", "c++", True),
        ("1money", "money", False),
    ],
)
def test_word_is_compared_in_the_form_of_search(text: str, word: str, matches: bool) -> None:
    assert found(text, word) is matches


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("oh damn it", "oh **** it"),
        ("DAMN, damn!", "****, ****!"),
        ("d\u0301amn", None),
        ("da\u200dmn it", "**** it"),
        ("so bloody  hell ok", "so ******  **** ok"),
        ("fine", None),
    ],
)
def test_masked_word_is_stars_as_long_as_it_shows(text: str, masked: str | None) -> None:
    words = [{"match": "damn", "do": "mask"}, {"match": "bloody hell", "do": "mask"}]
    assert judge(text, words) == Judgement(None, masked)


def test_strictest_word_decides() -> None:
    words = [{"match": "a", "do": "hold"}, {"match": "b", "do": "block"}, {"match": "c", "do": "mask"}]
    assert judge("c a b", words) == Judgement("block", "* a b")
    assert judge("a c", words) == Judgement("hold", "a *")


@given(st.text(max_size=40), st.text(min_size=1, max_size=8))
def test_masking_leaves_no_match_and_every_blank(text: str, word: str) -> None:
    words = [{"match": word, "do": "mask"}]
    masked = judge(text, words).masked
    if masked is not None and "*" not in word:
        assert judge(masked, words).masked is None
        assert [char for char in masked if char.isspace()] == [char for char in text if char.isspace()]


@given(st.dictionaries(st.sampled_from(["slow", "lastSeen", "hold"]), st.integers(1, 5)))
def test_rules_of_a_snapshot_are_those_there_were(changes: dict[str, int]) -> None:
    rules, again = Rules(words=[{"match": "x", "do": "mask"}]), Rules()
    rules.apply(changes)
    again.apply(rules.changed())
    assert again == rules
    assert "words" not in rules.shown()
    assert "words" not in rules.public()


def test_change_is_split_into_what_all_see_and_words() -> None:
    assert split(None) == (None, None)
    assert split({"words": []}) == (None, [])
    assert split({"slow": 5, "words": [], "none": 1}) == ({"slow": 5}, [])
