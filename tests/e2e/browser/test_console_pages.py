"""The console's pages in Chromium: each opens, walks with the keyboard, acts with visible effect, has no barriers."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import sign_in
from tests.e2e.browser.test_pages import LOOKS, PHONE, assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    *("Overview", "Rooms", "People", "Connections", "Reports", "Messages", "Audit", "Chain"),
    *("Games", "Webhooks", "Keys", "Config", "Nodes", "Playground", "API"),
)


async def open_named(page: Page, name: str) -> None:
    """Go to a page by the navigation."""
    await expect(page.get_by_role("banner")).to_be_visible()
    menu = page.get_by_role("banner").get_by_role("button", name="Pages")
    if await menu.is_visible():
        await menu.click()
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


@pytest.mark.parametrize("names", [PAGES[:5], PAGES[5:10], PAGES[10:]], ids=["now", "care", "server"])
@pytest.mark.parametrize(("theme", "width"), LOOKS)
async def test_every_page_opens_without_barriers(
    open_page: OpenPage, dev: ServerProcess, axe: str, theme: str, width: int, names: tuple[str, ...]
) -> None:
    console = await open_page(dev.url + "/admin/", theme=theme, width=width)
    for name in names:
        await open_named(console, name)
        await expect(console.get_by_text("Loading")).to_have_count(0)
        await assert_no_barriers(console, axe)
    if width == PHONE:
        await console.get_by_role("banner").get_by_role("button", name="Pages").click()
        await assert_no_barriers(console, axe)


async def test_console_shows_rooms_and_connections_live(open_page: OpenPage, dev: ServerProcess) -> None:
    console = await open_page(dev.url + "/admin/#/rooms")
    rows = console.get_by_role("row")
    await expect(rows.filter(has_text="Lobby")).to_contain_text("chat")
    person = await open_page(dev.url + "/")
    await sign_in(person, "Grace")
    await open_named(console, "Connections")
    await expect(rows.filter(has_text="0x0266")).to_contain_text("lobby")
    await console.keyboard.press("/")
    await console.keyboard.type("nobody has this name")
    await expect(console.get_by_text("No connection is like that.")).to_be_visible()
    await console.keyboard.press("Escape")
    await person.close()
    await expect(rows.filter(has_text="0x0266")).to_have_count(0)


async def test_tables_are_sorted_and_walked_with_the_keyboard(open_page: OpenPage, dev: ServerProcess) -> None:
    for name in ("Ada", "Grace"):
        await sign_in(await open_page(dev.url + "/"), name)
    console = await open_page(dev.url + "/admin/#/connections")
    head = console.get_by_role("columnheader", name="Account")
    await expect(console.locator("tbody tr").nth(1)).to_be_visible()
    await head.get_by_role("button").press("Enter")
    await expect(head).to_have_attribute("aria-sort", "descending")
    await head.get_by_role("button").press("Enter")
    await expect(head).to_have_attribute("aria-sort", "ascending")
    await console.locator("tbody tr").first.focus()
    await console.keyboard.press("ArrowDown")
    second = console.locator("tbody tr").nth(1)
    await expect(second).to_be_focused()


async def test_palette_leads_to_a_page_by_the_keyboard(open_page: OpenPage, dev: ServerProcess) -> None:
    console = await open_page(dev.url + "/admin/")
    await expect(console.get_by_role("banner")).to_be_visible()
    await console.keyboard.press("Control+k")
    await console.keyboard.type("webh")
    await console.keyboard.press("Enter")
    await expect(console.get_by_role("heading", level=1, name="Webhooks")).to_be_visible()
    assert console.url.endswith("#/webhooks")


async def test_playground_posts_as_a_dev_wallet_and_comes_back(open_page: OpenPage, dev: ServerProcess) -> None:
    console = await open_page(dev.url + "/admin/#/playground")
    await console.get_by_label("Connect as").select_option(label="Grace, a dev wallet")
    await console.get_by_role("button", name="Connect", exact=True).click()
    wire = console.get_by_role("region", name="The wire")
    await expect(wire).to_contain_text("welcome")
    await console.get_by_role("combobox", name="Name").select_option("room:post")
    await console.get_by_role("button", name="Send").click()
    await expect(wire.get_by_role("listitem").filter(has_text="room:post (ack)")).to_contain_text('"ok":true')
    await console.get_by_role("button", name="Drop").click()
    await expect(wire).to_contain_text("disconnected")
    await expect(wire.get_by_role("listitem").filter(has_text="welcome")).to_have_count(2)
