"""Reading a chain through one pinned node, believing nothing: each answer is checked against what was asked.

A doubt is `Malformed` or a NodeError; the follower then drops the whole step and asks again, perhaps another node.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from parlour.core.chain.blocks import BlockTracker, Header, Malformed, TooDeep, read_header
from parlour.core.chain.logs import Log, Routes, read_logs
from parlour.core.chain.receipts import logs_bloom, receipts_root
from parlour.runtime.chain.node import Absent, Call, Node, NodeError, RangeTooLarge, Refused, Unsupported

_AT_ONCE = 16
"""Blocks whose logs are asked for concurrently."""
_IN_THREAD = 40
"""Receipts from which the root is computed off the event loop (2 ms)."""
_MAX_RANGE = 20_000
_WALK_BY_HASH = 4
"""A gap up to this many blocks is walked by parent hash; a longer one is read by number, and linked up afterwards."""
_HEADERS_AT_ONCE = 100


class ForeignChain(Exception):
    """The endpoint serves another chain id or another genesis (F15)."""


@dataclass(slots=True)
class View:
    """One endpoint's word on where the chain stands, from one batch."""

    head: Header
    safe: int
    finalized: int
    finalized_hash: str = ""


def block_call(number: int | str) -> Call:
    return ("eth_getBlockByNumber", [hex(number) if isinstance(number, int) else number, False])


def _header(answer: Any) -> Header:
    if isinstance(answer, NodeError):
        raise answer
    if answer is None:
        raise Absent("the block is not there")
    return read_header(answer)


async def look(node: Node, *, tags: bool, depth: int) -> View:
    """Where the chain stands: the head, and what is safe and final by tag or by depth."""
    calls = [block_call("latest")] + ([block_call("safe"), block_call("finalized")] if tags else [])
    answers = await node.batch(calls)
    head = _header(answers[0])
    safe, final = (_tag(a) for a in answers[1:]) if tags else (None, None)
    by_depth = max(0, head.number - depth)
    if final is None:
        return View(head, by_depth if safe is None else safe.number, by_depth)
    return View(head, final.number if safe is None else safe.number, final.number, final.hash)


def _tag(answer: Any) -> Header | None:
    """A tag's header, or None where the node has no such tag; a lost connection is no answer at all."""
    if isinstance(answer, Absent | Unsupported | Refused) or answer is None:
        return None
    return _header(answer)


async def identify(node: Node, chain: int, genesis: str) -> str:
    """Compare chain id and genesis hash; answers the genesis hash.

    Raises:
        ForeignChain: one of them differs (`genesis` empty: not known yet).
    """
    said, first = await node.batch([("eth_chainId", []), block_call(0)])
    if isinstance(said, NodeError):
        raise said
    try:
        number = int(said, 16)
    except (TypeError, ValueError) as error:
        raise Malformed(f"not a chain id: {said!r}") from error
    if number != chain:
        raise ForeignChain(f"{node.name} serves chain {number}, not {chain}.")
    found = _header(first).hash
    if genesis and found != genesis:
        raise ForeignChain(f"{node.name} serves another chain {chain}: genesis {found}, not {genesis}.")
    return found


async def header_by_hash(node: Node, block: str) -> Header:
    header = _header(await node.call("eth_getBlockByHash", [block, False]))
    if header.hash != block:
        raise Malformed(f"asked for block {block}, got {header.hash}")
    return header


async def headers_by_number(node: Node, numbers: Sequence[int]) -> list[Header]:
    if not numbers:
        return []
    headers = [_header(a) for a in await node.batch([block_call(n) for n in numbers])]
    for number, header in zip(numbers, headers, strict=True):
        if header.number != number:
            raise Malformed(f"asked for block {number}, got {header.number}")
    return headers


async def headers_below(node: Node, lowest: int, head: Header) -> list[Header]:
    """Headers `lowest` … `head`, ascending and linked."""
    chain = [*await headers_by_number(node, range(lowest, head.number)), head]
    for parent, child in pairwise(chain):
        if child.parent != parent.hash:
            raise Malformed(f"block {child.number} does not follow block {parent.number}")
    return chain


async def walk(node: Node, tracker: BlockTracker, head: Header) -> list[Header]:
    """Headers from the first unknown one up to `head`, found through parent hashes (F10).

    Those read by number are linked only if nothing changed meanwhile: `BlockTracker.fork` checks.

    Raises:
        TooDeep: the floor was reached without meeting a block of ours.
    """
    down = [head]
    while not tracker.knows(down[-1].parent):
        number = down[-1].number - 1
        if number < tracker.floor or number < 0:
            raise TooDeep(
                f"Block {head.number} {head.hash} does not come from our chain: no shared block down to {number}, "
                f"and {tracker.floor} counts as final."
            )
        if number - tracker.head.number > _WALK_BY_HASH:
            lowest = max(tracker.head.number + 1, number - _HEADERS_AT_ONCE + 1)
            down += reversed(await headers_by_number(node, range(lowest, number + 1)))
        else:
            down.append(await header_by_hash(node, down[-1].parent))
    return down[::-1]


async def shared(node: Node, tracker: BlockTracker) -> Header:
    """The highest of our blocks that the node also has; raises TooDeep."""
    ours = tracker.headers(tracker.floor - 1, tracker.head.number)[::-1]
    for start in range(0, len(ours), _HEADERS_AT_ONCE):
        some = ours[start : start + _HEADERS_AT_ONCE]
        theirs = await headers_by_number(node, [h.number for h in some])
        for mine, other in zip(some, theirs, strict=True):
            if mine.hash == other.hash:
                return mine
    raise TooDeep(f"The node shares none of our blocks from {tracker.floor} to {tracker.head.number}.")


