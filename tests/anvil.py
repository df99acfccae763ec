"""A real chain for the tests that need one, and what happens where there is no anvil."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from parlour.testing.anvil import AnvilChain, NoAnvil, find_anvil, platform_package
from tests.missing import missing


def need_anvil() -> None:
    """A missing anvil is a failure in CI, and a said skip on a developer's machine."""
    if find_anvil() is None:
        missing(f"anvil is missing. To install it: {_line()}")


@asynccontextmanager
async def anvil(**options: Any) -> AsyncIterator[AnvilChain]:
    """A chain of the test's own, as `AnvilChain(**options)`."""
    need_anvil()
    async with AnvilChain(**options) as chain:
        yield chain


@pytest.fixture
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil() as chain:
        yield chain


def _line() -> str:
    try:
        return f"npm i --no-save --prefix .tools {platform_package()}"
    except NoAnvil as none:
        return str(none)
