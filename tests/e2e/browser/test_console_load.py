"""The console with 5,000 rooms and 10,000 connections, and open for minutes: figures, and that it does not grow.

The long form; `pytest -s` shows the figures, which docs/reports/console.md keeps.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

import aiohttp
import psutil
import pytest
from playwright.async_api import Page, Route, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.wallet import InjectedWallet
from tests.e2e.stock import PythonClient

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long, pytest.mark.timeout(3_600)]

ROOMS = 5_000
CONNECTIONS = 10_000
SECONDS = int(os.environ.get("PARLOUR_CONSOLE_SECONDS", "600"))
"""How long the console stays open under load."""
PART_SECONDS = 60
"""For the cost of a console: processor time with it and without."""
ENV = {
    "PARLOUR_ROLES": json.dumps({wallet("console-admin").address: "admin"}),
    **{f"PARLOUR_{name}": "1000000" for name in ("ROOMS_BURST", "ROOMS_PER_MINUTE", "ROOMS_OWNED", "LIVE_ROOMS")},
}
FRAMES = """async (selector) => {
  const box = document.querySelector(selector), gaps = [];
  const start = performance.now();
  for (let last = start; last - start < 5000; ) {
    box.scrollTop = box.scrollTop + box.clientHeight / 3;
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) box.scrollTop = 0;
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return gaps.slice(1).sort((a, b) => a - b);
}"""
"""Scroll a table by a third of its height in every frame for five seconds; return the gaps between frames (ms)."""


async def filled(server: ServerProcess, http: aiohttp.ClientSession) -> PythonClient:
    """Make the rooms, and return somebody who posts."""
    client = PythonClient(["websocket"])
    await client.connect(server.url, (await sign_in(http, server.url, wallet("console-owner")))["token"])
    for first in range(0, ROOMS, 50):
        made = [
            client.ask("room:create", {"kind": "chat", "id": f"room-{n}", "title": f"Room {n}"})
            for n in range(first, first + 50)
        ]
        assert all(answer["ok"] for answer in await asyncio.gather(*made))
    return client


async def enter(open_page: OpenPage, server: ServerProcess, page: str) -> Page:
    console = await open_page(f"{server.url}/admin/#/{page}", wallet=InjectedWallet(wallet("console-admin")))
    await console.get_by_role("button", name="Pocket Wallet").click()
    await expect(console.get_by_role("navigation", name="Pages")).to_be_visible()
    return console


def told(name: str, gaps: list[float]) -> None:
    over = sum(gap > 50 for gap in gaps)
    middle, last = gaps[len(gaps) // 2], gaps[int(len(gaps) * 0.99)]
    print(f"{name}: {len(gaps)} frames, median {middle:.1f} ms, p99 {last:.1f}, longest {gaps[-1]:.1f}, {over} over 50")


async def many(route: Route) -> None:
    """Answer ten thousand connections on one page, in the server's place."""
    answer = await route.fetch()
    now = time.time_ns() // 1_000_000
    rows = [
        {"id": f"c{n}", "account": f"0x{n:040x}", "transport": "websocket", "remote": "10.0.0.1", "rooms": ["lobby"]}
        | {"since": now - n, "queueBytes": n}
        for n in range(CONNECTIONS)
    ]
    await route.fulfill(response=answer, json={"connections": rows, "total": CONNECTIONS, "cursor": None})


async def memory(page: Page) -> dict[str, float]:
    """The page's heap and document after a collection of garbage."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("Performance.enable")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    await devtools.detach()
    kept = ("JSHeapUsedSize", "Nodes", "JSEventListeners")
    return {each["name"]: each["value"] for each in metrics if each["name"] in kept}


async def test_console_with_many_rooms_and_connections_scrolls_and_does_not_grow(open_page: OpenPage) -> None:
    async with ServerProcess(env=ENV) as server, aiohttp.ClientSession() as http:
        owner = await filled(server, http)
        assert (await owner.ask("room:join", {"room": "room-0"}))["ok"]
        process = psutil.Process(server.pid)
        console = await enter(open_page, server, "rooms")
        paints = []
        for _ in range(5):
            await console.reload()
            await expect(console.get_by_role("row").nth(5)).to_be_visible()
            paints.append(await console.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        print("first paint, five loads:", ", ".join(f"{each:.0f} ms" for each in sorted(paints)))
        selector = await scroller(console)
        while await console.evaluate("(s) => document.querySelector(s).scrollHeight", selector) < ROOMS * 20:
            await console.evaluate(
                "(s) => { const b = document.querySelector(s); b.scrollTop = b.scrollHeight }", selector
            )
            await asyncio.sleep(0.05)
        told("rooms", await console.evaluate(FRAMES, selector))
        crowded = await enter(open_page, server, "overview")
        await crowded.route("**/api/admin/connections*", many)
        await crowded.evaluate("location.hash = '#/connections'")
        await expect(crowded.locator(f'table[aria-rowcount="{CONNECTIONS + 1}"]')).to_be_visible()
        told("connections", await crowded.evaluate(FRAMES, await scroller(crowded)))
        await crowded.close()
        await console.evaluate("location.hash = '#/overview'")
        posting = asyncio.create_task(post_on(owner))
        with_one = await processor_seconds(process)
        await console.evaluate("location.hash = '#/rooms/room-0?tab=Tail'")
        before = await memory(console)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for page in ("overview", "rooms", "rooms/room-0?tab=Tail", "connections"):
                await console.evaluate("(hash) => (location.hash = hash)", f"#/{page}")
                await asyncio.sleep(SECONDS / 40)
        await console.evaluate("location.hash = '#/rooms/room-0?tab=Tail'")
        await asyncio.sleep(5)
        after = await memory(console)
        await console.close()
        without = await processor_seconds(process)
        posting.cancel()
        await owner.close()
    one, none = with_one / PART_SECONDS, without / PART_SECONDS
    print(f"server's processor time: {one:.2%} of a core with one overview, {none:.2%} without")
    print(f"page at the start {before}, after {SECONDS} s {after}")
    assert after["JSHeapUsedSize"] < 1.5 * before["JSHeapUsedSize"] + 4_000_000
    assert after["Nodes"] < 1.5 * before["Nodes"] + 2_000


async def scroller(page: Page) -> str:
    """Mark the element that scrolls the table, and return its selector."""
    await page.evaluate(
        """() => { for (let at = document.querySelector("tbody"); at; at = at.parentElement)
          if (at.scrollHeight > at.clientHeight + 10 && /auto|scroll/.test(getComputedStyle(at).overflowY)) {
            at.dataset.scroller = ""; return; } }"""
    )
    return "[data-scroller]"


async def post_on(owner: PythonClient) -> None:
    """Post ten messages a second until cancelled."""
    number = 0
    while True:
        body = {"room": "room-0", "id": f"m{number}", "type": "chat.message", "body": {"text": f"message {number}"}}
        await owner.ask("room:post", body)
        number += 1
        await asyncio.sleep(0.1)


async def processor_seconds(process: psutil.Process) -> float:
    """Return what the server uses in a part."""
    times: Any = process.cpu_times()
    await asyncio.sleep(PART_SECONDS)
    now: Any = process.cpu_times()
    return float(now.user + now.system - times.user - times.system)
