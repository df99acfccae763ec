"""Calls at a block's hash on a node that takes numbers alone: asked by number, and believed only for that block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from parlour.adapters.chain.block_hashes import send_at_hashes
from parlour.runtime.nodes.node import Absent, Call, NodeError, Refused

OURS, OTHER = "0x" + "aa" * 32, "0x" + "bb" * 32
CALL: Call = ("eth_call", [{"to": "0x12"}, {"blockHash": OURS, "requireCanonical": True}])


class Ganache:
    """A node that takes no objects as blocks.

    Attributes:
        blocks: hash of the block at each number; a hash that is not here is unknown.
    """

    def __init__(self, *, takes_hashes: bool = False) -> None:
        self.blocks, self.undone = {"0x5": OURS}, set[str]()
        self.takes_hashes = takes_hashes
        self.sent: list[str] = []

    async def send(self, calls: Sequence[Call]) -> list[Any]:
        self.sent += [method for method, _ in calls]
        return [self._answer(*call) for call in calls]

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == "eth_getBlockByNumber":
            return {"number": params[0], "hash": self.blocks[params[0]]}
        if method == "eth_getBlockByHash":
            known = {name: number for number, name in self.blocks.items()} | dict.fromkeys(self.undone, "0x5")
            return {"number": known[params[0]], "hash": params[0]} if params[0] in known else None
        if isinstance(params[-1], dict) and not self.takes_hashes:
            return Refused(-32700, 'Cannot wrap a "object" as a json-rpc type')
        return f"at {params[-1]}" if isinstance(params[-1], str) else "at a hash"


async def test_call_is_asked_again_by_number_where_no_hash_is_taken() -> None:
    node = Ganache()
    assert await send_at_hashes([CALL, ("eth_chainId", ["0x1"])], node.send) == ["at 0x5", "at 0x1"]
    assert node.sent == ["eth_call", "eth_chainId", "eth_getBlockByHash", "eth_getBlockByNumber", "eth_call"]


async def test_node_that_takes_hashes_is_asked_once() -> None:
    node = Ganache(takes_hashes=True)
    assert await send_at_hashes([CALL], node.send) == ["at a hash"]
    assert node.sent == ["eth_call"]


@pytest.mark.parametrize("known", [True, False])
async def test_answer_for_another_block_is_not_believed(known: bool) -> None:
    node = Ganache()
    node.blocks["0x5"] = OTHER
    node.undone = {OURS} if known else set()
    (answer,) = await send_at_hashes([CALL], node.send)
    assert isinstance(answer, Absent)


async def test_refusal_for_another_reason_stays() -> None:
    refusal: NodeError = Refused(-32000, "out of gas")

    async def send(calls: Sequence[Call]) -> list[Any]:
        return [refusal for _ in calls]

    assert await send_at_hashes([CALL], send) == [refusal]
