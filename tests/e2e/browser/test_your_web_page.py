"""docs/your-web-page.md, done as its reader does it: its files in a folder, its commands, a move in Chromium."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.testing.processes import dies_with_parent, free_port
from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import REPOSITORY, OpenPage
from tests.missing import missing

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(420)]

GUIDE = (REPOSITORY / "docs" / "your-web-page.md").read_text(encoding="utf-8")
FILES: list[tuple[str, str]] = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
START, INSTALL, FROM_SERVER, LOOK, BUILD = (
    "parlour dev",
    "npm install",
    "npm install http://localhost:8080/parlour/client.tgz",
    "npm run dev",
    "npm run build",
)
PATIENCE_S = 300
"""For one command: an installation of a hundred files on a busy machine."""


async def run(folder: Path, command: str) -> str:
    """Run a command in a folder; fails with all it printed where it fails."""
    process = await asyncio.create_subprocess_exec(
        *command.split(), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE_S):
        printed, _ = await process.communicate()
    assert process.returncode == 0, f"{command}:\n{printed.decode()}"
    return printed.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def folder(dev: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's folder, installed; the server of the guide is the one that runs here."""
    if shutil.which("npm") is None:
        missing("there is no npm on this machine (apt-get install npm)")
    return await follow_guide(tmp_path_factory.mktemp("my-page"), dev.port)


async def follow_guide(folder: Path, port: int) -> Path:
    """Write the guide's files and run its installations, with the server on another port than the guide's."""
    for name, content in FILES:
        (folder / name).write_text(content.replace(":8080", f":{port}"), encoding="utf-8")
    for command in (INSTALL, FROM_SERVER):
        await run(folder, command.replace(":8080", f":{port}"))
    return folder


async def test_guide_has_no_command_that_is_not_run_here() -> None:
    assert COMMANDS == [START, INSTALL, FROM_SERVER, LOOK, BUILD]
    assert [name for name, _ in FILES] == ["package.json", "tsconfig.json", "index.html", "wallet.ts", "main.ts"]


async def test_page_of_the_guide_is_built_with_its_types_checked(folder: Path) -> None:
    await run(folder, BUILD)
    assert (folder / "dist" / "index.html").is_file()
    (folder / "wrong.ts").write_text('import { connect } from "@parlour/client";\nconnect({ adress: 1 });\n')
    with pytest.raises(AssertionError, match="adress"):
        await run(folder, BUILD)
    (folder / "wrong.ts").unlink()


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
async def test_package_of_the_server_has_strict_types(folder: Path, resolution: str) -> None:
    """With every check on, those of libraries' own declarations too."""
    module = "esnext" if resolution == "bundler" else "nodenext"
    options = {"strict": True, "noEmit": True, "target": "es2022", "module": module, "moduleResolution": resolution}
    lib = ["es2022", "dom", "dom.iterable", "esnext.disposable"]
    strict = {"skipLibCheck": False, "exactOptionalPropertyTypes": True, "noUncheckedIndexedAccess": True, "types": []}
    program = 'import { connect } from "@parlour/client";\nimport { SessionKey } from "@parlour/client/session";\n'
    (folder / f"{resolution}.mts").write_text(
        program + "export const client = connect({ url: 'http://localhost', signer: SessionKey.stored() });\n"
    )
    config = folder / f"tsconfig.{resolution}.json"
    config.write_text(
        json.dumps({"compilerOptions": {**options, **strict, "lib": lib}, "files": [f"{resolution}.mts"]})
    )
    await run(folder, f"npx tsc -p {config.name}")


async def test_package_of_the_server_is_imported_by_node(folder: Path) -> None:
    (folder / "names.mjs").write_text(
        "import * as sdk from '@parlour/client'; import { SessionKey } from '@parlour/client/session';\n"
        "console.log(typeof sdk.connect, typeof sdk.signIn, SessionKey.stored().address.length);\n"
    )
    assert await run(folder, "node names.mjs") == "function function 42\n"


@asynccontextmanager
async def vite(folder: Path, command: str = LOOK) -> AsyncIterator[str]:
    """Run a server of Vite, by default the guide's; yields the address it prints."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *command.split(),
        "--",
        "--port",
        str(port),
        "--strictPort",
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for line in process.stdout:
                if "Local:" in line.decode():
                    break
        yield f"http://localhost:{port}/"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def test_reader_of_the_guide_makes_a_move(folder: Path, open_page: OpenPage) -> None:
    async with vite(folder) as url:
        page = await open_page(url)
        await expect(page.get_by_role("status")).to_have_text("Press Play.")
        await make_a_move(page)
        await page.locator("#board button").nth(4).click()
        await expect(page.get_by_role("status")).to_contain_text("ParlourError")


async def make_a_move(page: Page) -> None:
    """Play the guide's page: a cross in the middle, and the bot's answer."""
    says, cells = page.get_by_role("status"), page.locator("#board button")
    await page.get_by_role("button", name="Play").click()
    await expect(says).to_have_text("Your move.")
    await cells.nth(4).click()
    await expect(cells.nth(4)).to_have_text("X")
    await expect(cells.filter(has_text="O")).to_have_count(1)
    await expect(says).to_have_text("Your move.")
