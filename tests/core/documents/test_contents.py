"""What a document holds: only what comes after its causes, as few bytes as yjs writes, cut at any clock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Text

from parlour.core.documents.contents import Contents, Gap
from parlour.core.documents.encoding import NotAnUpdate, write_uint
from parlour.core.documents.updates import read_update


def uints(*numbers: int) -> bytes:
    return b"".join(map(write_uint, numbers))


def typed(text: str, client: int = 7) -> list[bytes]:
    """The updates of somebody who types letter by letter."""
    doc: Doc[Any] = Doc(client_id=client)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    for letter in text:
        doc.get("t", type=Text).insert(len(str(doc.get("t", type=Text)).encode()), letter)
    doc.unobserve(subscription)
    return updates


def taken(updates: list[bytes]) -> Contents:
    contents = Contents()
    for raw in updates:
        update = read_update(raw)
        assert contents.brings_news(update)
        contents.take(raw, update)
    return contents


def read(update: bytes, into: bytes | None = None) -> str:
    doc: Doc[Any] = Doc()
    if into is not None:
        doc.apply_update(into)
    doc.apply_update(update)
    return str(doc.get("t", type=Text))


def test_typed_letters_become_one_struct_as_in_yjs() -> None:
    contents = taken(typed("gm everybody"))
    [run] = read_update(contents.whole()).runs.values()
    assert (len(run), read(contents.whole())) == (1, "gm everybody")


def test_update_before_its_cause_is_a_gap_and_changes_nothing() -> None:
    first, second, third = typed("abc")
    contents = taken([first])
    with pytest.raises(Gap):
        contents.brings_news(read_update(third))
    assert contents.whole() == taken([first]).whole()
    contents.take(second, read_update(second))
    assert contents.brings_news(read_update(third))


def test_update_that_is_here_already_brings_no_news() -> None:
    updates = typed("abc")
    contents = taken(updates)
    assert not any(contents.brings_news(read_update(raw)) for raw in [*updates, contents.whole(), b"\x00\x00"])


def test_deletion_of_what_is_not_here_is_a_gap() -> None:
    contents = taken(typed("abc"))
    assert contents.brings_news(read_update(uints(0, 1, 7, 1, 0, 2)))
    with pytest.raises(Gap):
        contents.brings_news(read_update(uints(0, 1, 7, 1, 2, 2)))


def test_structs_that_need_each_other_are_no_update() -> None:
    needs_two = b"\x84" + uints(2, 0, 1) + b"a"
    needs_one = b"\x84" + uints(1, 0, 1) + b"b"
    circle = uints(2, 1, 2, 0) + needs_one + uints(1, 1, 0) + needs_two + uints(0)
    with pytest.raises(NotAnUpdate):
        Contents().brings_news(read_update(circle))
    itself = uints(1, 1, 1, 0) + b"\x84" + uints(1, 0, 1) + b"a" + uints(0)
    with pytest.raises(NotAnUpdate):
        Contents().brings_news(read_update(itself))


TEXTS = st.text(alphabet="ab 📊é", min_size=1, max_size=12)


@given(TEXTS, st.data())
def test_difference_to_any_vector_completes_what_was_there(text: str, data: st.DataObject) -> None:
    updates = typed(text)
    known = data.draw(st.integers(0, len(updates)))
    before, after = taken(updates[:known]), taken(updates)
    missing = after.beyond(before.vector)
    assert read(missing, before.whole()) == text
    assert known == 0 or len(missing) <= len(after.whole()) + 8


@given(TEXTS, st.data())
def test_update_that_is_here_in_part_adds_the_rest(text: str, data: st.DataObject) -> None:
    updates = typed(text)
    contents = taken(updates[: data.draw(st.integers(0, len(updates) - 1))])
    whole = taken(updates).whole()
    assert contents.brings_news(read_update(whole))
    contents.take(whole, read_update(whole))
    assert contents.whole() == whole
    assert contents.vector == read_update_vector(whole)


def read_update_vector(whole: bytes) -> dict[int, int]:
    return {client: run[-1].clock + run[-1].length for client, run in read_update(whole).runs.items()}


def test_values_are_cut_at_any_clock_too() -> None:
    doc: Doc[Any] = Doc(client_id=7)
    doc.get("a", type=Array).extend([1, "two", {"three": [3]}, b"4", None])
    contents = taken([doc.get_update()])
    for clock in range(1, 5):
        half: Doc[Any] = Doc()
        half.apply_update(contents.beyond({}))
        missing = read_update(contents.beyond({7: clock}))
        assert [(s.clock, s.length) for s in missing.runs[7]] == [(clock, 5 - clock)]


def test_emoji_that_somebody_cuts_in_two_is_noted() -> None:
    contents = taken(typed("A📊B"))
    assert (contents.pairs.dump(), contents.approximate) == ([[7, 2]], False)
    between = read_update(uints(1, 1, 8, 0) + b"\xc4" + uints(7, 1, 7, 2, 1) + b"x" + uints(0))
    assert contents.brings_news(between)
    contents.take(uints(1, 1, 8, 0) + b"\xc4" + uints(7, 1, 7, 2, 1) + b"x" + uints(0), between)
    assert contents.approximate


@given(TEXTS, st.data())
def test_snapshot_and_later_updates_are_the_same_bytes(text: str, data: st.DataObject) -> None:
    updates = typed(text)
    at = data.draw(st.integers(0, len(updates)))
    restored = Contents.restored(taken(updates[:at]).snapshot())
    for raw in updates[at:]:
        restored.take(raw, read_update(raw))
    assert restored.snapshot() == taken(updates).snapshot()
