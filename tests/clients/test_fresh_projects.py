"""The packages of a running server install by address into fresh projects, which then build."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from parlour.testing.server import ServerProcess
from tests.missing import missing

EXAMPLES = Path(__file__).parents[2] / "clients/examples"


def run(folder: Path, *command: str) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def write(folder: Path, server: str, manifest: dict[str, dict[str, str]]) -> None:
    manifest["dependencies"]["@parlour/react"] = f"{server}/parlour/react.tgz"
    package = {"private": True, "type": "module", **manifest}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")


pytestmark = pytest.mark.long  # installs frameworks from npm


@pytest.fixture(autouse=True)
def npm() -> None:
    if shutil.which("npm") is None:
        missing("needs Node with npm")


async def test_vite_project_with_react_builds_and_holds_one_client(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "react-chat", tmp_path / "vite")
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    async with ServerProcess() as server:
        write(folder, server.url, manifest)
        run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
    assert (folder / "node_modules/@parlour/client/package.json").is_file()
    run(folder, "npm", "run", "build")
    assert list((folder / "dist/assets").glob("*.js"))


async def test_node_project_imports_every_entry_of_the_client(tmp_path: Path) -> None:
    async with ServerProcess() as server:
        write(tmp_path, server.url, {"dependencies": {"@parlour/client": f"{server.url}/parlour/client.tgz"}})
        run(tmp_path, "npm", "install", "--no-audit", "--no-fund", "react@19", "yjs@13", "y-protocols@1")
    entries = [
        "client",
        "client/session",
        "client/wallet",
        "client/document",
        "client/local",
        "client/play",
        "client/chain",
        "client/predict",
        "react",
        "react/suspense",
        "react/document",
    ]
    code = "".join(f'await import("@parlour/{entry}");' for entry in entries)
    assert run(tmp_path, "node", "--input-type=module", "-e", f"{code} console.log('all')") == "all\n"
