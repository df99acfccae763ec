"""Rules of the house's shape, each a function that returns the breaches it finds as sentences.

`tests/test_architecture.py` applies them to the project; `tests/test_structure.py` shows each one finding a breach.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Levels = Sequence[Sequence[str]]
"""Names by level, the lowest first; a name may import those of lower levels only."""


@dataclass(frozen=True)
class Tree:
    """The Python modules below one package's folder.

    Attributes:
        folder: the package's folder.
        modules: files by dotted name, the package's own name in front; a package stands for its `__init__`.
    """

    folder: Path
    modules: Mapping[str, Path]

    @classmethod
    def read(cls, folder: Path) -> Tree:
        """Find every module below the folder."""
        modules = {}
        for path in sorted(folder.rglob("*.py")):
            parts = [part for part in path.relative_to(folder.parent).with_suffix("").parts if part != "__init__"]
            modules[".".join(parts)] = path
        return cls(folder, modules)

    def imports(self, path: Path) -> set[str]:
        """Return the modules of this tree that a file imports, in functions and under TYPE_CHECKING too."""
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    submodule = f"{node.module}.{alias.name}"
                    found.add(submodule if submodule in self.modules else node.module)
        return found & self.modules.keys()

    @cached_property
    def graph(self) -> dict[str, set[str]]:
        """What each module imports of this tree."""
        return {name: self.imports(path) - {name} for name, path in self.modules.items()}

    def package_of(self, module: str) -> str:
        """Return a module's package; a module beside packages stands for itself (a ground file)."""
        path = self.modules[module]
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        beside_packages = any(child.is_dir() and (child / "__init__.py").exists() for child in path.parent.iterdir())
        return module if beside_packages else package


