"""Prometheus metrics of a process: prefix `parlour_`, base units, few labels.

A label's values come from a closed list; a room's id or an account is never one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

REQUEST_LABELS = ("event", "result")
COMMIT_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 512)
"""Entries in one append; 512 is the most (`HostLimits.batch`)."""

Sample = tuple[dict[str, str], float]
"""One value of a gauge, with its labels."""


class Telemetry:
    """The metrics of one process, in a registry of their own, so that two servers fit into one test process.

    Attributes:
        started: when it was made, in seconds of the monotonic clock.
        entries_stored, requests_answered: totals for the console.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "parlour_requests", "Requests answered, by event and result", REQUEST_LABELS, registry=self.registry
        )
        self._children: dict[tuple[str, str], Counter] = {}
        self._entries = Counter("parlour_entries_stored", "Entries made durable", ("kind",), registry=self.registry)
        self._kinds: dict[str, Counter] = {}
        self._batch = Histogram(
            "parlour_batch_entries", "Entries in one append", buckets=COMMIT_BUCKETS, registry=self.registry
        )
        self._sign_ins = Counter(
            "parlour_auth", "Attempts to sign in, by method and result", ("method", "result"), registry=self.registry
        )
        build = Gauge("parlour_build_info", "Version of the server", ("version",), registry=self.registry)
        build.labels(version).set(1)
        self.started = time.monotonic()
        self.entries_stored = 0
        self.requests_answered = 0

    def answered(self, event: str) -> None:
        """Count a request that was carried out; `event` is its name in the registry of requests, or `unknown`."""
        self._request(event, "ok")

    def refused(self, event: str, code: str) -> None:
        """Count a request that was refused with an error of this code."""
        self._request(event, code)

    def _request(self, event: str, result: str) -> None:
        self.requests_answered += 1
        child = self._children.get((event, result))
        if child is None:
            child = self._children[event, result] = self._requests.labels(event, result)
        child.inc()

    def signed_in(self, method: str, result: str) -> None:
        """Count an attempt to sign in, by the kind of signature and `ok` or the rule that failed."""
        self._sign_ins.labels(method, result).inc()

    def stored(self, kind: str, entries: int) -> None:
        """Count the entries of one append to a room of this kind."""
        self.entries_stored += entries
        child = self._kinds.get(kind)
        if child is None:
            child = self._kinds[kind] = self._entries.labels(kind)
        child.inc(entries)
        self._batch.observe(entries)

    def observe(self, name: str, about: str, read: Callable[[], Iterable[Sample]]) -> None:
        """Register a gauge whose values `read` answers at each scrape."""
        self.registry.register(_Gauges(name, about, read))

    def text(self) -> bytes:
        """Write all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Gauges:
    def __init__(self, name: str, about: str, read: Callable[[], Iterable[Sample]]) -> None:
        self._name, self._about, self._read = name, about, read

    def collect(self) -> Iterable[Metric]:
        samples = list(self._read())
        labels = sorted(samples[0][0]) if samples else []
        family = GaugeMetricFamily(self._name, self._about, labels=labels)
        for values, value in samples:
            family.add_metric([values[label] for label in labels], value)
        yield family
