"""Types of the wire as Python `TypedDict`s, with keys as they are on the wire."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence

from parlour.typegen.kinds import KindTypes
from parlour.typegen.shapes import AllOf, Basic, Declared, Exactly, Key, ListOf, MapOf, Named, OneOf, Type
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
KINDS_HEADER = '''\
# ruff: noqa
"""The kinds of a Parlour server as types: `cast(TicTacToeRoom, room)` types the actions and the state of a room.

Made by `parlour schema py`; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypeAlias, TypedDict, overload

from parlour_client import Posted, Room
from parlour_client import types_gen as wire

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
    "nothing": "JsonObject",
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


def printed_kinds(kinds: Sequence[KindTypes]) -> str:
    """Return a module with a typed handle on a room of each kind."""
    parts = [part for kind in kinds for part in (*(_declaration(shape) for shape in kind.shapes), _room(kind))]
    return "\n\n".join([KINDS_HEADER, *parts])


def _room(kind: KindTypes) -> str:
    state = f"wire.{kind.wire_view}" if kind.wire_view else _type(kind.view)
    why = f"; its rules refuse with {', '.join(kind.rejects)}" if kind.rejects else ""
    typed = "" if state == "Any" else f"        @property\n        def state(self) -> {state}: ...\n\n"
    keys = {shape.name: shape.keys or () for shape in kind.shapes}
    acts = [_act(action, keys[args.name] if isinstance(args, Named) else ()) for action, args in kind.actions.items()]
    if len(acts) > 1:
        acts[0] = f"        @overload  # type: ignore[override]\n{acts[0]}"
        acts[1:] = [f"        @overload\n{act}" for act in acts[1:]]
        acts.append(_ANY_ACT)
    body = (typed + "\n".join(acts)).rstrip()
    checked = f"\n    if TYPE_CHECKING:\n\n{body}\n" if body else ""
    return f'class {kind.title}Room(Room):\n    """A handle on a room of kind {kind.name}{why}."""\n{checked}'


_ANY_ACT = """\
        async def act(self, action: str, /, **args: Any) -> Posted:
            raise NotImplementedError
"""


def _act(action: str, keys: Sequence[Key]) -> str:
    named = "".join(f", {key.name}: {_type(key.type)}{' = ...' if key.optional else ''}" for key in keys)
    return (
        f'        async def act(self, action: Literal["{action}"], /{", *" if named else ""}{named}) -> Posted: ...\n'
    )


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
        case AllOf():
            return "Any"  # no TypedDict is two at once
        case ListOf(item):
            return f"list[{_type(item)}]"
        case MapOf(value):
            return f"dict[str, {_type(value)}]"


def _text(text: str, indent: str = "") -> str:
    return f'{indent}"""{" ".join(text.split())}"""\n' if text else ""
