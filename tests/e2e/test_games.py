"""The reference games on a real server: stock clients play them, the server is killed in the middle, play goes on."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.commands.replay import replayed
from parlour.errors import Invalid
from parlour.settings import Settings
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient, heard, until
from tests.forked import parlour

ROWS = [{"cell": row * 10, "length": n} for row, n in enumerate([2, 3, 3, 4, 5])]
LEASE_S = 10.0
"""What a room's last sign of life may be older than its end."""
KINDS = ("tic-tac-toe", "battleship", "word-party", "arena", "chess")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    here = Path(__file__).parent
    env = {"PARLOUR_GAMES": "looping_game:Looping,fair_game:FairDice,patient_game:Patient", "PYTHONPATH": str(here)}
    async with ServerProcess(env=env) as server:
        yield server


class People:
    """Two wallets with a stock client each; `again` connects them anew, as a page that was reloaded."""

    def __init__(self, server: ServerProcess, stack: AsyncExitStack) -> None:
        self._server = server
        self._stack = stack
        self.tokens: list[str] = []
        self._evening = secrets.token_hex(3)
        self._posts = 0

    async def arrive(self) -> None:
        async with aiohttp.ClientSession() as http:
            self.tokens = [(await sign_in(http, self._server.url, wallet(n)))["token"] for n in ("ann", "ben")]
        await self.again()

    def room(self, kind: str) -> str:
        """The id of this test's room of a kind; the tests share one server."""
        return f"{self._evening}-{kind}"

    async def again(self) -> None:
        self.ann, self.ben = [await self.connected(token) for token in self.tokens]

    async def connected(self, token: str) -> PythonClient:
        client = await self._stack.enter_async_context(PythonClient(["websocket"]))
        await client.connect(self._server.url, token)
        return client

    async def crowd(self, each: int) -> list[PythonClient]:
        return [await self.connected(token) for token in self.tokens for _ in range(each)]

    async def tables(self, *kinds: str) -> dict[str, list[dict[str, Any]]]:
        for kind in kinds:
            created = await self.ann.ask("room:create", {"kind": kind, "id": self.room(kind)})
            assert created["ok"], created
        return await self.join(*kinds)

    async def join(self, *kinds: str) -> dict[str, list[dict[str, Any]]]:
        return {
            kind: [await who.ask("room:join", {"room": self.room(kind)}) for who in (self.ann, self.ben)]
            for kind in kinds
        }

    async def act(self, who: PythonClient, kind: str, action: str, **args: Any) -> dict[str, Any]:
        self._posts += 1
        post = {
            "room": self.room(kind),
            "id": f"p{self._posts}",
            "type": "game.action",
            "body": {"action": action, "args": args},
        }
        return await who.ask("room:post", post)

    async def done(self, who: PythonClient, kind: str, action: str, **args: Any) -> None:
        answer = await self.act(who, kind, action, **args)
        assert answer["ok"], answer


@pytest.fixture
async def people(server: ServerProcess) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        people = People(server, stack)
        await people.arrive()
        yield people


def without_times(state: dict[str, Any]) -> dict[str, Any]:
    """A view without what downtime moves, and who has come back already."""
    return {key: value for key, value in state.items() if key not in ("deadline", "away")}


