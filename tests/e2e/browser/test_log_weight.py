"""A log of 2,000 messages in the demo page while twelve more come each second: nodes, tab stops, the main thread.

It is read at its end, back to its beginning, and on with the arrow keys.
The long form; `pytest -s` shows the figures, which docs/reports/part-8.md keeps.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from playwright.async_api import CDPSession, Page, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import message
from tests.e2e.browser.wallet import InjectedWallet
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long, pytest.mark.timeout(900)]

ROWS = 2_000
DRAWN = 259  # messages at most: 250, and the rest of a row of ten
PER_SECOND = 12
SECONDS = 10
ENV = {"PARLOUR_POSTS_PER_SECOND": "1000", "PARLOUR_POSTS_BURST": "3000"}
WEIGHT = """() => {
  const log = document.querySelector('[role="log"]');
  const stops = [...document.querySelectorAll("a[href], button, input, textarea, select, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled);
  return {
    nodes: document.querySelectorAll("*").length,
    rows: log.querySelectorAll(".message").length,
    stops: stops.filter((one) => one === log || log.contains(one)).map((one) => `${one.tagName} ${one.className}`),
  };
}"""

# Scrolls up to what is drawn first, and tells how far that moved when what is before it was drawn.
STEP = """async () => {
  const log = document.querySelector('[role="log"]');
  log.scrollTop = 0;
  const read = log.querySelector(".message");
  const before = read.getBoundingClientRect().top;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  const moved = read.isConnected ? Math.abs(read.getBoundingClientRect().top - before) : Infinity;
  return { moved, rows: log.querySelectorAll(".message").length };
}"""
# Counts what is drawn in the log from now on.
WATCH = """log => {
  window.drawnAnew = 0;
  const watch = new MutationObserver((changes) => (window.drawnAnew += changes.length));
  watch.observe(log, { subtree: true, childList: true, characterData: true });
}"""


async def fill(client: PythonClient, room: str, texts: list[str]) -> None:
    for first in range(0, len(texts), 100):
        posts = [post(room, "chat.message", {"text": text}) for text in texts[first : first + 100]]
        await asyncio.gather(*(done(client, "room:post", **each) for each in posts))


async def busy_ms(session: CDPSession) -> dict[str, float]:
    """The main thread's tasks, and its scripts, layouts and styles among them, since the page began."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    wanted = {"TaskDuration": "tasks", "ScriptDuration": "scripts", "LayoutDuration": "layouts"}
    wanted["RecalcStyleDuration"] = "styles"
    return {wanted[each["name"]]: each["value"] * 1000 for each in metrics if each["name"] in wanted}


async def measure(name: str, page: Page, session: CDPSession, client: PythonClient, room: str) -> dict[str, Any]:
    """Post for `SECONDS`, and tell what share of them the main thread was at work."""
    before, began = await busy_ms(session), time.monotonic()
    for number in range(PER_SECOND * SECONDS):
        await done(client, "room:post", **post(room, "chat.message", {"text": f"{name} {number}"}))
        await asyncio.sleep(max(0.0, began + (number + 1) / PER_SECOND - time.monotonic()))
    seconds, after = time.monotonic() - began, await busy_ms(session)
    shares = {part: round((after[part] - before[part]) / seconds / 10, 1) for part in after}
    weight = await page.evaluate(WEIGHT)
    print(f"{name}: {weight}, of {seconds:.1f} s in percent {shares}")
    return {**shares, **weight}


async def test_log_of_two_thousand_rows_is_light_while_more_come(open_page: OpenPage) -> None:
    async with ServerProcess(env=ENV) as server, aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        await client.connect(server.url, (await sign_in(http, server.url, wallet("author")))["token"])
        room = await made(client, title="A long log")
        await fill(client, room, [f"message {number}, as long as most are" for number in range(ROWS)])
        page = await open_page(f"{server.url}/#/{room}", wallet=InjectedWallet(wallet("reader")))
        await page.get_by_role("button", name="Pocket Wallet").click()
        await expect(message(page, f"message {ROWS - 1},")).to_be_visible()
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")
        ended = await measure("at the end", page, session, client, room)
        assert ended["rows"] <= 100
        assert ended["stops"] == ["DIV timeline"]

        log = page.get_by_role("log")
        newest, older = (page.get_by_role("button", name=name) for name in ("To the newest", "Show what was before"))
        first = message(page, "message 0,")
        seen = [await page.evaluate(STEP)]
        for _ in range(200):
            seen.append(await page.evaluate(STEP))
            if await first.count():
                break
            if await older.count():
                await older.click()
        await expect(first).to_be_attached()
        assert max(step["moved"] for step in seen) <= 1
        assert max(step["rows"] for step in seen) <= DRAWN
        await log.evaluate(WATCH)
        back = await measure("read back to the beginning", page, session, client, room)
        assert back["rows"] <= DRAWN
        assert back["nodes"] < 3 * ended["nodes"]
        assert back["stops"] == ["DIV timeline"]
        assert await page.evaluate("window.drawnAnew") == 0

        await first.focus()
        for _ in range(DRAWN + 50):
            await page.keyboard.press("ArrowDown")
        focused = await page.evaluate("document.activeElement.querySelector('.text').textContent")
        assert int(focused.split()[1].rstrip(",")) > DRAWN, focused
        assert await log.locator(".message").count() <= DRAWN
        await page.keyboard.press("End")
        last = message(page, f"read back to the beginning {PER_SECOND * SECONDS - 1}")
        await expect(last).to_be_focused()
        await expect(newest).to_have_count(0)
