"""What a pycrdt document is asked: exports, compaction, and the edit that goes back to a version."""

from __future__ import annotations

from typing import Any

from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from parlour.core.documents.encoding import read_vector
from parlour.core.documents.shadow import compacted, json_of, reverted, text_of

ROOTS = {"a": "array", "m": "map", "t": "text", "x": "xml"}


def document() -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=7)
    doc.get("t", type=Text).insert(0, "gm 📊")
    doc.get("m", type=Map)["k"] = {"n": 1.0, "b": b"\x00", "deep": [None, True]}
    doc.get("m", type=Map)["in"] = Text("inside")
    doc.get("a", type=Array).extend(["one", 2, Map({"k": "v"})])
    doc.get("x", type=XmlFragment).children.append(XmlElement("p", {}, ["first"]))
    doc.get("x", type=XmlFragment).children.append(XmlElement("p", {}, ["second"]))
    return doc


def test_text_is_the_words_of_all_roots() -> None:
    assert text_of(document().get_update(), ROOTS) == "one\nv\ninside\ngm 📊\nfirst\nsecond"
    assert text_of(b"\x00\x00", {}) == ""


def test_json_has_each_root_as_what_it_is() -> None:
    doc = document()
    doc.get("t", type=Text).format(0, 2, {"bold": True})
    assert json_of(doc.get_update(), ROOTS) == {
        "a": ["one", 2, {"k": "v"}],
        "m": {"k": {"n": 1, "b": {"b64": "AA=="}, "deep": [None, True]}, "in": "inside"},
        "t": [{"insert": "gm", "attributes": {"bold": True}}, {"insert": " 📊"}],
        "x": "<p>first</p><p>second</p>",
    }


def test_compacted_is_only_what_has_the_same_vector() -> None:
    doc: Doc[Any] = Doc(client_id=7, skip_gc=True)
    text = doc.get("t", type=Text)
    text += "x" * 100
    del text[10:90]
    whole = doc.get_update()
    smaller = compacted(whole, {"t": "text"}, doc.get_state())
    assert smaller is not None
    assert len(smaller) < len(whole) - 70
    again: Doc[Any] = Doc()
    again.apply_update(smaller)
    assert read_vector(again.get_state()) == read_vector(doc.get_state())
    assert compacted(whole, {"t": "text"}, Doc().get_state()) is None


def test_reverted_is_nothing_where_nothing_changed() -> None:
    doc = document()
    then = doc.get_update()
    assert reverted(then, then, ROOTS, 9) is None
    doc.get("m", type=Map)["k"] = 2
    edit = reverted(then, doc.get_update(), ROOTS, 9)
    assert edit is not None
    doc.apply_update(edit)
    assert json_of(doc.get_update(), ROOTS) == json_of(then, ROOTS)
