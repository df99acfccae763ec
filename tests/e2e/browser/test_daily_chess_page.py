"""Chess over days in the demo page: two people who are never there at once find each other, play and end a game."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import sign_in, verdict
from tests.e2e.browser.test_chat_page import beside
from tests.e2e.browser.test_chess_page import clicked, square
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.browser.test_push_page import OWN_SERVICE, pushing_server
from tests.e2e.stock import until
from tests.e2e.test_push import Browser, PushService, push_service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

MATE = (("f2", "f3"), ("e7", "e5"), ("g2", "g4"), ("d8", "h4"))
"""Black wins by the queen."""


@asynccontextmanager
async def visit(open_page: OpenPage, dev: ServerProcess, name: str) -> AsyncIterator[Page]:
    """Come to the page in a browser of one's own, sign in, and close it again."""
    page = await open_page(dev.url + "/")
    await sign_in(page, name)
    yield page
    await page.context.close()


async def look_for_a_game(page: Page) -> None:
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("A table to play at").check()
    await page.get_by_label("Game", exact=True).select_option(label="Daily chess")
    await page.get_by_role("button", name="Find players").click()


async def told_by_push(page: Page, service: str, name: str) -> Browser:
    """Ask the page for notifications; its browser's service is the test's."""
    browser = Browser(service, name)
    await page.context.grant_permissions(["notifications"])
    await page.evaluate(OWN_SERVICE, [browser.subscription])
    inbox = await beside(page, "Inbox")
    await inbox.get_by_role("button", name="Tell me by notifications").click()
    await expect(inbox).to_contain_text("This browser tells you by notifications.")
    return browser


async def to_the_table(page: Page, told: str) -> None:
    """Go to the table by the newest notice of the inbox, which says that much."""
    inbox = await beside(page, "Inbox")
    newest = inbox.get_by_role("region", name="What you were told").locator(".hit-link").first
    await expect(newest).to_contain_text(told)
    await newest.click()
    await expect(page.locator(".chess-board")).to_be_visible()


async def test_chess_over_days_is_played_by_two_who_are_never_there_at_once(
    open_page: OpenPage, tmp_path: Path, axe: str
) -> None:
    async with push_service(tmp_path) as (service, url, chain), pushing_server(tmp_path, url, chain) as dev:
        browsers: dict[str, Browser] = {}
        async with visit(open_page, dev, "Ada") as ada:
            await look_for_a_game(ada)
            await expect(ada.get_by_text("a notice tells you of the table")).to_be_visible()
            await assert_no_barriers(ada, axe)
            browsers["Ada"] = await told_by_push(ada, url, "Ada")
        async with visit(open_page, dev, "Ada") as ada:
            await look_for_a_game(ada)
            await expect(ada.get_by_text("You are in the line already")).to_be_visible()
        async with visit(open_page, dev, "Grace") as grace:
            await look_for_a_game(grace)
            await expect(grace.locator(".chess-board")).to_be_visible()
            browsers["Grace"] = await told_by_push(grace, url, "Grace")
            corner = await grace.locator(".square").first.get_attribute("aria-label") or ""
            white = "Grace" if corner.startswith("a8") else "Ada"
        await pushed(service, browsers, "Ada", "match")
        black = "Ada" if white == "Grace" else "Grace"
        for number, (start, to) in enumerate(MATE):
            mover, other = (white, black) if number % 2 == 0 else (black, white)
            async with visit(open_page, dev, mover) as page:
                await to_the_table(page, "it is your turn" if number else "")
                await verdict(page, "Your turn")
                await expect(page.locator(".clock").first).to_have_text("24 h")
                await clicked(page, start, to)
                if number < len(MATE) - 1:
                    await verdict(page, f"{other} is thinking")
                else:
                    await verdict(page, "You won by checkmate")
            if number < len(MATE) - 1:
                await pushed(service, browsers, other, "turn")
        async with visit(open_page, dev, white) as page:
            await to_the_table(page, "")
            await verdict(page, f"{black} won by checkmate")
            await expect(square(page, "e1")).to_have_accessible_name("e1: white king, in check")


async def pushed(service: PushService, browsers: dict[str, Browser], name: str, type_: str) -> None:
    """Wait until such a notice was pushed to somebody's browser, and forget what was pushed."""
    await until(
        lambda: type_ in [browsers[name].read(body)["type"] for path, _, body in service.posted if path == f"/{name}"]
    )
    service.posted.clear()
