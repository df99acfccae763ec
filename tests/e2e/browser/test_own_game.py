"""A game the demo page knows nothing of is opened, played, talked over and looked back at in it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from parlour.commands.starting.scaffold import new_game
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import go_to, in_room, message, say, sign_in, sit_down, verdict
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = Path(__file__).parent


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ServerProcess, Path]]:
    """`parlour dev --games connect_four:ConnectFour` in a folder that holds the game, and the game's file."""
    folder, port = tmp_path_factory.mktemp("own"), free_port()
    game = folder / "connect_four.py"
    game.write_text((HERE / "connect_four.py").read_text())
    command = [
        sys.executable,
        "-m",
        "parlour",
        "dev",
        "--no-chain",
        "--port",
        str(port),
        "--data",
        str(folder / "data"),
    ]
    new_game("stone heap", folder)
    command += ["--games", "connect_four:ConnectFour", "--games", "stone_heap:StoneHeap"]
    async with ServerProcess(port=port, command=command, env={"PYTHONPATH": str(folder)}) as server:
        yield server, game


async def test_own_game_is_played_by_two_and_looked_back_at(
    open_page: OpenPage, own: tuple[ServerProcess, Path], axe: str
) -> None:
    url = own[0].url + "/"
    ada, grace = await open_page(url), await open_page(url, theme="dark", width=390)
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await new_table(ada, "Four tonight", to_win="3", opening="Centre")
    await assert_no_barriers(ada, axe)
    await grace.goto(ada.url)
    for player in (ada, grace):
        await in_room(player, "Four tonight")
        await sit_down(player)
    await verdict(ada, "Your turn")
    await drop(ada, 0)
    await expect(form(ada, "Drop").get_by_role("alert")).to_have_text("Refused: centre first.")
    for player, column in ((ada, 3), (grace, 0), (ada, 3), (grace, 0)):
        await verdict(player, "Your turn")
        await drop(player, column)
        await expect(form(player, "Drop").get_by_role("status")).to_have_text("Done.")
    await expect(ada.get_by_role("log")).to_contain_text("Grace: drop, column 0")
    await drop(grace, 1)
    await expect(form(grace, "Drop").get_by_role("alert")).to_have_text("It is not your turn.")
    await say(grace, "well played so far")
    await expect(message(ada, "well played so far")).to_be_visible()
    await expect(row(ada, 4)).to_have_text("41 (changed)––0–––")
    await assert_no_barriers(ada, axe)
    await assert_no_barriers(grace, axe)
    await drop(ada, 3)
    await verdict(ada, "You won")
    await verdict(grace, "Ada won")
    await look_back(ada)
    await assert_no_barriers(ada, axe)
    for player in (ada, grace):
        await player.get_by_role("button", name="Play again").click()
    await verdict(grace, "Your turn")
    await expect(row(grace, 5)).to_have_text("5– (changed)––– (changed)–––")


async def look_back(page: Page) -> None:
    """Step back from the end with the keyboard, by the slider, by itself, and return."""
    back, told = page.get_by_role("button", name="One step back"), page.locator(".time-told")
    await back.focus()
    await page.keyboard.press("Enter")
    await expect(told).to_contain_text("Ada: drop, column 3")
    await expect(row(page, 3)).to_have_text("3–––0 (changed)–––")
    await page.keyboard.press("Enter")
    await expect(told).to_contain_text("Grace: drop, column 0")  # the talk between is stepped over
    await expect(row(page, 4)).to_have_text("41 (changed)––0–––")
    await expect(page.get_by_role("button", name="Drop")).to_be_disabled()
    slider = page.get_by_role("slider", name="Entry of the log")
    await slider.fill("2")
    await expect(told).to_contain_text("Entry 2 of")
    await expect(told).to_contain_text("Ada sat down")
    await verdict(page, "Waiting for one more player")
    await slider.press("Home")
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(told).to_contain_text("Ada: drop, column 3")
    await page.get_by_role("button", name="Back to now").click()
    await expect(told).to_contain_text("Now, entry")
    await verdict(page, "You won")


