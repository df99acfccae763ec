"""JSON Schema definitions as a small tree of types, which can be printed in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Basic:
    """A type without parts: string integer number boolean null unknown object nothing bytes hex app-type."""

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """A type that is declared elsewhere under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Exactly:
    """One of these values."""

    values: tuple[str | bool | int, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of these types."""

    types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these types at once."""

    types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of items of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose keys are texts and whose values have one type."""

    value: Type


Type = Basic | Named | Exactly | OneOf | AllOf | ListOf | MapOf


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an object; an optional one may be missing."""

    name: str
    type: Type
    optional: bool
    about: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A type with a name: an object with keys, or (`keys` is None) another name for `type`."""

    name: str
    about: str
    keys: tuple[Key, ...] | None
    type: Type


def declared(name: str, schema: Mapping[str, Any]) -> Declared:
    """Read one definition."""
    about = schema.get("description", "")
    if "properties" not in schema:
        return Declared(name, about, None, read(schema))
    required = set(schema.get("required", ()))
    keys = tuple(
        Key(key, read(inner), key not in required, inner.get("description", ""))
        for key, inner in schema["properties"].items()
    )
    return Declared(name, about, keys, Basic("object"))


def read(schema: Any) -> Type:
    """Read the type of a schema; limits of texts and numbers are left out."""
    if "$ref" in schema:
        return Named(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return one_of([read(branch) for branch in schema["anyOf"]])
    if "allOf" in schema:
        return AllOf(tuple(read(branch) for branch in schema["allOf"]))
    if "const" in schema:
        return Exactly((schema["const"],))
    if "enum" in schema:
        return Exactly(tuple(schema["enum"]))
    match schema.get("type"):
        case "array":
            listed = schema.get("prefixItems")
            return ListOf(one_of([read(item) for item in listed]) if listed else read(schema.get("items", {})))
        case "object":
            inner = schema.get("additionalProperties", True)
            return Basic("object") if inner is True else MapOf(read(inner))
        case "string":
            return Basic(_text(schema))
        case None:
            return Basic("unknown")
        case other:
            return Basic(other)


def one_of(types: list[Type]) -> Type:
    """Join types, each once; `unknown` is all of them."""
    if Basic("unknown") in types:
        return Basic("unknown")
    different = tuple(dict.fromkeys(types))
    return different[0] if len(different) == 1 else OneOf(different)


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "binary":
        return "bytes"
    pattern = schema.get("pattern", "")
    if pattern.startswith("^0x"):
        return "hex"
    return "app-type" if pattern.startswith("^app") else "string"
