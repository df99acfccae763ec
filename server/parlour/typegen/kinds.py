"""The kinds of a server, games of one's own among them, as types: options, actions, views, and why rules refuse."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.authoring.game import Game
from parlour.core.authoring.rules import BUILT_IN
from parlour.core.games.room import GameRoom
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.view_schema import view_schema
from parlour.protocol.entries import VIEWS
from parlour.runtime.rooms.kinds import Kinds
from parlour.typegen.shapes import AllOf, Basic, Declared, Type, declared, read

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


_HEX: Schema = {"type": "string", "pattern": "^0x"}
_BUILT_IN_ARGS = {
    "remove_bot": _object(seat={"type": "integer"}),
    "commit": _object(hash=_HEX),
    "contribute": _object(value=_HEX),
}
"""What actions that every game has take (core/games/builtin_actions.py); the others take nothing."""


@dataclass(frozen=True, slots=True)
class KindTypes:
    """One kind.

    Attributes:
        name: as rooms are created with it.
        title: the name in PascalCase, with which the names of its types begin.
        options: what `room:create` takes.
        actions: the arguments of each action, by name, of those too that every game has.
        view: what a view holds; `unknown` where nothing says.
        wire_view: the name of the view's type in the client's own types, for Parlour's own kinds.
        rejects: the reasons that the rules name, as they are written in the code.
        shapes: the types that the others name.
    """

    name: str
    title: str
    options: Type
    actions: Mapping[str, Type]
    view: Type
    wire_view: str | None
    rejects: Sequence[str]
    shapes: Sequence[Declared]


def read_kinds(kinds: Kinds) -> list[KindTypes]:
    """Read the types of every kind, by name."""
    return [_read(each, kinds.of(each["kind"])) for each in kinds.described()]


def _read(described: Mapping[str, Any], room: type[Hall]) -> KindTypes:
    name = described["kind"]
    names = _Names(pascal(name))
    game = room.served.game if issubclass(room, GameRoom) else None
    given = {action: about["args"] for action, about in described["actions"].items()}
    if game is not None:
        given |= {action: _BUILT_IN_ARGS.get(action, _object()) for action in sorted(BUILT_IN)}
    actions = {action: names.take(action, args) for action, args in given.items()}
    wire_view = VIEWS[name].__name__ if name in VIEWS else None
    view = described["view"]
    return KindTypes(
        name=name,
        title=names.title,
        options=names.take("options", described["options"]),
        actions=actions,
        view=_view(names, view, room) if view is not None and not wire_view else Basic("unknown"),
        wire_view=wire_view,
        rejects=() if game is None else sorted(set(_rejects(game))),
        shapes=names.shapes,
    )


class _Names:
    """Gives every object of one kind's schemas a name, which no other kind's has."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.shapes: list[Declared] = []

    def take(self, name: str, schema: Schema) -> Type:
        """Return the type of a schema, whose objects become shapes; objects without keys stay objects."""
        for key, inner in schema.get("$defs", {}).items():
            self._declare(key, inner)
        if schema.get("properties") == {}:
            return Basic("nothing")
        return read(self._named(name, schema))

    def _declare(self, name: str, schema: Schema) -> str:
        whole = f"{self.title}{pascal(name)}"
        if all(shape.name != whole for shape in self.shapes):
            inner = {**schema, "properties": {k: self._named(f"{name}-{k}", v) for k, v in _keys(schema)}}
            self.shapes.append(declared(whole, inner if schema.get("properties") else self._named(name, schema)))
        return whole

    def _named(self, name: str, schema: Any) -> Any:
        """Return a schema in which objects with keys are references to shapes of this kind."""
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return {"$ref": self.title + pascal(schema["$ref"].rpartition("/")[2])}
        if schema.get("properties"):
            return {"$ref": self._declare(name, schema)}
        changed = {key: self._named(name, inner) for key, inner in schema.items() if key in _INNER}
        listed = {key: [self._named(name, one) for one in schema[key]] for key in _BRANCHES if key in schema}
        return {**schema, **changed, **listed}


_INNER = ("items", "additionalProperties")
_BRANCHES = ("anyOf", "allOf", "prefixItems")


def _keys(schema: Schema) -> Iterator[tuple[str, Any]]:
    yield from schema.get("properties", {}).items()


def _view(names: _Names, view: Schema, room: type[Hall]) -> Type:
    """Return the type of a view; one whose code does not say what it returns has any other keys too."""
    known = names.take("view", _shown(view))
    if not issubclass(room, GameRoom):
        return known
    rules = room.served.rules
    own = view_schema(rules.game.view if rules.has_view else None, rules.state)
    return known if own.keys() & {"properties", "$ref", "anyOf", "allOf"} else AllOf((known, Basic("object")))


def _shown(view: Schema) -> Schema:
    """Return a view's schema in which what has a default is required: a server always sends it."""
    own = {key: _shown(inner) for key, inner in view.get("$defs", {}).items()}
    filled = {key for key, inner in _keys(view) if "default" in inner}
    return {**view, "$defs": own, "required": sorted({*view.get("required", ()), *filled})}


def _rejects(game: type[Game[Any]]) -> Iterator[str]:
    """Find the words of every `Reject("…")` in the code of a game and of the games that it builds on."""
    for cls in game.__mro__:
        if not issubclass(cls, Game) or cls is Game:
            continue
        try:
            code = ast.parse(textwrap.dedent(inspect.getsource(cls)))
        except (OSError, SyntaxError, TypeError):
            continue  # made at run time: there is no code to read
        for node in ast.walk(code):
            match node:
                case ast.Call(
                    func=ast.Name("Reject") | ast.Attribute(attr="Reject"), args=[ast.Constant(str() as why), *_]
                ):
                    yield why


def pascal(name: str) -> str:
    """Return a name in PascalCase."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
