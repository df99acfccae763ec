"""Both pages as everybody must be able to use them: no barriers, no other host, no overflow on a phone."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, Request, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import go_to, say, sign_in
from tests.e2e.browser.wallet import InjectedWallet

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = 390
LOOKS = [
    ("light", 1280),
    ("dark", PHONE),
    pytest.param("dark", 1280, marks=pytest.mark.long),
    pytest.param("light", PHONE, marks=pytest.mark.long),
]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
async def test_demo_has_no_barriers(open_page: OpenPage, dev: ServerProcess, axe: str, theme: str, width: int) -> None:
    page = await open_page(dev.url + "/", theme=theme, width=width)
    await expect(page.get_by_role("button", name="Ada")).to_be_visible()
    await assert_no_barriers(page, axe)
    await page.get_by_role("button", name="Ada").click()
    await say(page, "anybody?")
    await expect(page.get_by_text("anybody?").last).to_be_visible()
    await assert_no_barriers(page, axe)
    if width == PHONE:
        await page.get_by_role("button", name="Rooms", exact=True).click()
        await assert_no_barriers(page, axe)
    await go_to(page, "Tic-tac-toe")
    await expect(page.locator(".board")).to_be_visible()
    await assert_no_barriers(page, axe)


async def test_under_serve_the_console_asks_for_a_role(open_page: OpenPage, served: ServerProcess) -> None:
    page = await open_page(served.url + "/", wallet=InjectedWallet(wallet("browser-alice")))
    await page.goto(served.url + "/admin/")
    await expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
    await page.goto(served.url + "/")
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    await page.goto(served.url + "/admin/")
    await expect(page.get_by_role("heading", name="This needs a server role")).to_be_visible()


async def test_nothing_is_asked_of_another_host(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page("about:blank")
    asked: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((dev.url, "data:")):
            asked.append(request.url)

    page.on("request", note)
    await page.goto(dev.url + "/")
    await sign_in(page, "Ada")
    await page.goto(dev.url + "/admin/")
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    assert asked == []


async def test_sdk_is_served_as_a_module_with_its_types(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    names = await page.evaluate("import('/parlour/client.js').then((sdk) => Object.keys(sdk))")
    assert {"connect", "signIn", "discoverWallets"} <= set(names)
    async with aiohttp.ClientSession() as http, http.get(dev.url + "/parlour/client.d.ts") as answer:
        assert answer.status == 200


async def assert_no_barriers(page: Page, axe: str) -> None:
    """WCAG 2.2 A and AA as far as axe-core can tell, and nothing wider than the window."""
    await page.evaluate(axe)
    await page.wait_for_timeout(350)  # transitions end
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: list[dict[str, Any]] = (
        await page.evaluate("tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", tags)
    )["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