async def test_every_game_goes_on_exactly_where_a_kill_interrupted_it(server: ServerProcess, people: People):
    await people.tables(*KINDS)
    ann, ben = people.ann, people.ben
    await people.done(ann, "tic-tac-toe", "place", cell=4)
    await people.done(ann, "battleship", "place_fleet", ships=ROWS)
    await people.done(ben, "battleship", "place_fleet", ships=ROWS)
    await people.done(ann, "battleship", "shoot", cell=0)
    await people.done(ann, "word-party", "start")
    await people.done(ann, "word-party", "clue", text="think hard")
    await people.done(ben, "word-party", "guess", text="no idea")
    await people.done(ann, "arena", "steer", dx=1, dy=0)
    await people.done(ann, "chess", "move", uci="e2e4")
    last_sign_of_life = time.monotonic() - LEASE_S
    before = await people.join(*KINDS)

    await server.kill9()
    await asyncio.sleep(0.5)
    await server.start()
    await people.again()
    after = await people.join(*KINDS)
    longest_ms = (time.monotonic() - last_sign_of_life) * 1000
    ann, ben = people.ann, people.ben

    for kind in ("tic-tac-toe", "battleship", "word-party", "chess"):
        for was, now in zip(before[kind], after[kind], strict=True):
            assert now["seat"] == was["seat"], kind
            assert without_times(now["state"]) == without_times(was["state"]), kind
            moved = now["state"]["deadline"] - was["state"]["deadline"]
            assert 0 <= moved < longest_ms, kind
    assert (await people.act(ann, "tic-tac-toe", "place", cell=0))["error"]["reason"] == "not_your_turn"
    await people.done(ben, "tic-tac-toe", "place", cell=0)
    await people.done(ann, "battleship", "shoot", cell=1)
    await people.done(ann, "word-party", "clue", text="harder")
    await people.done(ben, "chess", "move", uci="e7e5")
    x = after["arena"][0]["state"]["x"][0]
    await people.done(ann, "arena", "steer", dx=1, dy=1)
    await until(lambda: heard(ann, "state", people.room("arena")))
    again = (await people.join("arena"))["arena"][0]["state"]
    assert again["x"][0] > x
    assert again["ships"] == [0, 1]


async def test_drawing_and_a_pause_go_on_after_a_kill(server: ServerProcess, people: People):
    values = {"ann": bytes([1]) * 32, "ben": bytes([2]) * 32}
    await people.tables("fair-dice")
    for name, value in values.items():
        promise = "0x" + sha256(value).hexdigest()
        await people.done(getattr(people, name), "fair-dice", "commit", hash=promise)
    await people.done(people.ann, "fair-dice", "contribute", value="0x" + values["ann"].hex())

    await server.kill9()
    await server.start()
    await people.again()
    drawing = (await people.join("fair-dice"))["fair-dice"][0]
    assert drawing["state"]["status"] == "drawing"
    assert (await people.act(people.ann, "fair-dice", "roll"))["error"]["reason"] == "not_started"
    await people.done(people.ben, "fair-dice", "contribute", value="0x" + values["ben"].hex())
    await people.done(people.ann, "fair-dice", "roll")
    await people.done(people.ben, "fair-dice", "pause")

    await server.kill9()
    await server.start()
    await people.again()
    paused = (await people.join("fair-dice"))["fair-dice"][0]
    assert paused["state"]["status"] == "paused"
    assert list(paused["state"]["by_seat"]) == ["0"]
    assert (await people.act(people.ben, "fair-dice", "roll"))["error"]["reason"] == "paused"
    await people.done(people.ben, "fair-dice", "resume")
    assert (await people.act(people.ann, "fair-dice", "roll"))["error"]["reason"] == "already_rolled"
    await people.done(people.ben, "fair-dice", "roll")


async def test_drop_grace_survives_a_kill_and_a_returning_player_is_back(server: ServerProcess, people: People):
    kinds = ("patient", "tic-tac-toe")
    await people.tables(*kinds)
    await people.ben.close()
    for kind in kinds:
        await until(lambda kind=kind: of_type(people, kind, "game.dropped"))

    await server.kill9()
    await asyncio.sleep(1)  # longer than what is not worth an entry
    await server.start()
    await people.again()
    for who, away in ((people.ann, [1]), (people.ben, [])):
        joined = await who.ask("room:join", {"room": people.room("tic-tac-toe")})
        assert (joined["state"]["status"], joined["state"]["away"]) == ("playing", away)
    await people.done(people.ann, "tic-tac-toe", "place", cell=4)
    await people.done(people.ben, "tic-tac-toe", "place", cell=0)

    log = await log_to_the_end(people, "patient")
    absence = [entry for entry in log if entry["type"] in ("game.dropped", "game.left")]
    assert [entry["body"]["seat"] for entry in absence] == [1, 1]
    stood_still = sum(entry["body"]["pausedMs"] for entry in log if entry["type"] == "game.resumed")
    assert stood_still >= 1000
    assert absence[1]["at"] - absence[0]["at"] >= 3000 + stood_still
    assert log[-1]["body"]["result"]["winner"] == 0


