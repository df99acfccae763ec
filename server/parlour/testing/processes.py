"""Processes that tests start: free ports, and an end when the test ends."""

from __future__ import annotations

import ctypes
import signal
import socket
import sys
from collections.abc import Callable


def free_port() -> int:
    """Find a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dies_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """Make a `preexec_fn` that has Linux signal the child when its parent ends; elsewhere it does nothing.

    So a test run that is killed leaves no process behind.
    """

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signum)  # PR_SET_PDEATHSIG

    return ask
