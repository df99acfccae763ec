"""What operators do in the console: every act has its visible effect and audit row, and is refused to lesser roles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.browser.conftest import HANG_MS, OpenPage
from tests.e2e.browser.wallet import InjectedWallet
from tests.e2e.stock import PythonClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROLES = {wallet("console-admin").address: "admin", wallet("console-viewer").address: "viewer"}
ENV = {"PARLOUR_ROLES": json.dumps(ROLES), "PARLOUR_WEBHOOK_PRIVATE_HOSTS": "127.0.0.1"}


@dataclass
class Attic:
    """A server with people of two roles, and a room that somebody writes in."""

    server: ServerProcess
    owner: PythonClient

    async def post(self, room: str, text: str) -> None:
        body = {"room": room, "id": text, "type": "chat.message", "body": {"text": text}}
        assert (await self.owner.ask("room:post", body))["ok"]

    async def make(self, room: str) -> None:
        assert (await self.owner.ask("room:create", {"kind": "chat", "id": room, "title": room.title()}))["ok"]
        assert (await self.owner.ask("room:join", {"room": room}))["ok"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def attic() -> AsyncIterator[Attic]:
    async with ServerProcess(env=ENV) as server, aiohttp.ClientSession() as http:
        owner = PythonClient(["websocket"])
        await owner.connect(server.url, (await sign_in(http, server.url, wallet("console-owner")))["token"])
        yield Attic(server, owner)
        await owner.close()


async def enter(open_page: OpenPage, attic: Attic, who: str, page: str) -> Page:
    """Open the console at a page, signed in at its own door."""
    console = await open_page(f"{attic.server.url}/admin/#/{page}", wallet=InjectedWallet(wallet(who)))
    await console.get_by_role("button", name="Pocket Wallet").click()
    await expect(console.get_by_role("navigation", name="Pages")).to_be_visible()
    return console


async def act(console: Page, name: str, *, typed: str | None = None, **fields: str) -> Locator:
    """Press an act's button, fill its dialog in and confirm it."""
    await console.get_by_role("main").get_by_role("button", name=name, exact=True).click()
    dialog = console.get_by_role("dialog")
    for label, value in fields.items():
        await dialog.get_by_label(label).fill(value)
    await dialog.get_by_label("Reason").fill(f"why {name.lower()}")
    if typed is not None:
        await expect(dialog.get_by_role("button", name=name, exact=True)).to_be_disabled()
        await dialog.get_by_label("Type").fill(typed)
    await dialog.get_by_role("button", name=name, exact=True).click()
    return dialog


async def told(console: Page, *pictures: str) -> None:
    """Load the console anew and wait until the server tells it of these; from then on its lists get no HTTP answer."""
    awaited = set(pictures)
    all_told = asyncio.Event()

    def heard(frame: str | bytes) -> None:
        awaited.difference_update([what for what in awaited if f'["console",{{"what":"{what}"' in str(frame)])
        if not awaited:
            all_told.set()

    console.on("websocket", lambda socket: socket.on("framereceived", heard))
    await console.reload()
    async with asyncio.timeout(HANG_MS / 1000):
        await all_told.wait()
    await console.wait_for_load_state("networkidle")  # what it asked for while it was told
    for path in ("rooms", "audit"):
        await console.route(f"**/api/admin/{path}*", lambda route: route.abort())


async def test_rooms_and_audit_show_what_is_told_without_asking(open_page: OpenPage, attic: Attic) -> None:
    rooms = await enter(open_page, attic, "console-viewer", "rooms")
    await told(rooms, "overview", "chains", "rooms")
    await attic.make("loft")
    await expect(rooms.get_by_role("row").filter(has_text="Loft")).to_be_visible()
    audit = await enter(open_page, attic, "console-admin", "audit")
    await told(audit, "overview", "chains", "audit")
    other = await enter(open_page, attic, "console-admin", "rooms/loft")
    await act(other, "Close", typed="loft")
    closed = audit.get_by_role("row").filter(has_text="why close").filter(has_text="loft")
    await expect(closed).to_contain_text("room.close")
    await expect(rooms.get_by_role("row").filter(has_text="Loft")).to_contain_text("closed")


