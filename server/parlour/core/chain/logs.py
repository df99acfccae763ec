"""Logs, and which watch wants them: a pure table from (topic, address, filter) to rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from parlour.core.chain.abi import MAX_DATA, Event, Undecodable, checksum, read_abi, where_topics
from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.receipts import bloom_mask
from parlour.core.chain.watches import WatchRecord

_MAX_FILTER = 256
"""Addresses or topics in one `eth_getLogs` filter; providers refuse more, and we then ask without and sort here."""
_SHOWN = 2048
"""Bytes of an undecodable log's data that an entry shows."""


@dataclass(slots=True)
class Log:
    """One log; hex strings are lower case with 0x, `time` is its block's in seconds."""

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
        """What stays the same when the transaction moves to another block."""
        return (self.address, self.topics, self.data)


def read_log(raw: Any, header: Header | None = None) -> Log:
    """A log from `eth_getLogs` or a receipt; raises Malformed, also for `removed: true` (graph-node#5661)."""
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
        raise Malformed(f"not a log: {error!r}") from error


def read_logs(raw: Any, header: Header | None = None) -> list[Log]:
    """The answer of `eth_getLogs`, ascending by (number, index).

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


class Route:
    """One watch, compiled.

    Attributes:
        level: `included`, `safe`, `finalized` or a number of confirmations, as a string.
        confirm: levels announced by `chain.confirmed`.
        start: only logs of blocks above this number belong to the watch.
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
        self.events: dict[tuple[str, int], Event] = {(e.topic0, e.topics): e for e in events}
        self.topics0 = frozenset(e.topic0 for e in events)
        self.names = {e.topic0: e.name for e in events}
        self.where = where_topics(events, record.get("where") or {})
        self.level = str(record["finality"])
        self.confirm = tuple(str(c) for c in record["confirm"])
        self.start: int = record["from"]["number"]
        self.anchor: str = record["from"].get("hash", "")

    def wants(self, log: Log) -> bool:
        """Whether the log matches, its height apart. A watch on any contract takes only logs that fit its event."""
        if not log.topics or log.topics[0] not in self.topics0:
            return False
        if self.addresses:
            if log.address not in self.addresses:
                return False
        elif (log.topics[0], len(log.topics)) not in self.events:
            return False
        return all(
            accepted is None or (at < len(log.topics) and log.topics[at] in accepted)
            for at, accepted in enumerate(self.where, start=1)
        )

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """The body of `chain.event` (protocol §5)."""
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
        event = self.events.get((topic, len(log.topics)))
        try:
            if event is None or len(log.data) > 2 + 2 * MAX_DATA:
                raise Undecodable
            body["args"] = event.decoder(log.topics, log.data)
        except Undecodable:
            body |= {"topics": list(log.topics), "data": log.data[: 2 + 2 * _SHOWN]}
            if len(log.data) > 2 + 2 * _SHOWN:
                body["bytes"] = len(log.data) // 2 - 1
        return body


class Routes:
    """All watches on one chain."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes: dict[str, Route] = {}
        self._by_key: dict[tuple[str, str], list[Route]] = {}
        self._masks: list[int] = []
        for route in routes:
            self._routes[route.id] = route
        self._index()

    def __len__(self) -> int:
        return len(self._routes)

    def __iter__(self) -> Any:
        return iter(self._routes.values())

    def get(self, watch: str) -> Route | None:
        return self._routes.get(watch)

    def add(self, route: Route) -> None:
        self._routes[route.id] = route
        self._index()

    def remove(self, watch: str) -> None:
        if self._routes.pop(watch, None) is not None:
            self._index()

    def _index(self) -> None:
        by_key: dict[tuple[str, str], list[Route]] = {}
        for route in self._routes.values():
            for topic in route.topics0:
                for address in route.addresses or ("",):
                    by_key.setdefault((topic, address), []).append(route)
        self._by_key = by_key
        self._masks = [bloom_mask(topic) | (bloom_mask(address) if address else 0) for topic, address in sorted(by_key)]
        self._filter = _filter(by_key)
        self._confirming: dict[str, set[str]] = {}
        for route in self._routes.values():
            for level in route.confirm:
                self._confirming.setdefault(level, set()).add(route.id)
        self._levels = {r.level for r in self._routes.values()} | self._confirming.keys()

    def match(self, log: Log) -> list[Route]:
        """Watches that want the log, whatever its height."""
        if not log.topics:
            return []
        topic = log.topics[0]
        found = self._by_key.get((topic, log.address), []) + self._by_key.get((topic, ""), [])
        return [route for route in found if route.wants(log)]

    def filter(self) -> dict[str, Any]:
        """The address and topic part of an `eth_getLogs` filter that covers every watch."""
        return self._filter

    def possible(self, header: Header, trust_bloom: bool = True) -> bool:
        """Whether the block may hold a wanted log. An all-zero bloom over transactions is not believed (F8)."""
        if not self._masks or header.transactions == 0:
            return False
        bloom = header.bloom
        if not trust_bloom or bloom is None or (bloom == 0 and header.transactions != 0):
            return True
        return any(bloom & mask == mask for mask in self._masks)

    def levels(self) -> set[str]:
        """Every delivery and announcement level in use."""
        return set(self._levels)

    def confirming(self, level: str) -> set[str]:
        """Watches that want `chain.confirmed` for this level."""
        return self._confirming.get(level, set())


def _filter(keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    topics, addresses = (sorted(set(part)) for part in zip(*keys, strict=True)) if keys else ([], [])
    if addresses and addresses[0] != "" and len(addresses) <= _MAX_FILTER:
        wanted["address"] = addresses
    if topics and len(topics) <= _MAX_FILTER:
        wanted["topics"] = [topics]
    return wanted


def moved(old: Sequence[Log], new: Sequence[Log]) -> bool:
    """Whether a transaction's wanted logs came out the same, in the same order, in another block."""
    return [log.content for log in old] == [log.content for log in new]
