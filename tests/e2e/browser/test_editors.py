"""Stock editors for Yjs on one document in Chromium: two pages, a cut of the network, a tab that comes back offline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.browser.cut import PAGE, REPOSITORY, Wire, built_editors
from tests.e2e.kit import done, made
from tests.e2e.stock import PythonClient
from tests.missing import missing

pytestmark = pytest.mark.asyncio(loop_scope="session")
EDITORS = ("codemirror", "tiptap")
Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def wire() -> AsyncIterator[Wire]:
    """A server behind a wire; `wire.server` is its process."""
    if not (REPOSITORY / "clients/node_modules/yjs").is_dir():
        missing("needs `cd clients && npm ci`")
    wire = Wire()
    await wire.start()
    async with ServerProcess(env={"PARLOUR_ORIGINS": wire.url}) as server:
        wire.lead_to(server.port)
        wire.server = server
        yield wire
        await wire.close()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return await built_editors(tmp_path_factory.mktemp("editors"))


@pytest_asyncio.fixture(loop_scope="session")
async def open_editor(browser: Browser, wire: Wire, bundle: str) -> AsyncIterator[Open]:
    """`await open_editor("ann", room, editor)`: a page of that person's; `context` for a second tab."""
    wire.mend()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def serve(route: Route) -> None:
            script = route.request.url.endswith(".js")
            type_ = "text/javascript" if script else "text/html"
            await route.fulfill(body=bundle if script else PAGE, content_type=type_)

        async def one(
            name: str, room: str, editor: str, *, context: BrowserContext | None = None, offline: str = ""
        ) -> Page:
            token = (await sign_in(http, wire.server.url, wallet(name)))["token"]
            if context is None:
                context = await browser.new_context()
                stack.push_async_callback(context.close)
            page = await context.new_page()
            await page.route("**/editing/*", serve)
            await page.goto(f"{wire.url}/editing/page#room={room}&token={token}&name={name}&editor={editor}{offline}")
            await expect(page.locator("body")).to_have_attribute("data-ready", "yes")
            return page

        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def room(wire: Wire) -> AsyncIterator[str]:
    """A new document of ann's."""
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as ann:
        await ann.connect(wire.server.url, (await sign_in(http, wire.server.url, wallet("ann")))["token"])
        yield await made(ann, "document")
        await done(ann, "room:list")


async def is_saved(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-state", "synced saved")


async def write(page: Page, text: str) -> None:
    await page.locator("[contenteditable=true]").click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(text)


async def shows(page: Page, text: str) -> None:
    await expect(page.locator("[contenteditable=true]")).to_contain_text(text)


async def is_stored(page: Page, text: str) -> None:
    """Wait until IndexedDB holds `text`: its writes end some time after the key that caused them."""
    while await page.evaluate("stored()") != text:
        await asyncio.sleep(0.05)


async def content(page: Page) -> str:
    told: str = await page.evaluate("content()")
    return told


@pytest.mark.parametrize("editor", EDITORS)
async def test_editor_goes_on_after_a_cut_of_the_network(open_editor: Open, wire: Wire, room: str, editor: str) -> None:
    await cut_in_the_middle(open_editor, wire, room, editor, seconds=1)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("editor", EDITORS)
async def test_editor_goes_on_after_half_a_minute_apart(open_editor: Open, wire: Wire, room: str, editor: str) -> None:
    await cut_in_the_middle(open_editor, wire, room, editor, seconds=30)


async def cut_in_the_middle(open_editor: Open, wire: Wire, room: str, editor: str, seconds: float) -> None:
    ann, bea = await open_editor("ann", room, editor), await open_editor("bea", room, editor)
    await write(ann, "hello from ann. ")
    await shows(bea, "hello from ann.")
    await write(bea, "and from bea. ")
    await shows(ann, "and from bea.")
    if editor == "codemirror":
        await expect(ann.locator(".cm-ySelectionInfo")).to_have_text("bea")
    wire.cut()
    await expect(ann.locator("body")).to_have_attribute("data-state", "apart saved")
    await write(ann, "ann alone. ")
    await write(bea, "bea alone. ")
    await expect(ann.locator("body")).to_have_attribute("data-state", "apart unsaved")
    await asyncio.sleep(seconds)
    wire.mend()
    for page in (ann, bea):
        await shows(page, "ann alone.")
        await shows(page, "bea alone.")
        await is_saved(page)
    assert await content(ann) == await content(bea)
    late = await open_editor("cid", room, editor)
    await shows(late, "bea alone.")
    assert await content(late) == await content(ann)


async def test_tab_that_is_loaded_again_offline_keeps_its_edits(open_editor: Open, wire: Wire, room: str) -> None:
    ann = await open_editor("ann", room, "codemirror", offline="&offline=1")
    await write(ann, "kept. ")
    await is_saved(ann)
    await is_stored(ann, "kept. ")
    wire.cut()
    await ann.reload()
    await shows(ann, "kept.")
    await write(ann, "written offline. ")
    await is_stored(ann, "kept. written offline. ")
    await ann.reload()
    await shows(ann, "written offline.")
    wire.mend()
    await is_saved(ann)
    bea = await open_editor("bea", room, "codemirror")
    await shows(bea, "kept. written offline.")


async def test_two_tabs_of_one_account_edit_and_see_each_other(open_editor: Open, wire: Wire, room: str) -> None:
    first = await open_editor("ann", room, "codemirror")
    second = await open_editor("ann", room, "codemirror", context=first.context)
    await write(first, "one ")
    await shows(second, "one")
    await write(second, "two ")
    await shows(first, "one two")
    await expect(first.locator(".cm-ySelectionInfo")).to_have_text("ann")
    await second.close()
    await expect(first.locator(".cm-ySelectionInfo")).to_have_count(0)