def circles(graph: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """Return every group of nodes that reach each other (Tarjan's strongly connected components)."""
    order: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    path: list[Node] = []
    found = []

    def visit(node: Node) -> None:
        order[node] = lowest[node] = len(order)
        path.append(node)
        for other in graph.get(node, ()):
            if other not in order:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in path:
                lowest[node] = min(lowest[node], order[other])
        if lowest[node] == order[node]:
            at = path.index(node)
            if len(path) - at > 1:
                found.append(path[at:])
            del path[at:]

    for node in graph:
        if node not in order:
            visit(node)
    return found


def module_circles(tree: Tree) -> list[str]:
    """Find modules that import each other."""
    return [f"{', '.join(sorted(circle))} import each other" for circle in circles(tree.graph)]


def package_circles(tree: Tree) -> list[str]:
    """Find packages that import each other."""
    graph: dict[str, set[str]] = defaultdict(set)
    for module, imported in tree.graph.items():
        package = tree.package_of(module)
        graph[package] |= {tree.package_of(name) for name in imported} - {package}
    return [f"{', '.join(sorted(circle))} import each other" for circle in circles(graph)]


def order_breaches(tree: Tree, order: Mapping[str, Levels]) -> list[str]:
    """Find imports against the order of packages inside a package.

    Args:
        order: for each package (dotted, "" is the tree's own) the names of its children by level. A child imports
            itself and children of lower levels.
    """
    found = []
    for parent, levels in order.items():
        prefix = f"{tree.folder.name}.{parent}." if parent else f"{tree.folder.name}."
        level_of = {name: level for level, names in enumerate(levels) for name in names}
        for module, imported in tree.graph.items():
            if not module.startswith(prefix):
                continue
            child = module.removeprefix(prefix).split(".")[0]
            if child not in level_of:
                found.append(f"{prefix}{child} has no place in the order of packages")
                continue
            for name in sorted(name for name in imported if name.startswith(prefix)):
                other = name.removeprefix(prefix).split(".")[0]
                if other != child and level_of.get(other, -1) >= level_of[child]:
                    found.append(f"{module} imports {name}")
    return list(dict.fromkeys(found))


def crowded_folders(tree: Tree, most: int) -> list[str]:
    """Find folders with more modules than `most`, not counting `__init__`."""
    counts: dict[Path, int] = defaultdict(int)
    for path in tree.modules.values():
        counts[path.parent] += path.name != "__init__.py"
    crowded = [folder for folder, count in counts.items() if count > most]
    return [f"{folder.relative_to(tree.folder.parent)} has more than {most} modules" for folder in crowded]


def loose_modules(tree: Tree, ground: Iterable[str]) -> list[str]:
    """Find modules that lie beside packages although they are no ground files, and ground files that are gone.

    Args:
        ground: dotted names, below the tree's own, of the modules that may lie beside packages.
    """
    allowed = {f"{tree.folder.name}.{name}" for name in ground}
    loose = {
        module
        for module, path in tree.modules.items()
        if path.name != "__init__.py" and tree.package_of(module) == module
    }
    return [f"{module} lies beside packages" for module in sorted(loose - allowed)] + [
        f"{module} is no module beside packages" for module in sorted(allowed - loose)
    ]


_ENDINGS = ("ings", "ing", "ers", "er", "ed", "es", "s")


def without_grammar(stem: str) -> tuple[str, ...]:
    """Return a file stem's words without their endings, so that `joins` and `joining` are equal."""
    words = []
    for word in stem.split("_"):
        ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
        word = word.removesuffix(ending)
        words.append((word[:-1] if len(word) > 3 and word[-1] == word[-2] else word).rstrip("e"))
    return tuple(words)


def same_stems(folder: Path) -> list[str]:
    """Find modules of one folder, anywhere below this one, whose names differ by grammar only."""
    groups: dict[tuple[Path, tuple[str, ...]], list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        groups[path.parent, without_grammar(path.stem)].append(path.stem)
    return [f"{key[0].relative_to(folder.parent)}: {', '.join(stems)}" for key, stems in groups.items() if stems[1:]]


def named_tests(folder: Path) -> Iterator[str]:
    """Yield the name of every test below the folder."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield node.name


def long_test_names(folder: Path, most: int) -> list[str]:
    """Find tests with names of more characters than `most`."""
    return [name for name in named_tests(folder) if len(name) > most]


def untested_modules(tree: Tree, tests: Path, shown_by: Mapping[str, str]) -> list[str]:
    """Find modules without a test module of their own, and reasons for that which do not hold.

    The test module of `a/b.py` is `a/test_b.py` below `tests`, or `a/test_b_….py`.

    Args:
        shown_by: for modules without one, the test file (below `tests`) that shows them.
    """
    found = []
    modules = {name: path for name, path in tree.modules.items() if path.name not in ("__init__.py", "__main__.py")}
    for module, path in modules.items():
        name = module.partition(".")[2]
        folder = tests / path.parent.relative_to(tree.folder)
        own = (folder / f"test_{path.stem}.py").exists() or any(folder.glob(f"test_{path.stem}_*.py"))
        shown = shown_by.get(name)
        if own and shown is not None:
            found.append(f"{name} has a test module and needs no reason")
        elif not own and shown is None:
            found.append(f"{name} has no test module")
        elif shown is not None and not (tests / shown).exists():
            found.append(f"{name} is shown by {shown}, which does not exist")
    gone = [name for name in shown_by if f"{tree.folder.name}.{name}" not in modules]
    return found + [f"{name} has a reason but does not exist" for name in gone]


def line_count(path: Path) -> int:
    """Count the lines of a file."""
    return len(path.read_text().splitlines())


def long_files(root: Path, files: Iterable[Path], most: int, reasons: Mapping[str, str]) -> list[str]:
    """Find files of more lines than `most` without a reason, and reasons that are no longer needed.

    Args:
        reasons: by path below `root`, why the file is better long than cut.
    """
    long = [str(path.relative_to(root)) for path in files if line_count(path) > most]
    return [f"{name} has more than {most} lines" for name in long if name not in reasons] + [
        f"{name} has a reason but is not long" for name in reasons if name not in long
    ]


def ninetieth_percentile(files: Iterable[Path]) -> int:
    """Return the line count that nine of ten files do not exceed."""
    counts = sorted(map(line_count, files))
    return counts[int(len(counts) * 0.9)]


def documented_share(files: Iterable[Path]) -> float:
    """Return the share of public classes, functions and methods that have a docstring."""
    public = [node for path in files for node in _public(ast.parse(path.read_text()))]
    return sum(ast.get_docstring(node) is not None for node in public) / len(public)


def _public(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def beyond(breaches: Iterable[str], known: Mapping[str, str]) -> str:
    """Return, one a line, the breaches that are not known yet and known ones that must leave their list.

    Args:
        known: breaches that somebody is mending, and whose area each one is.
    """
    breaches = list(breaches)
    mended = [f"mended, so take it off STILL: {breach}" for breach in known if breach not in breaches]
    return "\n".join([breach for breach in breaches if breach not in known] + mended)
