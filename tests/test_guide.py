"""docs/games.md, done as its reader does it: every block, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlour.commands.starting.scaffold import NameTaken, new_game
from tests.guides import blocks, pytest_in, run

GUIDE = "games.md"


def test_guide_works_block_by_block(tmp_path: Path):
    found = blocks(GUIDE)
    assert [name for name, _ in found].count("rps.py") == 3
    tested = 0
    for name, code in found:
        (tmp_path / name).write_text(code, encoding="utf-8")
        if name.startswith("test_"):
            pytest_in(tmp_path, name)
            tested += 1
    assert tested == 6


def test_game_of_the_guide_is_found_as_parlour_dev_finds_it(tmp_path: Path):
    _, code = [block for block in blocks(GUIDE) if block[0] == "rps.py"][-1]
    (tmp_path / "rps.py").write_text(code, encoding="utf-8")
    found = "from parlour.runtime.games.discovery import game_rooms; print(*game_rooms(['rps:RockPaperScissors']))"
    assert run(tmp_path, "-c", found).split() == [*sorted(REFERENCE), "rps"]


REFERENCE = ["arena", "battleship", "chess", "daily-chess", "tic-tac-toe", "word-party"]


@pytest.mark.parametrize("name", ["Stone Heap", "stone-heap", "StoneHeap", "stone_heap"])
def test_new_game_plays_and_passes_its_own_tests(tmp_path: Path, name: str):
    paths = new_game(name, tmp_path)
    assert [path.name for path in paths] == ["stone_heap.py", "test_stone_heap.py"]
    assert "class StoneHeap(Game[Heap]):" in paths[0].read_text(encoding="utf-8")
    if name == "Stone Heap":
        assert "3 passed" in pytest_in(tmp_path)


@pytest.mark.parametrize("name", ["class", "Random", "chess", "chat", "né"])
def test_name_that_would_get_in_the_way_is_refused_and_nothing_written(name: str, tmp_path: Path):
    with pytest.raises(ValueError, match=name.lower()):
        new_game(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_new_game_overwrites_nothing(tmp_path: Path):
    (tmp_path / "test_heap.py").write_text("mine", encoding="utf-8")
    with pytest.raises(NameTaken):
        new_game("heap", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["test_heap.py"]


def test_name_begins_with_a_letter(tmp_path: Path):
    for name in ("", "7 wonders", "../.."):
        with pytest.raises(ValueError, match="letter"):
            new_game(name, tmp_path)
