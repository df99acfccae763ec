"""Calls at a block's hash (EIP-1898) for nodes that take numbers alone, as Ganache does.

Such a call is made again by number, together with a question for the block of that number: where it has another hash
by then, the answer is dropped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from parlour.runtime.nodes.node import Absent, Call, NodeError, Refused

Send = Callable[[Sequence[Call]], Awaitable[list[Any]]]
"""Sends calls to one endpoint; a failed item is a NodeError."""
_TAKES_NO_OBJECT = 'Cannot wrap a "object"'
"""What Ganache 7 answers to a block that is an object."""


async def send_at_hashes(calls: Sequence[Call], send: Send) -> list[Any]:
    """Send calls, those at a hash that the node does not take once more by number; raises as `send`."""
    answers = await send(calls)
    again = [at for at, answer in enumerate(answers) if _is_refused(answer) and _hash_of(calls[at]) is not None]
    if not again:
        return answers
    numbers = await _numbers({_hash_of(calls[at]) or "" for at in again}, send)
    asked = [at for at in again if _hash_of(calls[at]) in numbers]
    by_number = [(calls[at][0], [*calls[at][1][:-1], numbers[_hash_of(calls[at]) or ""]]) for at in asked]
    checks: list[Call] = [("eth_getBlockByNumber", [number, False]) for number in numbers.values()]
    results = await send([*checks, *by_number])
    stand = {name for name, block in zip(numbers, results, strict=False) if _names(block, name)}
    for at in again:
        answers[at] = Absent("the endpoint does not know that block")
    for at, result in zip(asked, results[len(checks) :], strict=True):
        if _hash_of(calls[at]) in stand:
            answers[at] = result
    return answers


def _is_refused(answer: Any) -> bool:
    return isinstance(answer, Refused) and _TAKES_NO_OBJECT in answer.said


def _hash_of(call: Call) -> str | None:
    """Return the hash of the block that a call is made at; None where it names none so."""
    block = call[1][-1] if call[1] else None
    return block.get("blockHash") if isinstance(block, dict) else None


async def _numbers(hashes: set[str], send: Send) -> dict[str, str]:
    """Return the number (0x hex) of each of these blocks that the node knows."""
    names = sorted(hashes)
    blocks = await send([("eth_getBlockByHash", [name, False]) for name in names])
    return {name: block["number"] for name, block in zip(names, blocks, strict=True) if _names(block, name)}


def _names(block: Any, name: str) -> bool:
    return not isinstance(block, NodeError) and isinstance(block, dict) and block.get("hash") == name
