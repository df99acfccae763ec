"""A server on a dev chain, as `parlour dev` starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from parlour.app import Server
from parlour.settings import load
from parlour.testing.anvil import AnvilChain


@asynccontextmanager
async def dev_server(chain: AnvilChain, folder: Path) -> AsyncIterator[Server]:
    """Run a server that follows the chain and keeps its database in a folder."""
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{folder}/parlour.db",
        chains=[{"chainId": chain.chain_id, "urls": [chain.url]}],
    )
    server = await Server.build(settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
