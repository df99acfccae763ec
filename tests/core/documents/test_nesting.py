"""How deep the types of a document are inside each other, and that nothing reads one that is too deep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from parlour.core.documents.encoding import write_uint
from parlour.core.documents.nesting import MOST_NESTED, is_nested_too_deeply, nesting
from parlour.core.documents.shadow import TooDeep, compacted, json_of, reverted, text_of

CLIENT = 7
ROOT = {"x": "xml"}


def nested(depth: int, after: int = 0) -> bytes:
    """Return an update with elements inside each other, from level `after` of what was written before."""
    structs = b"".join(_element(clock) for clock in range(after, depth))
    head = b"\x01" + write_uint(depth - after) + write_uint(CLIENT) + write_uint(after)
    return head + structs + b"\x00"


def _element(clock: int) -> bytes:
    parent = b"\x00" + write_uint(CLIENT) + write_uint(clock - 1) if clock else b"\x01\x01x"
    return b"\x07" + parent + b"\x03\x01a"


def without_the_first(update: bytes) -> bytes:
    """Return the update with its first element deleted, and with it all that is inside."""
    return update[:-1] + b"\x01" + write_uint(CLIENT) + b"\x01\x00\x01"


def test_levels_are_counted_through_neighbours_and_parents() -> None:
    doc: Doc[Any] = Doc()
    assert nesting(doc.get_update()) == 0
    doc.get("t", type=Text).insert(0, "gm, all")
    assert nesting(doc.get_update()) == 1
    doc.get("m", type=Map)["k"] = Array([1, 2, Map({"in": Text("side")})])
    assert nesting(doc.get_update()) == 4  # the array, the map in it, the text in that, its letters
    children = doc.get("x", type=XmlFragment).children
    children.append(XmlElement("p", {}, [XmlText("first")]))
    for _ in range(300):
        children.append(XmlElement("p", {}, [XmlText("next")]))
    assert nesting(doc.get_update()) == 4
    assert not is_nested_too_deeply(doc.get_update())


def test_document_is_too_deep_beyond_the_bound() -> None:
    assert nesting(nested(MOST_NESTED)) == MOST_NESTED
    assert not is_nested_too_deeply(nested(MOST_NESTED))
    assert is_nested_too_deeply(nested(MOST_NESTED + 1))


def test_deepest_document_that_is_read_has_text_and_json() -> None:
    doc: Doc[Any] = Doc()
    inner = doc.get("x", type=Map)
    with doc.transaction():
        for _ in range(MOST_NESTED - 1):
            inner["k"] = Map()
            inner = inner["k"]
        inner["k"] = "deep"
    assert nesting(doc.get_update()) == MOST_NESTED
    assert text_of(doc.get_update(), {"x": "map"}) == "deep"
    assert str(json_of(doc.get_update(), {"x": "map"})).count("{") == MOST_NESTED + 1


@pytest.mark.parametrize(
    "read",
    [
        lambda update: text_of(update, ROOT),
        lambda update: json_of(update, ROOT),
        lambda update: reverted(b"\x00\x00", update, ROOT, 9),
        lambda update: reverted(update, b"\x00\x00", ROOT, 9),
    ],
)
@pytest.mark.parametrize("update", [nested(60_000), without_the_first(nested(60_000))])
def test_what_would_end_the_process_is_refused(read: Callable[[bytes], Any], update: bytes) -> None:
    with pytest.raises(TooDeep):
        read(update)


def test_what_would_end_the_process_is_not_compacted() -> None:
    assert compacted(without_the_first(nested(60_000)), ROOT, b"\x00") is None
