"""What people do about each other on the demo page, and with files: slow, kick, ban, block, profile, drag, paste."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage, dev_server
from tests.e2e.browser.person import composer, in_room, message, say
from tests.e2e.browser.test_chat_page import PNG, beside, tool, two_people

pytestmark = pytest.mark.asyncio(loop_scope="session")

HANDED = """([name, type, data, how]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const field = document.querySelector("textarea");
  const event = how === "paste"
    ? new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
  if (how === "drop")
    field.dispatchEvent(new DragEvent("dragover", { dataTransfer: carried, bubbles: true, cancelable: true }));
  field.dispatchEvent(event);
}"""
"""Hands a file to the page as a drag or a paste does: no test can reach the real clipboard's files."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server of its own, because people change their names and block each other."""
    async with dev_server(tmp_path_factory.mktemp("acts")) as server:
        yield server


async def hand(page: Page, name: str, type_: str, content: bytes, how: str) -> None:
    await page.evaluate(HANDED, [name, type_, base64.b64encode(content).decode(), how])


async def test_people_keep_order_and_share_files_and_links(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev, "Acts")
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])

    await hand(grace, "pasted.png", "image/png", PNG, "paste")
    await hand(grace, "pasted again.png", "image/png", PNG, "paste")
    await hand(grace, "dropped.txt", "text/plain", b"words", "drop")
    await expect(grace.get_by_role("list", name="Files of this message")).to_contain_text("dropped.txt5 B")
    await say(grace, "two files")
    await expect(message(ada, "two files").get_by_role("img")).to_have_count(1)
    await expect(message(ada, "two files").get_by_role("button", name="dropped.txt")).to_be_visible()

    await tool(ada, "two files", "Copy link")
    link = await ada.evaluate("navigator.clipboard.readText()")
    await say(ada, "after it")
    await grace.goto("about:blank")
    await grace.goto(link)
    await in_room(grace, "Acts")
    await expect(message(grace, "two files")).to_be_focused()

    about = await beside(ada, "About this room")
    picture = {"name": "p.png", "mimeType": "image/png", "buffer": PNG}
    await about.get_by_label("A name for an emoji of your own").fill("parlour")
    await about.get_by_label("Its picture").set_input_files([picture])  # type: ignore[list-item]  # as FilePayload
    await about.get_by_role("button", name="Add it").click()
    await expect(about.get_by_role("img", name=":parlour:")).to_be_visible()
    await composer(grace).press_sequentially("we are :parl")
    await composer(grace).press("Tab")
    await composer(grace).press("Enter")
    await expect(message(ada, "we are").get_by_role("img", name=":parlour:")).to_be_visible()

    await grace.locator(".author", has_text="Grace").first.click()
    mine = grace.get_by_role("form", name="Your profile")
    await mine.get_by_label("Your name").fill("Amazing Grace")
    await mine.get_by_role("button", name="Save").click()
    await expect(grace.get_by_role("alert")).to_contain_text("Saved.")
    await grace.get_by_role("button", name="Close person").click()
    await ada.reload()
    await in_room(ada, "Acts")
    await expect(ada.locator(".author", has_text="Amazing Grace").first).to_be_visible()

    about = await beside(ada, "About this room")
    await about.get_by_label("Seconds between two messages of one person").fill("3600")
    await about.get_by_role("button", name="Save").click()
    await expect(ada.get_by_role("alert")).to_contain_text("Saved.")
    await say(grace, "the first of this hour")
    await expect(message(ada, "the first of this hour")).to_be_visible()
    await say(grace, "too soon")
    await expect(grace.get_by_role("button", name="Try again")).to_be_visible()
    await grace.get_by_role("button", name="Discard").click()

    await ada.locator(".author", has_text="Amazing Grace").first.click()
    person = ada.get_by_role("complementary", name="Person")
    await person.get_by_role("button", name="Block", exact=True).click()
    await expect(person.get_by_role("button", name="Unblock")).to_be_visible()
    await person.get_by_role("button", name="Unblock").click()
    await person.get_by_role("button", name="Kick", exact=True).click()
    await expect(grace.get_by_text("You were put out of this room.")).to_be_visible()
    await grace.reload()
    await in_room(grace, "Acts")
    await person.get_by_role("button", name="Ban", exact=True).click()
    await expect(grace.get_by_text("You are banned from this room.")).to_be_visible()
