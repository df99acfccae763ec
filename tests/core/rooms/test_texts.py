"""What a message's text may be: controls, direction overrides, normal form, length; and whom it may mention."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.rooms.texts import MAX_GRAPHEMES, MAX_MENTIONS, check_card, check_text, graphemes, mentions_of
from parlour.errors import Forbidden, Invalid, TooLarge

ANN = "0x52908400098527886E0F7030069857D2E4169EE7"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    "text",
    [
        "gm", "two\nlines\tand a tab", "שלום", "\u2067right\u2069 left", "\u202bab\u202c", "\u2066a\u202bb\u202c\u2069",
        FAMILY, "caf\u00e9", "x" * MAX_GRAPHEMES, FAMILY * 1_000, "a\u200bb", "<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_text_that_shows_something_is_taken(text: str) -> None:
    check_text({"text": text})


@pytest.mark.parametrize(
    "text",
    [
        "", "\u200b", "ring \x07", "nul \x00", "\x85", "caf\u0065\u0301", "\u202eevil", "\u2067a\nb\u2069", "a\u202c",
        "\u2066a\u202c", "\u202aa\u2069b", "line\r\n", None, 5, ["a"],
    ],
)  # fmt: skip
def test_text_with_controls_or_open_overrides_is_invalid(text: Any) -> None:
    with pytest.raises(Invalid) as refused:
        check_text({"text": text})
    assert refused.value.details == {"path": "body.text"}


def test_text_is_empty_only_beside_files() -> None:
    check_text({"text": ""}, beside_files=True)
    for text in ("", " "):
        with pytest.raises(Invalid):
            check_text({"text": text}, beside_files=text == " ")


def test_text_is_counted_as_people_see_it() -> None:
    assert [graphemes(text) for text in ("abc", FAMILY, "👍🏽", "❤\ufe0f", "e\u0301")] == [3, 1, 1, 1, 1]
    with pytest.raises(TooLarge):
        check_text({"text": "x" * (MAX_GRAPHEMES + 1)})


def test_mentions_are_accounts_in_one_spelling_each_once() -> None:
    assert mentions_of({"mentions": [ANN.lower(), ANN, "@here"]}, moderates=False) == [ANN, "@here"]
    assert mentions_of({"mentions": ["app:bot"]}, moderates=False) == ["app:bot"]
    assert mentions_of({}, moderates=False) == []


@pytest.mark.parametrize("mentions", ["x", [1], ["bob"], ["@all"], [""], [ANN] * (MAX_MENTIONS + 1), None, {"a": 1}])
def test_mention_of_anything_else_is_invalid(mentions: Any) -> None:
    with pytest.raises(Invalid) as refused:
        mentions_of({"mentions": mentions}, moderates=True)
    assert refused.value.details == {"path": "body.mentions"}


def test_whole_room_is_mentioned_by_moderators_alone() -> None:
    assert mentions_of({"mentions": ["@room"]}, moderates=True) == ["@room"]
    with pytest.raises(Forbidden):
        mentions_of({"mentions": ["@room"]}, moderates=False)


@pytest.mark.parametrize(
    "card", [{"chain": 1, "tx": "0x" + "aB" * 32}, {"chain": 8453, "address": "0x" + "1" * 40}, {"room": "chess:1"}]
)
def test_card_is_a_transaction_an_address_or_a_room(card: dict[str, object]) -> None:
    check_card({"text": "look", "card": card})


@pytest.mark.parametrize(
    "card",
    [
        *({}, None, "chess:1", {"room": ""}, {"room": "a room"}, {"room": 1}, {"room": "x", "chain": 1}),
        *({"chain": 1}, {"chain": True, "tx": "0x" + "1" * 64}, {"chain": 0, "tx": "0x" + "1" * 64}),
        *({"chain": 1, "tx": "0x12"}, {"chain": 1, "tx": "0x" + "1" * 64, "address": "0x" + "1" * 40}),
        {"chain": 1, "address": "javascript:alert(1)"},
    ],
)
def test_card_of_any_other_form_is_invalid(card: object) -> None:
    with pytest.raises(Invalid) as refused:
        check_card({"text": "look", "card": card})
    assert refused.value.details == {"path": "body.card"}
