"""What the server says of itself: valid documents, whole, and true of what is served."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import hdrs, web
from jsonschema import Draft7Validator, Draft202012Validator

from parlour.adapters.http.dev import DevFacts
from parlour.adapters.socket.requests import REQUESTS
from parlour.app import Server
from parlour.protocol.events import EVENTS
from parlour.runtime.identity.api_keys import SCOPES
from parlour.runtime.rooms.interface import NewRoom
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.http.test_api_scopes import REQUESTS as SCOPED
from tests.wire_check import closed

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPECS = Path(__file__).parents[2] / "data" / "specs"
PAGES = re.compile(
    r"/|/admin/?|/(admin|demo|parlour|parlour/package)/\{path\}|/parlour/(client|react).tgz|/replay/\{room\}|/socket.io/?.*"
)
"""Routes that are no JSON: pages and the engine's own."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["serve", "dev"])
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('documents')}/parlour.db"
    server = await Server.build(load(port=0, database_url=url), DevFacts(()) if request.param == "dev" else None)
    await server.start()
    yield server
    await server.stop()


async def document(server: Server, name: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/{name}.json") as answer:
        assert answer.status == 200
        described: dict[str, Any] = await answer.json()
        return described


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/"), reference
    found: Any = document
    for step in reference[2:].split("/"):
        found = found[step]
    return found


def served(app: web.Application) -> set[tuple[str, str]]:
    """Method and path of every JSON route of an application."""
    routes = [(r.method, r.resource.canonical) for r in app.router.routes() if r.resource is not None]
    return {(method, path) for method, path in routes if method != hdrs.METH_HEAD and not PAGES.fullmatch(path)}


async def answers(server: Server) -> AsyncIterator[tuple[str, str, Any]]:
    """Method, path as the document has it, and the answer of each route that one account and one key can ask."""
    await server.parts.rooms.registry.create("ann", NewRoom("chat", "open"))
    async with aiohttp.ClientSession() as http:
        session = await sign_in(http, server.url, wallet("ann"))
        key, _ = await server.parts.identity.keys.mint("backend", list(SCOPES))
        yield "POST", "/auth/verify", session
        for method, path, token, body in (
            *(("GET", f"/auth/{what}", session["token"], None) for what in ("nonce", "session", "sessions")),
            ("POST", "/auth/refresh", session["token"], None),
            ("POST", "/api/rooms/{room}/entries", key, {"id": "x", "type": "app.x", "body": {}}),
            *(("GET", path, None, None) for path in ("/healthz", "/readyz", "/version", "/api/kinds")),
            *(
                ("GET", f"/api/rooms{more}", key, None)
                for more in ("", "/{room}", "/{room}/entries?proof=1", "/{room}/state?at=1")
            ),
            *(("GET", f"/api/admin/{what}", key, None) for what in ("overview", "chains")),
            *([("GET", "/api/dev", None, None)] if server.parts.process.dev else []),
        ):
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            where = server.url + path.replace("{room}", "open")
            async with http.request(method, where, headers=headers, json=body) as answer:
                assert answer.status == 200, path
                yield method, path.partition("?")[0], await answer.json()
        headers = {"Authorization": f"Bearer {key}"}
        async with http.get(f"{server.url}/api/rooms/open/transcript", headers=headers) as answer:
            async for line in answer.content:
                yield "GET", "/api/rooms/{room}/transcript", json.loads(line)


async def test_answers_are_as_the_openapi_document_says(server: Server) -> None:
    described = await document(server, "openapi")
    components = {"components": closed(described["components"])}
    async for method, path, said in answers(server):
        [content] = described["paths"][path][method.lower()]["responses"]["200"]["content"].values()
        problems = list(Draft202012Validator({**components, **content["schema"]}).iter_errors(said))
        assert not problems, (path, problems[0].message)


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_every_reference_of_a_document_leads_somewhere(server: Server, name: str) -> None:
    described = await document(server, name)
    found = set(references(described))
    assert len(found) > 50
    for reference in found:
        assert resolved(described, reference) is not None


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_every_schema_of_a_document_is_valid_json_schema(server: Server, name: str) -> None:
    for schema in (await document(server, name))["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_openapi_document_is_valid(server: Server) -> None:
    rules = json.loads((SPECS / "openapi-3.1.json").read_text())
    Draft202012Validator(rules).validate(await document(server, "openapi"))


async def test_openapi_describes_exactly_what_is_served(server: Server) -> None:
    described = await document(server, "openapi")
    paths = {(method.upper(), path) for path, item in described["paths"].items() for method in item}
    assert paths == served(server.parts.pages.app)
    assert ("GET", "/api/dev") in paths or server.parts.process.dev is None


async def test_openapi_says_of_each_operation_all_there_is(server: Server) -> None:
    operations = [(p, o) for p, item in (await document(server, "openapi"))["paths"].items() for o in item.values()]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(set(ids)) == len(ids)
    for path, operation in operations:
        assert operation["summary"].endswith("."), path
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        assert operation["responses"].keys() & {"200", "201", "204"}, path


async def test_openapi_names_the_scope_that_each_path_asks_for(server: Server) -> None:
    paths = (await document(server, "openapi"))["paths"]
    for method, path, scope, _ in SCOPED:
        template = re.sub(r"rooms/(open|hidden)", "rooms/{room}", path)
        template = re.sub(r"webhooks/[^/]+", "webhooks/{hook}", re.sub(r"chains/1", "chains/{chain}", template))
        ways = paths[template][method.lower()]["security"]
        assert [way["apiKey"] for way in ways if "apiKey" in way] == ([[scope]] if scope else []), path


async def test_asyncapi_document_is_valid(server: Server) -> None:
    rules = json.loads((SPECS / "asyncapi-3.0.0.json").read_text())
    Draft7Validator(rules).validate(await document(server, "asyncapi"))


async def test_asyncapi_has_every_request_its_ack_and_every_event(server: Server) -> None:
    described = await document(server, "asyncapi")
    messages, operations = described["components"]["messages"], described["operations"]
    assert len(REQUESTS) > 30
    names = {message["name"] for message in messages.values()}
    assert names == {*REQUESTS, *(f"{name} (ack)" for name in REQUESTS), *EVENTS}
    for name in REQUESTS:
        operation = operations[name.replace(":", "_")]
        assert operation["action"] == "receive"
        [reply] = operation["reply"]["messages"]
        payload = resolved(described, resolved(described, reply["$ref"])["$ref"])["payload"]
        assert {"$ref": "#/components/schemas/Refusal"} in payload["anyOf"], name
    for name in EVENTS:
        assert operations[name.replace(":", "_")]["action"] == "send"
