"""Fixtures that several folders share, how many of the tests run side by side, and what serves the black-box tests."""

import os
import sys
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from parlour.testing.server import ServerProcess
from tests.anvil import chain
from tests.e2e.stock import StockSocket
from tests.forked import FORKERY
from tests.postgres import own_postgres, postgres
from tests.spreading import serve_engines

__all__ = ["chain", "own_postgres", "postgres"]

SHORT = "not long"
"""The marks of the short form, which pyproject.toml sets."""
WORKERS = 4
"""Each brings its own servers, chains, databases and browser, and waits for them a quarter of the time (three used
1,165 s of the 1,586 s of CPU that two cores had in a run of 793 s), so four keep a small machine busy."""


settings.register_profile("parlour", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parlour")
"""How long an example takes says how busy the machine is; what hangs, the hang guard ends."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Servers that tests start keep their compiled modules: compiling 650 of them took a quarter of each start's CPU."""

PLAIN = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.dev.set_exc_info,
    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
]
"""How servers of this process log; drawn with frames and colours, a traceback costs 50 ms of CPU."""

HOST_PROCESS = Path(__file__).parent / "e2e" / "host_process.py"
TWO_NODES = Path(__file__).parent / "e2e" / "two_nodes.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that has black-box tests served by another host than `parlour serve`."""
    names = ["serve", "aiohttp", "fastapi", "socketio"]
    told = "with 2, clients of black-box tests are connected to a node that owns no room"
    parser.addoption("--nodes", type=int, choices=[1, 2], default=1, help=told)
    parser.addoption("--host", choices=names, default="serve", help="what serves Parlour to the black-box tests")


def pytest_configure(config: pytest.Config) -> None:
    """Run that host, or those nodes, for every server that names no command of its own.

    Servers of the short form are forked from one that has imported all; long forms measure them as people start them.
    What servers of this process log goes past `sys.stdout`, so that a command tested beside one prints only its own.
    """
    structlog.configure(processors=PLAIN, logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    if config.option.markexpr == SHORT:
        ServerProcess.starts = FORKERY.start
    if config.getoption("--nodes") == 2:
        ServerProcess.runs = (sys.executable, str(TWO_NODES))
        ServerProcess.patience_s *= 3
        config.add_cleanup(serve_engines())
    host = config.getoption("--host")
    if host != "serve":
        ServerProcess.runs = (sys.executable, str(HOST_PROCESS), host)
        ServerProcess.serves_below = "/rooms"
    if host == "socketio":
        StockSocket.usual = "/parlour"


LONG_GUARD_S = 3600
"""When a long form counts as hung; the hang guard of the short form is in pyproject.toml."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give long forms without a guard of their own, or with a shorter one, the guard of the long form."""
    for item in items:
        own = item.get_closest_marker("timeout")
        longer = own is not None and own.args and own.args[0] > LONG_GUARD_S
        if item.get_closest_marker("long") is not None and not longer:
            item.add_marker(pytest.mark.timeout(LONG_GUARD_S), append=False)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """None beside a figure: what is measured has the machine to itself."""
    return WORKERS if config.option.markexpr == SHORT else 0
