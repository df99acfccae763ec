"""docs/licences.md is what server/tools/licences.py finds, and only chess is under the GPL."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pytest

from tests.e2e.stock import ROOT


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "server/tools/licences.py"))


def rows(page: str) -> set[str]:
    return {line for line in page.splitlines() if line.startswith("| `")}


def test_page_of_licences_names_every_package_that_is_installed(tool: dict[str, Any]) -> None:
    """Another Python needs some fewer; none needs one that the page leaves out."""
    page, made = (ROOT / "docs/licences.md").read_text(), tool["listed"]()
    assert rows(made) - rows(page) == set()
    assert page.partition("| package")[0] == made.partition("| package")[0]
    assert len(rows(made)) > 80


def test_page_of_licences_knows_each_licence_and_one_gpl(tool: dict[str, Any]) -> None:
    page = rows((ROOT / "docs/licences.md").read_text())
    assert [row for row in page if "not said" in row] == []
    assert [row for row in page if "GPL" in row] == ["| `chess` | GPL-3.0-or-later | `chess` |"]


def test_bill_of_materials_has_a_version_and_an_address_of_each_part(tool: dict[str, Any]) -> None:
    bill = json.loads(tool["bill"]())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert {each["name"] for each in bill["components"]} >= {"aiohttp", "chess", "pycrdt", "asyncpg"}
    for each in bill["components"]:
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
