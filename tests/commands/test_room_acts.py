"""`parlour room`, `people` and `reports` against a running server: each act by its command, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from typer.testing import CliRunner, Result

from parlour.adapters.http.dev import DevFacts
from parlour.app import Server
from parlour.commands.cli import cli
from parlour.core.room import Join
from parlour.runtime.rooms.interface import Caller, NewRoom, RoomRequest
from parlour.settings import load
from parlour.testing.wallets import wallet

ANN, BEA = wallet("ann").address, wallet("bea").address
WHY = ("--reason", "try")


@pytest_asyncio.fixture
async def dev(tmp_path: Path) -> AsyncIterator[Server]:
    settings = load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", http_per_minute=9_999)
    server = await Server.build(settings, DevFacts(()))
    await server.start()
    await server.parts.sockets.rooms.create(Caller(ANN), NewRoom("chat", "tea", "Tea room"))
    yield server
    await server.stop()


async def ran(server: Server, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, [*words, "--url", server.url])


async def test_room_is_listed_shown_and_acted_on(dev: Server) -> None:
    listed = await ran(dev, "room", "list", "tea")
    assert listed.output.startswith("tea ")
    for words in (
        ("freeze", "tea", *WHY),
        ("thaw", "tea", *WHY),
        ("feature", "tea", *WHY),
        ("unfeature", "tea", *WHY),
        ("announce", "tea", "At five", *WHY),
        ("configure", "tea", "--title", "Salon", "--rules", '{"slow": 1000}', *WHY),
        ("transfer", "tea", BEA, *WHY),
        ("close", "tea", *WHY),
    ):
        done = await ran(dev, "room", *words)
        assert (done.exit_code, done.output[:11]) == (0, "done: entry"), (words, done.output)
    shown = json.loads((await ran(dev, "room", "show", "tea", "--json")).output)
    assert (shown["room"]["title"], shown["room"]["owner"], shown["room"]["state"]) == ("Salon", BEA, "closed")
    assert "Salon" in (await ran(dev, "room", "show", "tea")).output
    tail = [json.loads(line) for line in (await ran(dev, "room", "log", "tea", "--after", "0")).output.splitlines()]
    types = [entry["type"].removeprefix("room.") for entry in tail]
    assert types[:6] == ["created", "frozen", "thawed", "featured", "unfeatured", "announced"]
    assert json.loads((await ran(dev, "room", "state", "tea", "--at", "1")).output)["state"]["title"] == "Tea room"
    refused = await ran(dev, "room", "erase", "tea", "--confirm", "coffee", *WHY)
    assert (refused.exit_code, "confirm" in refused.output) == (1, True)
    assert (await ran(dev, "room", "erase", "tea", "--confirm", "tea", *WHY)).output == "erased tea\n"
    assert (await ran(dev, "room", "show", "tea")).exit_code == 1


async def test_person_is_muted_noted_exported_and_erased(dev: Server, tmp_path: Path) -> None:
    assert (await ran(dev, "people", "show", BEA)).exit_code == 1
    for act in ("mute", "unmute", "ban", "unban", "sign-out"):
        done = await ran(dev, "people", act, BEA, *WHY)
        assert (done.exit_code, done.output) == (0, "done\n"), (act, done.output)
    assert (await ran(dev, "people", "note", BEA, "seen", *WHY)).exit_code == 0
    for role in ("moderator", "none"):
        done = await ran(dev, "people", "role", BEA, role, *WHY)
        assert (done.exit_code, done.output) == (0, "done\n"), done.output
    erased = json.loads((await ran(dev, "people", "erase", BEA, *WHY, "--json")).output)
    assert erased["erased"] == 0
    missing = await ran(dev, "people", "export", BEA, "--out", str(tmp_path / "bea.zip"))
    assert missing.exit_code == 1
    assert (await ran(dev, "people", "list")).output == ""


async def test_setting_is_changed_and_taken_back(dev: Server) -> None:
    done = await ran(dev, "config", "set", "PARLOUR_POSTS_BURST", "7", *WHY)
    assert (done.exit_code, done.output) == (0, "posts_burst = 7 (console)\n")
    assert dev.parts.tuning.settings.current.posts_burst == 7
    back = json.loads((await ran(dev, "config", "set", "posts_burst", "null", *WHY, "--json")).output)
    assert (back["value"], back["source"]) == (500, "default")
    refused = await ran(dev, "config", "set", "log_level", "loud", *WHY)
    assert (refused.exit_code, "log_level" in refused.output) == (1, True)


async def test_reports_and_messages_are_listed(dev: Server) -> None:
    assert (await ran(dev, "reports", "list")).output == ""
    assert (await ran(dev, "reports", "find", "nothing")).output == ""
    assert (await ran(dev, "reports", "resolve", "none", "dismiss", *WHY)).exit_code == 1
    assert (await ran(dev, "reports", "redact", "tea", "9", *WHY)).exit_code == 1


async def test_search_of_messages_refuses_a_text_with_nul(dev: Server) -> None:
    found = await ran(dev, "reports", "find", "tea\0room")
    assert (found.exit_code, "query is what to look for" in found.output) == (1, True)


async def test_games_and_boards_are_listed_and_a_board_removed(dev: Server) -> None:
    rooms = dev.parts.sockets.rooms
    await rooms.create(Caller(ANN), NewRoom("tic-tac-toe", "table", "Table"))
    await rooms.ask("board:rating:tic-tac-toe", RoomRequest(Join(author=ANN)))
    assert (await ran(dev, "matches", "list", "--state", "waiting")).output.startswith("table ")
    assert [json.loads((await ran(dev, "matches", "list", "--json")).output)["id"]] == ["table"]
    assert (await ran(dev, "matches", "list", "--state", "playing")).output == ""
    refused = await ran(dev, "matches", "list", "--state", "lost")
    assert (refused.exit_code, "state is waiting, playing or ended" in refused.output) == (1, True)
    assert (await ran(dev, "boards", "list")).output.startswith("board:rating:tic-tac-toe ")
    assert (
        await ran(dev, "boards", "remove", "rating:tic-tac-toe", *WHY)
    ).output == "erased board:rating:tic-tac-toe\n"
    assert (await ran(dev, "boards", "list")).output == ""
    assert (await ran(dev, "boards", "remove", "rating:chess", *WHY, "--json")).exit_code == 1


async def test_gate_of_a_room_is_explained(dev: Server) -> None:
    listed = {"any": [{"accounts": [BEA]}]}
    await dev.parts.sockets.rooms.create(Caller(ANN), NewRoom("chat", "club", gate=listed))
    assert (await ran(dev, "room", "gate", "tea", BEA)).output == "The room has no gate.\n"
    assert (await ran(dev, "room", "gate", "club", BEA)).output.startswith(f"{BEA} passes\n")
    other = wallet("cleo").address
    told = (await ran(dev, "room", "gate", "club", other)).output
    assert told.splitlines()[0] == f"{other} does not pass"
    assert json.loads((await ran(dev, "room", "gate", "club", other, "--json")).output)["passes"] is False
