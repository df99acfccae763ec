"""Measures the bars of the whole product path beside Node, Bun and boardgame.io, in rounds that take turns.

python -m tests.bench.bench_bars [--rounds 5] [--seconds 2] [--spare 60] [--only WORD,…] [--json FILE]

Each bar says whether its medians meet it. `native` is the same server with the optional native part (`server/native`),
which is built for the run. A full run takes about 15 minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests import native_part
from tests.bench import bench_game_peer, bench_posts, bench_sockets, load
from tests.bench.bench_sockets import Axis, Target
from tests.bench.quiet import Conditions, print_table


@dataclass(frozen=True)
class Bar:
    """One figure, and by which factor it has to be better than each peer's.

    Attributes:
        axis: what is measured; None for moves of the turn game.
        wanted: peer → ratio.
    """

    name: str
    figure: str
    wanted: Mapping[str, float]
    axis: Axis | None = None
    lower_is_better: bool = False

    def ratio(self, ours: float, theirs: float) -> float:
        """Return how many times better ours is."""
        better, worse = (theirs, ours) if self.lower_is_better else (ours, theirs)
        return better / worse if worse else 0.0


def _post(name: str, figure: str, wanted: Mapping[str, float], *options: str, lower: bool = False) -> Bar:
    axis = Axis(name, ("-m", "post", *options), figure, "", lower, product=True)
    return Bar(name, figure, wanted, axis, lower)


_CROWD = ("-n", str(bench_posts.CLIENTS), "-r", str(bench_posts.ROOMS))
BARS = (
    _post("50 rooms of 20", "per_cpu_s", {"node": 1.4, "bun": 0.9}, "-n", "1000", "-r", "50", "-P", "50"),
    _post("broadcast to 1,000", "per_cpu_s", {"node": 1.7, "bun": 1.0}, "-n", "1000", "-r", "1", "-P", "1"),
    _post("lone post, 20 members", "acks_per_cpu_s", {"node": 0.9}, *bench_posts.LONE),
    _post("ack p99 at 1,000 posts/s", "ack_p99_ms", {"node": 1.0, "bun": 0.77}, *_CROWD, "-R", "1000", lower=True),
    _post("saturated posts", "acks_per_cpu_s", {"bun": 2.1}, *_CROWD),
    Bar("game actions, 256 tables", "actions_per_cpu_second", {"boardgame.io": 1.0}),
)
GAME_ROOMS = 256


@contextmanager
def _native(folder: Path) -> Iterator[Target]:
    part = Path(str(native_part.build().__file__)).parent  # type: ignore[attr-defined]  # a module
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(part)
    try:
        with bench_posts.parlour(folder) as target:
            yield target
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def peers(bar: Bar) -> dict[str, Any]:
    """Return what takes one sample of each server: `(seconds) -> sample`."""
    if bar.axis is None:
        return {
            "parlour": partial(bench_game_peer.sample, "parlour", sys.executable, GAME_ROOMS),
            "boardgame.io": partial(bench_game_peer.sample, "boardgame.io", "", GAME_ROOMS),
        }
    servers = {"parlour": bench_posts.parlour, "node": bench_posts.node}
    if native_part.can_build():
        servers["native"] = _native
    if load.bun():
        servers["bun"] = bench_posts.bun
    return {name: partial(bench_sockets.sample, bar.axis, start) for name, start in servers.items()}


def measure(bars: Sequence[Bar], rounds: int, seconds: float, spare: float) -> dict[str, dict[str, list[load.Sample]]]:
    """Take samples by bar and server, the servers in turns; a disturbed one is taken again while `spare` lasts."""
    undisturbed = load.Retakes(spare)
    taken: dict[str, dict[str, list[load.Sample]]] = {bar.name: {} for bar in bars}
    for number in range(rounds):
        for bar in bars:
            for name, take in peers(bar).items():
                sample = take(seconds) if bar.axis is None else undisturbed(partial(take, seconds))
                taken[bar.name].setdefault(name, []).append(sample)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return taken


def table(bars: Sequence[Bar], taken: Mapping[str, Mapping[str, Sequence[load.Sample]]]) -> list[str]:
    """Write the medians of each bar, and the ratio of Parlour with and without the native part to each peer."""
    lines = [f"{'':26}{'figure':>24}  medians; ratio to each peer (bar)"]
    for bar in bars:
        medians = {name: load.median(samples, bar.figure) for name, samples in taken[bar.name].items()}
        told = ", ".join(f"{name} {value:,.1f}" for name, value in medians.items())
        lines.append(f"{bar.name:26}{bar.figure:>24}  {told}")
        for ours in ("parlour", "native"):
            for peer, wanted in bar.wanted.items():
                if ours in medians and peer in medians:
                    ratio = bar.ratio(medians[ours], medians[peer])
                    verdict = "met" if ratio >= wanted else "MISSED"
                    lines.append(f"{'':26}{ours + ' × ' + peer:>24}  {ratio:.2f} ({wanted:.2f}) {verdict}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the bars and print them."""
    parser = argparse.ArgumentParser(prog="bench bars", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--spare", type=float, default=60, help="seconds for taking disturbed samples again")
    parser.add_argument("--only", default="", help="comma-separated words; bars whose name holds one of them")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    words = [word for word in asked.only.split(",") if word]
    bars = [bar for bar in BARS if not words or any(word in bar.name for word in words)]
    load.install_peers()
    os.sched_setaffinity(0, {int(load.LOAD_CORE)})
    with Conditions() as conditions:
        taken = measure(bars, asked.rounds, asked.seconds, asked.spare)
    for bar in bars:
        for name, samples in taken[bar.name].items():
            conditions.note_all(f"{name}, {bar.name}", [sample[bar.figure] for sample in samples])
    print_table(conditions, table(bars, taken))
    if asked.json:
        asked.json.write_text(json.dumps({"measured_on": conditions.lines(), "samples": taken}, indent=1) + "\n")


if __name__ == "__main__":
    main()
