"""The wire as JSON Schema (draft 2020-12): one set of definitions for AsyncAPI, OpenAPI and the clients' types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
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
