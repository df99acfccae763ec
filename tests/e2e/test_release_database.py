"""A database of an older release: upgraded, used, backed up, restored and verified by today's code."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.adapters.sql import migrations
from parlour.adapters.upkeep.backup import backup, restore
from parlour.adapters.upkeep.integrity import check
from parlour.commands.replay import replayed
from parlour.commands.verify import verified
from parlour.settings import Settings
from parlour.testing.server import ServerProcess
from parlour.testing.simchain import SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.data.releases.chain_history import CHAIN, chain_as_left, node_of
from tests.e2e.kit import done, post, refused
from tests.e2e.stock import PythonClient, until
from tests.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="module")

RELEASES = Path(__file__).parents[1] / "data" / "releases"
MOVES = {
    "tic-tac-toe-on": ("place", {"cell": 1}),
    "battleship-on": ("shoot", {"cell": 0}),
    "chess-on": ("move", {"uci": "b8c6"}),
    "arena-on": ("steer", {"dx": 0, "dy": 1}),
    "dropped": ("place", {"cell": 0}),
    "again": ("place", {"cell": 4}),
    "with-bot": ("place", {"cell": 0}),
}
"""The next move of each match that is on, by who has the turn."""
TURN_OF = {"dropped": "cyd", "with-bot": "ann"}
"""Who moves next; ben in all the other matches."""


def facts_of(release: str) -> dict[str, Any]:
    """What the release said of its rooms, and the secrets that it handed out."""
    facts: dict[str, Any] = json.loads((RELEASES / f"{release}.json").read_text())
    for room, said in facts["rooms"].items():
        for shown in said.values():
            say_stakes_as_today(room, shown.get("state"))
    return facts


def say_stakes_as_today(room: str, view: dict[str, Any] | None) -> None:
    """A table with a stake has `stakes` and `unstaked`; tic-tac-toe had `staked` and `pot` at every table."""
    if view is not None and "pot" in view:
        del view["pot"]
        staked = view.pop("staked")
        view |= {"stakes": staked, "unstaked": []} if room == "staked" else {}


def unpacked(release: str, folder: Path) -> str:
    """The URL of a fresh copy of the release's database."""
    (folder / "parlour.db").write_bytes(gzip.decompress((RELEASES / f"{release}.db.gz").read_bytes()))
    return f"sqlite+aiosqlite:///{folder}/parlour.db"


def without_times(state: dict[str, Any]) -> dict[str, Any]:
    """A view without what the time between two lives of a server moves."""
    return {key: value for key, value in state.items() if key not in ("deadline", "clocks", "until", "away")}


class OldHouse:
    """Today's server on a release's database.

    Attributes:
        facts: what the release said of its rooms, and the secrets that it handed out.
        chain: the chain as the release last saw it; its node goes on.
        people: connected clients by name.
    """

    def __init__(self, release: str, server: ServerProcess, chain: SimChain, http: aiohttp.ClientSession) -> None:
        self.facts = facts_of(release)
        self.server = server
        self.chain = chain
        self.http = http
        self.people: dict[str, PythonClient] = {}

    async def joined(self, name: str, room: str, **more: Any) -> dict[str, Any]:
        return await done(self.people[name], "room:join", room=room, **more)

    async def transcript(self, room: str) -> list[bytes]:
        async with self.http.get(f"{self.server.url}/api/rooms/{room}/transcript") as answer:
            assert answer.status == 200, await answer.text()
            return (await answer.read()).splitlines()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["0.1.0"])
async def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OldHouse]:
    url = unpacked(request.param, tmp_path_factory.mktemp("release"))
    chain = chain_as_left()
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(node_of(chain))
        chains = [{"chainId": CHAIN, "urls": [node], "pollInterval": 0.1}]
        server = await stack.enter_async_context(ServerProcess(url, chains=chains, env={"PARLOUR_GUESTS": "on"}))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        house = OldHouse(request.param, server, chain, http)
        for name in ("ann", "ben", "cyd", "eve"):
            client = await stack.enter_async_context(PythonClient(["websocket"]))
            await client.connect(server.url, (await sign_in(http, server.url, wallet(name)))["token"])
            house.people[name] = client
        yield house


