"""How much gates ask of a node: one call a block for all rooms, whoever sells and whatever is checked again."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.identity.accounts import checksum
from parlour.testing.simtoken import SimToken
from tests.runtime.gates.kit import GatedWorld, removed, world
from tests.runtime.kit import ALICE, BOB, OWNER

STANDARDS = ("erc20", "erc721", "erc1155")


def leaf_of(made: GatedWorld, token: SimToken) -> dict[str, Any]:
    ids = {"id": "0"} if token.standard == "erc1155" else {}
    return {"chain": made.sim.chain_id, "token": checksum(token.address), "standard": token.standard, **ids}


async def many_rooms(rooms: int, blocks: int, sales: int, *, standards: tuple[str, ...] = ("erc20",)) -> None:
    """Check that members of many rooms cost one call a block, whoever sells, and that nobody else is asked about."""
    made = await world()
    tokens = [SimToken(made.sim, each, f"0x{7 * 10**9 + n:040d}") for n, each in enumerate(standards)]
    people = [f"0x{10**9 + n:040d}" for n in range(rooms)]
    of = {each: tokens[n % len(tokens)] for n, each in enumerate(people)}
    ids = {each: n if of[each].standard == "erc721" else 0 for n, each in enumerate(people)}
    await made.mine(*(of[each].mint(each, 1, ids[each]) for each in people))
    for n, each in enumerate(people):
        owner = f"0x{2 * 10**9 + n:040d}"  # an account owns a hundred rooms
        await made.room(leaf_of(made, of[each]), f"g{n}", owner=owner)
        await made.join(each, f"g{n}")
    await made.mine()
    await made.checked()
    for block in range(blocks):
        before = len(made.multicall.calls)
        sellers = people[block * sales : block * sales + sales]
        await made.mine(*(of[each].transfer(each, OWNER, 1, ids[each]) for each in sellers))
        assert made.multicall.calls[before:] == [sales]
        assert await made.people(f"g{block * sales}") == [("in", sellers[0]), ("out", sellers[0])]
    assert made.chains.chain(1337).follower.counts.late == 0, "what nobody had asked for was not missing"


@pytest.mark.parametrize("standards", [("erc20",), STANDARDS])
async def test_many_rooms_cost_one_call_a_block(standards: tuple[str, ...]) -> None:
    await many_rooms(rooms=60, blocks=12, sales=5, standards=standards)


@pytest.mark.long
async def test_ten_thousand_rooms_on_one_token_cost_one_call_a_block() -> None:
    await many_rooms(rooms=10_000, blocks=20, sales=50)


@pytest.mark.long
async def test_thousands_of_rooms_on_three_tokens_cost_one_call_a_block() -> None:
    await many_rooms(rooms=3_000, blocks=20, sales=50, standards=STANDARDS)


async def test_recheck_takes_its_place_in_the_call_of_the_next_block() -> None:
    made = await world()
    await made.mine(made.token.mint(ALICE, 1), made.token.mint(BOB, 1))
    await made.room(made.leaf())
    alice, _ = await made.join(ALICE), await made.join(BOB)
    await made.mine()
    before = len(made.multicall.calls)
    await made.gates._revocations.begin_poll()
    await made.catch_up()
    assert made.multicall.calls[before:] == [], "between two blocks nothing changes"
    await made.mine(made.token.transfer(ALICE, OWNER, 1))
    await made.mine()
    assert made.multicall.calls[before:] == [2]
    assert removed(alice) == ["gate"]


async def test_recheck_that_found_no_block_is_made_at_the_next_poll() -> None:
    made = await world()
    made.sim.coins[ALICE] = 10
    await made.room({"chain": 1337, "token": "native", "standard": "native", "min": "10"})
    await made.join(ALICE)
    await made.mine()
    await made.mine(made.sim.pay(ALICE, -1))
    for _ in range(2):
        assert await made.people() == [("in", ALICE)]
        await made.gates._revocations.begin_poll()
        await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_recheck_of_many_members_is_spread_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.runtime.gates.revocations.MOST_AT_ONCE", 4)
    made = await world()
    people = [f"0x{10**9 + n:040d}" for n in range(10)]
    await made.mine(*(made.token.mint(each, 1) for each in people))
    await made.room(made.leaf())
    for each in people:
        await made.join(each)
    await made.mine()
    await made.checked()
    before = len(made.multicall.calls)
    await made.gates._revocations.begin_poll()
    await made.mine(made.token.transfer(people[9], OWNER, 1))
    for _ in range(3):
        await made.mine()
    assert made.multicall.calls[before:] == [4, 4, 2], "who sold is asked about once"
