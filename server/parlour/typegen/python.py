"""Types of the wire as Python `TypedDict`s, with keys as they are on the wire."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from parlour.typegen.shapes import Basic, Declared, Exactly, Key, ListOf, MapOf, Named, OneOf, Type
from parlour.typegen.wire import Wire

HEADER = '''\
# ruff: noqa
"""The wire, version {protocol}, as the server's own registry has it (docs/protocol.md is the prose).

Made by `parlour schema protocol --lang py`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

Hex: TypeAlias = str
JsonObject: TypeAlias = dict[str, Any]
'''
_BASIC = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "unknown": "Any",
    "object": "JsonObject",
    "bytes": "bytes",
    "hex": "Hex",
    "app-type": "str",
}


def printed(wire: Wire) -> str:
    """Return the whole file."""
    entries = [_entry(wire.head, type_, body) for type_, body in wire.bodies.items()]
    known = Declared(
        "KnownEntry",
        "An entry of a type that this version knows.",
        None,
        OneOf(tuple(Named(e.name) for e in entries)),
    )
    entry = Declared(
        "Entry",
        "One numbered, durable line of a room's log; its type says which body it has. Skip types you do not know.",
        None,
        OneOf((Named("KnownEntry"), Named("AppEntry"))),
    )
    shapes = [*wire.shapes, *entries, known, entry]
    parts = [
        HEADER.format(protocol=wire.protocol),
        *(_declaration(shape) for shape in shapes),
        _map("Requests", "What each request sends.", wire.requests),
        _map("Replies", "What each request is answered where it was carried out.", wire.replies),
        _map("Events", "What each event of the server carries.", wire.events),
    ]
    return "\n\n".join(parts)


def _entry(head: Declared, type_: str, body: str) -> Declared:
    own: dict[str, Type] = {"type": Exactly((type_,)), "body": OneOf((Named(body), Basic("null")))}
    keys = tuple(Key(k.name, own.get(k.name, k.type), k.optional, k.about) for k in head.keys or ())
    return Declared(f"{body}Entry", "", keys, head.type)


def _declaration(shape: Declared) -> str:
    if shape.keys is None:
        return f'{shape.name}: TypeAlias = "{_type(shape.type)}"\n{_text(shape.about)}'
    if all(key.name.isidentifier() and not keyword.iskeyword(key.name) for key in shape.keys):
        keys = "".join(f"    {key.name}: {_key(key)}\n{_text(key.about, '    ')}" for key in shape.keys)
        return f"class {shape.name}(TypedDict):\n{_text(shape.about, '    ')}\n{keys}"
    items = "".join(f'        "{key.name}": "{_key(key)}",\n' for key in shape.keys)
    return f'{shape.name} = TypedDict(\n    "{shape.name}",\n    {{\n{items}    }},\n)\n{_text(shape.about)}'


def _map(name: str, about: str, types: Mapping[str, Type]) -> str:
    keys = tuple(Key(key, type_, False, "") for key, type_ in types.items())
    return _declaration(Declared(name, about, keys, Basic("object")))


def _key(key: Key) -> str:
    return f"NotRequired[{_type(key.type)}]" if key.optional else _type(key.type)


def _type(type_: Type) -> str:
    match type_:
        case Basic(name):
            return _BASIC[name]
        case Named(name):
            return name
        case Exactly(values):
            return f"Literal[{', '.join(repr(value) for value in values)}]"
        case OneOf(types):
            return " | ".join(_type(each) for each in types)
        case ListOf(item):
            return f"list[{_type(item)}]"
        case MapOf(value):
            return f"dict[str, {_type(value)}]"


def _text(text: str, indent: str = "") -> str:
    return f'{indent}"""{" ".join(text.split())}"""\n' if text else ""
