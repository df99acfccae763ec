"""Reads documents with pycrdt: exports them as text and JSON, compacts them, goes back to a version.

What it makes is never what clients read, but for the one edit of a restored version. pycrdt is imported at the first
use: it takes 50 ms, and a server without documents needs none of it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from parlour.core.documents.encoding import read_vector
from parlour.core.documents.nesting import is_nested_too_deeply

if TYPE_CHECKING:
    import pycrdt


class TooDeep(Exception):
    """The document has more than `MOST_NESTED` types inside each other: pycrdt may end the process over it."""


Roots = Mapping[str, str]
"""Name → `text`, `map`, `array` or `xml`: an update names its roots and leaves open what they are."""


def text_of(update: bytes, roots: Roots) -> str:
    """Return the document's text: of each root in alphabetical order, with a line break between blocks.

    Raises:
        TooDeep.
    """
    shadow = _load(update)
    return "\n".join(filter(None, (_text(_root(shadow, name, roots[name])) for name in sorted(roots))))


def json_of(update: bytes, roots: Roots) -> dict[str, Any]:
    """Return the document's roots as JSON; formatted text is `[{insert, attributes?}]`, XML its markup.

    Raises:
        TooDeep.
    """
    shadow = _load(update)
    return {name: _json(_root(shadow, name, roots[name])) for name in sorted(roots)}


def compacted(update: bytes, roots: Roots, vector: bytes) -> bytes | None:
    """Return the document without what was deleted; None where that would not read the same.

    Checked by loading it again: the state vector and the text have to be equal.
    """
    try:
        shadow = _load(update)
    except TooDeep:
        return None
    smaller = shadow.get_update()
    again = _load(smaller)
    if read_vector(again.get_state()) != read_vector(vector) or _whole(again, roots) != _whole(shadow, roots):
        return None
    return smaller


def reverted(then: bytes, now: bytes, roots: Roots, client: int) -> bytes | None:
    """Return the one edit that makes today's document read as it did then; None where it does already.

    Loads the earlier document, lets an undo manager watch while everything since is applied, and undoes that.

    Args:
        client: the Yjs client id of the edit, which nobody else uses.

    Raises:
        TooDeep.
    """
    from pycrdt import Doc, UndoManager

    if is_nested_too_deeply(then) or is_nested_too_deeply(now):
        raise TooDeep

    shadow: Doc[Any] = Doc(client_id=client, skip_gc=True)
    shadow.apply_update(then)
    scopes = [_root(shadow, name, kind) for name, kind in roots.items()]
    read = _whole(shadow, roots)
    undo = UndoManager(scopes=scopes, capture_timeout_millis=2**31)
    undo.include_origin(_SINCE)
    with shadow.transaction(origin=_SINCE):
        shadow.apply_update(now)
    if _whole(shadow, roots) == read:
        return None
    before = shadow.get_state()
    while undo.can_undo():
        undo.undo()
    return shadow.get_update(before)


_SINCE = "since"
"""The origin of the changes that a restore undoes."""


def _load(update: bytes) -> pycrdt.Doc[Any]:
    """Load a document; raises TooDeep before pycrdt sees it, for loading alone recurses where something is deleted."""
    from pycrdt import Doc

    if is_nested_too_deeply(update):
        raise TooDeep
    shadow: Doc[Any] = Doc()
    shadow.apply_update(update)
    return shadow


def _root(shadow: pycrdt.Doc[Any], name: str, kind: str) -> Any:
    from pycrdt import Array, Map, Text, XmlFragment

    types: dict[str, Any] = {"text": Text, "map": Map, "array": Array, "xml": XmlFragment}
    return shadow.get(name, type=types[kind])


def _whole(shadow: pycrdt.Doc[Any], roots: Roots) -> list[Any]:
    return [_json(_root(shadow, name, kind)) for name, kind in sorted(roots.items())]


# ── exports ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _json(value: Any) -> Any:
    """Return a shared type, or a value in one, as JSON; bytes are `{b64}`."""
    from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

    match value:
        case Text():
            return _delta(value)
        case XmlFragment() | XmlElement() | XmlText():
            return str(value)
        case Map():
            return {key: _json(value[key]) for key in sorted(value.keys())}
        case Array():
            return [_json(item) for item in value]
        case Doc():
            return None
        case bytes() | bytearray():
            return {"b64": b64encode(value).decode()}
        case dict():
            return {key: _json(item) for key, item in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case _:
            return value


def _delta(text: pycrdt.Text) -> Any:
    """Return a text as a string where it is plain, else as `[{insert, attributes?}]`."""
    parts = text.diff()
    if all(isinstance(part, str) and not attributes for part, attributes in parts):
        return "".join(str(part) for part, _ in parts)
    return [
        {"insert": _json(part), **({"attributes": _json(attributes)} if attributes else {})}
        for part, attributes in parts
    ]


def _text(value: Any) -> str:
    """Return what a shared type says in words."""
    from pycrdt import Array, Map, Text, XmlElement, XmlFragment, XmlText

    match value:
        case str():
            return value
        case Text() | XmlText():
            return "".join(part for part, _ in value.diff() if isinstance(part, str))
        case XmlFragment() | XmlElement():
            blocks, line = [], ""
            for child in value.children:
                if isinstance(child, XmlText):
                    line += _text(child)
                else:
                    blocks += [line, _text(child)]
                    line = ""
            return "\n".join(filter(None, [*blocks, line]))
        case Map():
            return "\n".join(filter(None, (_text(value[key]) for key in sorted(value.keys()))))
        case Array():
            return "\n".join(filter(None, map(_text, value)))
        case _:
            return ""
