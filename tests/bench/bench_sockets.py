"""Measures the transport beside Node's Socket.IO and, where it installs, Bun's: one run, in turns, medians.

python -m tests.bench.bench_sockets [--rounds 3] [--seconds 1.5] [--only WORD,…] [--many] [--json FILE]

First the bare engine doing what the peers' programs do; then, as `product`, the whole server: durable `room:post` with
rights, log and fan-out, beside peers that commit to SQLite once a tick. `--many` adds 10,000 connections. A full
run takes about eleven minutes.

A `product` broadcast is one post to everybody in its room, in deliveries per CPU-second like the bare one of that name;
the poster's next follows when all have it and it is acknowledged. Parlour's 1,000 sockets there are of 512 accounts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from parlour.testing.processes import free_port
from tests.bench import bench_posts, load
from tests.bench.quiet import Conditions, print_table

Target = tuple[int, int, tuple[str, ...]]
"""Port, pid, and options of the generator."""
Peer = Callable[[Path], AbstractContextManager[Target]]


@dataclass(frozen=True)
class Axis:
    """One row of the table: the generator's options, the figure compared, and the bar against Node and Bun.

    Attributes:
        also: more rows that the same samples answer.
        product: the whole server and durable peers, not the bare transport.
    """

    name: str
    options: tuple[str, ...]
    figure: str
    bar: str
    lower_is_better: bool = False
    also: tuple[Axis, ...] = ()
    product: bool = False


def _posts(name: str, figure: str, bar: str, *options: str) -> Axis:
    crowd = ("-m", "post", "-n", str(bench_posts.CLIENTS), "-r", str(bench_posts.ROOMS))
    return Axis(name, (*crowd, *options), figure, bar, figure.endswith("_ms"), product=True)


def _fan_out(name: str, bar: str, *shape: str) -> tuple[Axis, Axis]:
    """Make two axes of messages to 1,000 sockets: the bare transport, and durable posts."""
    crowd = ("-n", "1000", *shape)
    return (
        Axis(name, ("-m", "broadcast", *crowd), "per_cpu_s", bar),
        Axis(f"product: {name}", ("-m", "post", *crowd), "per_cpu_s", bar, product=True),
    )


AXES = (
    *_fan_out("broadcast 1,000, one in flight", "1.4 / 1.2", "-r", "1", "-P", "1", "-w", "1"),
    *_fan_out("broadcast 1,000, eight in flight", "3.5 / 4", "-r", "1", "-P", "1", "-w", "8"),
    *_fan_out("50 rooms of 20", "1.4 / 1.1", "-r", "50", "-P", "50", "-w", "1"),
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
    Axis("the same without those", ("-m", "broadcast", "-n", "90", "-R", "400", "-s", "4000"), "p99_ms", "- / -", True),
    _posts("product: durable posts", "acks_per_cpu_s", "1.3 / 1.0"),
    _posts("product: ack p99 ms at 1,000 posts/s", "ack_p99_ms", "- / 1.0", "-R", "1000"),
    _posts("product: ack p99 ms at 5,000 posts/s", "ack_p99_ms", "- / 1.0", "-R", "5000"),
)
_CROWD = ("-m", "idle", "-n", "10000", "-i", "256")
MANY = (
    Axis(
        "KiB per idle connection of 10,000",
        _CROWD,
        "kb_per_conn",
        "0.5 / -",
        True,
        also=(Axis("connects/s up to 10,000", _CROWD, "connects_per_s", "2.0 / 1.0"),),
    ),
)


@contextmanager
def parlour(_folder: Path) -> Iterator[Target]:
    """Run the bare engine."""
    port = free_port()
    env = {"PYTHONPATH": str(load.ROOT)}
    with load.running([sys.executable, "-m", "tests.bench.sockets_server", str(port)], port, env) as pid:
        yield port, pid, ()


@contextmanager
def node(_folder: Path) -> Iterator[Target]:
    """Run Node's Socket.IO."""
    port = free_port()
    with load.running(["node", str(load.HERE / "peers" / "node_sio.js"), str(port)], port) as pid:
        yield port, pid, ()


@contextmanager
def bun(_folder: Path) -> Iterator[Target]:
    """Run Socket.IO on Bun's engine."""
    port = free_port()
    program = load.TOOLS / "bun_engine.js"  # Bun resolves packages beside the program
    program.write_text((load.HERE / "peers" / "bun_engine.js").read_text())
    with load.running([str(load.bun()), str(program), str(port)], port) as pid:
        yield port, pid, ()


