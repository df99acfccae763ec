"""A DApp that `parlour create` made in an empty folder: installed, tested, built, and played in Chromium."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.test_your_web_page import run, vite
from tests.missing import missing

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1200)]


async def test_created_dapp_is_played_against_its_bot(tmp_path: Path, open_page: OpenPage) -> None:
    if shutil.which("npm") is None:
        missing("needs npm")
    await run(tmp_path, f"{sys.executable} -m parlour create stone-heap")
    home, port = tmp_path / "stone-heap", free_port()
    games = os.pathsep.join([str(home / "server"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "parlour", "dev", "--no-chain", "--games", "stone_heap:StoneHeap"]
    command += ["--port", str(port), "--data", str(tmp_path / "data")]
    async with ServerProcess(port=port, command=command, env={"PYTHONPATH": games}) as server:
        web = home / "web"
        package = web / "package.json"
        package.write_text(package.read_text(encoding="utf-8").replace("http://localhost:8080", server.url))
        (web / ".env").write_text(f"VITE_PARLOUR_URL={server.url}\n", encoding="utf-8")
        await run(web, "npm install")
        await run(web, "npm run build")
        async with vite(web, "npm exec vite preview") as url:
            page = await open_page(url)
            await page.get_by_role("button", name="Ada (dev)").click()
            await page.get_by_role("button", name="Play the bot").click()
            for stones in ("●" * 12, "●" * 8, "●" * 4):
                await expect(page.locator(".stones")).to_have_text(stones)
                await expect(page.get_by_role("status")).to_contain_text("Your turn")
                await page.get_by_role("button", name="Take 3").click()
            await expect(page.get_by_role("status")).to_have_text("You lost.")
            await page.get_by_role("textbox", name="Message").fill("well played")
            await page.get_by_role("button", name="Say").click()
            await expect(page.get_by_text("well played")).to_be_visible()
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_role("button", name="Ada (dev)")).to_be_visible()
