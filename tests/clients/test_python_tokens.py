"""A token that the program has from elsewhere: the function is asked again, and what it does wrong is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from eth_account import Account

from parlour_client import ParlourError, Unauthorized, Unavailable
from parlour_client.auth import Session
from parlour_client.net.http import AioHttp
from tests.clients.fake_server import FakeServer
from tests.clients.kit import ADDRESS, KEY, connect, until


@pytest.fixture(autouse=True)
def sessions(server: FakeServer) -> None:
    server.tokens |= {"first": ADDRESS, "second": ADDRESS}


class Source:
    """Answers from a list; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


async def test_token_function_is_asked_again_when_its_session_ends(server: FakeServer) -> None:
    source = Source("first", "second")
    async with connect(server.url, token=source) as parlour, parlour.join("lobby") as room:
        assert parlour.account == ADDRESS
        del server.tokens["first"]
        await server.sio.emit("closing", {"reason": "expired", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        await room.say("with the second one")
    assert source.asked == 2


async def test_token_function_is_asked_again_when_its_token_is_refused(server: FakeServer) -> None:
    source = Source("outdated", "second")
    async with connect(server.url, token=source) as parlour:
        assert parlour.account == ADDRESS
    assert source.asked == 2


async def test_token_function_that_fails_is_asked_again(server: FakeServer) -> None:
    source = Source(OSError("no network"), "first")
    async with connect(server.url, token=source) as parlour:
        assert parlour.account == ADDRESS


@pytest.mark.parametrize("token", ["first", lambda: "first"])
async def test_token_or_plain_function_connects(server: FakeServer, token: Any) -> None:
    async with connect(server.url, token=token) as parlour:
        assert (parlour.account, server.seen["nonce"]) == (ADDRESS, 0)


@pytest.mark.parametrize(
    ("token", "kind", "said"),
    [
        (Source(OSError("no network")), Unavailable, "token function failed: .*no network"),
        (Source(None), Unauthorized, "gave no token, but None"),
        ("unknown", Unauthorized, "bad token"),
    ],
)
async def test_reason_of_a_missing_token_is_told(
    server: FakeServer, token: Any, kind: type[ParlourError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        await connect(server.url, token=token, timeout=0.5).__aenter__()


async def test_key_and_token_together_are_refused(server: FakeServer) -> None:
    with pytest.raises(ValueError, match="not both"):
        await connect(server.url, KEY, token="first").__aenter__()


@pytest.mark.parametrize("days", [-3, 0, 3])
async def test_session_is_kept_where_the_clocks_differ_by_days(server: FakeServer, days: int) -> None:
    """Its end is by the server's clock: a client whose clock is ahead would sign in again every second."""
    async with aiohttp.ClientSession() as http:
        now = lambda: (time.time() + days * 86_400) * 1000  # noqa: E731
        session = Session(AioHttp(http, server.url), Account.from_key(KEY), now=now)
        assert await session.token() == await session.token()
        assert 50 * 60 < session.renew_in() < 56 * 60
    assert (server.seen["nonce"], server.seen["refresh"]) == (1, 0)


async def test_session_is_refreshed_before_its_end_while_a_socket_is_open(server: FakeServer) -> None:
    server.token_life_ms = 2_000
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await until(lambda: server.seen["refresh"] == 1)
        await room.say("still here")
    assert server.seen["nonce"] == 1
