"""All sessions together: what is left when clients are gone, and the end of the engine."""

import asyncio

from tests.adapters.engine.lab import (
    CALM,
    RawSocket,
    running,
)
from tests.bounds import engine_limits


async def test_client_that_is_gone_leaves_no_timeout() -> None:
    async with running(limits=CALM) as lab:
        async with lab.client(), lab.client():
            assert (len(lab.engine.table.pings), len(lab.engine.table.connects)) == (2, 2)
        await lab.handlers.until_gone(2)
        assert (len(lab.engine.table.pings), len(lab.engine.table.connects), len(lab.engine.table.pongs)) == (0, 0, 0)


async def test_closing_engine_ends_every_session() -> None:
    async with running(limits=engine_limits()) as lab:
        sockets: list[RawSocket] = []
        async with lab.client() as first, lab.client() as second, lab.polling() as poller:
            sockets += [first, second]
            poll = asyncio.ensure_future(poller.get())
            await asyncio.sleep(0.05)
            closing = asyncio.ensure_future(lab.engine.close())
            assert [await socket.closed() for socket in sockets] == [1001, 1001]
            assert (await poll)[0] == 200
            await closing
            assert sorted(await lab.handlers.until_gone(2)) == ["draining", "draining"]
            assert lab.engine.sessions == {}
            async with lab.websocket() as late:
                assert late.status == 503
