"""Random matches of the reference games: one seed, one match, on any machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

import orjson
from chess import Board as Position

from parlour import Game
from parlour.errors import ParlourError
from parlour.games.arena import Arena
from parlour.games.battleship import Battleship
from parlour.games.chess import Chess
from parlour.games.tic_tac_toe import TicTacToe
from parlour.games.word_party import WORDS, WordParty
from parlour.testing import Seated, Table, play

Watch = Callable[[Table], None]
Suggest = Callable[[Random, Table, str], tuple[str, dict[str, Any]]]


def fleet(chance: Random) -> list[dict[str, Any]]:
    rows = chance.sample(range(10), 5)
    return [{"cell": row * 10 + chance.randrange(6), "length": n} for row, n in zip(rows, (5, 4, 3, 3, 2), strict=True)]


def _tic_tac_toe(chance: Random, game: Table, who: str) -> tuple[str, dict[str, Any]]:
    return "place", {"cell": chance.randrange(10)}


def _battleship(chance: Random, game: Table, who: str) -> tuple[str, dict[str, Any]]:
    if chance.random() < 0.3:
        return "place_fleet", {"ships": fleet(chance)}
    return "shoot", {"cell": chance.randrange(100)}


def _word_party(chance: Random, game: Table, who: str) -> tuple[str, dict[str, Any]]:
    if game.room.match.log.world.status == "waiting" and chance.random() < 0.3:
        return "start", {}
    if chance.random() < 0.4:
        return "clue", {"text": chance.choice(["it is round", "you eat it", "rocket"])}
    return "guess", {"text": chance.choice([game.state.word or "x", chance.choice(WORDS)])}


def _arena(chance: Random, game: Table, who: str) -> tuple[str, dict[str, Any]]:
    return "steer", {"dx": chance.randrange(-1, 3), "dy": chance.randrange(-1, 2)}


def _chess(chance: Random, game: Table, who: str) -> tuple[str, dict[str, Any]]:
    if chance.random() < 0.03:
        return chance.choice(["resign", "draw"]), {}
    moves = sorted(move.uci() for move in Position(game.state.fen).legal_moves)
    return "move", {"uci": chance.choice([*moves, "e2e5", "zz"])}


GAMES: dict[type[Game[Any]], Suggest] = {
    TicTacToe: _tic_tac_toe,
    Battleship: _battleship,
    WordParty: _word_party,
    Arena: _arena,
    Chess: _chess,
}


def random_match(game: type[Game[Any]], seed: int, steps: int = 60, watch: Watch | None = None) -> Table:
    """People join, play well and badly, break their connections, leave, come back; the server dies now and then."""
    chance = Random(f"{game.__name__}:{seed}")
    options = {"goal": 4} if game is Arena else {"rounds": 1} if game is WordParty else {}
    table = play(game, seed=seed, **options)
    people = ["ann", "ben", "cyd"]
    for _ in range(steps):
        who = chance.choice(people)
        step = chance.random()
        try:
            if step < 0.1:
                table.join(who)
            elif step < 0.13:
                table.wait(chance.choice([0.3, 2, 20, 70]))
            elif step < 0.15:
                chance.choice([Seated.drop, Seated.come_back])(Seated(table, who))
            elif step < 0.155:
                Seated(table, who).leave()
            elif step < 0.17:
                table.restart(downtime=chance.randrange(100))
            elif step < 0.19:
                table.post(who, "rematch", {})
            else:
                table.post(who, *GAMES[game](chance, table, who))
                table.wait(0.07)
        except ParlourError:
            continue
        if watch is not None:
            watch(table)
    return table


def fingerprint(seeds: range) -> str:
    """What all matches of these seeds led to, in one line."""
    total = sha256()
    for game in GAMES:
        for seed in seeds:
            table = random_match(game, seed)
            total.update(
                table.log[-1].hash + orjson.dumps(table.room.snapshot()["world"]) + orjson.dumps(table.view("ann"))
            )
    return total.hexdigest()


if __name__ == "__main__":
    print(fingerprint(range(int(sys.argv[1]))))
