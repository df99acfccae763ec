"""Reactions to one message: folded by normal form, bounded, and shown within bounds."""

from __future__ import annotations

import pytest

from parlour.core.room import Entry, Post
from parlour.core.rooms.reactions import MAX_CHANGES, MAX_KINDS, MAX_SHOWN, REACTION, Reactions
from parlour.errors import Illegal

KINDS = [chr(0x1F600 + number) for number in range(MAX_KINDS + 1)]


def folded(*given: tuple[str, str, bool]) -> Reactions:
    reactions = Reactions()
    for seq, (author, emoji, on) in enumerate(given, 2):
        body = {"of": 1, "emoji": emoji, "on": on}
        reactions.apply(Entry("hall", "e", seq, str(seq), REACTION, author, 0, body, b"", b"", b"", ref=1))
    return reactions


def reaction(author: str, emoji: str, on: bool = True) -> Post:
    return Post(author=author, id="1", type=REACTION, body={"of": 1, "emoji": emoji, "on": on})


def test_reactions_that_look_equal_are_one_and_end_as_one() -> None:
    both = folded(("alice", "❤", True), ("bob", "❤\ufe0f", True), ("alice", "❤\ufe0f", True))
    assert both.shown("") == {"reactions": {"❤": ["alice", "bob"]}}
    assert folded(("alice", "❤", True), ("alice", "❤\ufe0f", False)).shown("") == {"reactions": {}}


def test_reaction_that_changes_nothing_names_what_did() -> None:
    given = folded(("alice", "❤", True), ("bob", "🎉", True), ("bob", "🎉", False))
    message = Entry("hall", "e", 1, "1", "chat.message", "alice", 5, {}, b"", b"", b"m")
    assert given.repeated(reaction("alice", "❤\ufe0f"), message) == (2, 0, b"")
    assert given.repeated(reaction("alice", "❤", on=False), message) is None
    assert given.repeated(reaction("bob", "❤"), message) is None
    assert given.repeated(reaction("bob", "🎉", on=False), message) == (4, 0, b"")
    assert given.repeated(reaction("carol", "🎉", on=False), message) == (1, 5, b"m"), "it never was on"


def test_message_takes_so_many_kinds_and_no_more() -> None:
    full = folded(*[("alice", emoji, True) for emoji in KINDS[:MAX_KINDS]])
    with pytest.raises(Illegal) as refused:
        full.check(reaction("bob", KINDS[-1]))
    assert (refused.value.reason, refused.value.retryable) == ("too_many_kinds", False)
    full.check(reaction("bob", KINDS[0]))
    full.check(reaction("alice", KINDS[0], on=False))


def test_account_changes_its_reactions_so_often_and_no_more() -> None:
    busy = folded(*[("alice", "👍", number % 2 == 0) for number in range(MAX_CHANGES)])
    with pytest.raises(Illegal) as refused:
        busy.check(reaction("alice", "👍"))
    assert refused.value.reason == "too_many_changes"
    busy.check(reaction("bob", "👍"))


def test_page_names_some_accounts_the_viewer_and_the_count() -> None:
    crowd = folded(*[(f"fan {number}", "👍", True) for number in range(MAX_SHOWN + 5)], ("bob", "🎉", True))
    shown = crowd.shown(f"fan {MAX_SHOWN + 3}")
    assert len(shown["reactions"]["👍"]) == MAX_SHOWN
    assert f"fan {MAX_SHOWN + 3}" in shown["reactions"]["👍"]
    assert shown["reactions"]["🎉"] == ["bob"]
    assert shown["reactionCounts"] == {"👍": MAX_SHOWN + 5}


def test_page_of_reactions_stored_before_there_was_a_bound_is_bounded() -> None:
    old = folded(*[("alice", f"<b>{number}</b>", True) for number in range(1000)])
    assert len(old.shown("")["reactions"]) == MAX_KINDS
