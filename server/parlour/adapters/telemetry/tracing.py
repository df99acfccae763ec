"""Traces requests with OpenTelemetry: one span each, from the request to its answer, in the trace its client began.

The answer to a post is sent after its commit and its fan-out (protocol §3 "Order"), so its span holds both. A span
names the request and its result; it never holds what a client wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parlour.runtime.plugins import need
from parlour.version import __version__

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

FLUSH_MS: Final = 1_000
"""How long the end of the server waits for spans to leave: a collector that is away holds no shutdown up."""
TRACEPARENT_CHARACTERS: Final = 55
"""Of `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context, section 3.2)."""


class RequestSpan:
    """The span of one request, ended by `end`.

    Attributes:
        trace_id: 32 hex digits.
    """

    __slots__ = ("_span", "trace_id")

    def __init__(self, span: Span) -> None:
        self._span = span
        self.trace_id = format(span.get_span_context().trace_id, "032x")

    def end(self, result: str) -> None:
        """End the span with `ok` or the code of the error."""
        self._span.set_attribute("parlour.result", result)
        self._span.end()


class Tracing:
    """Makes spans and hands them to an exporter from a thread of its own.

    Args:
        exporter: where spans go.
        share: the part of all traces that is kept; a client that asks for its trace changes nothing of it.

    Raises:
        NotInstalled: the extra `parlour[otel]` is missing.
    """

    def __init__(self, exporter: SpanExporter, share: float = 1.0) -> None:
        need("otel", "Tracing")
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        kept = TraceIdRatioBased(share)
        self._provider = TracerProvider(
            sampler=ParentBased(kept, remote_parent_sampled=kept, remote_parent_not_sampled=kept),
            resource=Resource.create({"service.name": "parlour", "service.version": __version__}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("parlour", __version__)
        self._extract = TraceContextTextMapPropagator().extract
        self._kind = SpanKind.SERVER

    def parent_of(self, traceparent: object) -> Context | None:
        """Return the trace that a client began, or None where `auth.traceparent` names none."""
        if not isinstance(traceparent, str) or len(traceparent) != TRACEPARENT_CHARACTERS:
            return None
        return self._extract({"traceparent": traceparent})

    def begin(self, event: str, parent: Context | None) -> RequestSpan:
        """Begin the span of a request; `event` is its name in the registry of requests."""
        return RequestSpan(self._tracer.start_span(event, parent, self._kind, {"parlour.event": event}))

    def close(self) -> None:
        """Send what is left; blocks up to `FLUSH_MS`."""
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


def to_collector(url: str, share: float) -> Tracing:
    """Make what sends spans to an OTLP/HTTP collector, such as `http://127.0.0.1:4318/v1/traces`.

    Raises:
        NotInstalled: the extra `parlour[otel]` is missing.
    """
    need("otel", "PARLOUR_TRACES")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return Tracing(OTLPSpanExporter(endpoint=url), share)
