"""docs/guides/add-a-request.md, done as its reader does it, in a copy of the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guides import blocks, changes

GUIDE = "guides/add-a-request.md"
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the server with the guide's file and line."""
    folder = tmp_path_factory.mktemp("house")
    for part in ("server", "alembic"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for name, content in blocks(GUIDE):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for name, old, new in changes(GUIDE):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has changed: {old!r}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def run(house: Path, *command: str) -> str:
    """Run Python with the copy in place of the installed server."""
    env = {**os.environ, "PYTHONPATH": str(house / "server"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *command], cwd=house, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_guide_takes_one_file_and_one_place_in_another() -> None:
    names = [name for name, _ in blocks(GUIDE) if name.startswith("server/")]
    assert names == ["server/parlour/adapters/socket/summaries.py"]
    assert {name for name, _, _ in changes(GUIDE)} == {"server/parlour/adapters/socket/requests.py"}


@pytest.mark.timeout(300)
def test_test_of_the_guide_passes(house: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null", "--rootdir", str(house))
    assert "1 passed" in run(house, "-m", "pytest", *options, "tests/adapters/socket/test_summaries.py")


def test_documents_and_types_have_the_request_at_once(house: Path) -> None:
    for language in ("ts", "py"):
        printed = run(house, "-m", "parlour", "schema", "protocol", "--lang", language)
        assert "SummaryReply" in printed
        assert "Left out where it is hidden or was erased." in printed
    described = run(
        house,
        "-c",
        "from parlour.adapters.socket.asyncapi import asyncapi\n"
        "from parlour.adapters.socket.requests import REQUESTS\n"
        "print(*asyncapi(REQUESTS)['operations'])",
    )
    assert "room_summary" in described.split()
