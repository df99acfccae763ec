"""Battleship and the arena in the demo page: played, with a bot and with somebody else, and nothing given away."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Locator, Page, WebSocket, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, sign_in, sit_down, verdict
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLEET = {1: 5, 2: 4, 3: 3, 4: 3, 5: 2}
"""Length of the ship in each row."""


async def test_a_bots_ship_is_hunted_down_in_battleship(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    await sign_in(page, "Ada")
    await open_game(page, "Against the tide", "Battleship", bot=True)
    await sit_down(page)
    await place_fleet(page)
    theirs = page.get_by_role("group", name="Bot’s waters")
    assert await shoot(page, theirs, "J10") == "miss"  # the bot's ships all lie in columns A to E, one a row
    for row in range(1, 11):
        if await shoot(page, theirs, f"A{row}") != "hit":
            continue
        for column in "BCDE":
            if (seen := await shoot(page, theirs, f"{column}{row}")) != "hit":
                break
        assert seen == "sunk"
        break
    await expect(page.locator(".hull.sunk")).to_have_count(1)
    await expect(page.get_by_title("4 of 5 ships afloat")).to_be_visible()
    await expect(page.get_by_role("img", name=re.compile("Your waters: .*[1-9] (hits|misses)"))).to_be_visible()


async def test_a_fleet_placed_with_the_keyboard_is_shown_to_nobody_else(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    ada, grace = await open_page(dev.url + "/"), await open_page(dev.url + "/", theme="dark", width=390)
    guest, heard = await open_page("about:blank"), list[str]()
    guest.on("websocket", lambda socket: listen(socket, heard))
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await open_game(ada, "Deep secrets", "Battleship")
    for other in (grace, guest):
        await other.goto(ada.url)
    await guest.get_by_role("button", name="Look around as a guest").click()
    for player in (ada, grace):
        await in_room(player, "Deep secrets")
        await sit_down(player)
    await verdict(guest, "The fleets are being placed")
    await ada.get_by_role("group", name="Your waters").get_by_role("button", name="A1:").focus()
    for keys in ("Enter", "ArrowDown Enter", "ArrowDown r Enter", "ArrowRight Enter", "ArrowRight Enter"):
        for key in keys.split():
            await ada.keyboard.press(key)
    await ada.get_by_role("button", name="Ready").click()
    await verdict(ada, "Grace is placing a fleet")
    await expect(ada.locator(".hull.afloat")).to_have_count(5)
    assert await grace.locator(".hull:not(.ghost)").count() == 0
    await place_fleet(grace)
    await verdict(ada, "Your turn")
    await ada.keyboard.press("b")
    await ada.keyboard.press("Enter")
    await expect(grace.get_by_role("log")).to_contain_text("Ada shot at F6")
    assert await seen_at(ada.get_by_role("group", name="Grace’s waters"), "F6") in ("hit", "miss")
    await expect(guest.get_by_role("log")).to_contain_text("Ada shot at F6")
    assert await ada.locator(".hull").count() == await grace.locator(".hull").count() == 5  # their own, each
    assert await guest.locator(".hull").count() == 0
    assert any('"seas"' in frame for frame in heard)
    assert not any('"length"' in frame for frame in heard)  # of a ship: no frame tells of any


async def test_a_battle_is_fought_to_its_end_and_again_and_no_fleet_leaks_on_the_way(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace, heard = (
        await open_page(dev.url + "/"),
        await open_page("about:blank", theme="dark", width=390),
        list[str](),
    )
    grace.on("websocket", lambda socket: listen(socket, heard))
    await grace.goto(dev.url + "/")
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await ada.get_by_role("button", name="New room or table").click()
    await assert_no_barriers(ada, axe)
    await ada.get_by_role("button", name="Cancel").click()
    await open_game(ada, "To the last ship", "Battleship")
    await grace.goto(ada.url)
    for player in (ada, grace):
        await in_room(player, "To the last ship")
        await sit_down(player)
    await assert_no_barriers(grace, axe)
    for player, column, down in ((ada, "F", 5), (grace, "A", 0)):
        own = player.get_by_role("group", name="Your waters")
        for row in FLEET:
            await own.get_by_role("button", name=f"{column}{row + down}:").click()
        await player.get_by_role("button", name="Ready").click()
    targets = [f"{column}{row}" for row, length in FLEET.items() for column in "ABCDE"[:length]]
    theirs = ada.get_by_role("group", name="Grace’s waters")
    for cell in targets[:-1]:
        assert await shoot(ada, theirs, cell) in ("hit", "sunk")
    graces = {((row - 1) * 10, length) for row, length in FLEET.items()}
    adas = {(cell + 55, length) for cell, length in graces}
    assert ships_told(heard) == graces
    held = await ships_held(grace)
    assert graces <= held
    assert not adas & held
    await assert_no_barriers(ada, axe)
    await assert_no_barriers(grace, axe)
    await shoot(ada, theirs, targets[-1])
    await verdict(ada, "You won")
    await verdict(grace, "Ada won")
    await expect(grace.locator(".hull.afloat")).to_have_count(5)  # it is over: all may be seen
    assert ships_told(heard) == graces | adas
    await assert_no_barriers(grace, axe)
    for player in (ada, grace):
        await player.get_by_role("button", name="Play again").click()
    for player in (ada, grace):
        await verdict(player, "Place your fleet")
        await expect(player.locator(".hull")).to_have_count(0)


async def open_game(page: Page, title: str, game: str, *, bot: bool = False) -> None:
    if not await page.get_by_role("button", name="New room or table").is_visible():
        await page.get_by_role("button", name="Rooms", exact=True).click()
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("Game", exact=True).select_option(label=game)
    await page.get_by_label("with a bot").set_checked(bot)
    await page.get_by_role("button", name="Open it").click()
    await in_room(page, title)


async def place_fleet(page: Page) -> None:
    await page.get_by_role("button", name="Place for me").click()
    await expect(page.locator(".hull.afloat")).to_have_count(5)
    await page.get_by_role("button", name="Ready").click()


async def shoot(page: Page, waters: Locator, cell: str) -> str:
    """Wait for one's turn, shoot, and tell what is seen there."""
    await verdict(page, "Your turn")
    await waters.get_by_role("button", name=f"{cell}:").click()
    return await seen_at(waters, cell)


