"""The AsyncAPI 3.0 document: every request with its ack, and every event, made from the table of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parlour.adapters.socket.request_spec import RequestSpec
from parlour.protocol.events import EVENTS
from parlour.protocol.replies import Refusal
from parlour.protocol.schema import definitions
from parlour.version import __version__

INFO = {
    "title": "Parlour",
    "version": __version__,
    "description": (
        "The room server for DApps, over Socket.IO v5 (default namespace, path `/socket.io/`). A client connects with "
        "`auth: {token}`. Each request is one event with one object, answered by one ack. Over HTTP: "
        "`/api/openapi.json`."
    ),
    "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
}
CHANNEL = {"$ref": "#/channels/socket"}


def asyncapi(requests: Mapping[str, RequestSpec]) -> dict[str, Any]:
    """Return the whole document."""
    specs = list(requests.values())
    described = [*(s.model for s in specs), *(s.reply | Refusal for s in specs), *EVENTS.values()]
    refs, schemas = definitions(described)
    asked, acks, told = refs[: len(specs)], refs[len(specs) : 2 * len(specs)], refs[2 * len(specs) :]
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for spec, payload, ack in zip(specs, asked, acks, strict=True):
        messages[_key(spec.name)] = _message(spec.name, payload, schemas)
        messages[_ack(spec.name)] = _message(f"{spec.name} (ack)", ack, schemas)
        operations[_key(spec.name)] = _request(spec, _says(payload, schemas))
    for name, payload in zip(EVENTS, told, strict=True):
        messages[_key(name)] = _message(name, payload, schemas)
        operations[_key(name)] = _event(name, _says(payload, schemas))
    channel = {
        "address": "/",
        "title": "The default namespace",
        "description": "Every request, ack and event of a connection, in order.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
    }
    return {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": "application/json",
        "channels": {"socket": channel},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(name: str, payload: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": _says(payload, schemas), "payload": payload}


def _request(spec: RequestSpec, summary: str) -> dict[str, Any]:
    """Describe the operation of a request; `x-` keys say what AsyncAPI has no word for."""
    return {
        "action": "receive",
        "channel": CHANNEL,
        "summary": summary,
        "messages": [_in_channel(_key(spec.name))],
        "reply": {"channel": CHANNEL, "messages": [_in_channel(_ack(spec.name))]},
        "x-mutates": spec.mutates,
        "x-large": spec.large,
    }


def _event(name: str, summary: str) -> dict[str, Any]:
    return {"action": "send", "channel": CHANNEL, "summary": summary, "messages": [_in_channel(_key(name))]}


def _in_channel(key: str) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{key}"}


def _key(name: str) -> str:
    """Return a name as AsyncAPI takes it, without the colon."""
    return name.replace(":", "_")


def _ack(name: str) -> str:
    return _key(name) + ".ack"


def _says(payload: dict[str, Any], schemas: Mapping[str, Any]) -> str:
    """Return the first line of a payload's description; of a union, of its first branch."""
    named = payload if "$ref" in payload else payload["anyOf"][0]
    text: str = schemas[named["$ref"].rpartition("/")[2]]["description"]
    return text.splitlines()[0]
