"""Prometheus metrics of a process: prefix `parlour_`, base units, few labels.

A label's values come from a closed list; a room's id or an account is never one.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import inf

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from parlour.core.room import Entry
from parlour.runtime.store import RoomRecord
from parlour.runtime.timings import Timings

REQUEST_LABELS = ("event", "result")
REVOCATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30)
"""Seconds; the aim is a quarter of one."""
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
        acks: from a request to its answer, by event.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._requests: dict[tuple[str, str], int] = {}
        self._entries: dict[str, int] = {}
        self._batches = [0] * (len(COMMIT_BUCKETS) + 1)
        self._sign_ins = Counter(
            "parlour_auth", "Attempts to sign in, by method and result", ("method", "result"), registry=self.registry
        )
        self._revocations = Histogram(
            "parlour_gate_revocation_seconds",
            "From a block seen to the removals it led to told",
            buckets=REVOCATION_BUCKETS,
            registry=self.registry,
        )
        build = Gauge("parlour_build_info", "Version of the server", ("version",), registry=self.registry)
        build.labels(version).set(1)
        self.started = time.monotonic()
        self._created = time.time()
        self.entries_stored = 0
        self.requests_answered = 0
        self.acks = Timings()
        self.observe_durations("parlour_ack_seconds", "From a request to its answer", "event", lambda: self.acks)
        self.registry.register(_Collected(self._counted))

    def answered(self, event: str, result: str = "ok", seconds: float = 0.0) -> None:
        """Count an answered request.

        Args:
            event: its name in the registry of requests, or `unknown`.
            result: the code of the error it was refused with, where it was.
            seconds: from the request to its answer.
        """
        self.requests_answered += 1
        key = (event, result)
        self._requests[key] = self._requests.get(key, 0) + 1
        self.acks.add(seconds, event)

    def signed_in(self, method: str, result: str) -> None:
        """Count an attempt to sign in, by the kind of signature and `ok` or the rule that failed."""
        self._sign_ins.labels(method, result).inc()

    def revoked(self, seconds: float) -> None:
        """Count a member put out by a gate, so many seconds after the block was seen."""
        self._revocations.observe(seconds)

    def stored(self, room: RoomRecord, entries: Sequence[Entry]) -> None:
        """Count the entries of one append to a room."""
        count = len(entries)
        self.entries_stored += count
        self._entries[room.kind] = self._entries.get(room.kind, 0) + count
        self._batches[bisect_left(COMMIT_BUCKETS, count)] += 1

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

    def observe_durations(self, name: str, about: str, label: str, read: Callable[[], Timings]) -> None:
        """Register a histogram of what `read` answers at each scrape.

        Args:
            label: name of what its durations are counted by; empty where by nothing.
        """
        self.registry.register(_Collected(lambda: [_histogram(name, about, label, read())]))

    def text(self) -> bytes:
        """Write all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Collected:
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self.collect = collect


def _histogram(name: str, about: str, label: str, timings: Timings) -> Metric:
    family = HistogramMetricFamily(name, about, labels=(label,) if label else ())
    bounds = [*map(floatToGoString, timings.bounds), "+Inf"]
    for value, counts in timings.counts.items():
        buckets = list(zip(bounds, accumulate(counts), strict=True))
        family.add_metric((value,) if label else (), buckets, timings.sums[value])
    return family


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