# ── in use ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_old_sessions_and_api_keys_hold_as_they_did(house: OldHouse) -> None:
    url, facts = house.server.url, house.facts
    for token, status in ((facts["phone"], 200), (facts["signedOut"], 401)):
        async with house.http.get(f"{url}/auth/session", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == status
    entry = {"id": "deployed again", "type": "app.deploy", "body": {"version": 4}}
    headers = {"Authorization": f"Bearer {facts['apiKey']}"}
    async with house.http.post(f"{url}/api/rooms/lobby/entries", json=entry, headers=headers) as answer:
        assert answer.status < 300, await answer.text()


async def test_old_chat_is_read_and_goes_on_with_its_rights(house: OldHouse) -> None:
    ann, ben, cyd = (house.people[name] for name in ("ann", "ben", "cyd"))
    joined = await house.joined("ann", "lobby", limit=200)
    assert joined["room"]["title"] == "The old lobby"
    assert joined["head"] >= house.facts["rooms"]["Lobby"]["guest"]["seq"]
    posted = await done(ann, "room:post", **post("lobby", "chat.message", {"text": "still here"}))
    assert posted["seq"] > house.facts["rooms"]["Lobby"]["guest"]["seq"]
    assert (await house.joined("ben", "lobby"))["role"] == "moderator"
    assert await refused(cyd, "room:post", **post("lobby", "chat.message", {"text": "?"})) == ("forbidden", "muted")
    assert await refused(house.people["eve"], "room:join", room="lobby") == ("forbidden", "banned")
    assert (await refused(cyd, "room:join", room="den"))[0] == "not_found"
    assert (await house.joined("ben", "den"))["role"] == "member"
    assert (await refused(ann, "room:post", **post("shut", "chat.message", {"text": "?"})))[0] == "closed"
    messages = await done(ben, "room:history", room="lobby", view="messages", limit=200)
    [edited] = [entry for entry in messages["entries"] if entry.get("edited")]
    assert edited["edited"]["text"] == "ship it!"
    assert edited["reactions"] == {"👍": [wallet("ben").address]}
    [gone] = [entry for entry in messages["entries"] if entry.get("redacted")]
    assert gone["author"] == wallet("eve").address


async def test_old_posts_sent_again_are_duplicates_below_the_floor_too(house: OldHouse) -> None:
    ann = house.people["ann"]
    for room, id_, text in (("lobby", "line-1", "line 1"), ("old-news", "news-1", "news 1")):
        again = await done(ann, "room:post", **post(room, "chat.message", {"text": text}, id=id_))
        assert again["duplicate"] is True, room
        other = post(room, "chat.message", {"text": "other"}, id=id_)
        assert (await refused(ann, "room:post", **other))[0] == "conflict", room


async def test_old_matches_go_on_where_the_release_left_them(house: OldHouse) -> None:
    for room, (action, args) in MOVES.items():
        mover = TURN_OF.get(room, "ben")
        for name in ("ann", mover):
            joined = await house.joined(name, room)
            said = house.facts["rooms"][room].get(name)
            if said is not None and room != "arena-on":
                expected = without_times(said["state"])
                assert {key: joined["state"][key] for key in expected} == expected, (room, name)
        move = post(room, "game.action", {"action": action, "args": args})
        assert (await done(house.people[mover], "room:post", **move))["seq"] > said_seq(house, room)
    for name in ("ann", "ben"):
        party = (await house.joined(name, "word-party-on"))["state"]
        assert party["status"] == "playing"
        assert party["scores"] == {"0": 0, "1": 0}


def said_seq(house: OldHouse, room: str) -> int:
    return int(house.facts["rooms"][room]["guest"]["seq"])


async def test_old_matches_that_ended_can_be_played_again(house: OldHouse) -> None:
    for room in ("tic-tac-toe-over", "battleship-over", "chess-over"):
        for name in ("ann", "ben"):
            assert (await house.joined(name, room))["state"]["status"] == "ended"
            again = post(room, "game.action", {"action": "rematch", "args": {}})
            await done(house.people[name], "room:post", **again)
        assert (await house.joined("ann", room))["state"]["status"] == "playing"


async def test_old_watches_hear_the_chain_go_on_and_take_back(house: OldHouse) -> None:
    ann, chain = house.people["ann"], house.chain
    before = (await house.joined("ann", "vault"))["head"]

    def heard(type_: str) -> list[Any]:
        entries = [data for name, data in ann.events if name == "entry" and data["room"] == "vault"]
        return [entry["body"] for entry in entries if entry["type"] == type_ and entry["seq"] > before]

    chain.mine([chain.ping(11)])
    await until(lambda: heard("chain.event"))
    assert [body["args"]["value"] for body in heard("chain.event")] == ["11"], "old events are not told again"
    chain.reorg(2, [[], [], []])
    await until(lambda: heard("chain.reverted"))
    assert len(heard("chain.reverted")[0]["of"]) == 2, "the last event of the release and the new one"
    assert (await house.joined("ann", "staked"))["state"]["stakes"] == ["5", "0"]


async def test_old_signed_match_is_verified_and_takes_signed_posts(house: OldHouse) -> None:
    report = verified(await house.transcript("duel"))
    assert report.holds, report.checks
    assert report.checks.keys() == {"hash chain", "authors", "server key", "game"}
    assert "delegation" in json.loads((await house.transcript("duel"))[1])


# ── as a file ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def say_what_the_release_said(url: str, facts: dict[str, Any]) -> None:
    """Every room replays to what the release's own code showed."""
    names = {"guest": None, "ann": wallet("ann").address, "ben": wallet("ben").address}
    for room, said in facts["rooms"].items():
        for name, shown in said.items():
            state = await replayed(Settings(database_url=url), room, None, names[name])
            said_again = json.loads(json.dumps(state))
            if (view := shown.get("state")) is not None:  # which may have more keys today
                said_again["state"] = {key: said_again["state"][key] for key in view}
            assert said_again == shown, (room, name)


async def all_well(url: str) -> None:
    """The doctor finds nothing; the tests' Postgres is quick because it does not sync, which is not asked here."""
    findings = [finding for finding in await check(url) if finding.check != "durability"]
    assert all(finding.ok for finding in findings), findings


@pytest.mark.parametrize("release", ["0.1.0"])
async def test_release_database_when_upgraded_replays_to_the_same(release: str, tmp_path: Path) -> None:
    url = unpacked(release, tmp_path)
    assert (await migrations.upgrade(url)).pending == ()
    await all_well(url)
    await say_what_the_release_said(url, facts_of(release))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("release", ["0.1.0"])
async def test_release_database_is_backed_up_and_restored(
    release: str, kind: str, tmp_path: Path, postgres: Postgres
) -> None:
    facts, url = facts_of(release), unpacked(release, tmp_path)
    await migrations.upgrade(url)
    await backup(url, tmp_path / "kept.backup")
    restored = postgres.database() if kind == "postgres" else f"sqlite+aiosqlite:///{tmp_path}/restored.db"
    assert await restore(tmp_path / "kept.backup", restored) == len(facts["rooms"])
    await all_well(restored)
    await say_what_the_release_said(restored, facts)


@pytest.mark.parametrize("release", ["0.1.0"])
async def test_release_database_itself_is_a_backup(release: str, tmp_path: Path) -> None:
    unpacked(release, tmp_path)
    restored = f"sqlite+aiosqlite:///{tmp_path}/restored.db"
    assert await restore(tmp_path / "parlour.db", restored) == len(facts_of(release)["rooms"])
    await all_well(restored)
    env = {"PARLOUR_GUESTS": "on"}
    async with ServerProcess(restored, env=env) as server, aiohttp.ClientSession() as http:
        async with PythonClient(["websocket"]) as ben:
            await ben.connect(server.url, (await sign_in(http, server.url, wallet("ben")))["token"])
            joined = await done(ben, "room:join", room="chess-on")
            assert joined["state"]["status"] == "playing"
            move = post("chess-on", "game.action", {"action": "move", "args": {"uci": "b8c6"}})
            await done(ben, "room:post", **move)
        async with http.get(f"{server.url}/api/rooms/duel/transcript") as answer:
            assert verified((await answer.read()).splitlines()).holds
