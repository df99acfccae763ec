"""Pending transactions: told to who asked for them, bounded, and only while somebody listens."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.chain.transaction_signals import PendingFilter
from parlour.core.identity.accounts import checksum
from parlour.errors import Illegal, NotFound
from parlour.runtime.blocks.pending import MOST_WAITING, PendingFeeds
from parlour.testing.fakes import FakeConnection, FakeEncoder, settle
from parlour.testing.simpool import SimPool
from tests.runtime.chain.chain_kit import World

ANN, BEN, SHOP = (checksum("0x" + digits * 20) for digits in ("aa", "bb", "cc"))
TO_SHOP = PendingFilter(to=frozenset({SHOP}))


def feeds(**config: Any) -> tuple[PendingFeeds, SimPool, World]:
    world = World(**{"pending": True, **config})
    return PendingFeeds(world.chains, FakeEncoder(), world.clock), SimPool(world.sim), world


def told(connection: FakeConnection) -> list[Any]:
    return [heard.data["body"]["hash"] for heard in connection.heard if heard.event == "signal"]


@pytest.mark.parametrize("by_hash", [False, True])
async def test_transaction_is_told_to_who_filters_for_it(by_hash: bool) -> None:
    made, pool, _ = feeds()
    pool.pushes_hashes = by_hash
    mine, other = FakeConnection(), FakeConnection()
    made.follow(1337, mine, TO_SHOP)
    made.follow(1337, other, PendingFilter(senders=frozenset({BEN})))
    await settle()
    tx = pool.send(ANN, to=SHOP, value=7)
    await settle()
    assert (told(mine), told(other)) == ([tx.hash], [])
    signal = mine.heard[-1].data
    assert (signal["room"], signal["from"], signal["type"]) == (
        "chain:1337", {"account": "", "connection": ""}, "chain.pending",
    )  # fmt: skip
    assert signal["body"]["value"] == "7"
    await made.stop()


async def test_node_is_left_alone_once_nobody_listens() -> None:
    made, _, world = feeds()
    one = FakeConnection()
    assert world.sim.pending_listeners == []
    made.follow(1337, one, TO_SHOP)
    await settle()
    assert len(world.sim.pending_listeners) == 1
    made.forget(one)
    await settle()
    assert world.sim.pending_listeners == []


async def test_newer_filter_takes_the_place_of_the_last_one() -> None:
    made, pool, _ = feeds()
    one = FakeConnection()
    made.follow(1337, one, TO_SHOP)
    made.follow(1337, one, PendingFilter(senders=frozenset({BEN})))
    await settle()
    pool.send(ANN, to=SHOP)
    tx = pool.send(BEN, to=ANN)
    await settle()
    assert told(one) == [tx.hash]
    await made.stop()


async def test_queue_drops_the_oldest_and_counts_them() -> None:
    made, pool, _ = feeds()
    one = FakeConnection()
    made.follow(1337, one, TO_SHOP)
    await settle()
    sent = [pool.send(ANN, nonce=n, to=SHOP).hash for n in range(MOST_WAITING + 5)]
    for _ in range(100):
        await settle()
    assert told(one) == sent[5:]
    assert made.feeds[1337].dropped == 5
    await made.stop()


async def test_nonsense_of_a_node_is_passed_over() -> None:
    made, pool, world = feeds()
    one = FakeConnection()
    made.follow(1337, one, TO_SHOP)
    await settle()
    for nonsense in ({}, {"hash": 5}, "0xnothing", 7, None):
        world.sim.pending_listeners[0](nonsense)
    tx = pool.send(ANN, to=SHOP)
    await settle()
    assert told(one) == [tx.hash]
    await made.stop()


async def test_chain_without_the_setting_has_no_feed() -> None:
    made, _, _ = feeds(pending=False)
    with pytest.raises(Illegal, match="pending"):
        made.follow(1337, FakeConnection(), TO_SHOP)
    with pytest.raises(NotFound):
        made.follow(5, FakeConnection(), TO_SHOP)
