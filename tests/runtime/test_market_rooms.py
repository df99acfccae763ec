"""Markets that are made when somebody first joins them: of pools that a factory made which operators watch."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from parlour.core.chain.routes import Route
from parlour.core.identity.accounts import checksum
from parlour.core.markets.factories import FACTORY
from parlour.core.markets.room import MarketRoom
from parlour.core.markets.route import MarketRoute
from parlour.core.rooms.reserved import OPERATOR
from parlour.errors import Forbidden, Invalid, NoSuchRoom, ParlourError
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.rooms.watch import RoomWatches
from parlour.runtime.server_rooms.market_rooms import MarketRooms
from parlour.testing.simchain import SimLog
from tests.runtime.gates.kit import GatedWorld, world
from tests.runtime.kit import ALICE, BOB, OWNER

POOL, FAKE, FACTORY_AT, OTHER = (checksum("0x" + digits * 20) for digits in ("71", "72", "73", "74"))
TOKENS = tuple(checksum("0x" + digits * 20) for digits in ("11", "22"))
ROOM = f"market:1337:{POOL}"


class FactoryWorld:
    """A chain with a factory, its pool, and a pool that only says that the factory made it."""

    def __init__(self, made: GatedWorld) -> None:
        self.made = made
        made.context.routes.register(MarketRoom.kind, MarketRoute)
        made.context.routes.register(FACTORY, Route)
        self.watching = RoomWatches(made.process.registry, made.chains)
        MarketRooms(made.process.registry, made.chains, self.watching.markets)
        for pool in (POOL, FAKE):
            self.answers(pool, {"getReserves()": [10**18, 10**18, 0], "factory()": [int(FACTORY_AT, 16)],
                                "token0()": [int(TOKENS[0], 16)], "token1()": [int(TOKENS[1], 16)]})  # fmt: skip
        for token in TOKENS:
            self.answers(token, {"decimals()": [18]})
        for factory in (FACTORY_AT, OTHER):
            self.answers(factory, {"getPair(address,address)": [int(POOL, 16)]})

    def answers(self, address: str, views: dict[str, list[int]]) -> None:
        words = {keccak(text=name)[:4]: b"".join(n.to_bytes(32) for n in found) for name, found in views.items()}
        self.made.sim.contracts[address.lower()] = lambda block, data: words.get(data[:4], b"")

    async def watch(self, factory: str = FACTORY_AT, rank: int = OPERATOR, **more: Any) -> dict[str, Any]:
        asked = {"chain": 1337, "factory": factory, **more}
        return await self.made._done(self.watching.watch("ops", Caller(OWNER, rank), asked, None))

    async def refused(self, room: str) -> ParlourError:
        return await self.made.refusal(self.made.join(ALICE, room))


async def factories(*, watched: bool = True) -> FactoryWorld:
    made = FactoryWorld(await world(kinds={"market": MarketRoom}))
    await made.made.process.registry.create(OWNER, NewRoom("chat", "ops"))
    if watched:
        await made.watch()
    return made


async def test_market_is_made_when_somebody_first_joins_it() -> None:
    made = await factories()
    await made.made.join(ALICE, ROOM.lower())
    room, state = made.made.answer["room"], made.made.answer["state"]
    assert (room["id"], room["kind"], room["owner"]) == (ROOM, "market", "")
    assert (state["pair"]["base"], state["pair"]["verified"]) == (TOKENS[0], False)
    await made.made.join(BOB, ROOM)
    subs = await made.made.chain_store.room_subs(ROOM)
    assert [sub.kind for sub in subs] == ["market"]


async def test_pool_that_the_factory_disowns_has_no_market() -> None:
    made = await factories()
    assert isinstance(await made.refused(f"market:1337:{FAKE}"), NoSuchRoom)


async def test_without_a_watch_of_its_factory_a_pool_has_no_market() -> None:
    made = await factories(watched=False)
    assert isinstance(await made.refused(ROOM), NoSuchRoom)
    await made.watch(OTHER)
    assert isinstance(await made.refused(ROOM), NoSuchRoom)


@pytest.mark.parametrize(
    "room", ["market:1337:0x12", f"market:5:{POOL}", f"market:01337:{POOL}", "market:x", f"market:1337:{TOKENS[0]}"]
)
async def test_other_ids_have_no_market(room: str) -> None:
    made = await factories()
    assert isinstance(await made.refused(room), NoSuchRoom)


async def test_pools_that_the_factory_makes_are_told() -> None:
    made = await factories()
    topic = "0x" + keccak(text="PairCreated(address,address,address,uint256)").hex()
    topics = (topic, *("0x" + token[2:].lower().rjust(64, "0") for token in TOKENS))
    data = "0x" + POOL[2:].lower().rjust(64, "0") + f"{1:064x}"
    made.made.sim.mine([made.made.sim.tx(SimLog(FACTORY_AT.lower(), topics, data))])
    await made.made.catch_up()
    await made.made.chains.chain(1337).outbox.drain()
    await made.made.catch_up()
    [told] = await made.made.entries("chain.event", room="ops")
    assert (told["event"], told["args"]["pair"]) == ("PairCreated", POOL)


async def test_operators_alone_watch_factories() -> None:
    made = await factories(watched=False)
    with pytest.raises(Forbidden):
        await made.watch(rank=0)
    with pytest.raises(Invalid) as refused:
        await made.watch(event="E()")
    assert refused.value.details == {"path": "watch.factory"}
