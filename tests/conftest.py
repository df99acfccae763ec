"""Fixtures that several folders share, and how many of the tests run side by side."""

import pytest

from tests.anvil import chain
from tests.postgres import postgres

__all__ = ["chain", "postgres"]

WORKERS = 2
"""Each brings its own servers, chains, databases and browser; two keep the two cores of a small machine busy."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """None beside a figure: what is measured has the machine to itself."""
    return WORKERS if config.option.markexpr == "not long" else 0
