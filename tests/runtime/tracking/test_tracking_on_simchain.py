"""Tracked transactions over a simulated chain with a pool: what a room is told, from the pool to finality."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core import room as commands
from parlour.errors import Illegal, NotFound
from parlour.runtime.rooms.interface import NewRoom
from parlour.testing.simchain import SimTx
from parlour.testing.simpool import SimPool
from tests.runtime.gates.kit import GatedWorld, world
from tests.runtime.kit import ALICE, OWNER

SENDER = "0x" + "aa" * 20


class TrackingWorld:
    """A room that tracks, and the pool of its chain."""

    def __init__(self, made: GatedWorld) -> None:
        self.made, self.sim, self.pool = made, made.sim, SimPool(made.sim)
        self.ids = iter(range(1, 1000))

    async def track(self, tx: SimTx | str, **more: Any) -> int:
        """Let the room track a transaction; returns the seq."""
        hash_ = tx if isinstance(tx, str) else tx.hash
        body = {"chain": 1337, "hash": hash_, **more}
        post = commands.Post(author=ALICE, id=f"t{next(self.ids)}", type="wallet.track", body=body)
        seq: int = (await self.made.ask(post, "desk"))["seq"]
        await self.poll()
        return seq

    async def poll(self) -> None:
        """Ask the endpoints once."""
        await self.made._done(self.made.tracking.polls[1337].poll())

    async def mine(self, *txs: SimTx) -> None:
        """Mine a block and follow it, with all it leads to."""
        self.sim.mine(txs)
        await self.catch_up()

    async def catch_up(self) -> None:
        await self.made.catch_up()
        await self.made.chains.chain(1337).outbox.drain()

    async def told(self) -> list[dict[str, Any]]:
        return await self.made.entries("wallet.transaction", room="desk")

    async def statuses(self) -> list[str]:
        return [body["status"] for body in await self.told()]


async def desk(**more: Any) -> TrackingWorld:
    made = await world(**more)
    await made.process.registry.create(OWNER, NewRoom("chat", "desk"))
    return TrackingWorld(made)


async def test_transaction_is_told_from_the_pool_to_finality() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    seq = await t.track(tx)
    await t.mine(tx)
    block = t.sim.head
    for _ in range(10):
        await t.mine()
    assert await t.statuses() == ["submitted", "pending", "included", "safe", "finalized"]
    assert [(to, notice["type"]) for to, notice in t.made.process.notices] == [(ALICE, "transaction")]
    included = (await t.told())[2]
    assert included == {
        "of": seq, "chain": 1337, "hash": tx.hash, "status": "included", "confirmations": 1, "index": 0,
        "gasUsed": "21000", "block": {"number": block.number, "hash": block.hash},
    }  # fmt: skip
    assert len(t.made.tracking.trackers[1337].all) == 0
    assert await t.made.chain_store.room_subs("desk") == []


async def test_private_relay_shows_nothing_before_the_block() -> None:
    t = await desk()
    tx = t.pool.send(SENDER, known=False)
    await t.track(tx)
    await t.mine(tx)
    assert await t.statuses() == ["submitted", "included"]


async def test_failed_transaction_is_told_again_once_it_is_final() -> None:
    t = await desk()
    tx = t.pool.send(SENDER, failed=True)
    await t.track(tx)
    await t.mine(tx)
    for _ in range(10):
        await t.mine()
    assert await t.statuses() == ["submitted", "pending", "failed", "failed"]
    assert (await t.told())[-1]["final"] is True


async def test_reorg_orphans_and_the_pool_has_it_again() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    await t.mine(tx)
    t.sim.reorg(1, [[], []])
    await t.catch_up()
    await t.poll()
    await t.mine(tx)
    assert await t.statuses() == ["submitted", "pending", "included", "orphaned", "pending", "included"]


async def test_block_that_left_the_chain_unseen_is_left_at_the_next_poll() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    await t.mine(tx)
    known = t.made.tracking.trackers[1337].all
    (tracked,) = known.inside()
    known.place(tracked, (t.sim.height, "0x" + "77" * 32))  # as if another process had followed the chain meanwhile
    await t.poll()
    assert tracked.block == (t.sim.height, t.sim.head.hash)
    assert await t.statuses() == ["submitted", "pending", "included"]


async def test_reorg_that_keeps_the_transaction_moves_it() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    await t.mine(tx)
    t.sim.reorg(1, [[], [tx]])
    await t.catch_up()
    assert await t.statuses() == ["submitted", "pending", "included", "orphaned", "included"]
    assert (await t.told())[-1]["block"]["hash"] == t.sim.head.hash


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "repriced"),
        ({"to": SENDER, "value": 0}, "cancelled"),
        ({"value": 9}, "replaced"),
    ],
)
async def test_same_nonce_in_another_transaction_replaces(change: dict[str, Any], kind: str) -> None:
    t = await desk()
    tx = t.pool.send(SENDER, value=5)
    await t.track(tx)
    other = t.pool.send(SENDER, **{"nonce": 0, "value": 5, **change})
    await t.mine()
    await t.mine(other)
    block = t.sim.head
    await t.mine()
    await t.poll()
    for _ in range(10):
        await t.mine()
    told = await t.told()
    assert [body["status"] for body in told] == ["submitted", "pending", "replaced", "replaced"]
    assert (told[2]["replacedBy"], told[2]["replacement"]) == (other.hash, kind)
    assert told[2]["block"] == {"number": block.number, "hash": block.hash}
    assert told[3]["final"] is True


async def test_replacement_that_is_undone_gives_the_first_one_back() -> None:
    t = await desk()
    tx = t.pool.send(SENDER, value=5)
    await t.track(tx)
    other = t.pool.send(SENDER, nonce=0, value=6)
    await t.mine(other)
    await t.poll()
    t.sim.reorg(1, [[], [tx]])
    await t.catch_up()
    assert await t.statuses() == ["submitted", "pending", "replaced", "included"]


async def test_transaction_that_nobody_knows_is_dropped_and_may_come_back() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    t.pool.drop(tx)
    await t.poll()
    t.made.clock.spend(599)
    await t.poll()
    assert await t.statuses() == ["submitted", "pending"]
    t.made.clock.spend(2)
    await t.poll()
    assert await t.statuses() == ["submitted", "pending", "dropped"]
    await t.mine(tx)
    assert await t.statuses() == ["submitted", "pending", "dropped", "included"]


async def test_transaction_that_was_mined_before_is_found() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.mine(tx)
    for _ in range(10):
        await t.mine()
    await t.track(tx)
    assert await t.statuses() == ["submitted", "included", "finalized"]


async def test_restart_goes_on_where_the_room_stands() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    await t.mine(tx)
    await t.made.process.close()
    t.made.start("two")
    t.sim.reorg(1, [[], []])
    await t.catch_up()
    await t.poll()
    await t.mine(tx)
    for _ in range(10):
        await t.mine()
    statuses = await t.statuses()
    assert statuses == ["submitted", "pending", "included", "orphaned", "pending", "included", "safe", "finalized"]


async def test_deadline_ends_the_waiting() -> None:
    t = await desk()
    await t.track("0x" + "ee" * 32, deadline=t.made.clock.now() + 5_000)
    t.made.clock.spend(6)
    await t.poll()
    assert (await t.told())[-1]["reason"] == "deadline"
    assert len(t.made.tracking.trackers[1337].all) == 0


async def test_unknown_chain_and_the_same_one_twice_are_refused() -> None:
    t = await desk()
    tx = t.pool.send(SENDER)
    await t.track(tx)
    with pytest.raises(Illegal):
        await t.track(tx)
    with pytest.raises(NotFound):
        await t.track(tx, chain=5)


async def test_blocks_without_a_hit_cost_no_call() -> None:
    t = await desk()
    await t.track(t.pool.send(SENDER))
    before = len(t.made.nodes[1337].faults.calls)
    await t.mine(*(t.sim.tx() for _ in range(50)))
    asked = {method for method, _ in t.made.nodes[1337].faults.calls[before:]}
    assert "eth_getTransactionReceipt" not in asked
    assert "eth_getTransactionByHash" not in asked


@pytest.mark.parametrize(
    "answer",
    [{"blockHash": "0x1"}, {"blockHash": "0x" + "11" * 32}, {"blockHash": "0x" + "11" * 32, "blockNumber": "-0x5"},
     {"blockHash": ["x"], "blockNumber": "0x1"}, {"from": 5, "nonce": []}, {"from": SENDER, "nonce": "0x" + "f" * 80}],
)  # fmt: skip
async def test_odd_answer_about_one_transaction_says_nothing_of_others(answer: dict[str, Any]) -> None:
    at, odd = await desk(), "0x" + "cd" * 32
    tx = at.pool.send(SENDER)
    node = at.made.nodes[1337]
    ask = node._ask

    async def lie(method: str, params: list[Any]) -> Any:
        about_it = (method, params) == ("eth_getTransactionByHash", [odd])
        return answer if about_it else await ask(method, params)

    node._ask = lie  # type: ignore[method-assign]
    await at.track(odd)
    await at.track(tx)
    assert (await at.told())[-1]["status"] == "pending"
