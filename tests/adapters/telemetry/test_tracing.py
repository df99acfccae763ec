"""Spans of requests: in the trace of their client, with the result, and with nothing that anybody wrote."""

from __future__ import annotations

import gzip
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from parlour.adapters.telemetry.tracing import Tracing
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
TEXT = "nobody-but-the-room-reads-this"


class Collector:
    """Takes spans as an OpenTelemetry collector does (OTLP over HTTP)."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        app = web.Application()
        app.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> Collector:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1/traces"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    def spans(self) -> list[Any]:
        """Return every span, in the order they came."""
        found = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [s for each in found for r in each.resource_spans for scope in r.scope_spans for s in scope.spans]

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        return web.Response()


async def test_requests_when_traced_are_spans_of_the_clients_trace() -> None:
    async with Collector() as collector:
        env = {"PARLOUR_TRACES": collector.url}
        async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
            token = (await sign_in(http, server.url, wallet("traced")))["token"]
            client = PythonClient()
            auth = {"token": token, "traceparent": TRACEPARENT}
            await client.socket.connect(server.url, auth=auth, transports=["websocket"])
            room = (await client.ask("room:create", {"kind": "chat", "id": "traced"}))["room"]["id"]
            post = {"room": room, "type": "chat.message", "body": {"text": TEXT}, "id": "one"}
            assert (await client.ask("room:post", post))["ok"]
            assert not (await client.ask("room:post", {**post, "id": "two", "body": {}}))["ok"]
            await client.close()
            assert await server.stop() == 0
    spans = {
        (span.name, {a.key: a.value.string_value for a in span.attributes}["parlour.result"]): span
        for span in collector.spans()
    }
    assert spans.keys() == {("room:create", "ok"), ("room:post", "ok"), ("room:post", "invalid")}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert {span.parent_span_id.hex() for span in spans.values()} == {PARENT}
    assert all(secret.encode() not in body for body in collector.bodies for secret in (TEXT, token))


async def test_server_whose_collector_is_away_serves_and_stops() -> None:
    async with ServerProcess(env={"PARLOUR_TRACES": "http://127.0.0.1:9/v1/traces"}) as server:
        client = PythonClient()
        async with aiohttp.ClientSession() as http:
            await client.connect(server.url, (await sign_in(http, server.url, wallet("traced")))["token"])
        assert (await client.ask("room:list", {}))["ok"]
        await client.close()
        assert await server.stop() == 0


@pytest.mark.parametrize("given", [None, 7, "", "00-xyz", TRACEPARENT + "0", "00-" + "0" * 32 + f"-{PARENT}-01"])
def test_span_without_a_valid_traceparent_begins_a_trace(given: object) -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing(kept)
    tracing.begin("room:post", tracing.parent_of(given)).end("ok")
    tracing.close()
    (span,) = kept.get_finished_spans()
    assert span.parent is None


def test_share_of_traces_is_the_servers_whatever_a_client_asks() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing(kept, share=0.0)
    tracing.begin("room:post", tracing.parent_of(TRACEPARENT)).end("ok")
    tracing.close()
    assert kept.get_finished_spans() == ()
