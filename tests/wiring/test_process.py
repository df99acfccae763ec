"""The names of a process: its own origins, and the owner of its leases."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlour.app import Server
from parlour.settings import load
from parlour.wiring.process import own_origins


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
def test_origins_of_a_loopback_or_wildcard_address_name_localhost(host: str) -> None:
    assert own_origins("http", f"{host}:8080") == ("http://127.0.0.1:8080", "http://localhost:8080")


def test_origins_of_another_address_are_that_address() -> None:
    assert own_origins("https", "10.0.0.7:443") == ("https://10.0.0.7:443",)


@pytest.mark.parametrize(("node", "owner"), [("", "one"), ("east", "east")])
async def test_owner_of_leases_is_the_node_or_one_on_sqlite(tmp_path: Path, node: str, owner: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    server = await Server.build(load(port=0, database_url=url, node=node))
    await server.start()
    await server.stop()
    assert server.parts.process.owner == owner
