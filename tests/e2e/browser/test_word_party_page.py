"""Word party in the demo page: clues and guesses by two, a guest who looks on, and a word that nobody is told."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, sign_in, verdict
from tests.e2e.browser.test_games_page import listen
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_word_party_is_played_and_its_word_told_to_nobody_else(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada = await open_page(dev.url + "/")
    grace, guest = await open_page("about:blank", theme="dark", width=390), await open_page("about:blank")
    heard: list[str] = []
    for page in (grace, guest):
        page.on("websocket", lambda socket: listen(socket, heard))
        await page.goto(dev.url + "/")
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await open_party(ada, "Saturday night")
    await guest.get_by_role("button", name="Look around as a guest").click()
    for page in (grace, guest):
        await page.goto(ada.url)
        await in_room(page, "Saturday night")
    for player, words in ((ada, "Waiting for one more player"), (grace, "Start when everybody is here")):
        await player.get_by_role("button", name="Sit down").click()
        await verdict(player, words)
    await assert_no_barriers(ada, axe)
    await ada.get_by_role("button", name="Start", exact=True).click()
    await verdict(ada, "Give clues for your word")
    word = await word_of(ada)
    await verdict(grace, "Guess Ada’s word")
    await verdict(guest, "Ada gives the clues")
    await expect(grace.get_by_role("img", name=f"A word of {len(word)} letters")).to_be_visible()
    await say(ada, "Your clue", f"It is {word}!")
    await expect(ada.get_by_role("alert")).to_have_text("A clue may not hold the word itself.")
    await say(ada, "Your clue", "You know it")
    for page in (grace, guest):
        await expect(page.get_by_role("list", name="Clues")).to_have_text("You know it")
    await say(grace, "Your guess", "nonsense")
    await expect(grace.get_by_text("“nonsense” is not it")).to_be_visible()
    await expect(guest.locator(".clues")).to_contain_text("one wrong guess")
    for page in (ada, grace, guest):
        await assert_no_barriers(page, axe)
    assert not any(word in frame for frame in heard)
    assert await guest.get_by_role("textbox").count() == 0
    await say(grace, "Your guess", word.upper())
    for page in (ada, grace, guest):
        await verdict(page, f"The word was {word}")
    await expect(scores(guest)).to_contain_text("Ada2")
    await expect(grace.locator(".verdict")).to_have_text("Give clues for your word")
    await say(ada, "Your guess", await word_of(grace))
    await expect(ada.get_by_role("button", name="Play again")).to_be_visible()
    ahead = await score(ada, "Ada") - await score(ada, "Grace")
    await verdict(ada, "A draw" if ahead == 0 else "You won" if ahead > 0 else "Grace won")
    await ada.get_by_role("button", name="Play again").click()
    await grace.get_by_role("button", name="Play again").click()
    await expect(guest.locator(".clues")).to_contain_text("Word 1 of 2")


async def open_party(page: Page, title: str) -> None:
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("Game", exact=True).select_option(label="Word party")
    await page.get_by_label("Rounds").fill("1")
    await page.get_by_role("button", name="Open it").click()
    await in_room(page, title)


async def say(page: Page, label: str, text: str) -> None:
    await page.get_by_label(label).fill(text)
    await page.get_by_label(label).press("Enter")


async def word_of(page: Page) -> str:
    return (await page.locator(".word").get_attribute("aria-label") or "").removeprefix("The word is ")


def scores(page: Page) -> Locator:
    return page.get_by_role("list", name="Scores")


async def score(page: Page, name: str) -> int:
    return int(await scores(page).get_by_role("listitem").filter(has_text=name).locator("strong").inner_text())
