"""Reads many contracts at one block: one call of a batch contract, or JSON-RPC batches where there is none.

A hostile contract may burn the gas of the whole call. What is asked together is then asked one by one, and what answers
nothing by itself either stays out of the common calls for a while: it delays the others once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from parlour.core.chain.blocks import Malformed
from parlour.core.gates.questions import MAX_ANSWER_BYTES, REVERTED, Question, Reverted, call
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import Call, Node, NodeError, Refused
from parlour.runtime.nodes.node import Reverted as CallReverted

AT_ONCE = 5_000
"""Calls in one call of the batch contract: a node's gas limit for `eth_call` is 50 million, a balance takes 6,000."""
IN_THREAD = 500
"""Calls from which they are encoded and decoded off the event loop: both take 5 ms."""
CALL_GAS = 500_000
"""Gas of a call that is made by itself: a token that needs more answers nothing."""
LOOK_AGAIN_S = 60.0
"""Seconds until it is looked up again whether a chain has the batch contract, where it had none."""
APART_S = 600.0
"""Seconds for which a question without an answer is asked by itself."""
MOST_APART = 10_000
"""Questions that are remembered so; those that were asked longest ago go first."""
_AGGREGATE = bytes.fromhex("82ad56cb")
"""`aggregate3((address target, bool allowFailure, bytes callData)[])` of Multicall3."""

T = TypeVar("T")

BlockParam = dict[str, Any] | str
"""`{blockHash, requireCanonical: true}` (EIP-1898), or a number as hex."""
Answered = dict[Question, bytes | Reverted]


@dataclass(slots=True)
class BatchContract:
    """What is known of a chain's batch contract.

    Attributes:
        address: where it should be; None where the chain's settings say `none`.
        there: whether it has code; None while nobody looked.
        looked_at: when (monotonic seconds) somebody last looked.
    """

    address: str | None
    there: bool | None = field(default=None)
    looked_at: float = 0.0


class ContractReads:
    """Asks one chain's contracts.

    Args:
        batch: the address of Multicall3 there; None makes JSON-RPC batches.
    """

    def __init__(self, batch: str | None, clock: Clock) -> None:
        self._batch = BatchContract(batch)
        self._clock = clock
        self._apart: OrderedDict[Question, float] = OrderedDict()

    async def ask(self, node: Node, block: BlockParam, questions: Sequence[Question]) -> Answered:
        """Return what the contracts answer at that block; what could not be answered is missing.

        Raises:
            NodeError: the node does not answer, or does not know the block.
        """
        answered: Answered = {}
        if await self._has_batch(node, block):
            now = self._clock.monotonic()
            together = [each for each in questions if self._apart.get(each, 0.0) <= now]
            for start in range(0, len(together), AT_ONCE):
                answered |= await self._aggregate(node, block, together[start : start + AT_ONCE])
            questions = [each for each in questions if each not in answered]
        if questions:
            try:
                alone = await self._one_by_one(node, block, questions)
            except Refused:
                if not answered:
                    raise
                alone = {}
            self._keep_apart([each for each in questions if not isinstance(alone.get(each), bytes)])
            answered |= alone
        return answered

    def _keep_apart(self, questions: Sequence[Question]) -> None:
        """Ask these by themselves for a while."""
        until = self._clock.monotonic() + APART_S
        for question in questions:
            self._apart[question] = until
            self._apart.move_to_end(question)
        while len(self._apart) > MOST_APART:
            self._apart.popitem(last=False)

    async def _has_batch(self, node: Node, block: BlockParam) -> bool:
        batch, now = self._batch, self._clock.monotonic()
        if batch.address is None or (batch.there is False and now - batch.looked_at < LOOK_AGAIN_S):
            return False
        if not batch.there:
            code = await node.call("eth_getCode", [batch.address, block])
            batch.there, batch.looked_at = isinstance(code, str) and len(code) > 2, now
        return batch.there

    async def _aggregate(self, node: Node, block: BlockParam, questions: Sequence[Question]) -> Answered:
        """Ask by the batch contract; what failed there is left out, for a hostile call may have burnt all gas."""
        address = self._batch.address
        assert address is not None, "there is a batch contract"
        try:
            data = await self._beside(questions, _packed, questions, address)
            raw = await node.call("eth_call", [{"to": address, "data": "0x" + data.hex()}, block])
            results = await self._beside(questions, _unpacked, raw, len(questions))
        except (CallReverted, Malformed, Refused):
            return {}
        return {
            question: data
            for question, (success, data) in zip(questions, results, strict=True)
            if success and len(data) <= MAX_ANSWER_BYTES
        }

    async def _beside(self, questions: Sequence[Question], work: Callable[..., T], *args: Any) -> T:
        """Do the work on many questions off the event loop."""
        return work(*args) if len(questions) <= IN_THREAD else await asyncio.to_thread(work, *args)

    async def _one_by_one(self, node: Node, block: BlockParam, questions: Sequence[Question]) -> Answered:
        answered: Answered = {}
        answers = await node.batch([_call(question, block) for question in questions])
        failures = [answer for answer in answers if isinstance(answer, NodeError) and not _reverted(answer)]
        if failures and len(failures) == len(answers):
            raise failures[0]
        for question, answer in zip(questions, answers, strict=True):
            if _reverted(answer):
                answered[question] = REVERTED
            elif (data := _bytes(answer, question)) is not None:
                answered[question] = data
            await _breathe(len(answered))
        return answered


async def _breathe(done: int) -> None:
    """Let others run after each thousand: decoding them takes some milliseconds."""
    if done and done % 1000 == 0:
        await asyncio.sleep(0)


def _reverted(answer: Any) -> bool:
    return isinstance(answer, CallReverted)


def _call(question: Question, block: BlockParam) -> Call:
    if question.data is None:
        return ("eth_getBalance", [question.to, block])
    return ("eth_call", [{"to": question.to, "data": "0x" + question.data.hex(), "gas": hex(CALL_GAS)}, block])


def _packed(questions: Sequence[Question], batch: str) -> bytes:
    """Return the call data of `aggregate3`; a coin balance is asked of the batch contract itself."""
    calls = [
        (batch, True, call("getEthBalance(address)", each.to)) if each.data is None else (each.to, True, each.data)
        for each in questions
    ]
    encoded: bytes = encode(["(address,bool,bytes)[]"], [calls])
    return _AGGREGATE + encoded


def _unpacked(raw: Any, count: int) -> Sequence[tuple[bool, bytes]]:
    """Return `(success, data)` of each call; raises Malformed for anything else."""
    try:
        (results,) = decode(["(bool,bytes)[]"], bytes.fromhex(raw[2:]))
    except (DecodingError, ValueError, TypeError, OverflowError) as error:
        raise Malformed("the batch contract answered something else") from error
    if len(results) != count:
        raise Malformed("the batch contract left out an answer")
    found: Sequence[tuple[bool, bytes]] = results
    return found


def _bytes(answer: Any, question: Question) -> bytes | None:
    """Return return data; None for what is none, or more of it than anybody wants."""
    if not isinstance(answer, str) or len(answer) > 2 + 2 * MAX_ANSWER_BYTES:
        return None
    try:
        if question.data is None:
            return int(answer, 16).to_bytes(32)
        return bytes.fromhex(answer.removeprefix("0x"))
    except (ValueError, OverflowError):
        return None
