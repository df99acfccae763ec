"""The bare transport beside Node's Socket.IO and, where it installs, Bun's: one run, interleaved, pinned, medians.

python -m tests.bench.bench_sockets [--rounds 3] [--seconds 3] [--only NAME,…] [--many] [--json FILE]

The product path, with rights, log and fan-out, is `bench_posts`. `--many` adds 10,000 connections and their vanishing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from parlour.testing.processes import free_port
from tests.bench import load

Target = tuple[int, int]
"""Port and pid."""


@dataclass(frozen=True)
class Axis:
    """One row of the table: the generator's options, the figure compared, and the bar against Node (and Bun)."""

    name: str
    options: tuple[str, ...]
    figure: str
    bar: str
    lower_is_better: bool = False


AXES = (
    Axis("broadcast 1,000, one in flight", ("-m", "broadcast", "-n", "1000", "-w", "1"), "per_cpu_s", "1.4 / 1.2"),
    Axis("broadcast 1,000, eight in flight", ("-m", "broadcast", "-n", "1000", "-w", "8"), "per_cpu_s", "3.5 / 4"),
    Axis("50 rooms of 20", ("-m", "broadcast", "-n", "1000", "-r", "50", "-P", "50"), "per_cpu_s", "1.4 / 1.1"),
    Axis("request and ack, 500 clients", ("-m", "echo", "-n", "500"), "per_cpu_s", "1.7 / 1.0"),
    Axis("connect churn, 64 at once", ("-m", "churn", "-n", "64", "-i", "64"), "per_cpu_s", "2.0 / 1.0"),
    Axis("KiB per idle connection", ("-m", "idle", "-n", "1000"), "kb_per_conn", "0.5 / -", True),
    Axis("p99 ms at 40,000 deliveries/s", ("-m", "broadcast", "-n", "1000", "-R", "40"), "p99_ms", "1.0 / 1.0", True),
    Axis(
        "p99 ms with ten that never read",
        ("-m", "broadcast", "-n", "100", "--stall", "10", "-R", "400", "-s", "4000"),
        "p99_ms",
        "1.0 / -",
        True,
    ),
)
MANY = (
    Axis(
        "KiB per idle connection of 10,000", ("-m", "idle", "-n", "10000", "-i", "256"), "kb_per_conn", "0.5 / -", True
    ),
    Axis("CPU % of 10,000 idle", ("-m", "idle", "-n", "10000", "-i", "256"), "server_cpu_pct", "- / -", True),
    Axis("connects/s up to 10,000", ("-m", "idle", "-n", "10000", "-i", "256"), "connects_per_s", "2.0 / 1.0"),
)


@contextmanager
def parlour() -> Iterator[Target]:
    port = free_port()
    with load.running([sys.executable, "-m", "tests.bench.sockets_server", str(port)], port, _PATH) as pid:
        yield port, pid


@contextmanager
def node() -> Iterator[Target]:
    port = free_port()
    with load.running(["node", str(load.HERE / "peers" / "node_sio.js"), str(port)], port) as pid:
        yield port, pid


@contextmanager
def bun() -> Iterator[Target]:
    port = free_port()
    program = load.TOOLS / "bun_engine.js"  # Bun resolves packages beside the program
    program.write_text((load.HERE / "peers" / "bun_engine.js").read_text())
    with load.running([str(load.bun()), str(program), str(port)], port) as pid:
        yield port, pid


_PATH = {"PYTHONPATH": str(load.ROOT)}


def compare(axes: Sequence[Axis], rounds: int, seconds: float) -> dict[str, dict[str, list[load.Sample]]]:
    """Samples by axis and server; a fresh server for every sample, the servers taking turns."""
    load.install_peers()
    peers: dict[str, Callable[[], AbstractContextManager[Target]]] = {"parlour": parlour, "node": node}
    if load.bun():
        peers["bun"] = bun
    results: dict[str, dict[str, list[load.Sample]]] = {axis.name: {peer: [] for peer in peers} for axis in axes}
    for _ in range(rounds):
        for axis in axes:
            for peer, start in peers.items():
                with start() as (port, pid):
                    sample = load.load(port, pid, *axis.options, "-d", str(seconds))
                    results[axis.name][peer].append(sample)
    return results


def table(axes: Sequence[Axis], results: dict[str, dict[str, list[load.Sample]]]) -> str:
    """One line per axis: each server's median, Parlour's ratio to each peer, and the bar."""
    peers = list(results[axes[0].name])
    others = peers[1:]
    head = f"{'':36}" + "".join(f"{peer:>12}" for peer in peers)
    lines = [head + "".join(f"{'x ' + peer:>10}" for peer in others) + f"{'bar':>12}"]
    for axis in axes:
        values = [load.median(results[axis.name][peer], axis.figure) for peer in peers]
        ratios = [values[0] / value if value else float("nan") for value in values[1:]]
        bar = ("≤ " if axis.lower_is_better else "≥ ") + axis.bar
        lines.append(
            f"{axis.name:36}"
            + "".join(f"{value:12,.1f}" if value < 1_000 else f"{value:12,.0f}" for value in values)
            + "".join(f"{ratio:10.2f}" for ratio in ratios)
            + f"{bar:>12}"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", default="", help="comma-separated words; axes whose name holds one of them")
    parser.add_argument("--many", action="store_true", help="10,000 connections as well")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    words = [word for word in asked.only.split(",") if word]
    axes = [axis for axis in (*AXES, *(MANY if asked.many else ())) if not words or any(w in axis.name for w in words)]
    results = compare(axes, asked.rounds, asked.seconds)
    print(table(axes, results))
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
