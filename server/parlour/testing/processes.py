"""Processes that tests start: free ports, and an end when the test ends."""

from __future__ import annotations

import ctypes
import fcntl
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

PORTS = range(15_000, 32_000)
"""Below those that systems give to outgoing connections (from 32768 in Linux, 49152 elsewhere): none takes one."""


def free_port() -> int:
    """Reserve a TCP port of 127.0.0.1 that nobody listens on, for as long as this process lives.

    Raises:
        RuntimeError: no port of `PORTS` is free.
    """
    for port in random.sample(PORTS, len(PORTS)):
        if _reserve(port) and not _is_taken(port):
            return port
    raise RuntimeError(f"No port from {PORTS.start} to {PORTS.stop} is free.")


def _reserve(port: int) -> bool:
    """Lock the port's byte of a file that all test processes of the user share; locks end with their process."""
    if port in _reserved:
        return False
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _reserved.add(port)
    return True


_reserved: set[int] = set()
"""The ports of this process: a process's own lock does not stop it from taking the byte again."""


@cache
def _reservations() -> int:
    return os.open(Path(tempfile.gettempdir()) / f"parlour-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def dies_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """Make a `preexec_fn` that has Linux signal the child when its parent ends; elsewhere it does nothing.

    So a test run that is killed leaves no process behind.
    """

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signum)  # PR_SET_PDEATHSIG

    return ask
