"""Contracts read together: one that burns the gas of all costs the others one more call, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from parlour.core.gates.questions import REVERTED, Question
from parlour.runtime.gates.contract_reads import APART_S, ContractReads
from parlour.runtime.nodes.node import Call, NodeError, Refused
from parlour.runtime.nodes.node import Reverted as CallReverted
from parlour.testing.fakes import FakeClock

BATCH = "0x" + "ca" * 20
OUT_OF_GAS = Refused(-32603, "EVM error OutOfGas")


class GasNode:
    """A node whose batch contract has gas for all calls but those of burners, which leave none for the rest.

    Attributes:
        burners: contracts that burn all gas, whoever calls them.
        together: how many calls each call of the batch contract held.
        alone: contracts asked by themselves.
    """

    name = "fake"

    def __init__(self, *burners: str) -> None:
        self.burners = set(burners)
        self.together: list[int] = []
        self.alone: list[str] = []

    async def call(self, method: str, params: list[Any]) -> Any:
        if method == "eth_getCode":
            return "0x6001"
        (calls,) = decode(["(address,bool,bytes)[]"], bytes.fromhex(params[0]["data"][10:]))
        self.together.append(len(calls))
        if any(to in self.burners for to, _, _ in calls):
            raise OUT_OF_GAS
        return "0x" + encode(["(bool,bytes)[]"], [[(True, (7).to_bytes(32))] * len(calls)]).hex()

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        asked = [params[0]["to"] for _, params in calls]
        self.alone += asked
        return [self.answer(to) for to in asked]

    def answer(self, to: str) -> str | NodeError:
        return OUT_OF_GAS if to in self.burners else "0x" + (7).to_bytes(32).hex()


HONEST = [Question(1, f"0x{number:040x}", b"\1") for number in range(1, 6)]
BURNER = Question(1, "0x" + "bb" * 20, b"\1")


@pytest.mark.parametrize("place", range(6))
async def test_contract_that_burns_all_gas_leaves_the_others_their_answers(place: int) -> None:
    node, reads = GasNode(BURNER.to), ContractReads(BATCH, FakeClock())
    asked = [*HONEST[:place], BURNER, *HONEST[place:]]
    answered = await reads.ask(node, "0x1", asked)  # type: ignore[arg-type]
    assert set(answered) == set(HONEST), "nothing is known of the burner alone"


async def test_contract_that_burns_all_gas_is_asked_by_itself_from_then_on() -> None:
    clock = FakeClock()
    node, reads = GasNode(BURNER.to), ContractReads(BATCH, clock)
    for _ in range(3):
        await reads.ask(node, "0x1", [BURNER, *HONEST])  # type: ignore[arg-type]
    assert (node.together, node.alone[len(HONEST) + 1 :]) == ([6, 5, 5], [BURNER.to, BURNER.to])
    node.burners.clear()
    clock.spend(APART_S)
    node.alone.clear()
    answered = await reads.ask(node, "0x1", [BURNER, *HONEST])  # type: ignore[arg-type]
    assert (len(answered), node.together[-1], node.alone) == (6, 6, [])


async def test_contract_that_reverts_is_answered_so() -> None:
    class Reverting(GasNode):
        def answer(self, to: str) -> str | NodeError:
            return CallReverted("no") if to in self.burners else super().answer(to)

    node, reads = Reverting(BURNER.to), ContractReads(BATCH, FakeClock())
    answered = await reads.ask(node, "0x1", [BURNER, *HONEST])  # type: ignore[arg-type]
    assert answered[BURNER] is REVERTED
