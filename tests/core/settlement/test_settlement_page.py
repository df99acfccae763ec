"""The page docs/settlement.md: its terms are read as the server reads them, its Python runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from parlour.core.settlement.terms import read_terms

PAGE = (Path(__file__).parents[3] / "docs" / "settlement.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_terms_on_the_page_are_read() -> None:
    terms = [read_terms(json.loads(text), None) for text in blocks("json")]
    assert [each.quorum for each in terms] == [0, 2]


def test_python_on_the_page_runs() -> None:
    for text in blocks("python"):
        exec(compile(text, "docs/settlement.md", "exec"), {"__name__": "page"})
