"""Makes inputs from what their schemas say, and breaks them: nearly right ones reach furthest.

The same seed makes the same inputs. What a schema does not say (ids of things that exist) is known by a key's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

DEEP: Any = json.loads('{"a":' * 40 + "[]" + "}" * 40)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**53, -(2**63), 2**64, 1e300, -0.0),
    *("", " ", "x", "0x", "0x" + "f" * 64, "1" * 300, "\x00", "\u202e", "\ud800", "\u0301" * 90, "a\nb", "%00"),
    *("../../etc/passwd", "__proto__", "constructor", "(a+)+$" * 9, "' OR 1=1 --", "${jndi}", "*" * 5_000),
    *([], {}, [[]], [None], {"": None}, {"__proto__": {}}, {"_placeholder": True, "num": 9}, ["x"] * 500, DEEP),
    *(b"", b"\x00", b"\xff" * 300, {"b64": "!!"}, {"b64": "AA=="}),
)
"""Values that no key means, or that a careless reader trips over."""


class Maker:
    """Makes values of JSON Schemas.

    Args:
        rng: every choice is its.
        defined: what the schemas refer to, by name.
        known: values that exist, by the name of the key that takes them.
    """

    def __init__(self, rng: Random, defined: Mapping[str, Any], known: Mapping[str, Sequence[Any]]) -> None:
        self._rng = rng
        self._defined = defined
        self._known = known

    def made(self, schema: Mapping[str, Any], key: str = "", depth: int = 0) -> Any:
        """Return a value that the schema allows, as far as this reads schemas."""
        rng = self._rng
        if self._known.get(key) and rng.random() < 0.9:
            return rng.choice(self._known[key])
        if "$ref" in schema:
            return self.made(self._defined[schema["$ref"].rpartition("/")[2]], key, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        for either in ("anyOf", "oneOf"):
            if either in schema:
                return self.made(rng.choice(schema[either]), key, depth)
        if depth > 5:
            return None
        kind = schema.get("type", "object")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            most = min(schema.get("maxItems", 3), 3)
            return [self.made(schema.get("items", {}), key, depth + 1) for _ in range(rng.randint(0, most))]
        if kind in ("integer", "number"):
            least = schema.get("minimum", 0)
            return rng.choice([least, least + 1, min(schema.get("maximum", 2**53 - 1), least + rng.randint(0, 1_000))])
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "null":
            return None
        if schema.get("format") == "binary":
            return rng.randbytes(rng.randint(0, 40))
        return self._text(schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        rng, needed = self._rng, schema.get("required", ())
        return {
            key: self.made(each, key, depth + 1)
            for key, each in schema.get("properties", {}).items()
            if key in needed or rng.random() < 0.4
        }

    def _text(self, schema: Mapping[str, Any]) -> str:
        rng, pattern = self._rng, schema.get("pattern", "")
        if "{64}" in pattern or "{40}" in pattern:
            return "0x" + rng.randbytes(32 if "{64}" in pattern else 20).hex()
        if pattern.startswith("^0x"):
            return "0x" + rng.randbytes(4).hex()
        size = max(schema.get("minLength", 0), rng.randint(1, min(schema.get("maxLength", 12), 12)))
        return "".join(rng.choice("abcé 7_-:.😀") for _ in range(size))


def broken(rng: Random, value: Any) -> Any:
    """Return a copy in which one place is changed: taken out, doubled, or replaced by something odd."""
    places = list(_places(value))
    if not places or rng.random() < 0.03:
        return rng.choice(ODD)
    return _changed(rng, value, rng.choice(places))


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (key,)
        for below in _places(child):
            yield (key, *below)


def _changed(rng: Random, value: Any, place: tuple[Any, ...]) -> Any:
    copy = dict(value) if isinstance(value, dict) else list(value)
    key, rest = place[0], place[1:]
    if rest:
        copy[key] = _changed(rng, value[key], rest)
        return copy
    way = rng.random()
    if way < 0.15:
        del copy[key]
    elif way < 0.25 and isinstance(copy, dict):
        copy[rng.choice(["extra", "__proto__", "a\nb", "", "x" * 300])] = copy[key]
    elif way < 0.35:
        copy[key] = [copy[key]]
    elif way < 0.45 and isinstance(copy[key], str):
        text = copy[key]
        copy[key] = rng.choice([text + "\x00", text[:-1], text * 40, text.upper(), f" {text}", text[::-1]])
    elif way < 0.45 and isinstance(copy[key], int):
        copy[key] = rng.choice([-copy[key], copy[key] + 0.5, copy[key] * 10**9, str(copy[key])])
    else:
        copy[key] = rng.choice(ODD)
    return copy
