"""Posts of the Python client in their order: offline, woken together, held back, and when the connection ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from parlour_client import ConnectionLost, Forbidden, ParlourError, RateLimited, Unauthorized
from parlour_client.net.outbox import Outbox
from parlour_client.net.retry import Retry
from parlour_client.ports import Settle


class Requests:
    """Implements `parlour_client.ports.Requests`; what it is asked first waits for `answers`."""

    def __init__(self) -> None:
        self.connected = True
        self.failure: ParlourError | None = None
        self.trouble: ParlourError | None = None
        self.sent: list[str] = []
        self.refusals: list[ParlourError] = []

    async def ask(self, event: str, data: Mapping[str, Any], settle: Settle | None = None) -> dict[str, Any]:
        if not self.connected:
            raise ConnectionLost("Not connected.")
        self.sent.append(data["id"])
        await asyncio.sleep(0)
        if self.refusals:
            raise self.refusals.pop(0)
        return {"ok": True, "id": data["id"]}

    async def request(
        self, event: str, data: Mapping[str, Any], *, timeout: float | None = None, settle: Settle | None = None
    ) -> dict[str, Any]:
        raise AssertionError("an outbox asks once at a time")


class World:
    def __init__(self) -> None:
        self.requests = Requests()
        self.outbox = Outbox(self.requests, retry=Retry(first=0.001), timeout=5)

    def post(self, id: str, room: str = "lobby", timeout: float | None = None) -> asyncio.Task[dict[str, Any]]:
        return asyncio.create_task(self.outbox.send({"room": room, "id": id}, timeout))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_post_made_while_others_wake_goes_after_them() -> None:
    world = World()
    world.requests.connected = False
    waiting = [world.post(id) for id in ("a", "b", "c")]
    await turns()
    assert (world.requests.sent, len(world.outbox)) == ([], 3)
    world.requests.connected = True
    late = world.post("d")  # runs after the flush and before those it wakes
    world.outbox.flush()
    await asyncio.wait_for(asyncio.gather(*waiting, late), 60)
    assert (world.requests.sent, len(world.outbox)) == (["a", "b", "c", "d"], 0)


async def test_refused_room_holds_back_its_own_posts_alone() -> None:
    world = World()
    world.requests.refusals = [RateLimited("Slowly.", retry_after=50)]
    first = world.post("a")
    await turns()
    second, other = world.post("b"), world.post("x", room="hall")
    await other
    assert world.requests.sent == ["a", "x"]
    await asyncio.gather(first, second)
    assert world.requests.sent == ["a", "x", "a", "b"]


async def test_waiting_post_is_told_when_the_connection_fails_for_good() -> None:
    world = World()
    world.requests.connected = False
    waiting = world.post("a")
    await turns()
    world.requests.failure = Unauthorized("Revoked.")
    world.outbox.flush()
    with pytest.raises(Unauthorized):
        await asyncio.wait_for(waiting, 60)
    with pytest.raises(Unauthorized):
        await world.post("b")


async def test_lasting_refusal_lets_the_next_post_go() -> None:
    world = World()
    world.requests.refusals = [Forbidden("No.")]
    first, second = world.post("a"), world.post("b")
    assert (await second)["id"] == "b"
    with pytest.raises(Forbidden):
        await first


async def test_post_that_timed_out_is_not_sent_later() -> None:
    world = World()
    world.requests.connected = False
    with pytest.raises(ConnectionLost, match="in time"):
        await world.post("a", timeout=0.01)
    world.requests.connected = True
    world.outbox.flush()
    await world.post("b")
    assert world.requests.sent == ["b"]
