"""A newcomer's first hour: clone, dev, a game of one's own, a bot, a web page, Postgres behind nginx, the console.

The long form only: it installs the project twice over from the package registries. It prints how long each step took
and leaves pictures of the pages in `PARLOUR_PICTURES`, where that names a folder.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.adapters.engine.test_tls import Certificate
from tests.deploy.test_deploy import shipped_nginx
from tests.e2e.browser.conftest import REPOSITORY, OpenPage
from tests.e2e.browser.person import in_room, message, say, sign_in, sit_down, verdict
from tests.e2e.browser.test_own_game import drop, new_table
from tests.e2e.browser.test_your_web_page import follow_guide, make_a_move, run, vite
from tests.e2e.browser.wallet import InjectedWallet
from tests.postgres import Postgres

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1800)]

PICTURES = os.environ.get("PARLOUR_PICTURES")


class Hour:
    """The seconds of each step, printed as they pass."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        print(f"{name:<52} {time.monotonic() - begun:6.1f} s")


async def picture(page: Page, name: str) -> None:
    if PICTURES is not None:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


@asynccontextmanager
async def bot_of_the_examples(clone: Path, url: str) -> AsyncIterator[None]:
    key = "0x" + bytes(wallet("first hour's bot").key).hex()
    process = await asyncio.create_subprocess_exec(
        clone / ".venv/bin/python",
        "clients/python/examples/gm_bot.py",
        url,
        cwd=clone,
        env={**os.environ, "BOT_KEY": key},
    )
    try:
        yield
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_first_hour_from_an_empty_folder_ends_at_the_console(
    tmp_path: Path, open_page: OpenPage, postgres: Postgres
) -> None:
    hour, clone = Hour(), tmp_path / "parlour"
    parlour = str(clone / ".venv/bin/parlour")
    with hour.step("clone and install, as the README says"):
        await run(tmp_path, f"git clone -q {REPOSITORY} {clone}")
        await run(clone, "python3 -m venv .venv")
        await run(clone, ".venv/bin/pip install -q -c server/constraints.txt -e .")
    with hour.step("a game of one's own, written"):
        await run(clone, f"{parlour} new game connect-four")
        (clone / "connect_four.py").write_text((Path(__file__).parent / "connect_four.py").read_text())
    port = free_port()
    dev = [parlour, "dev", "--games", "connect_four:ConnectFour", "--port", str(port), "--data", str(clone / "data")]
    with hour.step("parlour dev, ready"):
        server = ServerProcess(port=port, command=dev, env={"PYTHONPATH": str(clone)})
        await server.start(timeout=300)
    try:
        ada = await open_page(server.url)
        with hour.step("sign in, say gm to a bot"):
            await sign_in(ada, "Ada")
            async with bot_of_the_examples(clone, server.url):
                await answered(ada)
        with hour.step("two play the own game on the page"):
            await new_table(ada, "First table")
            grace = await open_page(ada.url)
            await sign_in_at(grace, "Grace", "First table")
            await sit_down(ada)
            await sit_down(grace)
            await verdict(ada, "Your turn")
            await drop(ada, 3)
            await verdict(grace, "Your turn")
            await picture(grace, "own-game")
        with hour.step("a web page with Vite, and a move in it"):
            folder = tmp_path / "my-page"
            folder.mkdir()
            async with vite(await follow_guide(folder, port)) as url:
                page = await open_page(url)
                await make_a_move(page)
                await picture(page, "web-page")
    finally:
        assert await server.stop() == 0
    with hour.step("serve on Postgres behind nginx"):
        await run(clone, ".venv/bin/pip install -q -c server/constraints.txt -e .[postgres]")
        await behind_nginx(parlour, tmp_path, postgres.database(), open_page)


async def answered(page: Page) -> None:
    """Say gm until the bot, which has to sign in and join first, answers."""
    reply = message(page, "gm ☀️")
    async with asyncio.timeout(120):
        while not await reply.count():
            await say(page, "gm")
            await asyncio.sleep(3)


async def sign_in_at(page: Page, name: str, title: str) -> None:
    """Sign in at a table's own address."""
    await page.get_by_role("button", name=name).click()
    await in_room(page, title)


async def behind_nginx(parlour: str, folder: Path, database: str, open_page: OpenPage) -> None:
    """An operator signs in through nginx, makes a room, and finds it in the console."""
    operator, port = wallet("first hour's operator"), free_port()
    env = {"PARLOUR_TRUSTED_PROXIES": "127.0.0.1", "PARLOUR_ROLES": f'{{"{operator.address}": "admin"}}'}
    url_of_the_host = database.replace("postgresql+asyncpg://", "postgres://")
    async with shipped_nginx([port], Certificate(folder), folder) as url:
        server = ServerProcess(
            url_of_the_host, port=port, command=[parlour, "serve"], env={**env, "PARLOUR_ORIGINS": url}
        )
        async with server:
            page = await open_page(url + "/", wallet=InjectedWallet(operator))
            await page.get_by_role("button", name="Pocket Wallet").click()
            await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            await expect(page.get_by_role("region", name="No room yet")).to_be_visible()
            await picture(page, "behind-nginx")
            await page.get_by_role("button", name="New room or table").click()
            await page.get_by_label("Name").fill("Made behind nginx")
            await page.get_by_role("button", name="Open it").click()
            await in_room(page, "Made behind nginx")
            await page.goto(url + "/admin/#/rooms")
            await expect(page.get_by_role("row").filter(has_text="Made behind nginx")).to_be_visible()
            await picture(page, "console")
