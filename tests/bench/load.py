"""Runs servers on one core and the load generator on the other, and judges how disturbed a sample was."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.missing import missing

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOOLS = ROOT / ".tools" / "bench"
NAMES = ("socket.io", "better-sqlite3", "@socket.io/redis-adapter", "redis")
"""What has to be there of the peers' packages."""
PACKAGES = (
    "socket.io@4.8", "better-sqlite3@12", "bun", "@socket.io/bun-engine", "@socket.io/redis-adapter@8", "redis@5",
)  # fmt: skip
SERVER_CORE, LOAD_CORE = "0", "1"
FOREIGN_PCT = 8.0
"""A sample during which other processes had more than this of the CPUs is taken again."""
TRIES = 3
"""How often a sample is taken at most."""

Sample = dict[str, Any]


def sioload() -> Path:
    """Compile the generator where its source changed, and answer its path."""
    binary = Path(tempfile.gettempdir()) / "parlour-sioload"
    source = HERE / "sioload.c"
    if shutil.which("cc") is None:
        missing("the load generator needs a C compiler")
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(binary), str(source)], check=True)
    return binary


def install_peers() -> None:
    """Install the peers' packages from npm, once, outside the sources."""
    if not all((TOOLS / "node_modules" / name).exists() for name in NAMES):
        command = ["npm", "i", "--no-save", "--no-audit", "--no-fund", "--prefix", str(TOOLS), *PACKAGES]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def bun() -> str | None:
    """Find Bun's program, where its package installed one."""
    found = TOOLS / "node_modules" / "bun" / "bin" / "bun.exe"
    return str(found) if found.exists() else shutil.which("bun")


@contextmanager
def running(command: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server on its own core until the block ends; answers its pid as soon as the port listens."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, "NODE_PATH": str(TOOLS / "node_modules"), **(env or {})},
        cwd=TOOLS if TOOLS.exists() else ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen")


def load(port: int, pid: int, *options: str) -> Sample:
    """Run the generator once and answer what it measured.

    `foreign_cpu_pct` is what everything but it and the server took of all cores meanwhile.

    Raises:
        RuntimeError: it saw entries out of order, a gap, or something it could not read.
    """
    command = ["taskset", "-c", LOAD_CORE, str(sioload()), "-p", str(port), "--pid", str(pid), *options]
    server, busy, began = psutil.Process(pid), _busy(), time.monotonic()
    ours = _cpu(server) + _children()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    foreign = _busy() - busy - (_cpu(server) + _children() - ours)
    sample: Sample = json.loads(done.stdout)
    sample["foreign_cpu_pct"] = round(100 * max(0.0, foreign) / (time.monotonic() - began) / psutil.cpu_count(), 1)
    for fault in ("order_errors", "gap_errors", "protocol_errors", "connect_errors", "ack_errors"):
        if sample.get(fault):
            raise RuntimeError(f"the generator counted {fault}: {sample}")
    return sample


class Retakes:
    """Takes disturbed samples again: each up to `TRIES` times, and all together for a number of seconds.

    It keeps the first undisturbed sample, else the least disturbed one, whatever its speed. A sample that failed is
    taken again too, with a line on stderr; an error that stays is raised.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def __call__(self, take: Callable[[], Sample]) -> Sample:
        best = self._first(take)
        for _ in range(TRIES - 1):
            if best["foreign_cpu_pct"] <= FOREIGN_PCT or self._left <= 0:
                break
            began = time.monotonic()
            best = min(best, self._first(take), key=lambda sample: float(sample["foreign_cpu_pct"]))
            self._left -= time.monotonic() - began
        return best

    @staticmethod
    def _first(take: Callable[[], Sample]) -> Sample:
        """Take samples until one succeeds."""
        for _ in range(TRIES - 1):
            try:
                return take()
            except (RuntimeError, subprocess.SubprocessError) as error:
                print(f"taken again: {error}", file=sys.stderr)
        return take()


def _busy() -> float:
    """Read the seconds the cores were busy since the machine started, with those that other machines stole."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _cpu(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median(samples: Sequence[Sample], key: str) -> float:
    """Take the median of one figure over samples."""
    return statistics.median(sample[key] for sample in samples)


def fdatasync_ms(folder: Path, writes: int = 200) -> tuple[float, float]:
    """Measure appending 4 KiB and syncing it, which each commit costs at least: p50 and p99 in ms."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(writes):
            start = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return took[writes // 2], took[int(writes * 0.99)]
