"""What comes with extras: without it Parlour works, and whoever needs it is told in a line what to type."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from parlour.runtime.plugins import EXTRAS

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
WITHOUT = "import sys; sys.modules.update(dict.fromkeys({missing}, None)); "
POSTGRES = "postgres://u:s3cret@127.0.0.1:9/app"
NEEDING = {
    "postgres": [
        ["serve", "--port", "0", "--database-url", POSTGRES],
        ["migrate", "--database-url", POSTGRES],
        ["doctor", "--database-url", POSTGRES],
        ["backup", "copy.db", "--database-url", POSTGRES],
        ["replay", "lobby", "--database-url", POSTGRES],
        ["token", "list", "--database-url", POSTGRES],
    ],
    "redis": [["serve", "--port", "0"]],
    "otel": [["serve", "--port", "0"]],
    "chess": [["serve", "--port", "0", "--games", "parlour.games.chess:Chess"]],
}

ENV = {
    "redis": {"PARLOUR_REDIS_URL": "redis://127.0.0.1:9"},
    "otel": {"PARLOUR_TRACES": "http://127.0.0.1:9/v1/traces"},
}


def without(extras: list[str], program: str, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own that cannot import what these extras bring."""
    missing = [EXTRAS[extra] for extra in extras]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    command = [sys.executable, "-c", WITHOUT.format(missing=missing) + program, *words]
    return subprocess.run(command, cwd=folder, env=inherited | env, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize(
    ("extra", "words"), [(extra, words) for extra, calls in NEEDING.items() for words in calls], ids=str
)
def test_command_without_an_extra_says_in_a_line_what_to_type(tmp_path: Path, extra: str, words: list[str]) -> None:
    env = ENV.get(extra, {})
    ran = without([extra], "from parlour.commands.cli import main; main()", tmp_path, *words, **env)
    said = ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert f"pip install 'parlour[{extra}]'" in said
    assert "Traceback" not in said
    assert "s3cret" not in said
    assert len([line for line in said.splitlines() if "plugin.left_out" not in line]) == 1, said


def test_server_without_any_extra_serves_all_games_but_theirs(tmp_path: Path) -> None:
    program = "from parlour.runtime.games.discovery import game_rooms; print(*sorted(game_rooms()))"
    ran = without(list(EXTRAS), program, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "arena battleship tic-tac-toe word-party"
    assert "pip install 'parlour[chess]'" in ran.stdout


def test_server_without_any_extra_starts_and_stops(tmp_path: Path) -> None:
    program = """import asyncio
from parlour.app import Server
from parlour.settings import load
async def main():
    server = await Server.build(load(port=0))
    await server.start()
    await server.stop()
asyncio.run(main())"""
    ran = without(list(EXTRAS), f"exec({program!r})", tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_extras_bring_the_modules_that_the_code_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    for extra, module in EXTRAS.items():
        assert any(line.startswith(module.replace(".", "-")) for line in extras[extra]), extra
        assert not any(line.startswith(module) for line in PROJECT["dependencies"]), extra
    assert extras["all"] == [f"parlour[{','.join(EXTRAS)}]"]
    assert "parlour[all]" in extras["dev"]


def test_games_that_need_an_extra_name_it_in_their_entry_point() -> None:
    declared = PROJECT["entry-points"]["parlour.games"]
    assert {name for name, target in declared.items() if target.endswith(" [chess]")} == {"chess", "daily-chess"}
    assert {extra for point in entry_points(group="parlour.games") for extra in point.extras} == {"chess"}
