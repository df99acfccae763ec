"""The engine's tests run on the loop it is made for; the protocol also on asyncio's own, which Windows has to use."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from parlour.adapters.engine import loop_factory


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    factories = {"uvloop": loop_factory()}
    if item.path.stem == "test_socketio":
        factories["asyncio"] = asyncio.new_event_loop
    return factories
