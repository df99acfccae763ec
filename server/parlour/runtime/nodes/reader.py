"""Reads blocks and logs through one pinned node, and checks each answer against what was asked.

A doubt is `Malformed` or a NodeError. The follower then drops the whole step and asks again, perhaps another node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from parlour.core.chain.blocks import BlockTracker, Header, Malformed, TooDeep, read_header
from parlour.core.chain.logs import Log, checked_logs, read_log, read_logs
from parlour.core.chain.receipts import logs_bloom, receipts_root
from parlour.core.chain.routes import Routes
from parlour.runtime.nodes.node import Absent, Call, Node, NodeError, Refused, Unsupported
from parlour.runtime.slices import in_slices

_AT_ONCE = 16
"""Blocks whose logs are asked for concurrently: hides the round trips and stays below providers' rate limits."""
_IN_THREAD = 40
"""Receipts from which the root is computed off the event loop: they take 2 ms."""
_SLICED = 200
"""Logs of an answer that are read in slices: they take 1 ms."""
_WALK_BY_HASH = 4
"""A gap up to this many blocks is walked by parent hash; a longer one is read by number, and linked up afterwards."""
_HEADERS_AT_ONCE = 100
"""Headers of one batch; providers refuse longer ones."""


_DEV_CLIENTS = ("HardhatNetwork", "Ganache")
"""Beginnings of `web3_clientVersion` of clients that call every block final at once, and then take blocks back."""
_NO_PARENT = "0x" + "00" * 32
"""The parent of genesis; Hardhat also gives it to blocks that `hardhat_mine` makes only once they are asked for."""


class ForeignChain(Exception):
    """The endpoint serves another chain id or another genesis (chain.md F15, another chain behind the URL).

    Attributes:
        other_id: it serves another chain id, so that the URL is wrong; else another history of the same chain.
    """

    def __init__(self, message: str, *, other_id: bool = False) -> None:
        super().__init__(message)
        self.other_id = other_id


@dataclass(frozen=True, slots=True)
class Finality:
    """How final blocks are found: by the node's tags `safe` and `finalized`, else `depth` blocks below the head.

    Attributes:
        doubts: a tag that names the head itself is not believed, and depth counts.
    """

    tags: bool
    depth: int
    doubts: bool = False


@dataclass(slots=True)
class ChainView:
    """The heights that one endpoint shows, read in one batch; `finalized_hash` is empty where depth counts."""

    head: Header
    safe: int
    finalized: int
    finalized_hash: str = ""


def block_call(number: int | str) -> Call:
    """Return the call for a block by number or tag, without its transactions' bodies."""
    return ("eth_getBlockByNumber", [hex(number) if isinstance(number, int) else number, False])


def header_of(answer: Any) -> Header:
    """Read the header in an item of a batch; raises NodeError and Malformed."""
    if isinstance(answer, NodeError):
        raise answer
    if answer is None:
        raise Absent("the block is not there")
    return read_header(answer)


async def read_chain_view(node: Node, finality: Finality) -> ChainView:
    """Read an endpoint's head, and its safe and final heights."""
    calls = [block_call("latest")] + ([block_call("safe"), block_call("finalized")] if finality.tags else [])
    answers = await node.batch(calls)
    head = header_of(answers[0])
    safe, final = (_tagged(a) for a in answers[1:]) if finality.tags else (None, None)
    by_depth = max(0, head.number - finality.depth)
    if final is None or (finality.doubts and final.hash == head.hash):
        safe = None if final is not None else safe
        return ChainView(head, by_depth if safe is None else safe.number, by_depth)
    return ChainView(head, final.number if safe is None else safe.number, final.number, final.hash)


def _tagged(answer: Any) -> Header | None:
    """Return a tag's header, or None where the node has no such tag.

    Any other failure is raised: a lost connection says nothing about tags.
    """
    if isinstance(answer, Absent | Unsupported | Refused) or answer is None:
        return None
    return header_of(answer)


async def identify(node: Node, chain: int, genesis: str) -> str:
    """Compare chain id and genesis hash with what is expected, and return the genesis hash.

    Args:
        genesis: the expected hash; empty where it is not known yet.

    Raises:
        ForeignChain: one of them differs.
    """
    chain_id, first = await node.batch([("eth_chainId", []), block_call(0)])
    if isinstance(chain_id, NodeError):
        raise chain_id
    try:
        number = int(chain_id, 16)
    except (TypeError, ValueError):
        raise Malformed("the answer to eth_chainId is no number") from None
    if not 0 <= number < 2**63:  # EIP-2294; an answer that is a key in hex is not shown as a number
        raise Malformed("the answer to eth_chainId is no chain id")
    if number != chain:
        raise ForeignChain(f"{node.name} serves chain {number}, not {chain}.", other_id=True)
    found = header_of(first).hash
    if genesis and found != genesis:
        raise ForeignChain(f"{node.name} serves another chain {chain}: genesis {found}, not {genesis}.")
    return found


