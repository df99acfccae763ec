"""`parlour.testing.processes`: ports that two test processes never share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from parlour.testing.processes import PORTS, free_port

PER_PROCESS = 2_000
PRINTS_PORTS = f"""
from parlour.testing.processes import free_port
print(*(free_port() for _ in range({PER_PROCESS})), flush=True)
input()
"""


def test_processes_beside_each_other_get_different_ports() -> None:
    pipe = subprocess.PIPE
    others = [subprocess.Popen([sys.executable, "-c", PRINTS_PORTS], stdin=pipe, stdout=pipe, text=True) for _ in "ab"]
    try:
        mine = [free_port() for _ in range(PER_PROCESS)]
        theirs = [[int(port) for port in (other.stdout.readline() if other.stdout else "").split()] for other in others]
    finally:
        for other in others:
            other.communicate("\n")
    everybody = [*mine, *theirs[0], *theirs[1]]
    assert len(set(everybody)) == 3 * PER_PROCESS
    assert all(port in PORTS for port in everybody)


def test_ports_are_below_those_of_outgoing_connections() -> None:
    first = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(first.read_text().split()[0]) if first.exists() else 49_152
    assert PORTS.stop <= lowest
