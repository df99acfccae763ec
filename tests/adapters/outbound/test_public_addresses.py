"""What came by a request reaches no address inside the operator's network."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from parlour.adapters.outbound.public_addresses import PublicResolver, is_address, is_public

INSIDE = [
    *("127.0.0.1", "10.0.0.7", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.7", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("::127.0.0.1", "64:ff9b:1::7f00:1"),
]


class Named(AbstractResolver):
    """Resolves every name to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        rest: dict[str, Any] = {"port": port, "family": family, "proto": 0, "flags": 0}
        return [ResolveResult(hostname=host, host=each, **rest) for each in self._addresses]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("addresses", [*([each] for each in INSIDE), []])
async def test_name_that_leads_inside_is_not_connected_to(addresses: list[str]) -> None:
    guard = PublicResolver(Named(*addresses))
    with pytest.raises(OSError, match="no public address"):
        await guard.resolve("hooks.example", 443)


async def test_name_with_a_public_address_is_connected_to_by_it() -> None:
    guard = PublicResolver(Named("10.0.0.7", "93.184.215.14"))
    assert [each["host"] for each in await guard.resolve("hooks.example", 443)] == ["93.184.215.14"]


async def test_name_that_a_setting_allows_may_lead_inside() -> None:
    guard = PublicResolver(Named("10.0.0.7"), private=["indexer.internal"])
    assert [each["host"] for each in await guard.resolve("indexer.internal", 443)] == ["10.0.0.7"]
    with pytest.raises(OSError):
        await guard.resolve("elsewhere.internal", 443)


@pytest.mark.parametrize("host", INSIDE)
def test_address_inside_is_not_public(host: str) -> None:
    assert is_address(host)
    assert not is_public(host)


@pytest.mark.parametrize("host", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_address_of_the_internet_is_public(host: str) -> None:
    assert is_public(host)


def test_name_is_no_address() -> None:
    assert not is_address("hooks.example")
    assert not is_public("hooks.example")
