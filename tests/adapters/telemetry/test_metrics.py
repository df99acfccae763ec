"""What `/metrics` answers of the plain ints that the hot path counts."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from parlour.adapters.telemetry.metrics import COMMIT_BUCKETS, Telemetry
from tests.logs import Log, message

HOT = {
    "parlour_requests_total",
    "parlour_requests_created",
    "parlour_entries_stored_total",
    "parlour_entries_stored_created",
    "parlour_batch_entries_bucket",
    "parlour_batch_entries_count",
    "parlour_batch_entries_sum",
    "parlour_batch_entries_created",
}
"""Names that dashboards ask for."""


def scraped(telemetry: Telemetry) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and its labels' values."""
    families = text_string_to_metric_families(telemetry.text().decode())
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def store(telemetry: Telemetry, entries: int) -> None:
    """Count an append of so many entries to a chat."""
    hall = Log("Hall")
    telemetry.stored(hall.record, hall.draft(*(message(f"m{n}", "x") for n in range(entries))))


def test_scrape_names_every_metric_of_the_hot_path() -> None:
    telemetry = Telemetry("1")
    telemetry.answered("room:post")
    store(telemetry, 1)
    assert {name for name, _ in scraped(telemetry)} >= HOT


def test_requests_are_counted_by_event_and_result() -> None:
    telemetry = Telemetry("1")
    for result in ("ok", "ok", "rate_limited"):
        telemetry.answered("room:post", result)
    samples = scraped(telemetry)
    assert samples["parlour_requests_total", ("room:post", "ok")] == 2
    assert samples["parlour_requests_total", ("room:post", "rate_limited")] == 1
    assert telemetry.requests_answered == 3


def test_answers_are_timed_by_event_whatever_they_were() -> None:
    telemetry = Telemetry("1")
    telemetry.answered("room:post", "ok", 0.002)
    telemetry.answered("room:post", "rate_limited", 0.2)
    samples = scraped(telemetry)
    assert samples["parlour_ack_seconds_bucket", ("room:post", "0.0025")] == 1
    assert samples["parlour_ack_seconds_bucket", ("room:post", "0.25")] == 2
    assert samples["parlour_ack_seconds_count", ("room:post",)] == 2
    assert samples["parlour_ack_seconds_sum", ("room:post",)] == 0.202


def test_batches_are_counted_in_the_first_bucket_that_holds_them() -> None:
    telemetry = Telemetry("1")
    for entries in (1, 2, 3, 512, 600):
        store(telemetry, entries)
    samples = scraped(telemetry)
    upto = [samples["parlour_batch_entries_bucket", (f"{bound}.0",)] for bound in COMMIT_BUCKETS]
    assert upto == [1, 2, 3, 3, 3, 3, 3, 3, 4]
    assert samples["parlour_batch_entries_bucket", ("+Inf",)] == samples["parlour_batch_entries_count", ()] == 5
    assert samples["parlour_batch_entries_sum", ()] == samples["parlour_entries_stored_total", ("chat",)] == 1118
