"""Checked logs, and the watches that want them: a table from (topic, address, filter) to rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.chain.abi import checksum, read_abi
from parlour.core.chain.blocks import Header, Levels, Malformed, what_is_odd
from parlour.core.chain.decoding import MAX_DATA, Undecodable, make_decoder
from parlour.core.chain.receipts import bloom_mask
from parlour.core.chain.topics import where_topics
from parlour.core.chain.watches import WatchRecord
from parlour.errors import ParlourError

_MAX_FILTER = 256
"""Addresses or topics in one `eth_getLogs` filter; providers refuse more, and we then ask without and sort here."""
_MAX_SHOWN = 2048
"""Bytes of an undecodable log's data that an entry shows: enough to recognise it, little for a room to keep."""


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
        topics = tuple(t.lower() for t in raw["topics"])
        if len(topics) > 4 or any(len(t) != 66 for t in topics) or len(raw["address"]) != 42:
            raise Malformed("a log with odd topics or address")
        return Log(
            raw["address"].lower(), topics, raw["data"].lower(), raw["blockHash"].lower(), int(raw["blockNumber"], 16),
            int(raw["logIndex"], 16), raw["transactionHash"].lower(), int(raw["transactionIndex"], 16),
            0 if header is None else header.time,
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
    logs = [read_log(item, header) for item in raw]
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


class Route:
    """One watch of one room, prepared for matching.

    Attributes:
        id, room, chain: as in the watch's record.
        addresses: contracts in lower case; empty means any.
        topics0: first topics of the watched events; `names` gives the event's name for each.
        where: accepted topics at positions 1, 2, 3; None accepts all.
        level: delivery level, `included`, `safe`, `finalized` or a number of confirmations, as a string.
        confirm: levels announced by `chain.confirmed`.
        start, anchor: number and hash of a block; only logs of later blocks belong to the watch.
    """

    def __init__(self, room: str, record: WatchRecord) -> None:
        self.id: str = record["id"]
        self.room = room
        self.chain: int = record["chain"]
        address = record.get("address")
        given = [] if address is None else address if isinstance(address, list) else [address]
        self.addresses = frozenset(a.lower() for a in given)
        texts = record["event"]
        events = read_abi(texts) if isinstance(texts, str) else [e for t in texts for e in read_abi(t)]
        self._decoders = {(e.topic0, e.topics): make_decoder(e) for e in events}
        self._unbounded = {(e.topic0, e.topics) for e in events if e.unbounded}
        self.topics0 = frozenset(e.topic0 for e in events)
        self.names = {e.topic0: e.name for e in events}
        self.where = where_topics(events, record.get("where") or {})
        self.level = str(record["finality"])
        self.confirm = tuple(str(c) for c in record["confirm"])
        self.start: int = record["from"]["number"]
        self.anchor: str = record["from"].get("hash", "")

    def wants(self, log: Log) -> bool:
        """Return whether the log matches the watch; its block's height is not compared.

        A watch on any contract takes only logs that fit its event: another event may share the signature's hash.
        """
        if not log.topics or log.topics[0] not in self.topics0:
            return False
        if self.addresses:
            if log.address not in self.addresses:
                return False
        elif (log.topics[0], len(log.topics)) not in self._decoders:
            return False
        return all(
            accepted is None or (at < len(log.topics) and log.topics[at] in accepted)
            for at, accepted in enumerate(self.where, start=1)
        )

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """Return the body of `chain.event` (protocol §5).

        Every log is named in the room, whatever its bytes: one that does not fit the event, and arguments that fit no
        entry (a NUL, too many values), are shown as topics and data; `odd` says why an event that fits is.
        """
        topic = log.topics[0]
        body: dict[str, Any] = {
            "watch": self.id,
            "chain": self.chain,
            "address": checksum(log.address),
            "event": self.names[topic],
            "block": {"number": log.number, "hash": log.block, "time": log.time},
            "tx": log.tx,
            "logIndex": log.index,
            "status": status,
        }
        decode = self._decoders.get((topic, len(log.topics)))
        try:
            if decode is None or len(log.data) > 2 + 2 * MAX_DATA:
                raise Undecodable
            args = decode(log.topics, log.data)
            if (topic, len(log.topics)) in self._unbounded:
                canonical(args)
            body["args"] = args
        except Undecodable:
            body |= _raw(log)
        except ParlourError as error:
            body |= _raw(log) | {"odd": error.message}
        return body


def _raw(log: Log) -> dict[str, Any]:
    """Return the body of a log that is not decoded: its topics, and its data, cut where it is long."""
    raw: dict[str, Any] = {"topics": list(log.topics), "data": log.data[: 2 + 2 * _MAX_SHOWN]}
    if len(log.data) > 2 + 2 * _MAX_SHOWN:
        raw["bytes"] = len(log.data) // 2 - 1
    return raw


class Routes:
    """All watches on one chain."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes: dict[str, Route] = {route.id: route for route in routes}
        self._index()

    def __len__(self) -> int:
        return len(self._routes)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def add(self, route: Route) -> None:
        """Send matching logs to this watch too."""
        self._routes[route.id] = route
        self._index()

    def remove(self, watch: str) -> None:
        """Send no further logs to this watch."""
        if self._routes.pop(watch, None) is not None:
            self._index()

    def _index(self) -> None:
        by_key: dict[tuple[str, str], list[Route]] = {}
        confirming: dict[str, set[str]] = {}
        for route in self._routes.values():
            for topic in route.topics0:
                for address in route.addresses or ("",):
                    by_key.setdefault((topic, address), []).append(route)
            for level in route.confirm:
                confirming.setdefault(level, set()).add(route.id)
        self._by_key, self._confirming = by_key, confirming
        self._masks = [bloom_mask(topic) | (bloom_mask(address) if address else 0) for topic, address in sorted(by_key)]
        self._filter = _filter(by_key)
        self._levels = {r.level for r in self._routes.values()} | confirming.keys()

    def match(self, log: Log) -> list[Route]:
        """Return the watches that want the log, at whatever height its block is."""
        if not log.topics:
            return []
        topic = log.topics[0]
        found = self._by_key.get((topic, log.address), []) + self._by_key.get((topic, ""), [])
        return [route for route in found if route.wants(log)]

    def due(self, logs: Iterable[Log], old: Levels, new: Levels, ancestor: int) -> list[tuple[Route, Log]]:
        """Return which watch gets which log: those whose block reached the watch's level in this step.

        Args:
            logs: wanted logs above the lowest old level, ascending; those of new blocks and stored ones alike.
            old, new: levels before and after the step.
            ancestor: the highest block the old and the new chain share; deliveries above it have been undone.
        """
        bounds = {name: (min(old[name], ancestor), new[name]) for name in new}
        due = []
        for log in logs:
            for route in self.match(log):
                low, high = bounds[route.level]
                if low < log.number <= high and log.number > route.start:
                    due.append((route, log))
        return due

    def filter(self) -> dict[str, Any]:
        """Return the address and topic part of an `eth_getLogs` filter that covers every watch."""
        return self._filter

    def possible(self, header: Header, trust_bloom: bool = True) -> bool:
        """Return whether the block may hold a wanted log.

        An all-zero bloom over transactions is not believed (chain.md F8, empty blooms).
        """
        if not self._masks or header.transactions == 0:
            return False
        bloom = header.bloom
        if not trust_bloom or bloom is None or (bloom == 0 and header.transactions != 0):
            return True
        return any(bloom & mask == mask for mask in self._masks)

    def levels(self) -> set[str]:
        """Return every delivery and announcement level in use."""
        return set(self._levels)

    def confirming(self, level: str) -> set[str]:
        """Return the watches that want `chain.confirmed` for this level."""
        return self._confirming.get(level, set())


def _filter(keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    topics, addresses = (sorted(set(part)) for part in zip(*keys, strict=True)) if keys else ([], [])
    if addresses and addresses[0] != "" and len(addresses) <= _MAX_FILTER:
        wanted["address"] = addresses
    if topics and len(topics) <= _MAX_FILTER:
        wanted["topics"] = [topics]
    return wanted
