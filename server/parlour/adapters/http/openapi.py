"""The OpenAPI 3.1 document, made from the routes that are served."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

from parlour.adapters.http.routes import Access, Route
from parlour.protocol.http_rooms import ErrorReply
from parlour.protocol.schema import definitions
from parlour.version import __version__

INFO = {
    "title": "Parlour",
    "version": __version__,
    "description": "The room server for DApps, over HTTP. Its sockets are described by `/api/asyncapi.json`.",
    "license": {"name": "MIT", "identifier": "MIT"},
}
SECURITY = {
    "session": {"type": "http", "scheme": "bearer", "description": "The token of a session (`/auth/verify`)."},
    "apiKey": {"type": "http", "scheme": "bearer", "description": "A key of `parlour token`; its scopes are named."},
}
_NUMBERS = {"chain"}
"""Parts of paths that are numbers."""
_PART = re.compile(r"\{(\w+)\}")


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the whole document."""
    shapes = [shape for route in routes for shape in (route.query, route.body, route.reply) if shape is not None]
    refs, schemas = definitions([ErrorReply, *shapes])
    error, known = refs[0], dict(zip(map(id, shapes), refs[1:], strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known, schemas, error)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }


def _operation(route: Route, known: dict[int, Any], schemas: dict[str, Any], error: Any) -> dict[str, Any]:
    lines = (inspect.getdoc(route.handler) or "").splitlines()
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": lines[0],
        "tags": [route.path.strip("/").split("/")[0]],
        "parameters": _parameters(route, known, schemas),
        "responses": {**_answer(route, known), "default": {"description": "An error.", **_json(error)}},
        "security": _security(route.access),
    }
    if route.access.role is not None:
        operation["description"] = f"Needs the server role `{route.access.role}`."
    if route.body is not None:
        operation["requestBody"] = {"required": True, **_json(known[id(route.body)])}
    if route.takes is not None:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {route.takes: binary}}
    return operation


def _operation_id(route: Route) -> str:
    return getattr(route.handler, "__name__", "")


def _parameters(route: Route, known: dict[int, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if name in _NUMBERS else "string"}}
        for name in _PART.findall(route.path)
    ]
    if route.query is None:
        return parts
    shape = schemas[known[id(route.query)]["$ref"].rpartition("/")[2]]
    required = shape.get("required", ())
    return parts + [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": {key: value for key, value in schema.items() if key != "description"},
            **({"description": schema["description"]} if "description" in schema else {}),
        }
        for name, schema in shape["properties"].items()
    ]


def _answer(route: Route, known: dict[int, Any]) -> dict[str, Any]:
    if route.reply is None:
        return {"204": {"description": "Done."}}
    schema = known[id(route.reply)]
    return {str(route.status): {"description": "Done.", "content": {route.media: {"schema": schema}}}}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _security(access: Access) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = []
    if access.session:
        ways.append({"session": []})
    if access.scope is not None:
        ways.append({"apiKey": [access.scope]})
    return [*ways, {}] if access.nobody else ways
