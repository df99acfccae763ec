"""What push services are sent, and what their answers mean; no subscription reaches into the operator's network."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from parlour.adapters.push import posting
from parlour.adapters.push.posting import PublicResolver, PushPosts
from parlour.adapters.push.vapid import Vapid
from parlour.runtime.push.subscriptions import Subscription
from parlour.testing.processes import free_port

NOBODY = Subscription("0xa", "https://push.invalid/x", "no point of the curve", "short")


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


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.7"], ["169.254.169.254"], ["::1"], ["fe80::1%eth0"], ["fd00::1"], []]
)
async def test_name_that_leads_inside_is_not_connected_to(addresses: list[str]) -> None:
    guard = PublicResolver(Named(*addresses))
    with pytest.raises(OSError, match="no public address"):
        await guard.resolve("push.example", 443)


async def test_name_with_a_public_address_is_connected_to_by_it() -> None:
    guard = PublicResolver(Named("10.0.0.7", "93.184.215.14"))
    assert [each["host"] for each in await guard.resolve("push.example", 443)] == ["93.184.215.14"]


async def test_browser_without_a_usable_key_is_gone_and_a_dead_service_comes_later() -> None:
    posts = PushPosts(Vapid(b"\1" * 32), "mailto:ops@example.com", lambda: 0)
    try:
        assert await posts.send(NOBODY, b"{}", "t") == "gone"
        key = Vapid(b"\2" * 32).public_key
        away = Subscription("0xa", f"https://127.0.0.1:{free_port()}/x", key, "A" * 22)
        assert await posts.send(away, b"{}", "t") == "later"
    finally:
        await posts.close()


@pytest.mark.parametrize(
    ("status", "means"),
    [(201, "sent"), (202, "sent"), (404, "gone"), (410, "gone"), (429, "later"), (503, "later"), (413, "refused")],
)
def test_answer_of_a_service_says_what_came_of_a_push(status: int, means: str) -> None:
    assert posting.meaning(status) == means
