"""Notices as notifications of the browser: the demo page subscribes, and its worker shows what the server pushes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage, dev_server
from tests.e2e.browser.person import composer, go_to, in_room, message
from tests.e2e.browser.test_chat_page import beside, two_people
from tests.e2e.stock import until
from tests.e2e.test_push import Browser, push_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWN_SERVICE = """([subscription]) => {
  let held = null;
  const made = { toJSON: () => subscription, unsubscribe: async () => ((held = null), true) };
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    window.subscribedWith = applicationServerKey;
    return (held = made);
  };
  PushManager.prototype.getSubscription = async () => held;
}"""
"""Has the browser subscribe at the test's service: its own asks a server of its maker, which no test can reach."""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.getRegistration("/demo/push-worker.js");
  return (await worker.getNotifications()).map(({ title, body }) => [title, body]);
}"""
CHOSEN = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


async def shown(page: Page, origin: str, told: dict[str, Any]) -> list[Any]:
    """Wake the page's worker with a push, as the browser does when its service sends one, and return what it shows.

    Devtools never say whether a worker that was just starting got the push, so it is sent until it shows: one notice
    has one tag, so it is shown once however often it comes.
    """
    devtools = await page.context.new_cdp_session(page)
    known: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(each["registrationId"] for each in event["registrations"] if not each["isDeleted"]),
    )
    await devtools.send("ServiceWorker.enable")
    await until(lambda: known)
    pushed = {"origin": origin, "registrationId": known[-1], "data": json.dumps(told)}
    found: list[Any] = []
    while not found:
        await devtools.send("ServiceWorker.deliverPushMessage", pushed)
        found = await answered(page, SHOWN, times=40)
    return found


def pushing_server(folder: Path, url: str, chain: Path) -> ServerProcess:
    """A server that pushes to this service alone."""
    env = {
        "PARLOUR_PUSH_CONTACT": "mailto:ops@example.com",
        "PARLOUR_PUSH_HOSTS": url.removeprefix("https://"),
        "SSL_CERT_FILE": str(chain),
    }
    return dev_server(folder / "data", env)


async def answered(page: Page, question: str, times: int) -> list[Any]:
    """Ask the page until it answers something, so many times."""
    for _ in range(times):
        if found := await page.evaluate(question):
            return list(found)
        await asyncio.sleep(0.05)
    return []


async def test_notice_is_a_notification_that_leads_to_its_message(open_page: OpenPage, tmp_path: Path) -> None:
    async with push_service(tmp_path) as (posted, url, chain), pushing_server(tmp_path, url, chain) as dev:
        ada, grace = await two_people(open_page, dev, "Salon")
        browser = Browser(url, "ada")
        await go_to(ada, "Lobby")
        await ada.context.grant_permissions(["notifications"])
        await ada.evaluate(OWN_SERVICE, [browser.subscription])
        inbox = await beside(ada, "Inbox")
        await inbox.get_by_role("button", name="Tell me by notifications").click()
        await expect(inbox).to_contain_text("This browser tells you by notifications.")
        assert await ada.evaluate("window.subscribedWith")

        await composer(grace).press_sequentially("come back @Ad")
        await composer(grace).press("Tab")
        await composer(grace).press("Enter")
        await until(lambda: posted.posted)
        told = browser.read(posted.posted[0][2])
        assert told["type"] == "mention"
        [[title, body]] = await shown(ada, dev.url, told)
        assert (title, body) == (f"{told['from'][:6]}…{told['from'][-4:]} mentioned you", told["room"])

        [worker] = ada.context.service_workers
        await worker.evaluate(CHOSEN)
        await in_room(ada, "Salon")
        await expect(message(ada, "come back @Ada")).to_be_focused()

        await beside(ada, "Inbox")
        await inbox.get_by_role("button", name="No longer").click()
        await expect(inbox.get_by_role("button", name="Tell me by notifications")).to_be_visible()
