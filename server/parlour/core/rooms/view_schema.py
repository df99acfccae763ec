"""Reads from a `view` method the JSON Schema of its answer, and whether the answer depends on the viewer."""

from __future__ import annotations

import dis
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUserError

Schema = dict[str, Any]
OBJECT: Schema = {"type": "object"}


def view_schema(view: Callable[..., Any] | None, state: type[BaseModel]) -> Schema:
    """Return the JSON Schema (2020-12) of what a view answers.

    Args:
        view: the author's `view`, described by its return annotation; None where the state is shown as it is.
        state: the state, described by its fields.

    Returns:
        `{"type": "object"}` where the annotation says no more, or names what no schema describes.
    """
    if view is None:
        return state.model_json_schema(mode="serialization")
    try:
        annotation = get_type_hints(view, include_extras=True).get("return", Any)
        return TypeAdapter(annotation).json_schema(mode="serialization") or OBJECT
    except (NameError, TypeError, PydanticUserError):
        return OBJECT


def with_keys(schema: Schema, more: Schema) -> Schema:
    """Return the schema of an object that has the keys of both schemas."""
    whole = {key: value for key, value in schema.items() if key != "additionalProperties"}
    if whole.get("type", "object") != "object" or "$ref" in whole or "anyOf" in whole:
        definitions = whole.pop("$defs", {})
        return {"$defs": definitions, "allOf": [whole, more]}
    whole["type"] = "object"
    whole["properties"] = whole.get("properties", {}) | more["properties"]
    whole["required"] = [*whole.get("required", ()), *more["required"]]
    return whole


def looks_at_viewer(view: Callable[..., Any]) -> bool:
    """Return whether the code of a `view` uses its viewer; if not, all viewers share one view."""
    code = getattr(view, "__code__", None)
    if code is None or code.co_argcount < 2:
        return True
    viewer = code.co_varnames[1]
    named = [step.argval for step in dis.get_instructions(code)]
    mentions = {name for names in named for name in (names if isinstance(names, tuple) else (names,))}
    return viewer in mentions or viewer in code.co_cellvars or "locals" in mentions
