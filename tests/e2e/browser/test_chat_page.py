"""The conversation of the demo page as two people use it: one at a desk in the light, one on a phone in the dark."""

from __future__ import annotations

import base64

import pytest
from playwright.async_api import Locator, Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import composer, go_to, in_room, message, say, sign_in
from tests.e2e.browser.test_pages import PHONE, assert_no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC"
)
HARMLESS = [
    "<script>document.title='broken into'</script>",
    "<img src=x onerror=\"document.title='broken into'\">",
    "<svg onload=document.title='broken into'><a xlink:href='javascript:1'>x</a></svg>",
    "[click](javascript:document.title='broken into') javascript:document.title=1",
    "data:text/html,<script>1</script> vbscript:x",
    "\u2066evil\u2069 a\u200bb\u200cc\ufeffd ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙",
    '"><iframe srcdoc="<script>parent.document.title=1</script>">',
    "`<b>` **<i>bold</i>** > <u>quoted</u>",
]
"""OWASP's classics, SVG, direction marks and characters without width: they are shown as text, and do nothing."""


async def two_people(
    open_page: OpenPage, dev: ServerProcess, title: str, *, private: bool = False
) -> tuple[Page, Page]:
    """Ada in a room of her own, and Grace, who came by her invitation."""
    ada = await open_page(dev.url + "/")
    await sign_in(ada, "Ada")
    await ada.get_by_role("button", name="New room or table").click()
    await ada.get_by_label("Name", exact=True).fill(title)
    await ada.get_by_label("A room to talk in").check()
    if private:
        await ada.get_by_label("Only for those who are invited").check()
    await ada.get_by_role("button", name="Open it").click()
    await in_room(ada, title)
    await beside(ada, "About this room")
    await ada.get_by_role("button", name="Make a link").click()
    link = await ada.get_by_label("It lasts seven days").input_value()
    await ada.keyboard.press("Escape")
    grace = await open_page(dev.url + "/", theme="dark", width=PHONE)
    await sign_in(grace, "Grace")
    await grace.goto(link)
    await in_room(grace, title)
    return ada, grace


async def beside(page: Page, name: str) -> Locator:
    """Open what stands beside the conversation."""
    await page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("complementary", name=name)


async def tool(page: Page, text: str, name: str) -> None:
    """Use a tool of a message."""
    await message(page, text).last.hover()
    await message(page, text).last.get_by_role("button", name=name, exact=True).click()


