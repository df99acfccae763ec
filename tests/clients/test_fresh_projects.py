"""The packages of a running server install by address into fresh projects, which then build."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import aiohttp
import pytest

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
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


async def test_rainbowkit_example_compiles_and_builds(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "rainbowkit", tmp_path / "rainbowkit")
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    async with ServerProcess() as server:
        write(folder, server.url, manifest)
        run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
    run(folder, "npm", "run", "build")  # checks the types too
    assert list((folder / "dist/assets").glob("*.js"))


async def test_next_project_is_built_and_rendered_on_its_server(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "next-ssr", tmp_path / "next")
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    async with ServerProcess(env={"PARLOUR_GUESTS": "true"}) as server, connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby")
        manifest["dependencies"]["@parlour/client"] = f"{server.url}/parlour/client.tgz"
        write(folder, server.url, manifest)
        run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
        run(folder, "npm", "run", "build")  # checks the types too
        port = free_port()
        env = {**os.environ, "NEXT_PUBLIC_PARLOUR": server.url}
        node = await asyncio.create_subprocess_exec(
            "node", "node_modules/next/dist/bin/next", "start", "-p", str(port), cwd=folder, env=env
        )
        try:
            page = await answered(f"http://127.0.0.1:{port}/")
        finally:
            node.terminate()
            await node.wait()
    assert ">1<!-- --> rooms<" in page
    assert ">connecting<!-- -->, <!-- -->0<!-- --> here<" in page


async def answered(url: str) -> str:
    async with asyncio.timeout(120), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(url) as answer:
                    assert answer.status == 200
                    return await answer.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.2)


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
        "client/optimistic",
        "client/chain",
        "client/predict",
        "react",
        "react/suspense",
        "react/document",
    ]
    code = "".join(f'await import("@parlour/{entry}");' for entry in entries)
    assert run(tmp_path, "node", "--input-type=module", "-e", f"{code} console.log('all')") == "all\n"
