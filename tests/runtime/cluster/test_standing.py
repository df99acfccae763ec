"""How rooms of other nodes stand, as operators are told."""

from __future__ import annotations

from tests.runtime.cluster.kit import World
from tests.runtime.kit import ALICE, BOB


async def test_operators_are_told_of_rooms_of_all_nodes() -> None:
    world = World()
    pair = one, two = await world.start("one", "two")
    await world.create(one)
    await one.join(ALICE)
    await two.join(BOB)
    await world.create(one, "empty")
    for node in pair:
        assert await node.call("standing", "hall") == {"live": True, "connections": 2}
        assert await node.call("standing", "empty") == {"live": False, "connections": 0}
        shown = {room["id"]: (room["live"], room["connections"]) for room in await node.call("overview", 10)}
        assert shown == {"hall": (True, 2), "empty": (False, 0)}
    world.broker.stop()
    await world.pass_time(1.0)
    assert await two.call("standing", "hall") == {"live": True, "connections": 0}, "its node cannot say"
