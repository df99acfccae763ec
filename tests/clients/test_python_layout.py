"""The Python client keeps its shape: no circle of imports, no module of the server, small files."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import parlour_client

ROOT = Path(parlour_client.__file__).parent
MOST_LINES, MOST_MODULES = 300, 22
GENERATED = {"parlour_client.types_gen", "parlour_client.sync.faces_gen"}
"""Written by `parlour schema protocol --lang py`, a class for each shape of the wire; and by tools/sync_faces.py."""


def modules() -> dict[str, Path]:
    """Return the package's modules by their full name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["parlour_client", *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imported(path: Path) -> set[str]:
    """Return the modules a file imports, those for type checking too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_client_has_no_circle_of_imports() -> None:
    known = modules()
    graph = {name: imported(path) & known.keys() - {name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(circle.args[1]) from None


def test_client_imports_no_module_of_the_server() -> None:
    for name, path in modules().items():
        assert not {one for one in imported(path) if one.split(".")[0] == "parlour"}, name


def test_client_has_small_files_and_folders() -> None:
    lines = {name: len(path.read_text().splitlines()) for name, path in modules().items() if name not in GENERATED}
    assert not {name for name, count in lines.items() if count > MOST_LINES}
    for folder in {path.parent for path in modules().values()}:
        assert len(list(folder.glob("*.py"))) <= MOST_MODULES, folder


def test_client_exports_every_name_it_lists() -> None:
    assert [name for name in parlour_client.__all__ if not hasattr(parlour_client, name)] == []
    assert list(parlour_client.__all__) == sorted(parlour_client.__all__)
