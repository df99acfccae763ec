"""The wire as JSON Schema (draft 2020-12): one set of definitions for AsyncAPI, OpenAPI and the clients' types."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

SECTION = "#/components/schemas/"
"""Where AsyncAPI and OpenAPI both keep schemas."""


class _WireSchema(GenerateJsonSchema):
    """Says nothing of defaults that only mean "left out", and gives keys no titles."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Return the schema without `default: null`."""
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """Return the schema with the texts that stand below the model's fields."""
        made, model = super().model_schema(schema), schema["cls"]
        for name, text in _field_texts(model).items():
            made["properties"][model.model_fields[name].alias or name].setdefault("description", text)
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False: a key's name says enough."""
        return False


def definitions(described: Iterable[Any], section: str = SECTION) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the schema of each type in order, and every definition that they refer to, by name.

    Args:
        described: models, or types made of them.
        section: where in the document the definitions will stand.
    """
    inputs = [(number, "validation", TypeAdapter(type_)) for number, type_ in enumerate(described)]
    for _, _, adapter in inputs:
        adapter.rebuild()
    refs, whole = TypeAdapter.json_schemas(
        inputs,  # type: ignore[arg-type]  # the mode is a literal
        ref_template=section + "{model}",
        schema_generator=_WireSchema,
    )
    return [refs[number, "validation"] for number, _, _ in inputs], dict(sorted(whole.get("$defs", {}).items()))


def _field_texts(model: type[BaseModel]) -> dict[str, str]:
    """Find the text below each field of a model and its bases.

    Pydantic's `use_attribute_docstrings` reads sources whenever a model is made: a second at every start of a server.
    """
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            declared = vars(base).get("__annotations__", {})
            kept = {field: text for field, text in texts.items() if field not in declared}
            texts = kept | _texts_in(base.__module__).get(base.__name__, {})
    return texts


@cache
def _texts_in(module: str) -> dict[str, dict[str, str]]:
    """Find the texts below the fields of every class of a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_texts_of(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_of(node: ast.ClassDef) -> Iterable[tuple[str, str]]:
    """List the fields of a class that have a string below them, with that string."""
    for pair in pairwise(node.body):
        match pair:
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text)))):
                yield name, inspect.cleandoc(text)
