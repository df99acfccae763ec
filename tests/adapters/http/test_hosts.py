"""PARLOUR_HOSTS holds for every route, on a real server."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from parlour.app import Server
from parlour.settings import Settings

POLLING = "/socket.io/?EIO=4&transport=polling"
ROUTES = ("/", "/api/kinds", "/api/rooms", "/auth/nonce", "/admin/", "/nowhere", POLLING)


async def statuses(server: Server, host: str, routes: tuple[str, ...]) -> set[int]:
    async with aiohttp.ClientSession(headers={"Host": host}) as http:
        found = set()
        for route in routes:
            async with http.get(server.url + route, allow_redirects=False) as answer:
                found.add(answer.status)
                if answer.status == 403:
                    assert (await answer.json())["error"]["code"] == "forbidden"
    return found


async def test_another_host_reads_nothing_but_the_probes(tmp_path: Path) -> None:
    settings = Settings(
        host="127.0.0.1",
        port=0,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db",
        hosts=("parlour.example",),
        guests=True,
    )
    server = await Server.build(settings)
    await server.start()
    assert await statuses(server, "rebound.example", ROUTES) == {403}
    assert 403 not in await statuses(server, "parlour.example:8443", ROUTES)
    assert await statuses(server, "10.0.0.7:8080", ("/healthz", "/readyz", "/metrics")) == {200}
    await server.stop()
