"""The table of failures in docs/chain.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
TABLE = re.findall(r"^\| F(\d+) \| .+? \| (.+?) \|$", (TESTS.parent / "docs" / "chain.md").read_text(), re.MULTILINE)
PLACES = {
    "sim": "runtime/chain/test_*.py",
    "anvil": "adapters/chain/test_follower_*.py",
    "kill": "adapters/sql/test_chain_kill.py",
}


@pytest.mark.parametrize(("number", "shown"), TABLE, ids=[f"F{number}" for number, _ in TABLE])
def test_line_of_the_table_names_tests_that_exist(number: str, shown: str) -> None:
    if shown.startswith("open: "):
        return
    for place in shown.split(", "):
        if place.startswith("`"):
            assert any(TESTS.rglob(Path(place.strip("`")).name)), place
            continue
        texts = [path.read_text() for path in TESTS.glob(PLACES[place])]
        name = re.compile(rf"(test_|\")f{int(number):02}[_ ]")
        assert any(name.search(text) for text in texts), f"F{number} has no test in {place}"


def test_table_numbers_its_failures_without_a_hole() -> None:
    assert [int(number) for number, _ in TABLE] == list(range(1, 33))