async def is_dev_client(node: Node) -> bool:
    """Return whether the node calls itself a client that takes back blocks it called final."""
    try:
        name = await node.call("web3_clientVersion", [])
    except (Absent, Refused, Unsupported):
        return False
    return isinstance(name, str) and name.startswith(_DEV_CLIENTS)


async def header_by_hash(node: Node, block: str) -> Header:
    """Read one header by hash."""
    header = header_of(await node.call("eth_getBlockByHash", [block, False]))
    if header.hash != block:
        raise Malformed(f"asked for block {block}, got {header.hash}")
    return header


async def headers_by_number(node: Node, numbers: Sequence[int]) -> list[Header]:
    """Read headers by number, in the given order."""
    if not numbers:
        return []
    headers = [header_of(a) for a in await node.batch([block_call(n) for n in numbers])]
    for number, header in zip(numbers, headers, strict=True):
        if header.number != number:
            raise Malformed(f"asked for block {number}, got {header.number}")
    return headers


async def headers_below(node: Node, lowest: int, head: Header) -> list[Header]:
    """Read the headers `lowest` … `head`, ascending and linked."""
    chain = link_lazy([*await headers_by_number(node, range(lowest, head.number)), head])
    for parent, child in pairwise(chain):
        if child.parent != parent.hash:
            raise Malformed(f"block {child.number} does not follow block {parent.number}")
    return chain


def link_lazy(headers: list[Header]) -> list[Header]:
    """Link blocks that were mined lazily, and name no parent, to the blocks before them; return the same list.

    Args:
        headers: ascending by one.
    """
    for parent, child in pairwise(headers):
        if child.parent == _NO_PARENT:
            child.parent = parent.hash
    return headers


async def parent_of(node: Node, child: Header) -> Header:
    """Read the block before `child`, by hash; by number where the node does not know it by hash (hardhat#4740).

    Raises:
        Absent: the node shows another block there.
    """
    if child.parent != _NO_PARENT:
        try:
            return await header_by_hash(node, child.parent)
        except Absent:
            pass
    header = link_lazy([*await headers_by_number(node, [child.number - 1]), child])[0]
    if header.hash != child.parent:
        raise Absent(f"the parent of block {child.number} is not there")
    return header


async def walk(node: Node, tracker: BlockTracker, head: Header) -> list[Header]:
    """Read the headers from the first unknown one up to `head`, through parent hashes.

    So no pushed head has to arrive (chain.md F10, heads missing or swapped). Headers read by number are linked only if
    nothing changed meanwhile: `BlockTracker.fork` checks.

    Raises:
        TooDeep: the floor was reached without meeting a block of ours.
    """
    down = [head]
    while not await _comes_from(node, tracker, down[-1]):
        number = down[-1].number - 1
        if number < tracker.floor or number < 0:
            raise TooDeep(
                f"Block {head.number} {head.hash} does not come from our chain: no shared block down to {number}, "
                f"and {tracker.floor} counts as final."
            )
        if number - tracker.head.number > _WALK_BY_HASH:
            lowest = max(tracker.head.number + 1, number - _HEADERS_AT_ONCE + 1)
            some = link_lazy([*await headers_by_number(node, range(lowest, number + 1)), down[-1]])
            down += reversed(some[:-1])
        else:
            down.append(await parent_of(node, down[-1]))
    return down[::-1]


async def _comes_from(node: Node, tracker: BlockTracker, header: Header) -> bool:
    """Return whether the block's parent is ours; the parent of a lazily mined block is looked up by number."""
    ours = tracker.at(header.number - 1)
    if header.parent == _NO_PARENT and ours is not None:
        link_lazy([*await headers_by_number(node, [header.number - 1]), header])
    return tracker.knows(header.parent)


async def shared(node: Node, tracker: BlockTracker) -> Header:
    """Return the highest known block that the node also has; raises TooDeep."""
    ours = tracker.headers(tracker.floor - 1, tracker.head.number)[::-1]
    for start in range(0, len(ours), _HEADERS_AT_ONCE):
        some = ours[start : start + _HEADERS_AT_ONCE]
        theirs = await headers_by_number(node, [h.number for h in some])
        for mine, other in zip(some, theirs, strict=True):
            if mine.hash == other.hash:
                return mine
    raise TooDeep(f"The node shares none of our blocks from {tracker.floor} to {tracker.head.number}.")


