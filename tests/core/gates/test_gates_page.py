"""The page for authors, docs/gates.md: its gates are read as the server reads them, its Python runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from parlour.core.gates.tree import read_gate

PAGE = (Path(__file__).parents[3] / "docs" / "gates.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_gates_on_the_page_are_read() -> None:
    gates = [read_gate(json.loads(text)) for text in blocks("json")]
    assert [len(gate.leaves) for gate in gates] == [1, 2, 2, 1]


def test_python_on_the_page_runs() -> None:
    for text in blocks("python"):
        exec(compile(text, "docs/gates.md", "exec"), {})
