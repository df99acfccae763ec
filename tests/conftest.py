"""Fixtures that several folders share, and how many of the tests run side by side."""

import pytest

from tests.anvil import chain
from tests.postgres import postgres

__all__ = ["chain", "postgres"]

WORKERS = 2
"""Each brings its own servers, chains, databases and browser; two keep the two cores of a small machine busy."""


LONG_GUARD_S = 3600
"""When a long form counts as hung; the hang guard of the short form is in pyproject.toml."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give long forms without a guard of their own, or with a shorter one, the guard of the long form."""
    for item in items:
        if item.get_closest_marker("long") is not None:
            item.add_marker(pytest.mark.timeout(LONG_GUARD_S), append=False)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """None beside a figure: what is measured has the machine to itself."""
    return WORKERS if config.option.markexpr == "not long" else 0
