"""What `/readyz` and the log say of the clock and of a database that fails."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import aiohttp
from structlog.testing import capture_logs

from parlour.adapters.sql.rooms import open_store
from parlour.app import Server
from parlour.runtime.store import StoreError
from parlour.settings import load
from tests.databases import migrated_sqlite
from tests.e2e.stock import until
from tests.logs import new_log

HOUR_MS = 3_600_000


async def ready(server: Server) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.get(server.url + "/readyz") as answer:
        return answer.status, (await answer.json())["checks"]["clock"]


async def test_readyz_and_log_say_that_the_log_is_from_the_future(tmp_path: Path) -> None:
    url = await migrated_sqlite(tmp_path)
    store = await open_store(url)
    await new_log(store, "Room-1", at=time.time_ns() // 1_000_000 + HOUR_MS)
    await store.close()
    with capture_logs() as lines:
        server = await Server.build(load(port=0, database_url=url))
    await server.start()
    status, said = await ready(server)
    await server.stop()
    assert status == 503
    assert said.endswith("s in the future; set this machine's clock")
    [line] = [line for line in lines if line["event"] == "clock.behind"]
    assert line["fault"].startswith("the newest entry is ")


async def test_readyz_and_log_say_that_the_clock_stepped(tmp_path: Path) -> None:
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db"))
    clock, steps = server.parts.process.clock, [3 * HOUR_MS]

    def slept() -> int:
        """Step once, as after a sleep."""
        step = steps.pop() if steps else 0
        clock.stepped = (step, clock.now()) if step else clock.stepped
        return step

    clock.catch_up = slept  # type: ignore[method-assign]
    with capture_logs() as lines:
        await server.start()
        assert await ready(server) == (200, "ok")
        await until(lambda: not steps)
        told = await ready(server)
        await server.stop()
    assert told == (200, "degraded: it stepped 10800 s forward: the machine slept, was paused, or its clock was set")
    assert [line["step_ms"] for line in lines if line["event"] == "clock.stepped"] == [3 * HOUR_MS]


async def test_readyz_says_of_a_failed_database_no_word_of_its_driver(tmp_path: Path) -> None:
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db"))

    async def refused(*_: Any) -> None:
        raise StoreError('connection to "10.0.0.7" failed: password of user "parlour"')

    server.parts.process.store.load = refused  # type: ignore[method-assign,assignment]
    with capture_logs() as lines:
        await server.start()
        async with aiohttp.ClientSession() as http, http.get(server.url + "/readyz") as answer:
            status, text = answer.status, await answer.text()
        await server.stop()
    assert status == 503
    assert "does not answer" in text
    assert "10.0.0.7" not in text
    assert "10.0.0.7" in next(line["error"] for line in lines if line["event"] == "database.unanswered")
