"""Nonces wait in one table: no network takes all of it, and none keeps another from signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from parlour.app import Server
from parlour.runtime.limits import network_key
from parlour.settings import load
from parlour.wiring.identity import NETWORK

OF_AN_ADDRESS = 2


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/nonces.db",
        trusted_proxies="127.0.0.1",
        sign_ins_per_minute=OF_AN_ADDRESS,
        sign_ins_burst=OF_AN_ADDRESS,
    )
    server = await Server.build(settings)
    await server.start()
    yield server
    await server.stop()


async def nonces(server: Server, network: str) -> tuple[int, dict[str, object]]:
    """Ask from one address after the other of a network until it is refused; how many were given, and the refusal."""
    given = 0
    async with aiohttp.ClientSession() as http:
        for number in count(1):
            headers = {"X-Forwarded-For": network.format(number)}
            async with http.get(f"{server.url}/auth/nonce", headers=headers) as answer:
                if answer.status != 200:
                    return given, (await answer.json())["error"]
                given += 1
    raise AssertionError


@pytest.mark.parametrize(
    ("network", "another"),
    [("198.51.100.{}", "198.51.101.{}"), ("2001:db8:7:{:x}::1", "2001:db8:8:{:x}::1")],
)
async def test_network_gets_nonces_for_ten_addresses_and_another_its_own(
    server: Server, network: str, another: str
) -> None:
    for each in (network, another):
        given, error = await nonces(server, each)
        assert NETWORK * OF_AN_ADDRESS <= given < 2 * NETWORK * OF_AN_ADDRESS  # one more comes every three seconds
        assert (error["code"], error["retryable"]) == ("rate_limited", True)
        assert isinstance(error["retryAfter"], int)
        assert error["retryAfter"] > 0


def test_network_of_an_address_is_its_24_or_48() -> None:
    assert network_key("198.51.100.7") == network_key("198.51.100.200") == "198.51.100.0/24"
    assert network_key("2001:db8:7:1::/64") == network_key("2001:db8:7:ffff::/64") == "2001:db8:7::/48"
    assert network_key("::ffff:198.51.100.7") == "198.51.100.0/24"
    assert network_key("unknown") == "unknown"
