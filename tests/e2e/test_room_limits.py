"""`parlour serve` with a small room allowance: refused, told when to come back, and let in then."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from parlour.testing.server import ServerProcess
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_ROOM_POSTS_PER_SECOND": "5", "PARLOUR_ROOM_POSTS_BURST": "20"}
    env |= {"PARLOUR_ROOM_SIGNALS_PER_SECOND": "5", "PARLOUR_ROOM_SIGNALS_BURST": "10"}
    async with ServerProcess(env=env) as server:
        yield server


async def asked(client: PythonClient, event: str, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(client.ask(event, request) for request in requests)))


async def test_room_that_is_flooded_refuses_and_says_when_to_come_back(enter: Enter) -> None:
    ann, ben = await enter("ann"), await enter("ben")
    room, other = await made(ann), await made(ann)
    flood = [post(room, "chat.message", {"text": "spam"}) for _ in range(60)]
    acks = await asked(ann, "room:post", *flood)
    stored = [request for request, ack in zip(flood, acks, strict=True) if ack["ok"]]
    refused = [ack["error"] for ack in acks if not ack["ok"]]
    assert 12 <= len(stored) <= 16, "half of the burst, a share of her own, and what came in meanwhile"
    assert {(e["code"], e["reason"], e["retryable"], e["retryAfter"] > 0) for e in refused} == {
        ("rate_limited", "room", True, True)
    }
    assert (await asked(ann, "room:post", stored[0]))[0]["duplicate"] is True
    assert (await asked(ben, "room:post", post(room, "chat.message", {"text": "gm"})))[0]["ok"], "ben is not starved"
    assert (await asked(ann, "room:post", post(other, "chat.message", {"text": "gm"})))[0]["ok"], "nor another room"
    await asyncio.sleep(refused[-1]["retryAfter"] / 1000)
    assert (await asked(ann, "room:post", flood[-1]))[0]["ok"]


async def test_signals_have_an_allowance_of_their_own(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    acks = await asked(ann, "room:signal", *[{"room": room, "type": "cursor", "body": {"x": n}} for n in range(40)])
    told = Counter(ack["ok"] or (ack["error"]["code"], ack["error"]["reason"]) for ack in acks)
    assert 6 <= told[True] <= 12
    assert told[("rate_limited", "room")] == 40 - told[True]
    assert (await asked(ann, "room:post", post(room, "chat.message", {"text": "gm"})))[0]["ok"]
