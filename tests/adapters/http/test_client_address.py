"""Whose request is it? Forwarded headers, IPv6 networks, and limits that several processes share."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from parlour.adapters.http.client_address import ClientAddress
from parlour.app import Server
from parlour.errors import RateLimited
from parlour.runtime.limits import Allowance, Limiter, TokenBucket
from parlour.settings import load
from parlour.testing.fakes import FakeClock
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient
from tests.redis_server import RedisServer, redis_server

__all__ = ["redis_server"]

PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.1.1.1", "198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "6.6.6.6, 198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.1.1.1", "6.6.6.6,198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "10.3.3.3", "10.3.3.3"),
        ("10.1.1.1", "not an address", "10.1.1.1"),
        ("10.1.1.1", "198.51.100.1, junk", "10.1.1.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "", "2001:db8:1:2::/64"),
        ("2001:db8:ffff::1", "2001:db8:9::1", "2001:db8:9::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("::ffff:10.1.1.1", "198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("", "198.51.100.1", "unknown"),
        (None, "", "unknown"),
    ],
)
def test_client_is_the_first_hop_that_is_not_ours(peer: str | None, forwarded: str, client: str) -> None:
    assert ClientAddress(PROXIES).find(peer, forwarded) == client


def test_without_proxies_no_header_is_believed() -> None:
    assert ClientAddress().find("127.0.0.1", "198.51.100.1") == "127.0.0.1"


def test_proxy_that_is_no_network_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        ClientAddress(["proxy"])


async def test_rooms_are_limited_by_the_creators_account_and_address(tmp_path: Path) -> None:
    """People of one /64 are one client on the socket too; their neighbours in another are not."""
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    server = await Server.build(
        load(port=0, database_url=url, trusted_proxies=("127.0.0.1",), rooms_per_minute=1, rooms_burst=2)
    )
    await server.start()
    people = [("ann", "2001:db8::1"), ("bea", "2001:db8::ffff"), ("cid", "2001:db8::2"), ("dee", "2001:db8:0:1::1")]
    told = []
    async with aiohttp.ClientSession() as http:
        for name, address in people:
            token = (await sign_in(http, server.url, wallet(name)))["token"]
            async with PythonClient(["websocket"]) as client:
                await client.connect(server.url, token, headers={"X-Forwarded-For": address})
                ack = await client.ask("room:create", {"kind": "chat"})
                told.append("ok" if ack["ok"] else ack["error"]["code"])
    await server.stop()
    assert told == ["ok", "ok", "rate_limited", "ok"]


# ── buckets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = FakeClock()
    bucket = TokenBucket(50, 500, clock)
    assert sum(bucket.spend() for _ in range(1000)) == 500
    assert bucket.wait_ms() == 20
    clock.spend(0.02)
    assert bucket.wait_ms() == 0
    assert [bucket.spend(), bucket.spend()] == [True, False]
    clock.spend(3600)
    assert sum(bucket.spend() for _ in range(1000)) == 500


def test_bucket_never_takes_what_is_not_there() -> None:
    bucket = TokenBucket(1, 10, FakeClock())
    assert not bucket.spend(11)
    assert bucket.spend(10)


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def hits(limiter: Limiter, key: str, most: int = 1000) -> int:
    """How many fit before the first refusal."""
    for count in range(most):
        try:
            await limiter.hit("sign_in", key)
        except RateLimited as refused:
            return count if refused.retry_after else -1
    return most


async def test_client_gets_its_burst_and_others_theirs() -> None:
    limiter = Limiter({"sign_in": Allowance(60, 300)})
    assert await hits(limiter, "one") == 300
    assert await hits(limiter, "two") == 300
    await limiter.hit("a rule without limits", "one")


async def test_processes_share_their_counts_through_redis(redis_server: RedisServer) -> None:
    rules = {"sign_in": Allowance(20, 50)}
    here, there = Limiter(rules, redis_server.url), Limiter(rules, redis_server.url)
    for _ in range(40):
        await here.hit("sign_in", "one")
    assert await hits(there, "one") == 10
    assert await hits(here, "one") == 0


async def test_limits_stay_on_when_redis_is_gone() -> None:
    with capture_logs() as said:
        assert await hits(Limiter({"sign_in": Allowance(20, 50)}, "redis://127.0.0.1:1/0"), "one") == 50
    assert [line["event"] for line in said] == ["limits.redis_failed"]
