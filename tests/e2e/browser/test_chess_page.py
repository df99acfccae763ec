"""Chess in the demo page: moved by clicks, by dragging and by keys, watched, promoted, drawn and resigned."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import CDPSession, Locator, Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, open_table, sign_in, sit_down, verdict
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_chess_is_played_by_clicks_drags_and_keys_while_a_guest_looks_on(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace = await two_at_the_board(open_page, dev, "Endgame study")
    guest = await open_page("about:blank")
    await guest.goto(ada.url)
    await guest.get_by_role("button", name="Look around as a guest").click()
    await verdict(guest, "Ada is thinking")
    await square(ada, "a2").click()
    await expect(ada.locator(".target")).to_have_count(2)
    await expect(square(ada, "a4")).to_have_accessible_name("a4: free, may go here")
    await assert_no_barriers(ada, axe)
    await square(ada, "e5").click(force=True)
    await expect(ada.locator(".target")).to_have_count(0)
    await clicked(ada, "a2", "a4")
    await expect(grace.get_by_role("log")).to_contain_text("Ada moved a2 to a4")
    await dragged(grace, "b7", "b5")
    await typed(ada, "a4", "b5")
    await expect(guest.get_by_label("Taken from Black")).to_contain_text("pawn")
    await dragged(grace, "a7", "a3")  # where it may not go: it goes back
    await expect(square(grace, "a7")).to_have_accessible_name("a7: black pawn")
    await clicked(grace, "a7", "a6")
    await dragged(ada, "b5", "a6")
    await typed(grace, "h7", "h6")
    await clicked(ada, "a6", "a7")
    await clicked(grace, "h6", "h5")
    await assert_no_barriers(grace, axe)
    await clicked(ada, "a7", "b8")
    await expect(ada.get_by_role("dialog", name="The pawn becomes")).to_be_visible()
    await assert_no_barriers(ada, axe)
    await ada.keyboard.press("Escape")
    await expect(square(ada, "a7")).to_have_accessible_name("a7: white pawn")
    await clicked(ada, "a7", "b8")
    await ada.get_by_role("button", name="rook", exact=True).click()
    await expect(square(guest, "b8")).to_have_accessible_name("b8: white rook, moved last")
    await expect(guest.get_by_text("White: pawn a7 to b8, now a rook")).to_be_visible()
    for onlooker in (guest, grace):
        await expect(onlooker.locator(".clock").first).to_have_text(re.compile(r"\d:\d\d"))
    assert await guest.locator(".square.mine").count() == 0
    assert await guest.get_by_role("button", name="Resign").count() == 0
    await assert_no_barriers(guest, axe)


async def test_draw_is_offered_accepted_and_the_colors_change_in_the_rematch(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    ada, grace = await two_at_the_board(open_page, dev, "Short draw")
    await expect(ada.locator(".square").first).to_have_accessible_name("a8: black rook")
    await expect(grace.locator(".square").first).to_have_accessible_name("h1: white rook")
    await ada.get_by_role("button", name="Offer a draw").click()
    await expect(ada.get_by_role("button", name="Draw offered")).to_be_disabled()
    await verdict(grace, "Ada is thinking. Ada offers a draw")
    await grace.get_by_role("button", name="Accept the draw").click()
    await verdict(ada, "A draw by agreement")
    for player in (ada, grace):
        await player.get_by_role("button", name="Play again").click()
    await verdict(grace, "Your turn")
    await expect(grace.locator(".square").first).to_have_accessible_name("a8: black rook")
    await clicked(grace, "e2", "e4")
    await verdict(ada, "Your turn")
    await ada.get_by_role("button", name="Resign").click()
    await ada.get_by_role("button", name="Really resign?").click()
    await verdict(grace, "You won by resignation")
    await verdict(ada, "Grace won by resignation")


async def test_mate_ends_the_game_and_shows_the_king_in_check(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_at_the_board(open_page, dev, "Four moves")
    for player, start, to in ((ada, "f2", "f3"), (grace, "e7", "e5"), (ada, "g2", "g4"), (grace, "d8", "h4")):
        await clicked(player, start, to)
    await verdict(grace, "You won by checkmate")
    await verdict(ada, "Grace won by checkmate")
    await expect(square(ada, "e1")).to_have_accessible_name("e1: white king, in check")


async def test_chess_piece_follows_a_finger_and_is_let_go(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_at_the_board(open_page, dev, "By hand")
    finger = await Finger.on(grace)
    await clicked(ada, "e2", "e4")
    await finger.drags("e7", "e5")
    await expect(ada.get_by_role("log")).to_contain_text("Grace moved e7 to e5")
    await clicked(ada, "d2", "d3")
    await expect(grace.locator(".may-move")).to_be_visible()
    scrolled = await grace.evaluate("[scrollX, scrollY]")
    await finger.drags("d7", "d2")  # where it may not go: it goes back
    await expect(square(grace, "d7")).to_have_accessible_name("d7: black pawn")
    assert await grace.evaluate("[scrollX, scrollY]") == scrolled, "the piece moves, not the page"
    await square(grace, "d7").focus()
    await grace.keyboard.press("Enter")  # the first press counts, for no click came after the drag
    await expect(grace.locator(".target")).to_have_count(2)
    await grace.keyboard.press("Escape")
    await finger.presses("d7")
    await finger.moves("d5")
    await expect(grace.locator(".target")).to_have_count(2)
    await finger.is_taken_away()  # by the system, as for a call
    await expect(grace.locator(".target")).to_have_count(0)
    await expect(square(grace, "d7")).to_have_accessible_name("d7: black pawn")
    for name in ("d7", "d5"):
        await finger.presses(name)
        await finger.lifts()
    await expect(ada.get_by_role("log")).to_contain_text("Grace moved d7 to d5")


class Finger:
    """One finger on a page, as a touch screen tells of it."""

    def __init__(self, page: Page, tools: CDPSession) -> None:
        self._page, self._tools = page, tools
        self._at = (0.0, 0.0)

    @classmethod
    async def on(cls, page: Page) -> Finger:
        tools = await page.context.new_cdp_session(page)
        await tools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        return cls(page, tools)

    async def presses(self, name: str) -> None:
        self._at = await self._middle(name)
        await self._tell("touchStart", self._at)

    async def moves(self, name: str) -> None:
        """In steps, as fingers do."""
        (x, y), (to_x, to_y) = self._at, await self._middle(name)
        for step in range(1, 6):
            await self._tell("touchMove", (x + (to_x - x) * step / 5, y + (to_y - y) * step / 5))
        self._at = (to_x, to_y)

    async def lifts(self) -> None:
        await self._tell("touchEnd")

    async def is_taken_away(self) -> None:
        await self._tell("touchCancel")

    async def drags(self, start: str, to: str) -> None:
        await expect(self._page.locator(".may-move")).to_be_visible()
        await self.presses(start)
        await self.moves(to)
        await self.lifts()

    async def _middle(self, name: str) -> tuple[float, float]:
        await square(self._page, name).scroll_into_view_if_needed()
        box = await square(self._page, name).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    async def _tell(self, type_: str, *points: tuple[float, float]) -> None:
        touched = [{"x": x, "y": y} for x, y in points]
        await self._tools.send("Input.dispatchTouchEvent", {"type": type_, "touchPoints": touched})


async def two_at_the_board(open_page: OpenPage, dev: ServerProcess, title: str) -> tuple[Page, Page]:
    ada, grace = await open_page(dev.url + "/"), await open_page(dev.url + "/", theme="dark", width=390)
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await open_table(ada, title, game="Chess")
    await grace.goto(ada.url)
    for player in (ada, grace):
        await in_room(player, title)
        await sit_down(player)
    return ada, grace


def square(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{name}:"))


async def clicked(page: Page, start: str, to: str) -> None:
    await expect(page.locator(".may-move")).to_be_visible()
    await square(page, start).click()
    await square(page, to).click()


async def typed(page: Page, start: str, to: str) -> None:
    """By the keyboard alone: a square's name goes to it, Enter takes and puts down."""
    await expect(page.locator(".may-move")).to_be_visible()
    await page.get_by_role("group", name="Chess board").locator("[tabindex='0']").focus()
    for key in (*start, "Enter", *to, "Enter"):
        await page.keyboard.press(key)


async def dragged(page: Page, start: str, to: str) -> None:
    await expect(page.locator(".may-move")).to_be_visible()
    for name, act in ((start, page.mouse.down), (to, page.mouse.up)):
        box = await square(page, name).bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        await act()