async def seen_at(waters: Locator, cell: str) -> str:
    target = waters.get_by_role("button", name=f"{cell}:")
    await expect(target).not_to_have_class(re.compile("free"))
    return (await target.get_attribute("class") or "").split()[-1]


def ships_told(frames: list[str]) -> set[tuple[int, int]]:
    """(cell, length) of every ship any frame told of, wherever in it."""
    ships = re.findall(r'\{[^{}]*"length":[^{}]*\}', "".join(frames))
    return {(int(ship["cell"]), int(ship["length"])) for ship in map(json.loads, ships)}


async def ships_held(page: Page) -> set[tuple[int, int]]:
    """The same of every object on the page's heap."""
    tools = await page.context.new_cdp_session(page)
    objects = await tools.send("Runtime.evaluate", {"expression": "Object.prototype"})
    found = await tools.send("Runtime.queryObjects", {"prototypeObjectId": objects["result"]["objectId"]})
    pick = "function () { return this.filter((o) => 'cell' in o && 'length' in o).map((o) => [o.cell, o.length]); }"
    held = await tools.send(
        "Runtime.callFunctionOn",
        {"objectId": found["objects"]["objectId"], "functionDeclaration": pick, "returnByValue": True},
    )
    await tools.detach()
    return {(cell, length) for cell, length in held["result"]["value"]}


def listen(socket: WebSocket, heard: list[str]) -> None:
    socket.on("framereceived", lambda frame: heard.append(frame if isinstance(frame, str) else frame.decode()))
