"""Every page in Markdown: its links lead somewhere, and the files and settings it names are there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
NO_SETTINGS = {"PARLOUR_RECONNECTS", "PARLOUR_TOKEN"}
"""What commands and tests read from the environment beside settings."""
PAST = ("CHANGELOG.md", "docs/reports/")
"""Pages that tell of what was: a file or setting in them may be gone."""


def pages() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [page for page in listed.stdout.split() if not page.startswith("server/parlour/static/")]


def anchors(page: Path) -> set[str]:
    """Return what GitHub calls the headings of a page."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.replace("`", "")).strip().lower()
        name = "".join(char for char in plain if char.isalnum() or char in " -_").replace(" ", "-")
        times = found.get(name, 0)
        found[name] = times + 1
        if times:
            found[f"{name}-{times}"] = 1
    return set(found)


@pytest.mark.parametrize("page", pages())
def test_links_of_a_page_lead_to_files_and_headings(page: str) -> None:
    path = ROOT / page
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", [page for page in pages() if not page.startswith(PAST)])
def test_files_and_settings_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:server|clients|tests|docs|deploy)/[\w./-]+)`", text)
    assert [path for path in paths if "NNNN" not in path and not (ROOT / path).exists()] == []
    known = set(re.findall(r"PARLOUR_\w+", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    named = {name for name in re.findall(r"\bPARLOUR_[A-Z0-9_]+\b", text) if not name.endswith("_")}
    assert named - known - NO_SETTINGS == set()
