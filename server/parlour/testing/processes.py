"""What every server that tests start has in common: a port of its own, and an end with the test."""

from __future__ import annotations

import ctypes
import signal
import socket
import sys
from collections.abc import Callable


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dies_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: on Linux the child gets this signal when its parent ends, so a killed test leaves none behind."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signum)  # PR_SET_PDEATHSIG

    return ask
