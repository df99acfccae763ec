"""Reads the logs of many final blocks by ranges; each answer must show that its own node calls the range final."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.logs import Log
from parlour.core.chain.routes import Routes
from parlour.runtime.nodes.node import Node, NodeError, RangeTooLarge
from parlour.runtime.nodes.reader import (
    Finality,
    block_call,
    header_of,
    headers_by_number,
    logs_of_block,
    read_logs_sliced,
    wanted_logs,
)

_MAX_RANGE = 20_000
"""Blocks of one range, however willing the provider: longer ones make answers of many megabytes."""
_GROWTH = 1.25
"""Factor from one range to the next after a success; a refusal halves it at least."""


class RangeReader:
    """Reads ranges whose size adapts to the provider (chain.md F18, range errors).

    After a refusal it is what the provider suggests, else half; after each success a quarter more. A single block that
    is still too large is read by hash.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    async def read(
        self, node: Node, routes: Routes, first: int, last: int, finality: Finality
    ) -> AsyncIterator[tuple[int, list[Log]]]:
        """Yield chunks `(up to block, wanted logs)` that cover first … last, ascending.

        Raises:
            Malformed: the node is not final at a block yet, or an answer contradicts itself.
            NodeError: the node cannot answer.
        """
        at = first
        while at <= last:
            end = min(at + self.size - 1, last)
            try:
                logs = await _range_logs(node, routes, (at, end), finality)
            except RangeTooLarge as error:
                if at == end:
                    logs = await _single_logs(node, routes, at)
                else:
                    self._shrink(error, at, end)
                    continue
            else:
                self.size = min(int(self.size * _GROWTH) + 1, _MAX_RANGE)
            yield end, await _timed(node, logs)
            at = end + 1

    def _shrink(self, error: RangeTooLarge, first: int, last: int) -> None:
        half = max(1, (last - first + 1) // 2)
        wanted = error.size or half
        if error.suggested is not None and error.suggested[0] == first:
            wanted = error.suggested[1] - first + 1
        self.size = wanted if 1 <= wanted <= last - first else half


async def _range_logs(node: Node, routes: Routes, span: tuple[int, int], finality: Finality) -> list[Log]:
    """Read one range and, in the same batch, what the node calls final.

    Else the range could end silently at the node's own head (chain.md F4, short ranges).
    """
    first, last = span
    query = {"fromBlock": hex(first), "toBlock": hex(last), **routes.filter()}
    tip, raw = await node.batch([block_call("finalized" if finality.tags else "latest"), ("eth_getLogs", [query])])
    final = max(0, header_of(tip).number - (0 if finality.tags else finality.depth))
    if final < last:
        raise Malformed(f"{node.name} is not final at block {last} yet (it says {final})")
    if isinstance(raw, NodeError):
        raise raw
    logs = await read_logs_sliced(raw)
    if any(not first <= log.number <= last for log in logs):
        raise Malformed(f"logs outside of blocks {first} to {last}")
    return await wanted_logs(logs, routes)


async def _single_logs(node: Node, routes: Routes, number: int) -> list[Log]:
    header = (await headers_by_number(node, [number]))[0]
    return await logs_of_block(node, header, routes, "none", True)


async def _timed(node: Node, logs: list[Log]) -> list[Log]:
    """Add the times of their blocks to logs, and check that those blocks are the canonical ones."""
    blocks = {h.number: h for h in await headers_by_number(node, sorted({log.number for log in logs}))}
    for log in logs:
        header = blocks[log.number]
        if header.hash != log.block:
            raise Malformed(f"a log of block {log.number} from another branch")
        log.time = header.time
    return logs
