"""A document in the demo page: two people write, comment, look back and go back; a guest reads."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect
from pycrdt import Doc, Text

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in as token_of
from parlour.testing.wallets import wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, sign_in
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient

pytestmark = pytest.mark.asyncio(loop_scope="session")
LONG, PART = 8_000_000, 200_000
"""Bytes of a document that is nearly as large as one may be, and of one update."""


async def test_two_people_write_see_each_other_and_undo_their_own(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace = await two_in_a_document(open_page, dev, "Minutes")
    await write(ada, "Good morning. ")
    await shows(grace, "Good morning.")
    await write(grace, "All are here. ")
    await shows(ada, "Good morning. All are here.")
    for page, other in ((ada, "Grace"), (grace, "Ada")):
        await expect(page.locator(".caret")).to_have_attribute("data-name", other)
        await expect(page.get_by_text(f"Here in the text: {other}")).to_be_visible()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        await assert_no_barriers(page, axe)
        await picture(page, f"document-text-{other}")
    await button(ada, "Undo").click()
    await expect(text_of(grace)).to_have_text("All are here. ")
    await button(ada, "Redo").click()
    await shows(grace, "Good morning.")
    await grace.close()
    await expect(ada.locator(".caret")).to_have_count(0)


async def test_comment_is_answered_resolved_and_opened_again(open_page: OpenPage, dev: ServerProcess, axe: str) -> None:
    ada, grace = await two_in_a_document(open_page, dev, "Draft")
    await write(ada, "The plan is vague.")
    await shows(grace, "The plan is vague.")
    await expect(button(grace, "Comment", exact=True)).to_be_disabled()
    await text_of(grace).press("Control+Home")
    for _ in "The plan":
        await grace.keyboard.press("Shift+ArrowRight")
    await grace.keyboard.press("Control+Alt+m")
    await grace.get_by_role("textbox", name="Your comment").fill("Which plan?")
    await grace.keyboard.press("Control+Enter")
    threads = ada.get_by_role("region", name="Comments")
    await expect(threads.locator("blockquote")).to_have_text("The plan")
    await expect(threads).to_contain_text("Which plan?")
    await text_of(ada).press("Control+Home")
    await ada.keyboard.type("Yes: ")
    await expect(ada.locator(".commented")).to_have_text("The plan")
    await ada.locator(".commented").click()
    await expect(threads.get_by_role("listitem")).to_be_focused()
    await button(ada, "Answer").click()
    await ada.get_by_role("textbox", name="Your answer").fill("The one of Monday.")
    await button(ada, "Answer").click()
    await expect(grace.get_by_role("region", name="Comments")).to_contain_text("The one of Monday.")
    for page in (ada, grace):
        await assert_no_barriers(page, axe)
        await picture(page, f"document-comments-{await width(page)}")
    await button(grace, "Resolve").click()
    await expect(threads.get_by_role("listitem")).to_have_count(0)
    await expect(ada.locator(".commented")).to_have_count(0)
    await button(ada, "1 resolved").click()
    await button(ada, "Open again").click()
    await expect(grace.get_by_role("listitem").get_by_text("Which plan?")).to_be_visible()
    await ada.reload()
    await expect(threads).to_contain_text("The one of Monday.")


async def test_version_is_named_compared_restored_and_that_undone(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace = await two_in_a_document(open_page, dev, "Minutes of Monday")
    await write(ada, "One two three.")
    await button(ada, "Versions").click()
    await ada.get_by_role("textbox", name="Name of the version").fill("before the review")
    await button(ada, "Keep it").click()
    slider = ada.get_by_role("slider", name="Version")
    await expect(slider).to_have_attribute("aria-valuetext", "Now")
    await text_of(ada).press("Control+End")
    for _ in "three.":
        await ada.keyboard.press("Backspace")
    await ada.keyboard.type("four!")
    await shows(grace, "One two four!")
    await slider.press("ArrowLeft")
    await expect(slider).to_have_attribute("aria-valuetext", re.compile(r"before the review.*Ada.*1 of 1"))
    changes = ada.get_by_role("region", name="What changed since")
    await expect(changes.locator("del")).to_have_text("removed: three.")
    await expect(changes.locator("ins")).to_have_text("added: four!")
    await expect(changes).to_contain_text("Since then 1 word came in and 1 word went.")
    await assert_no_barriers(ada, axe)
    await picture(ada, "document-versions")
    await button(ada, "Restore this").click()
    await shows(grace, "One two three.")
    await expect(changes).to_have_count(0)
    await shows(ada, "One two three.")
    await button(ada, "Undo").click()
    await shows(grace, "One two four!")


async def test_document_is_found_by_its_words(open_page: OpenPage, dev: ServerProcess, axe: str) -> None:
    ada, _ = await two_in_a_document(open_page, dev, "Marsupials")
    await write(ada, "A potoroo is one. ")
    await button(ada, "Talk").click()
    await button(ada, "Search", exact=True).click()
    pane = ada.get_by_role("complementary", name="Search")
    await pane.get_by_role("searchbox").fill("potor")
    hit = pane.get_by_role("button", name=re.compile(r"Document · Ada .*A potoroo is one\."))
    async with asyncio.timeout(60):
        while not await hit.count():  # it is searched once it rests
            await button(pane, "Search", exact=True).click()
            await asyncio.sleep(0.5)
    await assert_no_barriers(ada, axe)
    await hit.click()
    await shows(ada, "A potoroo is one.")


async def test_guest_reads_and_is_told_why(open_page: OpenPage, dev: ServerProcess, axe: str) -> None:
    ada, _ = await two_in_a_document(open_page, dev, "Open letter")
    await write(ada, "To all. ")
    guest = await open_page("about:blank")
    await guest.goto(ada.url)
    await button(guest, "Look around as a guest").click()
    await shows(guest, "To all.")
    await expect(guest.get_by_text("You are looking on as a guest. Sign in to write.")).to_be_visible()
    await expect(text_of(guest)).to_have_attribute("aria-readonly", "true")
    await text_of(guest).press("x")
    await write(ada, "Still. ")
    await expect(text_of(guest)).to_have_text("To all. Still. ")
    for name in ("Undo", "Comment", "Keep it"):
        await expect(button(guest, name, exact=True)).to_have_count(0)
    await button(guest, "Talk").click()
    await expect(guest.get_by_role("log")).to_be_visible()
    await assert_no_barriers(guest, axe)
    await picture(guest, "document-guest")


@pytest.mark.long
async def test_document_of_eight_megabytes_is_opened_and_written_in(open_page: OpenPage, dev: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as writer:
        await writer.connect(dev.url, (await token_of(http, dev.url, wallet("writer")))["token"])
        room = await made(writer, "document", title="War and peace")
        await done(writer, "room:join", room=room)
        for update in long_text():
            while not (ack := await writer.ask("room:post", post(room, "doc.update", update)))["ok"]:
                await asyncio.sleep(ack["error"]["retryAfter"] / 1_000)
    ada = await open_page(dev.url + "/")
    await ada.add_init_script(LONG_TASKS)
    await sign_in(ada, "Ada")
    await ada.evaluate(LONG_TASKS)
    await ada.goto(f"{dev.url}/#/{room}")
    await expect(ada.get_by_text("Saved", exact=True)).to_be_visible()
    await shows(ada, "line 0 ")
    await write(ada, "The end.")
    await expect(ada.get_by_text("Saved", exact=True)).to_be_visible()
    await shows(ada, "The end.")
    tasks: list[int] = await ada.evaluate("globalThis.longTasks")
    print(f"tasks of more than 50 ms: {len(tasks)}, the longest {max(tasks, default=0)} ms")


LONG_TASKS = """
globalThis.longTasks ??= [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask" });
"""


def long_text() -> Iterator[bytes]:
    """Updates of one text of eight megabytes, which ten people wrote in turn."""
    people: list[Doc[Any]] = [Doc() for _ in range(10)]
    log: list[bytes] = []
    for number in range(LONG // PART):
        doc = people[number % len(people)]
        for update in log[-len(people) :]:
            doc.apply_update(update)
        before = doc.get_state()
        text = doc.get("t", type=Text)
        text += "".join(f"line {line} {'of a long text ' * 4}\n" for line in range(PART // 70))
        log.append(doc.get_update(before))
        yield log[-1]


async def two_in_a_document(open_page: OpenPage, dev: ServerProcess, title: str) -> tuple[Page, Page]:
    ada, grace = await open_page(dev.url + "/"), await open_page(dev.url + "/", theme="dark", width=390)
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    await button(ada, "New room or table").click()
    await ada.get_by_label("Name").fill(title)
    await ada.get_by_label("A document to write together").check()
    await button(ada, "Open it").click()
    await in_room(ada, title)
    await grace.goto(ada.url)
    for page in (ada, grace):
        await in_room(page, title)
        await expect(button(page, "Undo")).to_be_visible()
    return ada, grace


def button(page: Page, name: str, *, exact: bool = False) -> Locator:
    return page.get_by_role("button", name=name, exact=exact)


def text_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Text of the document")


async def write(page: Page, text: str) -> None:
    await text_of(page).click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(text)


async def shows(page: Page, text: str) -> None:
    await expect(text_of(page)).to_contain_text(text)


async def width(page: Page) -> int:
    told: int = await page.evaluate("window.innerWidth")
    return told


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot where `PARLOUR_PICTURES` names a folder."""
    if folder := os.environ.get("PARLOUR_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
