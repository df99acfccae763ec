"""Every block of README.md is run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path

import aiohttp
import pytest

from parlour.testing import play
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.clients.kit import until
from tests.e2e.browser.conftest import REPOSITORY, OpenPage
from tests.e2e.browser.wallet import InjectedWallet

BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(\w+)\n(.*?)^```$", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
START, BROWSER, BOT, GAME, SERVE = range(5)


def block(at: int, language: str) -> str:
    assert BLOCKS[at][0] == language
    return BLOCKS[at][1]


def test_readme_has_no_block_that_is_not_run() -> None:
    assert [language for language, _ in BLOCKS] == ["sh", "js", "python", "python", "sh"]


@pytest.mark.asyncio(loop_scope="session")
async def test_browser_block_signs_in_and_says_gm(open_page: OpenPage, dev: ServerProcess) -> None:
    """As it stands, but that a page without a bundler names the module by its address."""
    code = block(BROWSER, "js")
    assert code.count('from "@parlour/client"') == 1
    module = re.sub(r'import (\{.*\}) from "@parlour/client"', r'const \1 = await import("/parlour/client.js")', code)
    ada = wallet("ada")
    async with connect(dev.url, wallet("bob").key.hex()) as bob, bob.join("lobby") as lobby:
        page = await open_page(dev.url + "/healthz", wallet=InjectedWallet(ada))
        logged: list[str] = []
        page.on("console", lambda line: logged.append(line.text))
        await page.evaluate(INJECT)
        told, _ = await asyncio.gather(
            lobby.wait_for("chat.message", lambda entry: entry.author == ada.address, 20),
            page.evaluate(f"(async (url) => {{ {module} }})({json.dumps(dev.url)})"),
        )
        assert told.text == "gm"
        await until(lambda: any(f"{told.seq} {ada.address}" in line for line in logged))


INJECT = """
() => new Promise((resolve) => {
  window.addEventListener("eip6963:announceProvider", ({ detail }) => {
    window.ethereum = detail.provider;
    resolve();
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
})
"""
"""What a wallet extension does beside EIP-6963: it puts itself at `window.ethereum`."""


async def test_bot_block_answers(tmp_path: Path) -> None:
    async with ServerProcess() as server, connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby")
        (tmp_path / "bot.py").write_text(block(BOT, "python").replace("http://localhost:8080", server.url))
        env = {**os.environ, "BOT_KEY": wallet("bot").key.hex()}
        async with ann.join("lobby") as lobby:
            bot = await asyncio.create_subprocess_exec(sys.executable, str(tmp_path / "bot.py"), env=env)
            try:
                while wallet("bot").address not in [each.account for each in await lobby.members()]:
                    await asyncio.sleep(0.05)
                await lobby.say("gm")
                answer = await lobby.wait_for("chat.message", lambda entry: entry.author == wallet("bot").address, 60)
            finally:
                bot.terminate()
                await bot.wait()
    assert answer.text == "gm ☀️"


def test_start_page_names_every_page() -> None:
    docs = REPOSITORY / "docs"
    named = set(re.findall(r"\]\(([\w./-]+\.md)\)", (docs / "README.md").read_text(encoding="utf-8")))
    pages = {str(path.relative_to(docs)) for folder in (docs, docs / "guides") for path in folder.glob("*.md")}
    assert pages - named == {"README.md"}


def test_game_block_is_a_game() -> None:
    module = types.ModuleType("readme_game")
    sys.modules[module.__name__] = module
    try:
        exec(compile(block(GAME, "python"), "README.md", "exec"), module.__dict__)
        game = play(module.TicTacToe, "alice", "bob")
        game.alice.place(cell=4)
        assert game.bob.refused("place", cell=4) == "cell_taken"
        assert game.alice.refused("place", cell=0) == "not_your_turn"
        assert game.view()["cells"][4] == 0
    finally:
        del sys.modules[module.__name__]


def split_command(text: str) -> tuple[dict[str, str], list[str]]:
    """Read `NAME=value … command` as a shell does."""
    words = shlex.split(text.replace("\\\n", " "))
    named = [word for word in words if re.match(r"PARLOUR_\w+=", word)]
    return dict(word.split("=", 1) for word in named), words[len(named) :]


async def test_serve_block_serves() -> None:
    env, command = split_command(block(SERVE, "sh"))
    assert command == ["parlour", "serve"]
    checked = subprocess.run(
        [sys.executable, "-m", "parlour", "config", "check"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # Its database and its chain are not here; all that it says besides is taken.
    here = {name: value for name, value in env.items() if name not in ("PARLOUR_DATABASE_URL", "PARLOUR_CHAINS")}
    async with ServerProcess(env=here) as server, aiohttp.ClientSession() as http:
        headers = {"Origin": env["PARLOUR_ORIGINS"]}
        async with http.get(f"{server.url}/auth/nonce", headers=headers) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == env["PARLOUR_ORIGINS"]
            assert (await answer.json())["uri"] == env["PARLOUR_ORIGINS"]


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_start_block_opens_parlour_from_a_clone(tmp_path: Path) -> None:
    """In a copy of what is in git, with the port of this run in place of 8080."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, tmp_path / name)
    install, _, start = block(START, "sh").strip().rpartition(" && ")
    subprocess.run(["sh", "-c", install], cwd=tmp_path, check=True)
    port = free_port()
    command = [*start.replace(".venv", f"{tmp_path}/.venv").split(), "--port", str(port), "--no-chain"]
    async with (
        ServerProcess(port=port, command=command) as server,
        aiohttp.ClientSession() as http,
        http.get(server.url + "/") as page,
    ):
        assert "<title>" in await page.text()
