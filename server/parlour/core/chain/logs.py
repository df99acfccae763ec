"""Logs of contracts, read from a node's answer and checked against what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from parlour.core.chain.blocks import Header, Malformed, what_is_odd
from parlour.core.chain.quantities import hex_bytes, quantity, word


@dataclass(slots=True)
class Log:
    """One log of a contract.

    Attributes:
        address, topics, data: what the contract emitted; hex strings are lower case with 0x.
        block, number, time: its block's hash, number and time (seconds since 1970).
        index: its place among the logs of the block.
        tx, tx_index: its transaction's hash and place in the block.
    """

    address: str
    topics: tuple[str, ...]
    data: str
    block: str
    number: int
    index: int
    tx: str
    tx_index: int = 0
    time: int = 0

    @property
    def content(self) -> tuple[str, tuple[str, ...], str]:
        """The fields that stay the same when the transaction moves to another block."""
        return (self.address, self.topics, self.data)


def read_log(raw: Any, header: Header | None = None) -> Log:
    """Read a log from `eth_getLogs` or a receipt.

    Raises:
        Malformed: it is none, or `removed: true`, which some nodes send among canonical logs (graph-node#5661).
    """
    try:
        if raw.get("removed"):
            raise Malformed("a removed log among canonical ones")
        topics = tuple(hex_bytes(topic, 32) for topic in raw["topics"])
        if len(topics) > 4:
            raise Malformed("a log with odd topics")
        return Log(
            hex_bytes(raw["address"], 20), topics, hex_bytes(raw["data"]), hex_bytes(raw["blockHash"], 32),
            quantity(raw["blockNumber"]), quantity(raw["logIndex"]), word(raw["transactionHash"]),
            quantity(raw["transactionIndex"]), 0 if header is None else header.time,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a log: {what_is_odd(error)}") from None


def read_logs(raw: Any, header: Header | None = None) -> list[Log]:
    """Read the answer of `eth_getLogs`, ascending by (number, index).

    Args:
        header: the block they were asked for by hash.

    Raises:
        Malformed: no list, a foreign block, a log twice.
    """
    if not isinstance(raw, list):
        raise Malformed(f"logs are a list, not {type(raw).__name__}")
    return checked_logs([read_log(item, header) for item in raw], header)


def checked_logs(logs: list[Log], header: Header | None = None) -> list[Log]:
    """Return the logs of one answer, ascending; arguments and errors as `read_logs`."""
    logs.sort(key=lambda log: (log.number, log.index))
    for before, log in pairwise(logs):
        if (before.number, before.index) == (log.number, log.index):
            raise Malformed(f"log {log.index} of block {log.number} came twice")
    if header is not None and any(log.block != header.hash or log.number != header.number for log in logs):
        raise Malformed(f"logs of another block than {header.number} {header.hash}")
    if header is not None and logs and header.transactions == 0:
        raise Malformed(f"logs in block {header.number}, which has no transactions")
    return logs


def same_content(old: Sequence[Log], new: Sequence[Log]) -> bool:
    """Return whether a transaction has the same wanted logs, in the same order, in both blocks."""
    return [log.content for log in old] == [log.content for log in new]
