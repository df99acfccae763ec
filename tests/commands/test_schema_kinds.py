"""`parlour schema ts` and `py`: what is wrong in an application's code for its own game does not pass tsc and mypy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parlour.commands.schema import app
from parlour.core.authoring.rules import BUILT_IN
from parlour.runtime.rooms.kinds import served_kinds
from parlour.typegen.kinds import read_kinds
from tests.missing import missing

CLIENTS = Path(__file__).parents[2] / "clients"
TSC = CLIENTS / "node_modules/typescript/bin/tsc"
GAME = """
from typing import Any, Literal
from typing_extensions import TypedDict
from parlour import Game, Options, Player, Reject, State, action

class Lamp(TypedDict):
    lit: bool
    colour: Literal["red", "green"]

class LampView(TypedDict):
    lamps: list[Lamp]
    seen: tuple[int, str]

class Table(Options):
    lamps: int = 3

class Room(State):
    lit: list[bool] = []

class LampGame(Game[Room]):
    options: Table

    @action
    def switch(self, player: Player, lamp: int, colour: Literal["red", "green"] = "red") -> None:
        if lamp > 9:
            raise Reject("no_such_lamp")

    def view(self, viewer: Player | None) -> LampView:
        return {"lamps": [], "seen": (1, "x")}
"""
TS = """
import { connect } from "@parlour/client";
import type { LampGameView } from "./parlour";
const client = connect({ url: "https://parlour.test" });
const table = await client.joinRoom({ room: "t1", kind: "lamp-game", as: "player" });
await table.act("switch", { lamp: 4 });
await table.act("switch", { lamp: 4, colour: "green" });
await table.act("rematch");
await client.createRoom({ kind: "lamp-game", options: { lamps: 4 } });
export const lit: boolean | undefined = table.state?.lamps[0]?.lit;
const view: LampGameView | undefined = table.view.get();
export const winner: number | null | undefined = view?.winner;
(await client.joinRoom({ room: "m", kind: "market" })).state?.last?.price.length;
// @ts-expect-error -- no such action
await table.act("swich", { lamp: 4 });
// @ts-expect-error -- an argument is missing
await table.act("switch", {});
// @ts-expect-error -- an argument of another type
await table.act("switch", { lamp: "4" });
// @ts-expect-error -- no such value
await table.act("switch", { lamp: 4, colour: "blue" });
// @ts-expect-error -- no such option
await client.createRoom({ kind: "lamp-game", options: { lampen: 4 } });
// @ts-expect-error -- no such field of the view
table.state?.lumps;
// @ts-expect-error -- no such field of what it holds
table.state?.lamps[0]?.lot;
// @ts-expect-error -- no such kind
await client.joinRoom({ room: "t1", kind: "lamp-gam" });
"""
PY = """
from typing import cast
from kinds_gen import LampGameRoom
from parlour_client import Room

async def play(room: Room) -> bool:
    table = cast(LampGameRoom, room)
    await table.act("switch", lamp=4, colour="green")
    await table.act("rematch")
    await table.say("gm")
    return table.state["lamps"][0]["lit"]

async def wrong(table: LampGameRoom) -> None:
    await table.act("swich", lamp=4)
    await table.act("switch", lamp="4")
    await table.act("switch")
    table.state["lumps"]
"""


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A game of one's own, in a module that can be imported."""
    (tmp_path / "lamp_game.py").write_text(GAME, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "lamp_game:LampGame"
    sys.modules.pop("lamp_game", None)


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_typescript_of_a_game_refuses_what_is_wrong_and_takes_the_rest(tmp_path: Path, game: str) -> None:
    if shutil.which("node") is None or not TSC.is_file():
        missing("needs Node and `npm ci` in clients/")
    (tmp_path / "parlour.d.ts").write_text(printed("ts", "--games", game), encoding="utf-8")
    (tmp_path / "user.ts").write_text(TS, encoding="utf-8")
    config = {
        "extends": str(CLIENTS / "tsconfig.json"),
        "compilerOptions": {"skipLibCheck": False},
        "include": ["user.ts", "parlour.d.ts"],
        "exclude": [],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    ran = subprocess.run(["node", str(TSC), "-p", str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.long  # mypy reads the client and all it imports
def test_python_types_of_a_game_refuse_what_is_wrong_and_take_the_rest(tmp_path: Path, game: str) -> None:
    (tmp_path / "kinds_gen.py").write_text(printed("py", "--games", game), encoding="utf-8")
    (tmp_path / "user.py").write_text(PY, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=.mypy", "user.py"]
    paths = f"{tmp_path}:{CLIENTS / 'python'}"
    ran = subprocess.run(mypy, cwd=tmp_path, env={"MYPYPATH": paths}, capture_output=True, text=True, timeout=240)
    wrong = [line.split(":")[1] for line in ran.stdout.splitlines() if ": error: " in line]
    assert wrong == ["14", "15", "16", "17"], ran.stdout + ran.stderr


def test_kinds_have_the_actions_of_every_game_and_the_reasons_of_their_code(game: str) -> None:
    kinds = {kind.name: kind for kind in read_kinds(served_kinds([game]))}
    lamps = kinds["lamp-game"]
    assert lamps.actions.keys() == {"switch"} | BUILT_IN
    assert lamps.rejects == ["no_such_lamp"]
    assert kinds["tic-tac-toe"].rejects == ["cell_taken"]
    assert kinds["market"].wire_view == "MarketState"
    assert not kinds["chat"].actions


def test_names_of_types_are_different_for_every_kind() -> None:
    names = [shape.name for kind in read_kinds(served_kinds()) for shape in kind.shapes]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize("language", ["ts", "py"])
def test_a_game_that_is_not_there_is_one_line_about_it(language: str) -> None:
    result = CliRunner().invoke(app, [language, "--games", "nowhere:Game"])
    assert result.exit_code == 2
    assert "nowhere" in result.output
    assert "Traceback" not in result.output
