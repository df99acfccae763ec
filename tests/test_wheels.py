"""The two wheels: each file is in one of them, and a clone needs neither."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pip(*arguments: str, python: str = sys.executable) -> None:
    done = subprocess.run([python, "-m", "pip", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr and not os.environ.get("CI"):
        pytest.skip("this environment has no pip")
    pytest.fail(done.stdout + done.stderr)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    pip("wheel", "-q", "--no-deps", "-w", str(folder), ".", "./clients/python")
    return {wheel.name.split("-")[0]: wheel for wheel in folder.glob("*.whl")}


def files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def metadata_of(wheel: Path) -> tuple[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        head = Parser().parsestr(archive.read(name).decode())
    return str(head["Version"]), [str(one) for one in head.get_all("Requires-Dist", [])]


def test_wheels_hold_no_file_twice_and_all_of_the_clone(wheels: dict[str, Path]) -> None:
    server, client = files_of(wheels["parlour"]), files_of(wheels["parlour_client"])
    assert server & client == set()
    assert {name.split("/")[0] for name in server} == {"parlour"}
    assert {name.split("/")[0] for name in client} == {"parlour_client"}
    sources = {path.relative_to(ROOT / "clients/python").as_posix() for path in (ROOT / "clients/python").rglob("*.py")}
    assert {name for name in sources if name.startswith("parlour_client/")} <= client
    pages = {"demo/index.html", "admin/index.html", "package/package.json", "package/dist/index.js", "client/client.js"}
    assert {f"parlour/static/{page}" for page in pages} | {"parlour/migrations/env.py", "parlour/py.typed"} <= server


def test_server_wheel_needs_the_client_of_its_own_version(wheels: dict[str, Path]) -> None:
    version, needs = metadata_of(wheels["parlour"])
    assert f"parlour-client=={version}" in needs
    assert metadata_of(wheels["parlour_client"])[0] == version


def test_clone_is_installed_without_the_client_from_a_registry(tmp_path: Path) -> None:
    pip("install", "-q", "--no-deps", "--target", str(tmp_path), "-e", ".")
    [head] = tmp_path.glob("parlour-*.dist-info/METADATA")
    assert "parlour-client" not in head.read_text(encoding="utf-8")
    [paths] = tmp_path.glob("*parlour*.pth")
    assert set(paths.read_text(encoding="utf-8").split()) == {str(ROOT / "server"), str(ROOT / "clients/python")}
