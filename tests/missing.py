"""Says that a tool which a test needs is not on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Fail the test in CI, which must have every tool; skip it elsewhere, with the reason."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
