"""What a person does with the demo page, in a person's words."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect


async def sign_in(page: Page, wallet: str) -> None:
    await page.get_by_role("button", name=wallet).click()
    await in_room(page, "Lobby")


async def in_room(page: Page, title: str) -> None:
    await expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


async def go_to(page: Page, title: str) -> None:
    await page.get_by_role("navigation", name="Rooms").get_by_role("button", name=title, exact=True).click()
    await in_room(page, title)


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def message(page: Page, text: str) -> Locator:
    return page.locator(".message", has_text=text)


async def open_table(page: Page, title: str, *, staked: bool = False, game: str = "Tic-tac-toe") -> None:
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("A table with a stake on it" if staked else "A table to play at").check()
    await page.get_by_label("Game", exact=True).select_option(label=game)
    await page.get_by_role("button", name="Open it").click()
    await in_room(page, title)


async def sit_down(page: Page) -> None:
    await page.get_by_role("button", name="Sit down").click()
    await expect(page.locator(".seat small", has_text="you")).to_be_visible()


async def put_in(page: Page) -> None:
    """Put in the stake this table asks for."""
    await page.get_by_role("button", name="Stake 0.01 ETH").click()


async def take(page: Page, cell: int) -> None:
    """Cells 0 to 8; waits until it is this person's turn."""
    await page.locator(".cell").nth(cell).click()


async def verdict(page: Page, words: str) -> None:
    await expect(page.locator(".verdict")).to_have_text(words)
