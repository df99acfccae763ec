"""A conversation by the keyboard alone: the focus is never lost and always in sight; axe finds no barrier."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage, dev_server
from tests.e2e.browser.keys import Keys, focus_is_in
from tests.e2e.browser.person import in_room, message, say
from tests.e2e.browser.test_pages import assert_no_barriers

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server of its own, because a person is muted and put out."""
    async with dev_server(tmp_path_factory.mktemp("keyboard")) as server:
        yield server


async def opens_beside(page: Page, name: str) -> None:
    """Wait until something stands beside the conversation and has the focus; its code is loaded when it is wanted."""
    await expect(page.get_by_role("complementary", name=name)).to_be_visible()
    await focus_is_in(page, ".pane")


async def test_conversation_is_led_by_the_keyboard_alone(
    open_page: OpenPage, dev: ServerProcess, axe: str, tmp_path: Path
) -> None:
    ada = await open_page(dev.url + "/")
    keys = Keys(ada)

    # The first key is pressed where nothing has the focus yet.
    await expect(ada.get_by_role("button", name="Ada")).to_be_visible()
    await ada.keyboard.press("Tab")
    await ada.get_by_role("button", name="Ada").focus()
    await keys.press("Enter")
    await in_room(ada, "Lobby")

    await keys.act("New room or table", "Shift+Tab")
    await keys.to("Name")
    await keys.type("By keys")
    await keys.to("A table to play at")
    await keys.to("A room to talk in", "ArrowDown")
    await keys.press("Enter")
    await in_room(ada, "By keys")
    await keys.press("/")
    await focus_is_in(ada, "#composer")
    await keys.type("first words")
    await keys.press("Enter")
    await expect(message(ada, "first words")).to_be_visible()
    await assert_no_barriers(ada, axe)

    grace = await open_page(ada.url)
    await grace.get_by_role("button", name="Grace").click()
    await in_room(grace, "By keys")
    await say(grace, "good evening")
    await expect(message(ada, "good evening")).to_be_visible()

    # From the field back into the log: up to a message, right to what can be done with it.
    await keys.to("What was said and what happened", "Shift+Tab")
    await keys.press("ArrowUp")
    await expect(message(ada, "good evening")).to_be_focused()
    await keys.act("React with 🎉", "ArrowRight")
    await expect(message(grace, "good evening").locator(".reaction")).to_have_text(re.compile("🎉"))
    await keys.act("Reply", "ArrowRight")
    await focus_is_in(ada, "#composer")
    await keys.type("to you too")
    await keys.press("Enter")
    await expect(message(grace, "to you too").locator(".answered")).to_contain_text("good evening")

    await keys.to("What was said and what happened", "Shift+Tab")
    await keys.press("ArrowUp")
    await keys.act("Edit", "ArrowRight")
    await keys.press("End")
    await keys.type(", Grace")
    await keys.press("Enter")
    await expect(message(grace, "to you too, Grace")).to_contain_text("(edited)")

    await keys.to("What was said and what happened", "Shift+Tab")
    await keys.press("ArrowUp", "ArrowUp")
    await keys.act("Thread", "ArrowRight")
    await opens_beside(ada, "Thread")
    await keys.to("Reply in the thread")
    await keys.type("among us")
    await keys.press("Enter")
    await expect(ada.get_by_role("log", name="Thread")).to_contain_text("among us")
    await assert_no_barriers(ada, axe)
    await keys.press("Escape")
    await expect(ada.get_by_role("complementary", name="Thread")).to_have_count(0)
    await focus_is_in(ada, ".timeline")

    await keys.act("Pin", "ArrowRight")
    await expect(message(ada, "good evening").first).to_contain_text("Pinned")
    await keys.press("ArrowDown")
    await keys.act("Delete", "ArrowRight")
    await expect(ada.locator(".message.deleted")).to_have_count(1)
    await focus_is_in(ada, ".timeline")

    await keys.act("Search", "Shift+Tab")
    await opens_beside(ada, "Search")
    await keys.to("Words to look for")
    await keys.type("evening")
    await keys.press("Enter")
    await expect(ada.locator(".hit")).to_have_count(1)
    await assert_no_barriers(ada, axe)
    await keys.to("in all my rooms")
    await keys.to("Search")
    await keys.press("Tab", "Enter")
    await expect(message(ada, "good evening").first).to_be_focused()
    await keys.press("Escape")
    await keys.to("Pinned messages", "Shift+Tab")
    await keys.press("Enter")
    await opens_beside(ada, "Pinned messages")
    await expect(ada.get_by_role("complementary", name="Pinned messages")).to_contain_text("good evening")
    await assert_no_barriers(ada, axe)
    await keys.press("Escape")

    async with ada.expect_file_chooser() as chosen:
        await keys.act("Add files")
    note = tmp_path / "note.txt"
    note.write_text("for all")
    await (await chosen.value).set_files(note)
    await expect(ada.get_by_role("list", name="Files of this message")).to_contain_text("7 B")
    await keys.to("Message")
    await keys.type("with a file")
    await keys.press("Enter")
    await expect(message(grace, "with a file")).to_contain_text("note.txt")

    await keys.act("About this room", "Shift+Tab")
    await opens_beside(ada, "About this room")
    await expect(ada.locator(".members .person-link", has_text="Grace")).to_be_visible()
    await assert_no_barriers(ada, axe)
    settings = ada.get_by_role("region", name="Settings")
    await keys.to("Name")
    await keys.press("ControlOrMeta+a")
    await keys.type("By keys alone")
    await keys.to("Seconds between two messages of one person")
    await keys.press("ControlOrMeta+a")
    await keys.type("30")
    await keys.act("Save")
    await in_room(ada, "By keys alone")
    await in_room(grace, "By keys alone")
    await expect(settings).to_be_visible()

    grace_row = await ada.locator(".members .person-link", has_text="Grace").text_content()
    assert grace_row is not None
    await keys.act(grace_row.strip())
    await opens_beside(ada, "Person")
    await assert_no_barriers(ada, axe)
    await keys.act("Mute for an hour")
    await expect(ada.get_by_role("alert")).to_contain_text("Muted for an hour.")
    await keys.act("Kick")
    await expect(grace.get_by_text("You were put out of this room.")).to_be_visible()
    await keys.act("Write a message", "Shift+Tab")
    await in_room(ada, "Grace")
    await keys.to("Message")
    await keys.type("just between us")
    await keys.press("Enter")
    await expect(message(ada, "just between us")).to_be_visible()
    await assert_no_barriers(ada, axe)

    await ada.keyboard.press("Tab")
    await keys.to("Inbox", "Shift+Tab")
    await keys.press("Enter")
    await opens_beside(ada, "Inbox")
    await assert_no_barriers(ada, axe)
    await keys.press("Escape")
