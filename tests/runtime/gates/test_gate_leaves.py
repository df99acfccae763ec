"""Gates of lists, proofs, coins and game tables, over a simulated chain."""

from __future__ import annotations

from typing import Any

import pytest
from eth_hash.auto import keccak

from parlour.core import room as commands
from parlour.core.gates.merkle import leaf_hash
from parlour.runtime.nodes.endpoints import Endpoint
from parlour.runtime.rooms.kinds import served_kinds
from parlour.testing.fake_node import FakeNode
from parlour.testing.simtoken import SimMulticall, SimToken
from tests.runtime.gates.kit import GatedWorld, club, removed, world
from tests.runtime.kit import ALICE, BOB, CAROL, message

# ── other leaves ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_account_of_a_list_comes_in_without_any_chain() -> None:
    made = await world()
    await made.room({"accounts": [ALICE, CAROL]})
    await made.join(ALICE)
    assert await made.entries("member.admitted") == [{"account": ALICE, "by": "", "leaf": {"accounts": [ALICE]}}]
    refusal = await made.refusal(made.join(BOB))
    assert refusal.details == {"need": [{"accounts": [ALICE, CAROL]}], "have": ["0"]}


async def test_proof_is_asked_for_once_and_remembered() -> None:
    made = await world()
    root = leaf_hash(ALICE, "openzeppelin")
    beside = leaf_hash(BOB, "openzeppelin")
    top = keccak(min(root, beside) + max(root, beside))
    tree = {"merkle": {"root": "0x" + top.hex(), "leaf": "openzeppelin"}}
    await made.room({"all": [tree, made.leaf()]})
    await made.mine(made.token.mint(ALICE, 1))
    assert (await made.refusal(made.join(ALICE))).reason == "gate"
    await made.join(ALICE, proof=(beside,))
    await made.process.close()
    made.start("two")
    await made.catch_up()
    await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 1))
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_coins_are_asked_for_again_and_at_each_join() -> None:
    made = await world()
    made.sim.coins[ALICE] = 10
    await made.room({"chain": 1337, "token": "native", "standard": "native", "min": "10"})
    alice = await made.join(ALICE)
    made.sim.coins[ALICE] = 9
    await made.mine()
    await made.mine()
    assert (await made.refusal(made.join(ALICE))).reason == "gate"
    assert removed(alice) == ["gate"]


async def test_later_check_asks_at_the_head_and_not_where_a_transfer_was() -> None:
    made = await world()
    coins = {"chain": 1337, "token": "native", "standard": "native", "min": "10"}
    await made.mine(made.token.mint(ALICE, 5), made.sim.pay(ALICE, 10))
    await made.room({"all": [made.leaf(), coins]})
    await made.join(ALICE)
    await made.mine()
    await made.mine(made.token.transfer(ALICE, BOB, 1))
    await made.mine(made.sim.pay(ALICE, -1))
    made.gates._revocations.suspect(made.gates._members.rooms.values())
    await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


@pytest.mark.parametrize("other_answers", [True, False])
async def test_endpoint_that_lies_about_a_balance_lets_nobody_in(*, other_answers: bool) -> None:
    made = await club()
    honest = FakeNode(made.sim.copy(), name="honest")
    SimToken(honest.chain), SimMulticall(honest.chain)
    honest.down = not other_answers
    chain = made.chains.chain(1337)
    chain.calls.append(honest)
    chain.follower.endpoints.all.append(Endpoint(honest))
    made.token.answer = lambda block, data: (5).to_bytes(32)
    await made.join(ALICE)
    if other_answers:
        refusal = await made.refusal(made.join(BOB))
        assert (refusal.code, refusal.reason) == ("unavailable", "gate")
    else:
        await made.join(BOB)


async def test_gate_that_is_asked_at_joins_alone_puts_nobody_out() -> None:
    made = await club({**(await world()).leaf(), "check": "join"})
    alice = await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    assert removed(alice) == []
    await made.ask(message(ALICE, "still here"))
    assert (await made.refusal(made.join(ALICE))).reason == "gate"
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_logs_that_were_missing_are_found_by_the_second_reading() -> None:
    made = await club(verify="none")
    await made.join(ALICE)
    await made.mine()
    made.nodes[1337].faults.empty_logs(times=1)
    made.sim.mine([made.token.transfer(ALICE, BOB, 5)])
    await made.catch_up()
    assert await made.people() == [("in", ALICE)]
    made.sim.mine_many(20)
    await made.catch_up()
    await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


# ── games ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def table(gate: Any = None) -> GatedWorld:
    """A table of tic-tac-toe whose seats ask for a token; Alice and Bob have one."""
    kinds = served_kinds()
    made = await world(kinds={"tic-tac-toe": kinds.of("tic-tac-toe")})
    await made.mine(made.token.mint(ALICE, 1), made.token.mint(BOB, 1))
    await made.room(gate or made.leaf(), kind="tic-tac-toe")
    return made


async def test_gate_of_a_game_is_asked_who_sits_down() -> None:
    made = await table()
    await made.join("")
    await made.join(CAROL, as_="spectator")
    assert (await made.refusal(made.join(CAROL))).reason == "gate"
    await made.join(ALICE)
    assert made.answer["seat"] == 0


async def test_who_is_seated_stays_until_the_match_ends() -> None:
    made = await table()
    alice, bob = await made.join(ALICE), await made.join(BOB)
    await made.mine(made.token.transfer(ALICE, CAROL, 1))
    assert await made.people() == [("in", ALICE), ("in", BOB), ("out", ALICE)]
    assert removed(alice) == []
    refusal = await made.refusal(made.configure(made.leaf(min="2")))
    assert (refusal.code, refusal.reason) == ("illegal", "playing")
    for who, cell in ((ALICE, 0), (BOB, 3), (ALICE, 1), (BOB, 4), (ALICE, 2)):
        body = {"action": "place", "args": {"cell": cell}}
        await made.ask(commands.Post(author=who, id=f"{who}{cell}", type="game.action", body=body))
    assert [body["reason"] for body in await made.entries("game.left")] == ["removed"]
    assert removed(bob) == []
    assert (await made.refusal(made.join(ALICE))).reason == "gate"
