"""Measures the bytes of an arena's updates beside @colyseus/schema: the same ships, the same ticks, the same run.

python -m tests.bench.bench_updates [--ships 20,100] [--ticks 40] [--json FILE]

Parlour sends a JSON patch of a game's view, or the whole view where that is shorter, and to clients that ask for them
steps: what was added to each number. `state` counts what changed alone, `frame` with the event around it, as a browser
receives it; a frame of a room whose id the server made has 20 bytes more. `frame, deflated` is what permessage-deflate
without context would make of it. @colyseus/schema (peers/schema_arena.cjs) encodes the same values
from four declarations of the same state, each decoded and compared; its room's protocol puts one byte before.
`moving`: every ship moves in both directions at every tick. `players`: each steers at random twice a second, stops
included, and takes coins. Parlour's view also says how many inputs of each player were played, for the prediction.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from parlour.core.log.patches import diff
from parlour.core.log.steps import steps
from parlour.games.arena import SIZE, Arena
from parlour.testing import play
from tests.bench import load

PACKAGE = "@colyseus/schema@5.0.34"
PLACE = load.TOOLS.parent / "colyseus-schema"
"""Where npm installs it: a folder of its own."""
SHOWN = ("x", "y", "score", "coins")
TURNS = 0.1
"""How often a player steers another way: each ship every half a second."""
MARGIN = 15
"""From the border: more than a ship flies in a tick."""


class Crowd(Arena):
    """The arena with room for a hundred."""

    seats = (1, 100)


def views(ships: int, ticks: int, how: str) -> list[dict[str, Any]]:
    """Return the view before and after each tick."""
    game, chance = play(Crowd, *(f"p{n}" for n in range(ships)), goal=1000), Random(ships)
    courses = [{"dx": (1, -1)[n % 2], "dy": (1, -1)[n // 2 % 2]} for n in range(ships)]
    for n, course in enumerate(courses):
        game.post(f"p{n}", "steer", course)
    game.wait(0.2)
    seen = [game.view()]
    for _ in range(ticks):
        for n, course in enumerate(courses):
            turned = _random(chance, course) if how == "players" else _bounced(seen[-1], n, course)
            if turned != course:
                courses[n] = turned
                game.post(f"p{n}", "steer", turned)
        game.wait(0.05)
        seen.append(game.view())
    return seen


def _random(chance: Random, course: dict[str, int]) -> dict[str, int]:
    return {axis: chance.randint(-1, 1) for axis in course} if chance.random() < TURNS else course


def _bounced(view: dict[str, Any], seat: int, course: dict[str, int]) -> dict[str, int]:
    """Return the course of a ship that turns before it comes to the border."""
    inside = {"dx": view["x"][seat], "dy": view["y"][seat]}
    return {
        axis: 1 if inside[axis] < MARGIN else -1 if inside[axis] > SIZE - MARGIN else course[axis] for axis in course
    }


def ours(seen: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the bytes of each update as Parlour sends it."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for number, (before, after) in enumerate(pairwise(seen)):
        patch, text = diff(before, after), steps(before, after)
        patched = ("patch", patch) if len(_json(patch)) < len(_json(after)) else ("state", after)
        for way, (form, value) in {"patch": patched, "steps": patched if text is None else ("steps", text)}.items():
            event = {"room": "table", "seq": 1001 + number, "base": 1000 + number, form: value}
            frame = "42" + _json(["state", event])
            sizes[f"parlour {way}, state"].append(len(value if form == "steps" else _json(value)))
            sizes[f"parlour {way}, frame"].append(len(frame))
            sizes[f"parlour {way}, frame, deflated"].append(min(len(_deflated(frame)), len(frame)))
    return sizes


def _deflated(frame: str) -> bytes:
    """Return a message as permessage-deflate sends it (RFC 7692 7.2.1), each one by itself."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return (deflate.compress(frame.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def theirs(seen: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the bytes of each update as @colyseus/schema encodes it, by how the state is declared."""
    if not (PLACE / "node_modules" / "@colyseus" / "schema").exists():
        command = ["npm", "i", "--no-save", "--no-audit", "--no-fund", "--prefix", str(PLACE), PACKAGE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = "\n".join(_json({name: view[name] for name in SHOWN}) for view in seen)
    script, env = load.HERE / "peers" / "schema_arena.cjs", {"NODE_PATH": str(PLACE / "node_modules")}
    ran = subprocess.run(
        ["node", str(script)], input=lines, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE, text=True
    )
    return {f"schema, {name}": sizes for name, sizes in json.loads(ran.stdout).items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each arena and way to send it."""
    parser = argparse.ArgumentParser(prog="parlour bench updates", description=__doc__)
    parser.add_argument("--ships", default="20,100")
    parser.add_argument("--ticks", type=int, default=40)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    report = []
    for ships in map(int, asked.ships.split(",")):
        for how in ("moving", "players"):
            seen = views(ships, asked.ticks, how)
            means = {name: round(statistics.mean(sizes)) for name, sizes in {**ours(seen), **theirs(seen)}.items()}
            report.append({"ships": ships, "how": how, "bytes": means})
            print(f"{ships} ships, {how}: " + "; ".join(f"{name} {size}" for name, size in means.items()), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