async def highest_shared(node: Node, known: Sequence[Header]) -> int:
    """Return the number of the highest of these blocks that the node has too; 0 where it has none.

    Args:
        known: headers, ascending.
    """
    head = header_of((await node.batch([block_call("latest")]))[0]).number
    ours = [header for header in known if header.number <= head][::-1]
    for start in range(0, len(ours), _HEADERS_AT_ONCE):
        some = ours[start : start + _HEADERS_AT_ONCE]
        theirs = await headers_by_number(node, [h.number for h in some])
        for mine, other in zip(some, theirs, strict=True):
            if mine.hash == other.hash:
                return mine.number
    return 0


async def block_logs(
    node: Node, headers: Sequence[Header], routes: Routes, *, verify: str, trust_bloom: bool
) -> list[Log]:
    """Read the wanted logs of these blocks by hash, ascending.

    Args:
        verify, trust_bloom: as in ChainConfig.

    Raises:
        Malformed: an answer that contradicts its header.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(header: Header) -> list[Log]:
        async with gate:
            return await logs_of_block(node, header, routes, verify, trust_bloom)

    if len(headers) == 1:
        return await logs_of_block(node, headers[0], routes, verify, trust_bloom)
    return [log for logs in await asyncio.gather(*(one(h) for h in headers)) for log in logs]


async def logs_of_block(node: Node, header: Header, routes: Routes, verify: str, trust_bloom: bool) -> list[Log]:
    """Read the wanted logs of one block by hash; arguments and errors as `block_logs`."""
    if routes.idle or header.transactions == 0:
        return []
    if verify == "receipts":
        return await wanted_logs(await proven_logs(node, header), routes)
    if not routes.possible(header, trust_bloom):
        return []
    raw = await node.call("eth_getLogs", [{"blockHash": header.hash, **routes.filter()}])
    logs = await wanted_logs(await read_logs_sliced(raw, header), routes)
    if not logs and verify == "bloom" and trust_bloom and header.bloom:
        return await _explained_logs(node, header, routes)
    return logs


async def read_logs_sliced(raw: Any, header: Header | None = None) -> list[Log]:
    """Read the answer of `eth_getLogs` as `read_logs` does, and let others run in between; raises Malformed."""
    if not isinstance(raw, list) or len(raw) <= _SLICED:
        return read_logs(raw, header)
    logs: list[Log] = []
    async for some in in_slices(raw):
        logs += (read_log(item, header) for item in some)
    return checked_logs(logs, header)


async def wanted_logs(logs: Sequence[Log], routes: Routes) -> list[Log]:
    """Return the logs that somebody wants, and let others run in between."""
    return [log async for some in in_slices(logs) for log in some if routes.wants(log)]


async def _explained_logs(node: Node, header: Header, routes: Routes) -> list[Log]:
    """Read all logs of a block and check that they account for its bloom.

    The bloom promises a wanted log and none came (chain.md F5, no logs for a block that has some).
    """
    raw = await node.call("eth_getLogs", [{"blockHash": header.hash}])
    logs = await read_logs_sliced(raw, header)
    if logs_bloom(raw) != header.bloom:
        raise Malformed(f"the logs of block {header.number} do not account for its bloom")
    return await wanted_logs(logs, routes)


def _agree(receipts: list[Any], root: str) -> bool:
    """Return whether receipts give this root: with the blooms the node sent, or with those that their logs have."""
    return receipts_root(receipts, trust_blooms=True) == root or receipts_root(receipts) == root


async def _single_receipts(node: Node, header: Header) -> list[Any] | None:
    """Read the receipts of a block one by one, where the node has no `eth_getBlockReceipts`; None if one is missing."""
    block = header.raw or await node.call("eth_getBlockByHash", [header.hash, False])
    if not isinstance(block, Mapping):
        return None
    asked: list[Call] = [("eth_getTransactionReceipt", [tx]) for tx in block["transactions"]]
    receipts = await node.batch(asked)
    for failure in receipts:
        if isinstance(failure, NodeError):
            raise failure
    return None if None in receipts else receipts


async def proven_logs(node: Node, header: Header) -> list[Log]:
    """Read all logs of a block from receipts whose root is the header's (chain.md F6, some logs missing)."""
    try:
        receipts = await node.call("eth_getBlockReceipts", [header.hash])
    except Unsupported:
        receipts = await _single_receipts(node, header)
    if receipts is None:
        raise Absent(f"no receipts for block {header.number}")
    if not isinstance(receipts, list):
        raise Malformed("receipts are a list")
    agree = partial(_agree, receipts, header.receipts_root)
    if not (agree() if len(receipts) <= _IN_THREAD else await asyncio.to_thread(agree)):
        raise Malformed(f"the receipts of block {header.number} do not give its receipts root")
    return await read_logs_sliced([log for receipt in receipts for log in receipt["logs"]], header)