async def test_two_people_talk_with_all_that_a_message_can_have(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace = await two_people(open_page, dev, "Salon", private=True)
    await say(ada, "Welcome, **all**: see https://example.org/a_b")
    await expect(message(grace, "Welcome").locator("strong")).to_have_text("all")
    link = message(grace, "Welcome").get_by_role("link")
    assert await link.get_attribute("rel") == "noopener noreferrer nofollow"

    await composer(grace).press_sequentially("hi @Ad")
    await expect(grace.get_by_role("option", name="Ada")).to_be_visible()
    await composer(grace).press("Enter")
    await composer(grace).press_sequentially("look :tad")
    await composer(grace).press("Tab")
    await composer(grace).press("Enter")
    await expect(message(ada, "hi @Ada look 🎉")).to_have_class("message to-me")
    await expect(message(ada, "look").get_by_role("button", name="@Ada")).to_be_visible()

    await tool(ada, "look", "Reply")
    await say(ada, "an answer")
    await expect(message(grace, "an answer").locator(".answered")).to_contain_text("hi @Ada look")

    await tool(ada, "Welcome", "Thread")
    await ada.get_by_label("Reply in the thread").fill("among us")
    await ada.get_by_label("Reply in the thread").press("Enter")
    await expect(message(grace, "Welcome").get_by_role("button", name="1 reply")).to_be_visible()
    await expect(grace.get_by_role("log").first).not_to_contain_text("among us")
    await message(grace, "Welcome").get_by_role("button", name="1 reply").click()
    await expect(grace.get_by_role("log", name="Thread")).to_contain_text("among us")
    await assert_no_barriers(grace, axe)
    await grace.get_by_role("button", name="Close thread").click()

    files = [
        {"name": "red.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"for all"},
    ]
    await grace.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]  # as FilePayload
    await expect(grace.get_by_role("list", name="Files of this message")).to_contain_text("7 B")
    await say(grace, "with files")
    await expect(message(ada, "with files").get_by_role("img", name="red.png")).to_be_visible()
    await expect(message(ada, "with files").get_by_role("button", name="note.txt")).to_be_in_viewport(ratio=1)
    await message(grace, "an answer").hover()
    tools = await message(grace, "an answer").get_by_role("group").bounding_box()
    assert tools is not None
    assert tools["x"] >= 0
    assert tools["x"] + tools["width"] <= PHONE

    await tool(ada, "an answer", "Pin")
    await expect(await beside(ada, "Pinned messages")).to_contain_text("an answer")
    found = await beside(ada, "Search")
    await found.get_by_role("searchbox").fill("welc")
    await found.get_by_role("button", name="Search", exact=True).click()
    await found.get_by_role("button", name="Welcome").click()
    await expect(message(ada, "Welcome")).to_be_focused()
    await assert_no_barriers(ada, axe)

    about = await beside(grace, "About this room")
    await about.get_by_role("button", name="Search").click()
    covers = grace.get_by_role("complementary", name="Search")
    await covers.get_by_role("searchbox").fill("welc")
    await covers.get_by_role("button", name="Search", exact=True).click()
    await covers.get_by_role("button", name="Welcome").click()
    await expect(covers).to_have_count(0)
    await expect(message(grace, "Welcome")).to_be_focused()


async def test_texts_that_were_made_to_break_pages_are_inert(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev, "Harmless")
    for text in HARMLESS:
        await say(ada, text)
    await expect(grace.locator(".message")).to_have_count(len(HARMLESS))
    for page in (ada, grace):
        bad = ".message .text :is(script, img, svg, iframe, b, i, u, a:not([href^='http']))"
        assert await page.locator(bad).count() == 0
        assert await page.title() == "Harmless · Parlour"


async def test_what_is_new_is_parted_from_what_was_read(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev, "Reading room")
    await say(ada, "read before")
    await expect(message(grace, "read before")).to_be_visible()
    await grace.get_by_role("button", name="Rooms", exact=True).click()
    await go_to(grace, "Lobby")
    await say(ada, "came since")
    await grace.get_by_role("button", name="Rooms", exact=True).click()
    await go_to(grace, "Reading room")
    await expect(grace.locator(".unread-line")).to_be_visible()
    await expect(grace.locator(".unread-line ~ .talk")).to_contain_text("came since")


async def test_owner_keeps_order_and_people_write_to_each_other(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    ada, grace = await two_people(open_page, dev, "House rules")
    await say(ada, "spam?")
    await tool(grace, "spam?", "Report")
    await grace.get_by_role("button", name="Report it").click()
    await expect(grace.get_by_role("alert")).to_contain_text("The moderators were told")

    about = await beside(ada, "About this room")
    await expect(about).to_contain_text("spam × 1")
    await assert_no_barriers(ada, axe)
    await about.get_by_role("button", name="Dismiss").click()
    await about.get_by_label("Messages that wait for a moderator").select_option("all")
    await about.get_by_label("Name", exact=True).fill("House with rules")
    await about.get_by_role("button", name="Save").click()
    await in_room(grace, "House with rules")
    await say(grace, "may I?")
    await expect(message(grace, "may I?")).to_contain_text("Waits for a moderator.")
    await about.get_by_role("button", name="Release").click()
    await expect(message(grace, "may I?")).not_to_contain_text("Waits for a moderator.")

    await ada.locator(".author", has_text="Grace").click()
    person = ada.get_by_role("complementary", name="Person")
    await expect(person.locator(".address")).to_contain_text("0x")
    await person.get_by_role("button", name="Mute for an hour").click()
    await expect(ada.get_by_role("log")).to_contain_text("Grace was muted")
    await say(grace, "not now")
    await expect(grace.get_by_role("button", name="Try again")).to_be_visible()
    await grace.get_by_role("button", name="Discard").click()

    await grace.locator(".author", has_text="Ada").click()
    await grace.get_by_role("button", name="Write a message").click()
    await in_room(grace, "Ada")
    await say(grace, "sorry")
    await expect(ada.get_by_role("button", name="Inbox")).to_contain_text("unread")
    await ada.get_by_role("button", name="Inbox").click()
    inbox = ada.get_by_role("complementary", name="Inbox")
    await expect(inbox).to_contain_text("Grace wrote to you")
    await assert_no_barriers(ada, axe)
    await inbox.get_by_role("button", name="Accept").click()
    await in_room(ada, "Grace")
    await expect(message(ada, "sorry")).to_be_visible()
    await assert_no_barriers(grace, axe)

    await ada.get_by_role("navigation", name="Rooms").get_by_role("button", name="House with rules").click()
    about = await beside(ada, "About this room")
    await about.get_by_role("button", name="Close this room").click()
    await about.get_by_role("button", name="Close it").click()
    await expect(ada.get_by_text("This room is closed to you now.")).to_be_visible()
