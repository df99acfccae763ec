"""Each rule of the house's shape finds a breach that was planted, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.structure import (
    Tree,
    beyond,
    circles,
    crowded_folders,
    documented_share,
    long_files,
    long_test_names,
    loose_modules,
    module_circles,
    ninetieth_percentile,
    order_breaches,
    package_circles,
    same_stems,
    untested_modules,
    without_grammar,
)

HOUSE = {
    "house/__init__.py": "",
    "house/errors.py": "",
    "house/core/__init__.py": "",
    "house/core/room.py": "from house.errors import Wrong",
    "house/core/log/__init__.py": "",
    "house/core/log/chain.py": "from house.core import room",
    "house/core/games/__init__.py": "",
    "house/core/games/match.py": "from house.core.log.chain import Chain",
    "house/core/games/rules.py": "from house.core.games.match import Match",
}
ORDER = {"": [["errors"], ["core"]], "core": [["room"], ["log"], ["games"]]}
TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "


def plant(folder: Path, **breaches: str) -> Tree:
    """Write the sound house with some files replaced or added (`core__room` is core/room.py)."""
    files = HOUSE | {f"house/{name.replace('__', '/')}.py": text for name, text in breaches.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.read(folder / "house")


def test_sound_tree_keeps_every_rule(tmp_path: Path) -> None:
    tree = plant(tmp_path)
    assert module_circles(tree) == package_circles(tree) == order_breaches(tree, ORDER) == []
    assert crowded_folders(tree, 2) == loose_modules(tree, ["errors", "core.room"]) == same_stems(tmp_path) == []


@pytest.mark.parametrize("how", ["", TYPES_ONLY])
def test_modules_that_import_each_other_are_found(tmp_path: Path, how: str) -> None:
    tree = plant(tmp_path, core__games__match=how + "from house.core.games import rules")
    assert module_circles(tree) == ["house.core.games.match, house.core.games.rules import each other"]


def test_import_inside_a_function_closes_a_circle(tmp_path: Path) -> None:
    tree = plant(tmp_path, core__games__match="def late():\n    import house.core.games.rules")
    assert len(module_circles(tree)) == 1


@pytest.mark.parametrize("how", ["", TYPES_ONLY])
def test_packages_that_import_each_other_are_found(tmp_path: Path, how: str) -> None:
    tree = plant(tmp_path, core__log__reader=how + "from house.core.games.rules import Rules")
    assert module_circles(tree) == []
    assert package_circles(tree) == ["house.core.games, house.core.log import each other"]


def test_circles_of_three_are_found_once() -> None:
    assert [sorted(circle) for circle in circles({1: [2], 2: [3], 3: [1, 4], 4: []})] == [[1, 2, 3]]
    assert circles({1: [2], 2: [3], 3: []}) == []


def test_import_of_a_higher_package_is_found(tmp_path: Path) -> None:
    tree = plant(
        tmp_path, core__log__reader="from house.core.games.rules import Rules", errors="import house.core.room"
    )
    assert order_breaches(tree, ORDER) == [
        "house.errors imports house.core.room",
        "house.core.log.reader imports house.core.games.rules",
    ]


def test_import_within_a_level_is_found(tmp_path: Path) -> None:
    breaches = order_breaches(plant(tmp_path), {"core": [["room"], ["log", "games"]]})
    assert breaches == ["house.core.games.match imports house.core.log.chain"]


def test_package_without_a_place_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, core__news__feed="")
    assert order_breaches(tree, ORDER) == ["house.core.news has no place in the order of packages"]


def test_crowded_folder_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, core__games__bots="")
    assert crowded_folders(tree, 2) == ["house/core/games has more than 2 modules"]


def test_module_beside_packages_is_found_unless_it_is_ground(tmp_path: Path) -> None:
    tree = plant(tmp_path, core__lost="")
    assert loose_modules(tree, ["errors", "core.room"]) == ["house.core.lost lies beside packages"]
    assert loose_modules(tree, ["errors", "core.room", "core.lost", "core.gone"]) == [
        "house.core.gone is no module beside packages"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("join", "joining"), ("watch", "watches"), ("close", "closing"), ("run", "running"), ("read_log", "reader_logs")],
)
def test_names_that_differ_by_grammar_are_found(tmp_path: Path, one: str, other: str) -> None:
    assert without_grammar(one) == without_grammar(other)
    plant(tmp_path, **{f"core__log__{one}": "", f"core__log__{other}": ""})
    assert same_stems(tmp_path / "house") == [f"house/core/log: {', '.join(sorted((one, other)))}"]


@pytest.mark.parametrize(("one", "other"), [("rooms", "rights"), ("proof", "prose"), ("log_append", "log_reads")])
def test_names_that_differ_in_their_words_are_not(one: str, other: str) -> None:
    assert without_grammar(one) != without_grammar(other)


def test_long_test_name_is_found(tmp_path: Path) -> None:
    text = """
class TestRoom:
    async def test_a_very_long_name(self): ...
def test_short(): ...
def helper_of_any_length(): ...
"""
    (tmp_path / "test_room.py").write_text(text)
    assert long_test_names(tmp_path, 12) == ["test_a_very_long_name"]


def test_module_without_a_test_module_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path)
    for name in ("test_errors", "core/test_room", "core/log/test_chain_kill", "core/games/test_rules"):
        path = tmp_path / "tests" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    tests = tmp_path / "tests"
    assert untested_modules(tree, tests, {}) == ["core.games.match has no test module"]
    assert untested_modules(tree, tests, {"core.games.match": "core/games/test_rules.py"}) == []


def test_reason_for_no_test_module_that_does_not_hold_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path)
    (tmp_path / "test_errors.py").write_text("")
    shown_by = dict.fromkeys(["core.room", "core.log.chain", "core.games.rules", "errors", "gone"], "test_errors.py")
    assert untested_modules(tree, tmp_path, shown_by | {"core.games.match": "test_lost.py"}) == [
        "core.games.match is shown by test_lost.py, which does not exist",
        "errors has a test module and needs no reason",
        "gone has a reason but does not exist",
    ]


def test_long_file_without_a_reason_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, core__room="\n" * 5, errors="\n" * 6)
    files = tree.modules.values()
    assert long_files(tmp_path, files, 4, {"house/errors.py": "…"}) == ["house/core/room.py has more than 4 lines"]
    assert long_files(tmp_path, files, 5, {"house/errors.py": "…", "house/core/room.py": "…"}) == [
        "house/core/room.py has a reason but is not long"
    ]
    assert ninetieth_percentile(files) == 6


def test_public_names_without_docstring_lower_the_share(tmp_path: Path) -> None:
    text = '''
class Room:
    """A room."""
    def open(self): ...
    def _shut(self): ...
class _Hidden:
    def open(self): ...
'''
    (tmp_path / "room.py").write_text(text)
    assert documented_share([tmp_path / "room.py"]) == 0.5


def test_known_breach_passes_until_it_is_mended() -> None:
    assert beyond(["a", "b"], {"a": "rooms", "b": "games"}) == ""
    assert beyond(["a", "b"], {"a": "rooms"}) == "b"
    assert beyond(["a"], {"a": "rooms", "b": "games"}) == "mended, so take it off STILL: b"
