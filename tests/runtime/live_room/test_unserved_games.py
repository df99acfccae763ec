"""Rooms whose game cannot be followed here: not served any more, or changed. Nothing leaks and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, State, action
from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.errors import Illegal
from parlour.testing.fakes import FakeClock, FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, Process, message


class Safe(State):
    codes: list[str] = ["", ""]


class Vault(Game[Safe]):
    @action(hidden=True)
    def lock(self, player: Player, code: str) -> None:
        self.state.codes[player.seat] = code

    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"mine": self.state.codes[viewer.seat] if viewer else None}


class Vault2(Vault):
    kind = "vault"
    version = 2

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return state


SERVED = {"vault": GameRoom.of(Vault)}
NEWER = {"vault": GameRoom.of(Vault2)}


def lock(author: str, code: str) -> commands.Post:
    post = message(author, "", "", "game.action")
    post.body = {"action": "lock", "args": {"code": code}}
    return post


async def begun() -> Process:
    process = Process(kinds=SERVED)
    await process.create(kind="vault")
    for account in (ALICE, BOB):
        await process.join(FakeConnection(account))
    await process.ask(lock(ALICE, "xyzzy"))
    return process


async def closed() -> Process:
    process = await begun()
    await process.close()
    return process


def reopened(process: Process, kinds: dict[str, Any], clock: FakeClock | None = None) -> Process:
    return Process(process.store, clock or process.clock, kinds)


async def test_game_not_served_any_more_keeps_its_secrets() -> None:
    again = reopened(await closed(), {})
    carol = FakeConnection(CAROL)
    joined = await again.join(carol)
    assert joined["state"] == {"status": "incompatible"}
    assert "xyzzy" not in str(joined)
    bodies = {entry["type"]: entry["body"] for entry in joined["entries"]}
    assert bodies["game.seed"] is None
    assert bodies["game.action"] is None


async def test_game_not_served_any_more_is_not_played_and_people_may_talk() -> None:
    again = reopened(await closed(), {})
    with pytest.raises(Illegal) as refused:
        await again.ask(lock(BOB, "plugh"))
    assert refused.value.reason == "incompatible"
    assert (await again.ask(message(BOB, "where is our game?")))["ok"]


async def test_game_served_again_goes_on_where_it_was() -> None:
    away = reopened(await closed(), {})
    for number in range(30):
        await away.ask(message(BOB, f"where is our game? {number}"))
    await away.close()
    back = reopened(away, SERVED)
    await back.ask(lock(BOB, "plugh"))
    assert back.registry.open("hall").live.room.match.log.world.state.codes == ["xyzzy", "plugh"]  # type: ignore[attr-defined]


async def test_version_taken_back_goes_on_where_it_was() -> None:
    killed = await begun()
    newer = reopened(killed, NEWER)
    newer.store, newer.clock = killed.store, killed.clock
    killed.registry.open("hall").lost_lease()
    killed.clock.spend(60)
    for number in range(30):
        await newer.ask(message(BOB, f"read-only? {number}"))
    await newer.close()
    back = reopened(newer, SERVED)
    await back.ask(lock(BOB, "plugh"))
    assert back.registry.open("hall").live.room.match.log.world.state.codes == ["xyzzy", "plugh"]  # type: ignore[attr-defined]


async def test_short_match_is_migrated_when_its_server_was_replaced() -> None:
    again = reopened(await closed(), NEWER)
    await again.join(FakeConnection(ALICE))
    await again.clock.advance(1)
    await again.ask(lock(BOB, "plugh"))
    assert again.registry.open("hall").live.room.match.log.world.state.codes == ["xyzzy", "plugh"]  # type: ignore[attr-defined]
    assert "game.migrated" in {entry.type for entry in await again.log()}