async def log_to_the_end(people: People, kind: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while True:
            log: list[dict[str, Any]] = (await people.ann.ask("room:history", {"room": people.room(kind)}))["entries"]
            if log[-1]["type"] == "game.ended":
                return log
            await asyncio.sleep(0.2)


def of_type(people: People, kind: str, type_: str) -> list[dict[str, Any]]:
    return [entry for entry in heard(people.ann, "entry", people.room(kind)) if entry["type"] == type_]


async def test_parlour_replay_shows_any_entry_as_any_viewer(server: ServerProcess, people: People):
    await people.tables("battleship")
    await people.done(people.ann, "battleship", "place_fleet", ships=ROWS)
    room, (ann, ben) = people.room("battleship"), [wallet(name).address for name in ("ann", "ben")]
    head = (await people.join("battleship"))["battleship"][0]["head"]
    settings = Settings(database_url=server.database_url)

    async def ships(viewer: str | None, at: int | None = None) -> int:
        return len((await replayed(settings, room, at, viewer))["state"]["seas"][0]["ships"])

    assert [await ships(who) for who in (ann, ann.lower(), ben, None)] == [5, 5, 0, 0]
    assert [await ships(ann, at) for at in (head - 1, head, head + 9)] == [0, 5, 5]
    with pytest.raises(Invalid):
        await ships("ann")

    words = ["replay", room, "--at", "2", "--database-url", server.database_url]
    code, printed, _ = await parlour(*words, folder=server.folder)
    assert code == 0
    assert json.loads(printed)["state"]["players"] == [ann, None]


async def test_one_of_64_racing_moves_wins_and_the_others_are_refused(people: People):
    await people.tables("tic-tac-toe")
    crowd = await people.crowd(32)
    answers = await asyncio.gather(*(people.act(client, "tic-tac-toe", "place", cell=4) for client in crowd))
    won = [answer for answer in answers if answer["ok"]]
    refused = [answer["error"]["reason"] for answer in answers if not answer["ok"]]
    assert len(won) == 1
    assert set(refused) <= {"cell_taken", "not_your_turn"}
    assert len(refused) == 63


async def test_nobody_receives_the_others_fleet_on_any_path(server: ServerProcess, people: People):
    await people.tables("battleship")
    ann, ben, room = people.ann, people.ben, people.room("battleship")
    await people.done(ann, "battleship", "place_fleet", ships=ROWS)
    await until(lambda: any(entry["type"] == "game.action" for entry in heard(ben, "entry", room)))
    hidden = next(entry for entry in heard(ben, "entry", room) if entry["type"] == "game.action")
    assert (hidden["body"], hidden["redacted"]) == (None, "hidden")
    history = await ben.ask("room:history", {"room": room, "proof": True})
    joined = await ben.ask("room:join", {"room": room})
    async with aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {people.tokens[1]}"}
        pages = []
        for path in ("entries", "transcript"):
            answer = await http.get(f"{server.url}/api/rooms/{room}/{path}", headers=headers)
            assert answer.status == 200, path
            pages.append(await answer.text())
    assert "place_fleet" not in repr([ben.events, history, joined, pages])
    assert "game.seed" in repr(history)
    assert '"seed"' not in repr([ben.events, history, joined, pages])


async def test_arena_reaches_its_players_as_states_alone(people: People):
    await people.tables("arena")
    await people.done(people.ann, "arena", "steer", dx=1, dy=1)
    room = people.room("arena")
    await until(lambda: len(heard(people.ben, "state", room)) > 20)
    assert not [entry for entry in heard(people.ben, "entry", room) if entry["type"] == "game.tick"]


async def test_server_goes_on_when_an_action_loops_for_ever(people: People):
    await people.tables("tic-tac-toe", "looping")
    looping = asyncio.ensure_future(people.act(people.ann, "looping", "loop"))
    await asyncio.sleep(0.1)
    await people.done(people.ann, "tic-tac-toe", "place", cell=0)
    error = (await looping)["error"]
    assert (error["code"], error["reason"]) == ("internal", "overrun")
    await people.done(people.ann, "looping", "lap")
    assert (await people.join("looping"))["looping"][0]["state"]["run"] == 1