async def block_logs(
    node: Node, headers: Sequence[Header], routes: Routes, *, verify: str, trust_bloom: bool
) -> list[Log]:
    """The wanted logs of these blocks, by hash, ascending.

    Args:
        verify, trust_bloom: as in ChainConfig.

    Raises:
        Malformed: an answer that contradicts its header.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(header: Header) -> list[Log]:
        async with gate:
            return await _logs_of(node, header, routes, verify, trust_bloom)

    if len(headers) == 1:
        return await one(headers[0])
    return [log for logs in await asyncio.gather(*(one(h) for h in headers)) for log in logs]


async def _logs_of(node: Node, header: Header, routes: Routes, verify: str, trust_bloom: bool) -> list[Log]:
    if not len(routes) or header.transactions == 0:
        return []
    if verify == "receipts":
        return [log for log in await proven_logs(node, header) if routes.match(log)]
    if not routes.possible(header, trust_bloom):
        return []
    raw = await node.call("eth_getLogs", [{"blockHash": header.hash, **routes.filter()}])
    logs = [log for log in read_logs(raw, header) if routes.match(log)]
    if not logs and verify == "bloom" and trust_bloom and header.bloom:
        return await _explained_logs(node, header, routes)
    return logs


async def _explained_logs(node: Node, header: Header, routes: Routes) -> list[Log]:
    """The bloom promises a wanted log and none came (F5): read the whole block, whose logs must explain its bloom."""
    raw = await node.call("eth_getLogs", [{"blockHash": header.hash}])
    logs = read_logs(raw, header)
    if logs_bloom(raw) != header.bloom:
        raise Malformed(f"the logs of block {header.number} do not explain its bloom")
    return [log for log in logs if routes.match(log)]


async def proven_logs(node: Node, header: Header) -> list[Log]:
    """All logs of a block, from receipts whose root is the header's (F6)."""
    receipts = await node.call("eth_getBlockReceipts", [header.hash])
    if receipts is None:
        raise Absent(f"no receipts for block {header.number}")
    if not isinstance(receipts, list):
        raise Malformed("receipts are a list")
    if len(receipts) > _IN_THREAD:
        root = await asyncio.to_thread(receipts_root, receipts)
    else:
        root = receipts_root(receipts)
    if root != header.receipts_root:
        raise Malformed(f"the receipts of block {header.number} do not give its receipts root")
    return read_logs([log for receipt in receipts for log in receipt["logs"]], header)


class RangeReader:
    """Logs of many final blocks by ranges whose size adapts to the provider (F18): what it suggests, else half; a
    quarter more after each success; a single block that is still too large is read by hash.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    async def read(
        self, node: Node, routes: Routes, first: int, last: int, *, tags: bool, depth: int
    ) -> AsyncIterator[tuple[int, list[Log]]]:
        """Chunks `(up to block, logs)` covering first … last, ascending; every chunk is final for this very node."""
        at = first
        while at <= last:
            end = min(at + self.size - 1, last)
            try:
                logs = await self._range(node, routes, at, end, tags, depth)
            except RangeTooLarge as error:
                if at == end:
                    logs = await self._single(node, routes, at)
                else:
                    self._shrink(error, at, end)
                    continue
            else:
                self.size = min(int(self.size * 1.25) + 1, _MAX_RANGE)
            yield end, await self._timed(node, logs)
            at = end + 1

    def _shrink(self, error: RangeTooLarge, first: int, last: int) -> None:
        half = max(1, (last - first + 1) // 2)
        wanted = error.size or half
        if error.suggested is not None and error.suggested[0] == first:
            wanted = error.suggested[1] - first + 1
        self.size = wanted if 1 <= wanted <= last - first else half

    async def _range(self, node: Node, routes: Routes, first: int, last: int, tags: bool, depth: int) -> list[Log]:
        """One range, together with the same node's word that it is final (F4)."""
        query = {"fromBlock": hex(first), "toBlock": hex(last), **routes.filter()}
        said, raw = await node.batch([block_call("finalized" if tags else "latest"), ("eth_getLogs", [query])])
        final = max(0, _header(said).number - (0 if tags else depth))
        if final < last:
            raise Malformed(f"{node.name} is not final at block {last} yet (it says {final})")
        if isinstance(raw, NodeError):
            raise raw
        logs = read_logs(raw)
        if any(not first <= log.number <= last for log in logs):
            raise Malformed(f"logs outside of blocks {first} to {last}")
        return [log for log in logs if routes.match(log)]

    async def _single(self, node: Node, routes: Routes, number: int) -> list[Log]:
        header = (await headers_by_number(node, [number]))[0]
        return await _logs_of(node, header, routes, "none", True)

    async def _timed(self, node: Node, logs: list[Log]) -> list[Log]:
        """Give logs their blocks' times, and check that those blocks are the canonical ones."""
        blocks = {h.number: h for h in await headers_by_number(node, sorted({log.number for log in logs}))}
        for log in logs:
            header = blocks[log.number]
            if header.hash != log.block:
                raise Malformed(f"a log of block {log.number} from another branch")
            log.time = header.time
        return logs
