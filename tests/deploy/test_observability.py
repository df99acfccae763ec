"""The Grafana dashboard and the alert rules under `deploy/` ask only for what a server answers at `/metrics`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from parlour.testing.server import ServerProcess

DEPLOY = Path(__file__).parents[2] / "deploy"
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
"""How the names of a family's samples end, by its type."""


def dashboard_queries() -> Iterator[str]:
    """Every query of the dashboard, variables included."""
    board = json.loads((DEPLOY / "grafana" / "parlour.json").read_text())
    yield from (variable["query"] for variable in board["templating"]["list"] if variable["type"] == "query")
    yield from (target["expr"] for panel in board["panels"] for target in panel.get("targets", ()))


def alerts() -> list[dict[str, Any]]:
    """Every alert rule."""
    groups = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


async def test_dashboard_and_alerts_ask_for_metrics_that_exist() -> None:
    async with ServerProcess() as server, aiohttp.ClientSession() as http, http.get(server.url + "/metrics") as answer:
        families = list(text_string_to_metric_families(await answer.text()))
    served = {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}
    queries = [*dashboard_queries(), *(rule["expr"] for rule in alerts())]
    asked = {name for query in queries for name in re.findall(r"\bparlour_\w+", query)}
    assert len(asked) > 20
    assert asked <= served, f"nobody serves {sorted(asked - served)}"


def test_panels_of_the_dashboard_have_places_of_their_own() -> None:
    panels = json.loads((DEPLOY / "grafana" / "parlour.json").read_text())["panels"]
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_alerts_when_read_say_what_happened_and_what_to_do() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in ("page", "warn"), rule["alert"]
        assert all(rule["annotations"][text] for text in ("summary", "do")), rule["alert"]
