"""The files that `parlour new game` writes: a game that runs, and its test."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

from parlour.runtime.games.discovery import BUILT_IN_KINDS

TEMPLATE = Path(__file__).parent / "template"
"""The files of a new DApp; those of its game are what `parlour new game` writes."""


def _is_taken(module: str) -> bool:
    """Return whether `import <module>` finds a module already, which a file of that name would hide."""
    taken = (sys.stdlib_module_names, BUILT_IN_KINDS, packages_distributions())
    return keyword.iskeyword(module) or any(module in names for names in taken)


class NameTaken(Exception):
    """A file with that name exists; nothing was written."""


def names_of(name: str) -> dict[str, str]:
    """Return a game's name as its module, class, kind and title are spelled.

    Args:
        name: what the game is called, in any case: "Stone Heap", "stone-heap", "StoneHeap".

    Raises:
        ValueError: the name begins with no ASCII letter, or its module would hide one of that name.
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    if not name.isascii() or not words or not words[0][0].isalpha():
        raise ValueError(f"{name!r} is no name for a game: begin with a letter, A to Z.")
    module = "_".join(word.lower() for word in words)
    if _is_taken(module):
        raise ValueError(f"{module!r} is the name of an existing module; choose another name.")
    klass = "".join(w[:1].upper() + w[1:] for w in words)
    return {"module": module, "klass": klass, "kind": module.replace("_", "-"), "title": " ".join(words)}


def filled(template: str, names: Mapping[str, str]) -> str:
    """Return a template with its names; raises KeyError for one that there is not."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: names[found[1]], template)


def place_of(template: Path, names: Mapping[str, str]) -> Path:
    """Return where a template's file is written, below the new folder."""
    name = str(template.relative_to(TEMPLATE)).removesuffix(".tmpl")
    return Path(name.replace("_dot_", ".").replace("_module_", names["module"]))


def new_game(name: str, folder: Path) -> list[Path]:
    """Write `<name>.py` and `test_<name>.py`, and return their paths.

    Raises:
        ValueError: as `names_of`.
        NameTaken: one of the files exists.
    """
    names = names_of(name)
    templates = [TEMPLATE / "server" / "_module_.py.tmpl", TEMPLATE / "server" / "test__module_.py.tmpl"]
    files = {folder / place_of(template, names).name: template for template in templates}
    if taken := [path for path in files if path.exists()]:
        raise NameTaken(f"{taken[0]} exists already.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in files.items():
        path.write_text(filled(template.read_text(encoding="utf-8"), names), encoding="utf-8")
    return list(files)


def class_in(module: Path) -> str:
    """Find the game's class in a module that `new_game` wrote."""
    found = re.search(r"class (\w+)\(Game", module.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]
