"""Two processes on one Postgres: one owner at a time, and a stopped one that wakes up writes nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient, heard, until
from tests.history.checker import Item
from tests.history.load import read_log
from tests.postgres import Postgres

LEASE_S = 10.0
"""How long a room stays with an owner that gives no sign of life (HostLimits.lease_ms)."""


@pytest.fixture
async def pair(postgres: Postgres) -> AsyncIterator[tuple[ServerProcess, ServerProcess]]:
    url = postgres.database()
    one, two = (ServerProcess(url, env={"PARLOUR_NODE": name}) for name in ("one", "two"))
    async with one, two:
        yield one, two


@pytest.mark.long
async def test_owner_that_was_stopped_and_continued_writes_nothing(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    await _stop_and_continue(*pair, stopped_s=LEASE_S + 2)


@pytest.mark.long
async def test_owner_that_was_stopped_for_thirty_seconds_writes_nothing(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    await _stop_and_continue(*pair, stopped_s=30)


async def _stop_and_continue(one: ServerProcess, two: ServerProcess, *, stopped_s: float) -> None:
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as ann, PythonClient(["websocket"]) as bea:
        tokens = {name: (await sign_in(http, one.url, wallet(name)))["token"] for name in ("ann", "bea")}
        await ann.connect(one.url, tokens["ann"])
        await bea.connect(two.url, tokens["bea"])
        assert (await ann.ask("room:create", {"kind": "chat", "id": "lobby"}))["ok"]
        assert (await ann.ask("room:join", {"room": "lobby"}))["ok"]
        refused = await bea.ask("room:join", {"room": "lobby"})
        assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)

        flood = asyncio.create_task(_flood(ann))
        await until(lambda: len(heard(ann, "entry")) > 50)
        one.pause()
        woken = asyncio.get_running_loop().call_later(stopped_s, one.resume)
        taken_over = await _retried(bea, "room:join", {"room": "lobby"})
        for number in range(20):
            assert (await _retried(bea, "room:post", _message(f"bea-{number}")))["ok"]
        await asyncio.sleep(max(0.0, woken.when() - asyncio.get_running_loop().time()) + 2.0)
        acks = await flood

        log = (await read_log(http, two.url, "lobby", tokens["bea"])).items
        own = [item for item in log if item.author == wallet("ann").address]
        assert max(item.seq for item in own) <= taken_over["head"], "the stopped owner wrote after it was replaced"
        assert [item.id for item in log[taken_over["head"] :]] == [f"bea-{number}" for number in range(20)]
        stored = {item.id: item for item in own}
        for ack in acks:
            if ack["ok"]:
                assert _is(stored[ack["id"]], ack), "an acknowledged post is not where its ack said"
        assert heard(ann, "closing")[-1]["reason"] == "replaced"


async def _flood(client: PythonClient) -> list[dict[str, Any]]:
    """Post without waiting until the socket goes; the acks that came, each with its post's id."""
    acks: list[dict[str, Any]] = []
    for number in itertools.count():
        id = f"ann-{number}"
        data = _message(id)
        try:
            await client.socket.emit("room:post", data, callback=lambda ack, id=id: acks.append({**ack, "id": id}))
        except Exception:
            return acks
        if heard(client, "closing"):
            return acks
        await asyncio.sleep(0.025)
    return acks


async def _retried(client: PythonClient, event: str, data: dict[str, Any]) -> dict[str, Any]:
    """Ask until the answer is no longer retryable, as the SDKs do."""
    async with asyncio.timeout(3 * LEASE_S):
        while True:
            ack = await client.ask(event, data)
            if ack["ok"] or not ack["error"]["retryable"]:
                return ack
            await asyncio.sleep(ack["error"].get("retryAfter", 200) / 1000)


def _is(item: Item, ack: dict[str, Any]) -> bool:
    return (item.seq, item.hash) == (ack["seq"], ack["hash"])


def _message(id: str) -> dict[str, Any]:
    return {"room": "lobby", "id": id, "type": "chat.message", "body": {"text": id}}
