"""Telemetry: the figures of a running server, for operators and their Prometheus.

Owns the metrics of a process, their names and their labels. Never changes what it measures, and takes no label from
what a client sent.

Walk: parts call `metrics.Telemetry.answered`, `stored` and `signed_in`; `wiring.gauges.observe` registers what is read
at a scrape; `Telemetry.text` answers `/metrics`. Shown by tests/e2e/test_protocol_http.py.
"""