async def test_bot_plays_the_other_seat_of_an_own_game(open_page: OpenPage, own: tuple[ServerProcess, Path]) -> None:
    ada = await open_page(own[0].url + "/")
    await sign_in(ada, "Ada")
    await new_table(ada, "Against it", bot=True)
    await sit_down(ada)
    await verdict(ada, "Your turn")
    await drop(ada, 3)
    await expect(ada.get_by_role("log")).to_contain_text("Bot: drop, column")
    await form(ada, "Resign").get_by_role("button").click()
    await verdict(ada, "Bot won")
    await ada.get_by_role("button", name="Send away").click()
    await expect(ada.locator(".seat", has_text="Bot")).to_contain_text("left")
    await ada.get_by_role("button", name="Add a bot").click()
    await expect(ada.locator(".seat", has_text="Bot")).not_to_contain_text("left")
    await ada.get_by_role("button", name="Play again").click()
    await verdict(ada, "Bot is thinking")
    await verdict(ada, "Your turn")


async def test_state_of_a_game_with_a_board_is_shown_too(
    open_page: OpenPage, own: tuple[ServerProcess, Path], axe: str
) -> None:
    ada = await open_page(own[0].url + "/")
    await sign_in(ada, "Ada")
    await go_to(ada, "Tic-tac-toe")
    await expect(ada.locator(".board")).to_be_visible()
    await sit_down(ada)
    await ada.get_by_role("button", name="State", exact=True).click()
    await expect(ada.locator(".board")).to_have_count(0)
    await expect(ada.locator(".tree").first).to_contain_text("cells")
    await ada.get_by_role("button", name="One step back").click()
    await expect(ada.locator(".time-told")).to_contain_text("Entry 1 of")
    await assert_no_barriers(ada, axe)
    await ada.get_by_role("button", name="State", exact=True).click()
    await expect(ada.locator(".board")).to_be_visible()


async def test_game_that_parlour_new_wrote_has_a_table_to_sit_down_at(
    open_page: OpenPage, own: tuple[ServerProcess, Path]
) -> None:
    ada, grace = await open_page(own[0].url + "/"), await open_page(own[0].url + "/")
    for player, name in ((ada, "Ada"), (grace, "Grace")):
        await sign_in(player, name)
        await go_to(player, "Stone heap")
        await sit_down(player)
    for player in (ada, grace, ada):
        await verdict(player, "Your turn")
        await form(player, "Take").get_by_label("Stones").fill("3")
        await form(player, "Take").get_by_role("button").click()
    await expect(grace.locator(".tree").first).to_have_text("stones 3 (changed) was 6")
    await form(grace, "Take").get_by_label("Stones").fill("4")
    await form(grace, "Take").get_by_role("button").click()  # the browser itself says "at most 3"
    await form(grace, "Take").get_by_label("Stones").fill("3")
    await form(grace, "Take").get_by_role("button").click()
    await verdict(grace, "You won")


async def test_game_that_its_author_changes_appears_again(open_page: OpenPage, own: tuple[ServerProcess, Path]) -> None:
    server, game = own
    ada = await open_page(server.url + "/")
    await sign_in(ada, "Ada")
    await new_table(ada, "Before the change")
    await sit_down(ada)
    await expect(form(ada, "Resign")).to_be_visible()
    await server.stop()
    game.write_text(game.read_text().replace("def resign(", "def give_up("))
    await server.start()
    await expect(form(ada, "Give up")).to_be_visible()
    await expect(form(ada, "Resign")).to_have_count(0)
    await ada.get_by_role("button", name="New room or table").click()
    await ada.get_by_label("Game", exact=True).select_option(label="Connect four")


async def new_table(
    page: Page, title: str, *, to_win: str | None = None, opening: str | None = None, bot: bool = False
) -> None:
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("Game", exact=True).select_option(label="Connect four")
    await page.get_by_label("with a bot").set_checked(bot)
    if to_win is not None:
        await page.get_by_label("To win").fill(to_win)
    if opening is not None:
        await page.get_by_label("Opening").select_option(label=opening)
    await page.get_by_role("button", name="Open it").click()
    await in_room(page, title)


def form(page: Page, name: str) -> Locator:
    return page.get_by_role("form", name=name)


async def drop(page: Page, column: int) -> None:
    await form(page, "Drop").get_by_label("Column").fill(str(column))
    await form(page, "Drop").get_by_role("button").click()


def row(page: Page, number: int) -> Locator:
    """A row of the board, as the state's tree shows it."""
    return page.locator(".tree .line").nth(number).locator("..")