BARE: dict[str, Peer] = {"parlour": parlour, "node": node, "bun": bun}
DURABLE: dict[str, Peer] = {"parlour": bench_posts.parlour, "node": bench_posts.node, "bun": bench_posts.bun}


def compare(axes: Sequence[Axis], rounds: int, seconds: float, spare: float) -> dict[str, dict[str, list[load.Sample]]]:
    """Take samples by axis and server; every sample has a fresh server, and the servers take turns.

    Args:
        spare: seconds for taking disturbed samples again; the report says how disturbed each was.
    """
    undisturbed = load.Retakes(spare)
    load.install_peers()
    peers = ["parlour", "node", *(["bun"] if load.bun() else [])]
    results: dict[str, dict[str, list[load.Sample]]] = {axis.name: {peer: [] for peer in peers} for axis in axes}
    for _ in range(rounds):
        for axis in axes:
            for peer in peers:
                start = (DURABLE if axis.product else BARE)[peer]
                results[axis.name][peer].append(undisturbed(partial(sample, axis, start, seconds)))
    return results


def sample(axis: Axis, start: Peer, seconds: float) -> load.Sample:
    """Measure one server once, freshly started."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as (port, pid, extra):
        return load.load(port, pid, *axis.options, *extra, *_warm(axis), "-d", str(seconds))


def _warm(axis: Axis) -> tuple[str, ...]:
    """Options for the time before the measuring; memory needs a pause to settle."""
    return ("-W", "0.7", "--settle", "0.5" if "idle" in axis.options else "0.1")


def summary(axes: Sequence[Axis], results: dict[str, dict[str, list[load.Sample]]]) -> list[dict[str, Any]]:
    """Make a row for each figure: every server's median and values, Parlour's ratio to each peer, and the bar."""
    rows = []
    for axis in axes:
        samples = results[axis.name]
        for row in (axis, *axis.also):
            medians = {peer: load.median(taken, row.figure) for peer, taken in samples.items()}
            ours = medians["parlour"]
            rows.append(
                {
                    "name": row.name,
                    "figure": row.figure,
                    "lower_is_better": row.lower_is_better,
                    "bar": row.bar,
                    "median": medians,
                    "ratio": {p: round(ours / m, 2) if m else None for p, m in medians.items() if p != "parlour"},
                    "values": {peer: [sample[row.figure] for sample in taken] for peer, taken in samples.items()},
                    "foreign_cpu_pct": {p: [sample["foreign_cpu_pct"] for sample in t] for p, t in samples.items()},
                }
            )
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write the rows as a table."""
    peers = list(rows[0]["median"])
    head = f"{'':41}" + "".join(f"{peer:>12}" for peer in peers)
    lines = [head + "".join(f"{'x ' + peer:>10}" for peer in peers[1:]) + f"{'bar':>12}"]
    for row in rows:
        values, ratios = row["median"].values(), row["ratio"].values()
        lines.append(
            f"{row['name']:41}"
            + "".join(f"{value:12,.1f}" if value < 1_000 else f"{value:12,.0f}" for value in values)
            + "".join(f"{'-' if ratio is None else ratio:>10}" for ratio in ratios)
            + f"{('≤ ' if row['lower_is_better'] else '≥ ') + row['bar']:>12}"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Run the comparison, print it, and keep the report of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--spare", type=float, default=45, help="seconds for taking disturbed samples again")
    parser.add_argument("--only", default="", help="comma-separated words; axes whose name holds one of them")
    parser.add_argument("--many", action="store_true", help="10,000 connections as well")
    parser.add_argument("--json", type=Path, help="where the report goes; a full run is kept in docs/reports anyway")
    asked = parser.parse_args(argv)
    words = [word for word in asked.only.split(",") if word]
    axes = [axis for axis in (*AXES, *(MANY if asked.many else ())) if not words or any(w in axis.name for w in words)]
    with Conditions() as conditions:
        results = compare(axes, asked.rounds, asked.seconds, asked.spare)
    for axis in axes:
        for peer, samples in results[axis.name].items():
            conditions.note_all(f"{peer}, {axis.name}", [sample[axis.figure] for sample in samples])
    rows = summary(axes, results)
    print_table(conditions, [table(rows)])
    full = asked.many and not words and asked.rounds >= 3
    file = asked.json or (load.ROOT / "docs" / "reports" / "bench-sockets.json" if full else None)
    if file is not None:
        about = {"measured_on": conditions.lines(), "rounds": asked.rounds, "seconds": asked.seconds}
        file.write_text(json.dumps(about | {"rows": rows}, indent=1) + "\n")
        print(f"\nwritten to {file}")


if __name__ == "__main__":
    main()