async def test_room_is_frozen_thawed_by_undo_and_deleted(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("attic")
    console = await enter(open_page, attic, "console-admin", "rooms/attic")
    await act(console, "Freeze")
    await expect(console.get_by_role("status").filter(has_text="Attic is frozen.")).to_be_visible()
    await expect(console.get_by_role("button", name="Thaw")).to_be_visible()
    refused = await attic.owner.ask(
        "room:post", {"room": "attic", "id": "x", "type": "chat.message", "body": {"text": "x"}}
    )
    assert refused["error"]["reason"] == "frozen"
    await console.get_by_role("button", name="Undo").click()
    await expect(console.get_by_role("button", name="Freeze")).to_be_visible()
    await attic.post("attic", "on again")
    await act(console, "Delete", typed="attic")
    await expect(console.get_by_role("heading", level=1, name="Rooms")).to_be_visible()
    await expect(console.get_by_role("row").filter(has_text="attic")).to_have_count(0)
    await console.get_by_role("link", name="Audit").click()
    for what, why in (("room.freeze", "why freeze"), ("room.thaw", "Undoes: why freeze"), ("room.erase", "why delete")):
        await expect(console.get_by_role("row").filter(has_text=what)).to_contain_text(why)


async def test_viewer_is_refused_an_act_and_told_the_role_it_needs(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("hall")
    console = await enter(open_page, attic, "console-viewer", "rooms/hall")
    dialog = await act(console, "Freeze")
    await expect(dialog.get_by_role("alert")).to_contain_text("server role operator")
    await dialog.get_by_role("button", name="Cancel").click()
    await console.get_by_role("link", name="Reports").click()
    await expect(console.get_by_role("heading", name="This needs the server role moderator")).to_be_visible()


async def test_tail_shows_entries_as_they_come_and_holds_still(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("cellar")
    console = await enter(open_page, attic, "console-viewer", "rooms/cellar?tab=Tail")
    tail = console.get_by_role("region", name="Tail")
    await expect(tail).to_contain_text("room.created")
    await attic.post("cellar", "first words")
    await expect(tail).to_contain_text("first words")
    await tail.get_by_role("button", name="Pause").click()
    await attic.post("cellar", "while held")
    await expect(tail).not_to_contain_text("while held")
    await tail.get_by_role("button", name="Go on").click()
    await expect(tail).to_contain_text("while held")
    await tail.get_by_role("searchbox").fill("first")
    await expect(tail.get_by_role("listitem")).to_have_count(1)


async def test_state_shows_what_an_entry_changed(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("study")
    answer = await attic.owner.ask("room:configure", {"room": "study", "id": "c", "title": "Reading room"})
    assert answer["ok"]
    last = (await attic.owner.ask("room:history", {"room": "study"}))["entries"][-1]["seq"]
    console = await enter(open_page, attic, "console-viewer", f"rooms/study?tab=State&at={last}")
    changes = console.get_by_role("region", name="Changes")
    await expect(changes.get_by_role("listitem").filter(has_text="/title")).to_contain_text('"Study" "Reading room"')
    await console.get_by_role("slider").press("Home")
    await expect(console.get_by_text("After entry 1 of")).to_be_visible()
    await expect(changes).to_contain_text("Nothing that this account sees.")


async def test_person_is_muted_noted_and_let_speak_again(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("porch")
    console = await enter(open_page, attic, "console-admin", "people")
    await console.get_by_role("row").filter(has_text=wallet("console-owner").address).get_by_role("link").click()
    await act(console, "Mute")
    await expect(console.get_by_text("why mute")).to_be_visible()
    await act(console, "Note", **{"What to know": "shouts at night"})
    await expect(console.get_by_role("region", name="Notes")).to_contain_text("shouts at night")
    await act(console, "Unmute")
    await expect(console.get_by_role("main").get_by_role("button", name="Mute", exact=True)).to_be_visible()
    await attic.post("porch", "I may speak")


async def test_setting_is_changed_and_taken_back(open_page: OpenPage, attic: Attic) -> None:
    console = await enter(open_page, attic, "console-admin", "config?query=joins_burst")
    row = console.get_by_role("row").filter(has=console.get_by_text("joins_burst", exact=True))
    await expect(row).to_contain_text("default")
    await act(console, "Change", **{"New value": "321"})
    await expect(row).to_contain_text("321")
    await expect(row).to_contain_text("console")
    await act(console, "Reset")
    await expect(row).to_contain_text("default")
    lesser = await enter(open_page, attic, "console-viewer", "config?query=joins_burst")
    await act(lesser, "Change", **{"New value": "1"})
    await expect(lesser.get_by_role("dialog")).to_contain_text("admin")
    audit = await enter(open_page, attic, "console-admin", "audit")
    for why in ("why change", "why reset"):
        await expect(audit.get_by_role("row").filter(has_text="config.change").filter(has_text=why)).to_be_visible()


async def test_receiver_of_webhooks_is_made_changed_and_deleted(open_page: OpenPage, attic: Attic) -> None:
    console = await enter(open_page, attic, "console-admin", "webhooks")
    await act(console, "New receiver", **{"Its address": "http://127.0.0.1:9/", "Types": "app.never"})
    await expect(console.get_by_text("Copy the secret now")).to_be_visible()
    card = console.get_by_role("region").filter(has_text="http://127.0.0.1:9").last
    name = await card.get_by_role("heading").inner_text()
    await act(console, "Change", Rooms="sales-*")
    await expect(card).to_contain_text("sales-*")
    lesser = await enter(open_page, attic, "console-viewer", "webhooks")
    dialog = await act(lesser, "Change", Rooms="x")
    await expect(dialog.get_by_role("alert")).to_contain_text("server role operator")
    await act(console, "Delete", typed=name)
    await expect(card).to_have_count(0)
    audit = await enter(open_page, attic, "console-admin", "audit")
    for what in ("webhook.make", "webhook.change", "webhook.delete"):
        await expect(audit.get_by_role("row").filter(has_text=what).filter(has_text=name)).to_be_visible()


async def test_claim_link_makes_its_wallet_the_first_admin(open_page: OpenPage) -> None:
    async with ServerProcess() as server:
        claimed = await asyncio.to_thread(CliRunner().invoke, cli, ["claim", "--database-url", server.database_url])
        secret = claimed.output.partition("#claim=")[2].split()[0]
        console = await open_page(f"{server.url}/admin/#claim={secret}", wallet=InjectedWallet(wallet("console-first")))
        await expect(console.get_by_role("heading", name="Claim this server")).to_be_visible()
        assert "claim" not in console.url
        await console.get_by_role("button", name="Pocket Wallet").click()
        await console.get_by_role("link", name="Keys").click()
        await expect(console.get_by_role("region", name="People with a server role")).to_contain_text("admin")
        kept = await console.evaluate("({ ...sessionStorage, ...localStorage })")
        assert kept == {"parlour.console": "1"}, "the session is in a cookie that no script reads"
        assert "parlour_console" not in await console.evaluate("document.cookie")
        await console.reload()
        await expect(console.get_by_role("region", name="People with a server role")).to_contain_text("admin")
        await console.get_by_role("button", name="New key").click()
        dialog = console.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("reader")
        await dialog.get_by_label("Reason").fill("figures")
        await dialog.get_by_role("button", name="New key").click()
        await expect(console.get_by_text("Copy it now")).to_be_visible()
        await act(console, "Revoke", typed="reader")
        await expect(console.get_by_role("region", name="reader")).to_contain_text("Revoked")
        await console.get_by_role("navigation", name="Pages").get_by_role("button", name="Sign out").click()
        await expect(console.get_by_role("heading", name="Sign in first")).to_be_visible()


async def test_room_is_announced_in_given_away_and_closed(open_page: OpenPage, attic: Attic) -> None:
    await attic.make("parlor")
    other = wallet("console-heir").address
    lesser = await enter(open_page, attic, "console-viewer", "rooms/parlor")
    await refused(lesser, "Announce", "operator", **{"What to say": "x"})
    await refused(lesser, "Transfer", "operator", **{"The new owner": other})
    await refused(lesser, "Close", "operator", typed="parlor")
    console = await enter(open_page, attic, "console-admin", "rooms/parlor?tab=Tail")
    tail = console.get_by_role("region", name="Tail")
    await act(console, "Announce", **{"What to say": "Tea at five"})
    await expect(tail).to_contain_text("Tea at five")
    await act(console, "Transfer", **{"The new owner": other})
    await expect(tail).to_contain_text("room.transferred")
    await act(console, "Close", typed="parlor")
    await expect(tail).to_contain_text("room.closed")
    await expect(console.get_by_role("main").get_by_role("button", name="Announce", exact=True)).to_have_count(0)
    changes = (("room.announce", "why announce"), ("room.transfer", "why transfer"), ("room.close", "why close"))
    await kept(open_page, attic, *changes, of="parlor")


async def test_nodes_are_rebalanced_and_one_is_drained(open_page: OpenPage) -> None:
    async with ServerProcess(env=ENV) as server:
        small = Attic(server, PythonClient())
        lesser = await enter(open_page, small, "console-viewer", "nodes")
        await refused(lesser, "Rebalance", "operator")
        name = await lesser.get_by_role("main").get_by_role("heading", level=2).first.inner_text()
        await refused(lesser, "Drain", "operator", typed=name)
        console = await enter(open_page, small, "console-admin", "nodes")
        await act(console, "Rebalance")
        await expect(console.get_by_role("status").filter(has_text="The nodes are asked.")).to_be_visible()
        await kept(open_page, small, ("node.rebalance", "why rebalance"))
        await act(console, "Drain", typed=name)
        await expect(console.get_by_role("status").filter(has_text="hands its rooms over.")).to_be_visible()


async def refused(console: Page, name: str, role: str, *, typed: str | None = None, **fields: str) -> None:
    """Try an act, be told which role it needs, and give up."""
    dialog = await act(console, name, typed=typed, **fields)
    await expect(dialog.get_by_role("alert")).to_contain_text(f"server role {role}")
    await dialog.get_by_role("button", name="Cancel").click()


async def kept(open_page: OpenPage, attic: Attic, *changes: tuple[str, str], of: str = "") -> None:
    """Read the audit trail: each change, of a room where one is named, has its row, with its reason."""
    audit = await enter(open_page, attic, "console-admin", "audit")
    rows = audit.get_by_role("row").filter(has_text=of)
    for what, why in changes:
        await expect(rows.filter(has_text=what).filter(has_text=why)).to_be_visible()
