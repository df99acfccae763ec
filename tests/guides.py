"""The guides of docs/, done as their readers do them: blocks become files, commands run in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(?:python|toml)\n# (\S+\.(?:py|toml))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGE = re.compile(r"^```diff\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HUNK = re.compile(r"((?:^-.*\n)+)((?:^\+.*\n)+)", re.MULTILINE)
"""Lines that go, and the lines that come in their place."""


def blocks(guide: str) -> list[tuple[str, str]]:
    """The code blocks of a guide that begin with a file's name: `(name, content)`, in order."""
    found: list[tuple[str, str]] = BLOCK.findall((DOCS / guide).read_text(encoding="utf-8"))
    return found


def changes(guide: str) -> list[tuple[str, str, str]]:
    """The lines a guide replaces in files that are there: `(name, old lines, new lines)`, in order."""
    found: list[tuple[str, str, str]] = []
    for name, text in CHANGE.findall((DOCS / guide).read_text(encoding="utf-8")):
        for old, new in HUNK.findall(text):
            found.append((name, _without_signs(old), _without_signs(new)))
    return found


def _without_signs(lines: str) -> str:
    return "\n".join(line[1:] for line in lines.splitlines())


def changed_copy(folder: Path, guide: str, *parts: str) -> Path:
    """Copy parts of the project into a folder, and do there what a guide says."""
    for part in parts:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for name, content in blocks(guide):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for name, old, new in changes(guide):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has changed: {old!r}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def run_copy(folder: Path, *command: str) -> str:
    """Run Python with a copy of the server in place of the installed one."""
    env = {**os.environ, "PYTHONPATH": str(folder / "server"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(folder: Path, *command: str) -> str:
    """Run Python in a folder; fails with all it printed where it fails."""
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pytest_in(folder: Path, *files: str) -> str:
    """Run tests in a folder, apart from the project's own settings."""
    return run(
        folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null", *files
    )


def install(folder: Path) -> None:
    """Give the modules of a folder the metadata that `pip install` makes from its pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    name, version = project["name"], project["version"]
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    groups = project.get("entry-points", {})
    lines = [
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{n} = {v}" for n, v in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
