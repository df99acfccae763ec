"""The contract of `runtime.store.Store` for what games remember: the newest final value, as long as it stands."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Draft
from parlour.runtime.store import Store
from tests.contract.conftest import Open
from tests.logs import ALICE, BOB, Log, new_log


def ended(gold: int, account: str = ALICE, **more: Any) -> Draft:
    return Draft("game.ended", {"result": {}, "seed": "0x", "stored": {account: {"gold": gold}}, **more})


async def mine(store: Store, room: str = "Mine-1", at: int = 1_000) -> Log:
    return await new_log(store, room, kind="mine", at=at)


async def gold(store: Store, account: str = ALICE, kind: str = "mine") -> int | None:
    values = await store.remembered(kind, [account])
    return values[account]["gold"] if account in values else None


async def test_newest_value_of_all_rooms_of_a_kind_counts(store: Store, open_again: Open) -> None:
    first, second = await mine(store), await mine(store, "Mine-2", at=9_000)
    await second.append(store, ended(2))
    await first.append(store, ended(1), ended(7, BOB))
    other = await open_again()
    assert await other.remembered("mine", [ALICE, BOB, "0x3"]) == {ALICE: {"gold": 2}, BOB: {"gold": 7}}
    assert await gold(store, kind="chess") is None
    assert await store.remembered("mine", []) == {}


async def test_value_taken_back_uncovers_the_one_before(store: Store) -> None:
    log = await mine(store)
    await log.append(store, ended(1))
    (end,) = await log.append(store, ended(2))
    await log.append(
        store, Draft("chain.reverted", {"of": [1], "block": {}, "void": [{"seq": end.seq, "reason": "x"}]})
    )
    assert await gold(store) == 1


async def test_provisional_value_counts_once_it_is_settled(store: Store) -> None:
    log = await mine(store)
    await log.append(store, ended(1))
    await log.append(store, ended(2, provisional=True))
    assert await gold(store) == 1
    await log.append(store, Draft("chain.confirmed", {}), settled=True)
    assert await gold(store) == 2


async def test_old_values_go_and_the_newest_stays(store: Store) -> None:
    log = await mine(store)
    for amount in range(20):
        await log.append(store, ended(amount))
    assert await gold(store) == 19
