"""Says what a table of figures was measured on, and whether the machine was quiet enough to believe it.

A table is quiet only if nothing speaks against it: other processes took little of the CPUs, the hypervisor took next to
nothing, the load was low before, and the rounds agree with each other. Else its first line says NOISY and why.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import psutil

FOREIGN_PCT = 8.0
"""Share of all CPUs that other processes may take: a pinned server and generator still have their cores."""
DEBIAN = "--with-wheel-pkg-dir=/usr/share/python-wheels/"
"""How Debian configures Python. What its `sysconfig` says is of a second build, without the program's PGO and LTO."""
STEAL_PCT = 2.0
"""Share of all CPUs that other machines of the host may take."""
SPREAD = 1.3
"""Largest round over smallest: what two runs of the same code differ by on a quiet machine."""


def interpreter(config_args: str | None = None) -> str:
    """Name the interpreter and how it was built; without PGO and LTO a plain loop takes up to 1.4 times as long."""
    args = sysconfig.get_config_var("CONFIG_ARGS") if config_args is None else config_args
    if args is None:
        build = "build unknown"
    elif DEBIAN in args:
        build = "Debian's: PGO, LTO"
    else:
        flags = (("PGO", "--enable-optimizations"), ("LTO", "--with-lto"))
        build = ", ".join(name if option in args else f"no {name}" for name, option in flags)
    return f"{platform.python_implementation()} {platform.python_version()} ({build})"


def machine() -> str:
    """Name the processor, the cores and the system."""
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return f"{os.cpu_count()} × {names[0] if names else platform.machine()}, {platform.system()} {platform.release()}"


def reasons(foreign_pct: float, steal_pct: float, load_per_core: float, spreads: Mapping[str, float]) -> list[str]:
    """Return why a table is not quiet; nothing where it is."""
    found = []
    if foreign_pct > FOREIGN_PCT:
        found.append(f"other processes took {foreign_pct:.0f} % of the CPUs")
    if steal_pct > STEAL_PCT:
        found.append(f"the host stole {steal_pct:.0f} %")
    if load_per_core > 1:
        found.append(f"the load was {load_per_core:.1f} a core before")
    found += [f"rounds of {name} differ {spread:.1f}×" for name, spread in spreads.items() if spread > SPREAD]
    return found


def spread(rounds: Sequence[float]) -> float:
    """Return how much the rounds of one figure differ: the largest over the smallest."""
    return max(rounds) / min(rounds) if rounds and min(rounds) > 0 else 1.0


class Conditions:
    """Watches the machine while a block measures, and writes the lines that belong above its table.

    Attributes:
        servers: pids of servers that the block started and that are not among our children's finished time.
    """

    def __init__(self, servers: Sequence[int] = ()) -> None:
        self.servers = servers
        self._rounds: dict[str, list[float]] = {}
        self.foreign_pct = self.steal_pct = self.load_per_core = 0.0

    def __enter__(self) -> Conditions:
        self.load_per_core = os.getloadavg()[0] / (os.cpu_count() or 1)
        self._began, self._cpu, self._ours = time.monotonic(), psutil.cpu_times(), self._own()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = (time.monotonic() - self._began) * (psutil.cpu_count() or 1)
        now = psutil.cpu_times()
        stolen = now.steal - self._cpu.steal
        busy = sum(
            getattr(now, name) - getattr(self._cpu, name) for name in ("user", "nice", "system", "irq", "softirq")
        )
        self.steal_pct = 100 * stolen / took
        self.foreign_pct = 100 * max(0.0, busy - (self._own() - self._ours)) / took

    def note(self, name: str, value: float) -> None:
        """Keep one round of a figure, to compare it with the others."""
        self._rounds.setdefault(name, []).append(value)

    def note_all(self, name: str, values: Sequence[float]) -> None:
        """Keep the rounds of a figure."""
        self._rounds.setdefault(name, []).extend(values)

    def lines(self) -> list[str]:
        """Return what stands above the table: machine, interpreter, and whether to believe it."""
        spreads = {name: spread(rounds) for name, rounds in self._rounds.items()}
        against = reasons(self.foreign_pct, self.steal_pct, self.load_per_core, spreads)
        verdict = f"NOISY: {'; '.join(against)}" if against else "quiet"
        return [machine(), interpreter(), verdict]

    def _own(self) -> float:
        """Return the CPU seconds of this process, its finished children and the running servers."""
        done = resource.getrusage(resource.RUSAGE_CHILDREN)
        running = sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in self.servers if psutil.pid_exists(pid))
        return time.process_time() + done.ru_utime + done.ru_stime + float(running)


def print_table(conditions: Conditions, lines: Sequence[str]) -> None:
    """Print a table under what it was measured on."""
    print("\n".join([*conditions.lines(), *lines]))
    sys.stdout.flush()
