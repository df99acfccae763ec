"""The reference escrow on a real chain: no stake is ever stuck or paid twice, whatever its players do."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from parlour.core.settlement.result import digest
from parlour.runtime.settlement.keys import SettlementKey
from parlour.testing.anvil import AnvilChain, Deployed, RpcFault
from tests.escrow import (
    ARBITER,
    PLAYERS_ARTIFACTS,
    REFEREE,
    SECOND_ARBITER,
    STAKE,
    Game,
    deployed,
    pass_time,
    result_words,
    signed,
)

HOUR, DAY = 3_600, 86_400
STEPS = 70
OPEN, CLAIMED, SETTLED, REFUNDED = 1, 2, 3, 4


@pytest.fixture
async def escrow(chain: AnvilChain) -> Deployed:
    return await deployed(chain)


def keys(chain: AnvilChain) -> list[SettlementKey]:
    return [SettlementKey(secret) for secret in chain.keys]


async def does(chain: AnvilChain, escrow: Deployed, function: str, *args: Any, sender: int = 0, value: int = 0) -> bool:
    """Send a call; return whether the contract took it."""
    return bool((await chain.transact(escrow, function, *args, sender=sender, value=value))["status"] == "0x1")


async def refusal(chain: AnvilChain, escrow: Deployed, function: str, *args: Any, sender: int = 0) -> str:
    """Return the selector of the error that a call reverts with."""
    request = {"from": chain.accounts[sender], "to": escrow.address, "data": escrow.encode(function, args)}
    with pytest.raises(RpcFault) as refused:
        await chain.rpc("eth_call", request, "latest")
    return str(refused.value)


async def played(chain: AnvilChain, escrow: Deployed, **terms: Any) -> tuple[Game, dict[str, int]]:
    """Let accounts 1 and 2 put their stakes in; return the game, and the payout where the first wins."""
    game = Game.of(escrow, **terms)
    for sender in (1, 2):
        assert await does(chain, escrow, "join", game.words, sender=sender, value=STAKE)
    return game, {chain.accounts[1]: 2 * STAKE, chain.accounts[2]: 0}


async def state_of(chain: AnvilChain, game: Game) -> int:
    return int((await chain.call(game.contract, "games", game.id))[0])


async def test_names_and_digests_are_the_servers(chain: AnvilChain, escrow: Deployed):
    game = Game.of(escrow)
    typed = game.result({chain.accounts[1]: 3, chain.accounts[2]: 4})
    assert await chain.call(escrow, "idOf", game.words) == game.id
    assert await chain.call(escrow, "digestOf", result_words(typed)) == digest(typed)


async def test_referees_claim_is_paid_after_its_window(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow)
    typed = game.result(paid)
    assert await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, [REFEREE]), sender=5)
    assert not await does(chain, escrow, "settle", game.words, result_words(typed))
    await pass_time(chain, HOUR)
    other = game.result(paid, transcript=b"\x22" * 32)
    assert not await does(chain, escrow, "settle", game.words, result_words(other))
    assert await does(chain, escrow, "settle", game.words, result_words(typed))
    assert not await does(chain, escrow, "settle", game.words, result_words(typed))
    assert await chain.call(escrow, "balanceOf", chain.accounts[1]) == 2 * STAKE
    before = int(await chain.rpc("eth_getBalance", chain.accounts[9], "latest"), 16)
    assert await does(chain, escrow, "withdraw", chain.accounts[9], sender=1)
    assert int(await chain.rpc("eth_getBalance", chain.accounts[9], "latest"), 16) == before + 2 * STAKE
    assert not await does(chain, escrow, "withdraw", chain.accounts[9], sender=1)


async def test_players_who_agree_need_no_referee_and_no_window(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow, referee="0x" + "00" * 20)
    typed, mine = game.result(paid), keys(chain)
    alone = game.result({chain.accounts[2]: STAKE})
    for result, signers in ((typed, [mine[1]]), (typed, [mine[2], mine[1]]), (alone, [mine[2]]), (typed, [REFEREE])):
        assert not await does(chain, escrow, "claim", game.words, result_words(result), signed(result, signers))
    assert await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, mine[1:3]))
    assert await does(chain, escrow, "settle", game.words, result_words(typed))


async def test_second_referee_corrects_a_claim_and_nobody_after_it(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow)
    wrong, right = game.result(dict(zip(paid, (0, 2 * STAKE), strict=True))), game.result(paid)
    both = signed(right, [ARBITER, SECOND_ARBITER])
    assert not await does(chain, escrow, "dispute", game.words, result_words(right), both)
    assert await does(chain, escrow, "claim", game.words, result_words(wrong), signed(wrong, [REFEREE]))
    for signers in ([ARBITER, None], [ARBITER, ARBITER], [REFEREE, REFEREE]):
        assert not await does(chain, escrow, "dispute", game.words, result_words(right), signed(right, signers))
    assert await does(chain, escrow, "dispute", game.words, result_words(right), both)
    again = signed(wrong, [ARBITER, SECOND_ARBITER])
    assert not await does(chain, escrow, "dispute", game.words, result_words(wrong), again)
    assert not await does(chain, escrow, "settle", game.words, result_words(wrong))
    assert await does(chain, escrow, "settle", game.words, result_words(right))


async def test_deadline_without_a_claim_gives_every_stake_back(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow)
    assert not await does(chain, escrow, "refund", game.words, chain.accounts[1])
    await pass_time(chain, DAY)
    typed = game.result(paid)
    assert not await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, [REFEREE]))
    assert not await does(chain, escrow, "join", game.words, sender=3, value=STAKE)
    for player in chain.accounts[1:3]:
        assert await does(chain, escrow, "refund", game.words, player)
        assert not await does(chain, escrow, "refund", game.words, player)
        assert await chain.call(escrow, "balanceOf", player) == STAKE
    assert await state_of(chain, game) == REFUNDED


async def test_stranger_who_joined_draws_the_own_stake_back(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow)
    assert await does(chain, escrow, "join", game.words, sender=3, value=STAKE)
    typed = game.result(paid)
    assert not await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, keys(chain)[1:3]))
    assert await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, [REFEREE]))
    await pass_time(chain, HOUR)
    assert await does(chain, escrow, "settle", game.words, result_words(typed))
    assert await does(chain, escrow, "refund", game.words, chain.accounts[3])
    assert not await does(chain, escrow, "refund", game.words, chain.accounts[2])


async def test_result_that_cannot_be_paid_is_never_claimed(chain: AnvilChain, escrow: Deployed):
    game, paid = await played(chain, escrow)
    winner, loser = chain.accounts[1], chain.accounts[2]
    right = game.result(paid)
    plain = result_words(right)
    twice = (*plain[:2], [winner, winner], [2 * STAKE, 0], plain[4])
    uneven = (*plain[:2], [winner, loser], [2 * STAKE], plain[4])
    for result in (twice, uneven, (*plain[:2], [], [], plain[4])):
        said = await refusal(chain, escrow, "claim", game.words, result, signed(right, [REFEREE]))
        assert "revert" in said
    for wrong in ({winner: 3 * STAKE, loser: 0}, {winner: STAKE, chain.accounts[5]: STAKE}):
        typed = game.result(wrong)
        assert not await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, [REFEREE]))
    next_round = game.later().result(paid)
    assert not await does(chain, escrow, "claim", game.words, result_words(next_round), signed(next_round, [REFEREE]))
    assert await state_of(chain, game) == OPEN


async def test_opening_a_table_in_somebodys_way_opens_another_game(chain: AnvilChain, escrow: Deployed):
    game = Game.of(escrow)
    squat = Game(escrow, Game.of(escrow, referee=ARBITER.address).terms, game.table)
    assert await does(chain, escrow, "open", squat.words, sender=6)
    assert await does(chain, escrow, "join", game.words, sender=1, value=STAKE)
    assert not await does(chain, escrow, "join", game.words, sender=1, value=STAKE)
    assert not await does(chain, escrow, "join", game.words, sender=2, value=STAKE - 1)
    assert not await does(chain, escrow, "open", Game.of(escrow, arbiters=(), quorum=1).words)


@pytest.mark.parametrize("kind", ["Refuser", "Greedy"])
async def test_player_that_is_a_contract_holds_nobody_up_and_draws_once(chain: AnvilChain, escrow: Deployed, kind: str):
    game, player = Game.of(escrow), await chain.deploy(PLAYERS_ARTIFACTS[kind])
    assert await does(chain, escrow, "join", game.words, sender=1, value=STAKE)
    inner = bytes.fromhex(escrow.encode("join", [game.words])[2:])
    assert await does(chain, player, "run", escrow.address, inner, value=STAKE)
    typed = game.result({player.address: STAKE, chain.accounts[1]: STAKE})
    assert await does(chain, escrow, "claim", game.words, result_words(typed), signed(typed, [REFEREE]))
    await pass_time(chain, HOUR)
    assert await does(chain, escrow, "settle", game.words, result_words(typed))
    assert await does(chain, escrow, "withdraw", chain.accounts[1], sender=1)
    to_itself = bytes.fromhex(escrow.encode("withdraw", [player.address])[2:])
    assert await does(chain, player, "run", escrow.address, to_itself) == (kind == "Greedy")
    elsewhere = bytes.fromhex(escrow.encode("withdraw", [chain.accounts[8]])[2:])
    assert await does(chain, player, "run", escrow.address, elsewhere) == (kind == "Refuser")
    assert int(await chain.rpc("eth_getBalance", escrow.address, "latest"), 16) == 0


class Model:
    """What the escrow must do with one game, in plain Python."""

    def __init__(self) -> None:
        self.now = self.deadline = self.settle_at = 0
        self.state = 0
        self.stakes: Counter[str] = Counter()
        self.credit: Counter[str] = Counter()
        self.result: dict[str, int] = {}

    def join(self, who: str) -> bool:
        if self.state == 0:
            self.state, self.deadline = OPEN, self.now + DAY
        if self.state != OPEN or self.now >= self.deadline or self.stakes[who]:
            return False
        self.stakes[who] = STAKE
        return True

    def payable(self, paid: dict[str, int]) -> bool:
        return all(self.stakes[who] for who in paid) and sum(paid.values()) == STAKE * len(paid)

    def claim(self, paid: dict[str, int], by: str) -> bool:
        agreed = by == "players" and len(paid) == sum(1 for amount in self.stakes.values() if amount)
        if self.state != OPEN or self.now >= self.deadline or not self.payable(paid) or not (agreed or by == "referee"):
            return False
        self.state, self.result = CLAIMED, paid
        self.settle_at = self.now + (0 if agreed else HOUR)
        return True

    def dispute(self, paid: dict[str, int]) -> bool:
        if self.state != CLAIMED or self.now >= self.settle_at or not self.payable(paid):
            return False
        self.result, self.settle_at = paid, self.now
        return True

    def settle(self, paid: dict[str, int]) -> bool:
        if self.state != CLAIMED or self.now < self.settle_at or paid != self.result:
            return False
        self.state = SETTLED
        for who, amount in paid.items():
            self.stakes[who] = 0
            self.credit[who] += amount
        return True

    def refund(self, who: str) -> bool:
        late = self.state == OPEN and self.now >= self.deadline
        if not (late or self.state in (SETTLED, REFUNDED)) or not self.stakes[who]:
            return False
        self.state = REFUNDED if late else self.state
        self.credit[who] += self.stakes.pop(who)
        return True

    def withdraw(self, who: str) -> int:
        return self.credit.pop(who, 0)


async def hold(chain: AnvilChain, game: Game, model: Model) -> None:
    """Check that the contract holds exactly what the model says it owes, and to whom."""
    balance = int(await chain.rpc("eth_getBalance", game.contract.address, "latest"), 16)
    assert balance == sum(model.stakes.values()) + sum(model.credit.values())
    for player in chain.accounts[1:5]:
        assert await chain.call(game.contract, "stakeOf", game.id, player) == model.stakes[player]
        assert await chain.call(game.contract, "balanceOf", player) == model.credit[player]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 42))])
async def test_any_sequence_of_calls_leaves_no_stake_stuck_or_paid_twice(
    chain: AnvilChain, escrow: Deployed, seed: int
):
    chance, game, model = random.Random(seed), Game.of(escrow), Model()
    people, mine = chain.accounts[1:5], keys(chain)
    model.now = start = int((await chain.head())["timestamp"], 16)
    await chain.rpc("anvil_setBlockTimestampInterval", 0)

    async def step() -> bool:
        """Do something at random, and return whether contract and model agree on it."""
        who = chance.choice(people)
        some = chance.sample(people, chance.randint(1, 3))
        share = [chance.choice((0, STAKE, STAKE * len(some), 3)) for _ in some]
        share[0] = STAKE * len(some) - sum(share[1:]) if chance.random() < 0.8 else share[0]
        paid = dict(zip(some, [max(0, each) for each in share], strict=True))
        if model.result and chance.random() < 0.5:
            paid = model.result
        typed = game.result(paid)
        result, sender = result_words(typed), 1 + people.index(who)
        match chance.choice(("join", "join", "claim", "agree", "bogus", "dispute", "settle", "refund", "draw", "wait")):
            case "join":
                return await does(chain, escrow, "join", game.words, sender=sender, value=STAKE) == model.join(who)
            case "claim":
                told = await does(chain, escrow, "claim", game.words, result, signed(typed, [REFEREE]))
                return told == model.claim(paid, "referee")
            case "agree":
                signers = [mine[chain.accounts.index(player)] for player in paid]
                told = await does(chain, escrow, "claim", game.words, result, signed(typed, signers))
                return told == model.claim(paid, "players")
            case "bogus":
                return not await does(chain, escrow, "claim", game.words, result, signed(typed, [ARBITER]))
            case "dispute":
                signers = [ARBITER, SECOND_ARBITER]
                told = await does(chain, escrow, "dispute", game.words, result, signed(typed, signers))
                return told == model.dispute(paid)
            case "settle":
                return await does(chain, escrow, "settle", game.words, result) == model.settle(paid)
            case "refund":
                return await does(chain, escrow, "refund", game.words, who) == model.refund(who)
            case "draw":
                return await does(chain, escrow, "withdraw", who, sender=sender) == bool(model.withdraw(who))
            case _:
                model.now += (seconds := chance.choice((60, HOUR, HOUR, DAY // 2)))
                await chain.rpc("anvil_setNextBlockTimestamp", model.now)
                await chain.mine()
                return seconds > 0

    for number in range(STEPS):
        assert await step(), f"step {number} of seed {seed}, {model.now - start} s after the beginning"
        await hold(chain, game, model)
    await chain.rpc("anvil_setNextBlockTimestamp", model.now + 2 * DAY)
    await chain.mine()
    model.now += 2 * DAY
    if model.state == CLAIMED:
        assert await does(chain, escrow, "settle", game.words, result_words(game.result(model.result)))
        model.settle(model.result)
    for number, player in enumerate(people, 1):
        assert await does(chain, escrow, "refund", game.words, player) == model.refund(player)
        assert await does(chain, escrow, "withdraw", player, sender=number) == bool(model.withdraw(player))
    assert int(await chain.rpc("eth_getBalance", escrow.address, "latest"), 16) == 0
