"""Prometheus metrics of a process: prefix `parlour_`, base units, few labels.

A label's values come from a closed list; a room's id or an account is never one.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate
from math import inf

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

REQUEST_LABELS = ("event", "result")
COMMIT_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 512)
"""Entries in one append; 512 is the most (`HostLimits.batch`)."""

Sample = tuple[dict[str, str], float]
"""One value of a gauge, with its labels."""


class Telemetry:
    """The metrics of one process, in a registry of their own, so that two servers fit into one test process.

    What is counted with every request and every append is a plain int, which a scrape reads: a counter of
    prometheus_client takes a lock for each step, and together they were 5 µs of a post's 80.

    Attributes:
        started: when it was made, in seconds of the monotonic clock.
        entries_stored, requests_answered: totals for the console.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._requests: dict[tuple[str, str], int] = {}
        self._entries: dict[str, int] = {}
        self._batches = [0] * (len(COMMIT_BUCKETS) + 1)
        self._sign_ins = Counter(
            "parlour_auth", "Attempts to sign in, by method and result", ("method", "result"), registry=self.registry
        )
        build = Gauge("parlour_build_info", "Version of the server", ("version",), registry=self.registry)
        build.labels(version).set(1)
        self.started = time.monotonic()
        self._created = time.time()
        self.entries_stored = 0
        self.requests_answered = 0
        self.registry.register(_Hot(self._counted))

    def answered(self, event: str, result: str = "ok") -> None:
        """Count an answered request.

        Args:
            event: its name in the registry of requests, or `unknown`.
            result: the code of the error it was refused with, where it was.
        """
        self.requests_answered += 1
        key = (event, result)
        self._requests[key] = self._requests.get(key, 0) + 1

    def signed_in(self, method: str, result: str) -> None:
        """Count an attempt to sign in, by the kind of signature and `ok` or the rule that failed."""
        self._sign_ins.labels(method, result).inc()

    def stored(self, kind: str, entries: int) -> None:
        """Count the entries of one append to a room of this kind."""
        self.entries_stored += entries
        self._entries[kind] = self._entries.get(kind, 0) + entries
        self._batches[bisect_left(COMMIT_BUCKETS, entries)] += 1

    def _counted(self) -> Iterable[Metric]:
        """Make Prometheus' families of the plain ints."""
        requests = CounterMetricFamily(
            "parlour_requests", "Requests answered, by event and result", labels=REQUEST_LABELS
        )
        for key, count in self._requests.items():
            requests.add_metric(key, count, created=self._created)
        stored = CounterMetricFamily("parlour_entries_stored", "Entries made durable", labels=("kind",))
        for kind, count in self._entries.items():
            stored.add_metric((kind,), count, created=self._created)
        bounds = [*(float(bound) for bound in COMMIT_BUCKETS), inf]
        upto = zip(map(floatToGoString, bounds), accumulate(self._batches), strict=True)
        batches = HistogramMetricFamily("parlour_batch_entries", "Entries in one append")
        batches.add_metric((), list(upto), self.entries_stored)
        batches.add_sample("parlour_batch_entries_created", {}, self._created)
        return requests, stored, batches

    def observe(self, name: str, about: str, read: Callable[[], Iterable[Sample]]) -> None:
        """Register a gauge whose values `read` answers at each scrape."""
        self.registry.register(_Gauges(name, about, read))

    def text(self) -> bytes:
        """Write all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Hot:
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self.collect = collect


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
