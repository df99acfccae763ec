"""A fresh desk for each test."""

from __future__ import annotations

import pytest

from tests.runtime.identity.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
