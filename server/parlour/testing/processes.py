"""Processes that tests start: a free port for each, and an end with the test."""

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
    """Make a `preexec_fn` after which Linux sends the child this signal when its parent ends; else it does nothing.

    So a test run that is killed leaves no process behind.
    """

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signum)  # PR_SET_PDEATHSIG

    return ask
