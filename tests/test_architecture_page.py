"""docs/ARCHITECTURE.md names files that exist, and no more than thirty words of our own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_architecture import ORDER, SERVER

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
FEW_WORDS = 30
"""A newcomer can learn so many words in one sitting."""


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(r"`((?:server|clients|docs|tests)/[\w./@-]+)`", PAGE) + [
        f"docs/{link}" for link in re.findall(r"\]\(([\w./-]+\.md)\)", PAGE)
    ]
    assert len(paths) > 30
    assert [path for path in paths if "NNNN" not in path and not (ROOT / path).exists()] == []


def test_every_file_of_a_walk_exists() -> None:
    names = set(re.findall(r"`((?:core/)?[\w/]*\w+\.py)`", PAGE.partition("## How things travel")[2]))
    known = [f"/{path.relative_to(ROOT)}" for folder in ("server", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert len(names) > 10
    assert [name for name in names if not any(path.endswith(f"/{name}") for path in known)] == []


@pytest.mark.parametrize("layer", ["core", "runtime", "adapters"])
def test_layers_name_their_packages_in_their_order(layer: str) -> None:
    [cell] = re.findall(rf"^\| `{layer}/` \| .* \| (.*) \|$", PAGE, flags=re.MULTILINE)
    named = [re.findall(r"`(\w+)/`", level) for level in cell.split(" · ")]
    levels = [[each for each in sorted(level) if (SERVER / layer / each).is_dir()] for level in ORDER[layer]]
    assert [level for level in named if level] == [level for level in levels if level]


def test_glossary_is_short_and_sorted() -> None:
    words = re.findall(r"^\| ([a-z]+) \| ", PAGE.partition("## Words")[2], flags=re.MULTILINE)
    words = [word for word in words if word != "word"]
    assert words == sorted(words)
    assert 20 <= len(words) <= FEW_WORDS
