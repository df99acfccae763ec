"""`parlour create`: its folder, its game's own tests, and (long) its page installed, type-checked, tested and built."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.commands.starting.create import new_dapp
from parlour.commands.starting.scaffold import TEMPLATE, filled
from parlour.testing.server import ServerProcess
from tests.missing import missing

REPOSITORY = Path(__file__).parents[3]


def test_one_question_makes_a_dapp_whose_game_passes_its_tests(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["create", "--folder", str(tmp_path)], input="Stone Heap\n")
    assert done.exit_code == 0, done.output
    home = tmp_path / "stone-heap"
    written = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert {"README.md", ".gitignore", "compose.yaml", "server/Dockerfile", "server/stone_heap.py"} <= written
    assert {"web/package.json", "web/src/App.tsx", "web/src/sentence.test.ts"} <= written
    texts = {path: path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file()}
    for path, text in texts.items():
        assert not re.search(r"\{\{\w+\}\}", text), path
    assert 'kind = "stone-heap"' in texts[home / "web/src/App.tsx"]
    assert json.loads(texts[home / "web/package.json"])["name"] == "stone-heap"
    options = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(home / "server"))
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_stone_heap.py"], cwd=home / "server", capture_output=True,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, timeout=120, check=False,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout.decode()


@pytest.mark.parametrize(
    ("name", "sentence"), [("9 lives", "no name"), ("json", "existing module"), ("taken", "exists")]
)
def test_name_that_cannot_be_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "taken").mkdir()
    done = CliRunner().invoke(cli, ["create", name, "--folder", str(tmp_path)])
    assert (done.exit_code, sentence in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.rglob("*")] == ["taken"]


def test_unknown_name_of_a_template_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("{{nobody}}", {})


def test_npm_create_writes_the_same_folder(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        missing("needs node")
    create = REPOSITORY / "clients" / "create" / "index.mjs"
    env = os.environ | {"PARLOUR_TEMPLATE": str(TEMPLATE)}
    subprocess.run([node, str(create), "stone-heap"], cwd=tmp_path, env=env, check=True, capture_output=True)
    home = new_dapp("stone-heap", tmp_path / "by-python")
    by_npm = {str(path.relative_to(tmp_path / "stone-heap")): path.read_bytes()
              for path in (tmp_path / "stone-heap").rglob("*") if path.is_file()}  # fmt: skip
    by_python = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert by_npm == by_python


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_page_of_a_new_dapp_is_installed_tested_and_built(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        missing("needs npm")
    home = new_dapp("stone-heap", tmp_path)
    path = os.pathsep.join([str(home / "server"), os.environ.get("PYTHONPATH", "")])
    async with ServerProcess(env={"PARLOUR_GAMES": "stone_heap:StoneHeap", "PYTHONPATH": path}) as server:
        package = home / "web" / "package.json"
        package.write_text(package.read_text(encoding="utf-8").replace("http://localhost:8080", server.url))
        for command in (("npm", "install"), ("npm", "run", "build")):
            process = await asyncio.create_subprocess_exec(
                *command, cwd=home / "web", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            printed, _ = await asyncio.wait_for(process.communicate(), 400)
            assert process.returncode == 0, printed.decode()
    assert (home / "web" / "dist" / "index.html").is_file()
