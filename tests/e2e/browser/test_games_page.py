"""Battleship and the arena in the demo page: played, with a bot and with somebody else, and nothing given away."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from typing import Literal
from urllib.parse import unquote

import aiohttp
import pytest
from playwright.async_api import Locator, Page, WebSocket, expect

from parlour.testing.server import ServerProcess
from parlour_client import connect
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import go_to, in_room, sign_in, sit_down, verdict
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLEET = {1: 5, 2: 4, 3: 3, 4: 3, 5: 2}
"""Length of the ship in each row."""
PICTURE = "document.querySelector('canvas').toDataURL()"


async def test_bots_ship_is_hunted_down_in_battleship(open_page: OpenPage, dev: ServerProcess) -> None:
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


async def test_fleet_placed_with_the_keyboard_is_shown_to_nobody_else(open_page: OpenPage, dev: ServerProcess) -> None:
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


async def test_battleship_is_played_twice_and_no_fleet_leaks(open_page: OpenPage, dev: ServerProcess, axe: str) -> None:
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


async def test_arena_is_flown_with_keys_and_a_finger_watched_and_played_again(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace, told = (
        await open_page("about:blank"),
        await open_page(dev.url + "/", theme="dark", width=390),
        list[str](),
    )
    guest = await open_page(dev.url + "/")
    await guest.emulate_media(reduced_motion="reduce")
    ada.on("websocket", lambda socket: listen(socket, told, "framesent"))
    await ada.goto(dev.url + "/")
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await guest.get_by_role("button", name="Look around as a guest").click()
    await open_game(ada, "Coin rush", "Arena", number=2)
    for other in (grace, guest):
        await other.goto(ada.url)
    for player in (ada, grace):
        await in_room(player, "Coin rush")
        await player.get_by_role("button", name="Sit down").click()
        await verdict(player, "The first with 2 coins wins")
    await expect(guest.locator(".scores")).to_contain_text("Grace")
    await assert_no_barriers(grace, axe)
    before = await picture(guest)
    box = await grace.locator("canvas").bounding_box()
    assert box is not None
    await grace.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await grace.mouse.down()
    while await picture(guest) == before:  # somebody flies; all else is calm
        await asyncio.sleep(0.02)
    await grace.mouse.up()
    await fly_to_the_end(ada)
    await verdict(ada, "You won")
    for onlooker in (grace, guest):
        await verdict(onlooker, "Ada won")
        await expect(onlooker.get_by_role("listitem").filter(has_text="Ada").locator("strong")).to_have_text("2")
    await assert_no_barriers(guest, axe)
    steered = re.findall(r'"dx":(-?\d),"dy":(-?\d)', "".join(told))
    assert len(steered) > 1
    assert all(one != another for one, another in itertools.pairwise(steered))
    await ada.get_by_role("button", name="Play again").click()
    await expect(ada.get_by_role("button", name="Waiting for the others…")).to_be_disabled()
    await grace.get_by_role("button", name="Play again").click()
    await verdict(guest, "The first with 2 coins wins")
    await expect(guest.get_by_role("listitem").filter(has_text="Ada").locator("strong")).to_have_text("0")
    for word in ("Leave the table", "Really leave?"):
        await grace.get_by_role("button", name=word).click()
    await expect(guest.locator(".scores")).not_to_contain_text("Grace")
    await expect(grace.get_by_role("button", name="Sit down")).to_be_visible()


async def test_tables_come_fill_and_go_in_the_list_while_one_looks(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace, asked = await open_page(dev.url + "/"), await open_page("about:blank"), list[str]()
    grace.on("websocket", lambda socket: listen(socket, asked, "framesent"))
    await grace.goto(dev.url + "/")
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await open_game(ada, "Just opened", "Battleship")
    rooms = grace.get_by_role("navigation", name="Rooms")
    row = rooms.get_by_role("listitem").filter(has_text="Just opened")
    await expect(row.locator(".taken")).to_contain_text("0/2")
    await sit_down(ada)
    await expect(row.get_by_role("button")).to_have_accessible_description("Battleship, waiting, 1 of 2 seats taken")
    await rooms.get_by_label("Tables of").select_option(label="Arena")
    await expect(row).to_have_count(0)
    await rooms.get_by_label("Tables of").select_option(label="Battleship")
    await rooms.get_by_role("button", name="Free seats").click()
    await go_to(grace, "Just opened")
    await sit_down(grace)
    await expect(row).to_have_count(0)  # no seat is free any more
    await rooms.get_by_role("button", name="Free seats").click()
    await expect(row.locator(".taken")).to_contain_text("2/2")
    await close_room(dev, "Ada", ada.url)
    await expect(row).to_have_count(0)
    assert sum("room:list" in frame and "mine" not in frame for frame in asked) == 1  # the rest was told


async def close_room(dev: ServerProcess, owner: str, url: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(dev.url + "/api/dev") as answer:
        keys = {one["name"]: one["key"] for one in (await answer.json())["wallets"]}
    async with connect(dev.url, key=keys[owner]) as parlour:
        room = unquote(url.split("#/")[1])
        await parlour.request("room:leave", {"room": room})  # ends the match: a running one cannot be closed
        await parlour.request("room:close", {"room": room})


async def fly_to_the_end(page: Page) -> None:
    """By what Space tells of the nearest coin, as somebody who does not see the field."""
    held: set[str] = set()
    field = page.get_by_label("Arena: steer with the arrow keys")
    await field.focus()
    for _ in range(400):
        if await page.get_by_role("button", name="Play again").is_visible():
            return
        await page.keyboard.press("Space")
        told = await page.locator("#arena-told").inner_text()
        if not told.startswith("Nearest coin"):
            continue
        wanted = {f"Arrow{word.capitalize()}" for word in re.findall("up|down|left|right", told)}
        for key in held - wanted:
            await page.keyboard.up(key)
        for key in wanted - held:
            await page.keyboard.down(key)
        held = wanted
        await page.wait_for_timeout(40)
    pytest.fail("nobody won")


async def picture(page: Page) -> str:
    return str(await page.evaluate(PICTURE))


async def open_game(page: Page, title: str, game: str, *, bot: bool = False, number: int | None = None) -> None:
    if not await page.get_by_role("button", name="New room or table").is_visible():
        await page.get_by_role("button", name="Rooms", exact=True).click()
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("Game", exact=True).select_option(label=game)
    await page.get_by_label("with a bot").set_checked(bot)
    if number is not None:
        await page.get_by_label("Coins to win").fill(str(number))
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
    own = "'cell' in o && 'length' in o && Number.isInteger(o.cell)"  # a schema has both, and no cell
    pick = f"function () {{ return this.filter((o) => {own}).map((o) => [o.cell, o.length]); }}"
    held = await tools.send(
        "Runtime.callFunctionOn",
        {"objectId": found["objects"]["objectId"], "functionDeclaration": pick, "returnByValue": True},
    )
    await tools.detach()
    return {(cell, length) for cell, length in held["result"]["value"]}


def listen(socket: WebSocket, heard: list[str], event: Literal["framereceived", "framesent"] = "framereceived") -> None:
    socket.on(event, lambda frame: heard.append(frame if isinstance(frame, str) else frame.decode()))
