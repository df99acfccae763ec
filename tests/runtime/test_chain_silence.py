"""States that say `stale` while a chain that they show is silent."""

from __future__ import annotations

from typing import Any

from parlour.core.explorer.room import ChainRoom
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.server_rooms.silence import ChainSilence
from parlour.testing.fakes import FakeConnection
from tests.runtime.gates.kit import GatedWorld, world
from tests.runtime.kit import ALICE

GRACE_MS = 60_000


async def shown(chains: int = 1) -> tuple[GatedWorld, ChainSilence]:
    made = await world(kinds={"chain": ChainRoom}, chains=chains)
    silence = ChainSilence(made.process.registry, made.chains, made.clock, GRACE_MS)
    for chain in made.sims:
        wanted = NewRoom("chain", f"chain:{chain}", options={"chain": chain})
        await made.process.registry.create("", wanted, reserved=True)
    return made, silence


async def fall_silent(made: GatedWorld, chain: int = 1337, seconds: float = 61) -> None:
    made.nodes[chain].down = True
    await made.chains.chain(chain).follower.step()
    made.clock.spend(seconds)


async def join(made: GatedWorld, chain: int = 1337) -> tuple[FakeConnection, dict[str, Any]]:
    connection = await made.join(ALICE, f"chain:{chain}")
    return connection, made.answer["state"]


async def test_state_says_so_once_its_chain_was_silent_for_the_grace() -> None:
    made, silence = await shown()
    connection, state = await join(made)
    assert "stale" not in state
    await fall_silent(made, seconds=50)
    await silence.look()
    assert connection.events("state") == []
    made.clock.spend(11)
    await silence.look()
    [event] = connection.events("state")
    assert event["patch"] == [{"op": "add", "path": "/stale", "value": True}]
    assert event["seq"] == event["base"]
    assert (await join(made))[1]["stale"] is True


async def test_state_is_fresh_again_once_the_chain_speaks() -> None:
    made, silence = await shown()
    connection, _ = await join(made)
    await fall_silent(made)
    await silence.look()
    made.nodes[1337].down = False
    made.sim.mine()
    made.clock.spend(60)
    await made.catch_up()
    await silence.look()
    assert connection.events("state")[-1]["patch"] == [{"op": "remove", "path": "/stale"}]
    assert "stale" not in (await join(made))[1]


async def test_other_chains_are_not_stale() -> None:
    made, silence = await shown(chains=2)
    await made.catch_up()
    await fall_silent(made)
    await silence.look()
    assert "stale" in (await join(made))[1]
    assert "stale" not in (await join(made, 1338))[1]


async def test_process_that_does_not_follow_the_chain_calls_nothing_silent() -> None:
    made, _ = await shown()
    other = GatedWorld(store=made.store)
    other.chain_store, other.sims, other.nodes = made.chain_store, made.sims, made.nodes
    other.start("two")
    follower = other.chains.chain(1337).follower
    await follower.step()
    other.clock.spend(3600)
    assert follower.state == "standby"
    assert other.chains.silent(GRACE_MS) == frozenset()
