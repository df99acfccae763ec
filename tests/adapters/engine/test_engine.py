"""The engine as the rest of Parlour uses it."""

import pytest
from aiohttp import web

from parlour.adapters.engine import Engine
from tests.adapters.engine.lab import CALM, QUICK, EchoHandlers, running


async def test_connections_are_counted_by_transport() -> None:
    async with running(limits=CALM) as lab, lab.client(), lab.client(), lab.polling():
        assert lab.engine.connections == {"websocket": 2, "polling": 1}


async def test_front_before_the_runner_is_set_up_is_an_error() -> None:
    engine = Engine({"/": EchoHandlers()}, limits=QUICK)
    with pytest.raises(RuntimeError, match="set the runner up"):
        await engine.listen(web.AppRunner(web.Application()), "127.0.0.1", 0)


async def test_path_has_a_slash_at_both_ends() -> None:
    for path in ("live", "/live", "/live/"):
        assert Engine({"/": EchoHandlers()}, limits=QUICK, path=path).path == "/live/"
