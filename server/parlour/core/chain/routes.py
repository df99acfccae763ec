"""The watches of rooms prepared for matching: a table from (topic, address, filter) to rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from parlour.core.canonical_json import canonical
from parlour.core.chain.abi import Event, checksum, read_abi
from parlour.core.chain.blocks import Header, Levels
from parlour.core.chain.decoding import MAX_DATA, Decode, Undecodable, make_decoder
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.receipts import bloom_mask
from parlour.core.chain.taps import Taps
from parlour.core.chain.topics import where_topics
from parlour.core.chain.watches import WatchRecord
from parlour.errors import ParlourError

_MAX_FILTER = 256
"""Addresses or topics in one `eth_getLogs` filter; providers refuse more, and we then ask without and sort here."""
_MAX_SHOWN = 2048
"""Bytes of an undecodable log's data that an entry shows: enough to recognise it, little for a room to keep."""


class Route:
    """One watch of one room, prepared for matching.

    Attributes:
        id, room, chain: as in the watch's record.
        addresses: contracts in lower case; empty means any.
        topics0: first topics of the watched events, "" for any; `events` gives the event of each that is named.
        where: accepted topics at positions 1, 2, 3; None accepts all.
        level: delivery level, `included`, `safe`, `finalized` or a number of confirmations, as a string.
        confirm: levels announced by `chain.confirmed`.
        start, anchor: number and hash of a block; only logs of later blocks belong to the watch.
        pinned: the entry is bound to its block: an event that a reorganisation moves is reverted and told anew.
        rate: entries a second that its room may get at least, whatever the chain's `eventsPerSecond` says.
        type, lane: of the entries it becomes; another kind of route overrides them, and `body`.
    """

    _last_decoded: ClassVar[tuple[Log | None, Decode | None, dict[str, Any]]] = (None, None, {})

    type = "chain.event"
    lane = Lane.PACED
    rate = 0.0
    pinned = False

    def __init__(self, room: str, record: WatchRecord) -> None:
        self.id: str = record["id"]
        self.room = room
        self.chain: int = record["chain"]
        address = record.get("address")
        given = [] if address is None else address if isinstance(address, list) else [address]
        self.addresses = frozenset(a.lower() for a in given)
        events = _events(record)
        self._decoders = {(e.topic0, e.topics): make_decoder(e) for e in events}
        self._unbounded = {(e.topic0, e.topics) for e in events if e.unbounded}
        self.events = {e.topic0: e for e in events}
        self.topics0 = frozenset(self.events)
        self.where = where_topics(events, record.get("where") or {})
        if "topics" in record:
            first, *self.where = [None if t is None else frozenset(t) for t in record["topics"]] or [None]
            self.topics0 = first or frozenset({""})
        self.level = str(record["finality"])
        self.confirm = tuple(str(c) for c in record["confirm"])
        self.start: int = record["from"]["number"]
        self.anchor: str = record["from"].get("hash", "")

    def wants(self, log: Log) -> bool:
        """Return whether the log matches the watch; its block's height is not compared.

        A watch on any contract takes only logs that fit its event: another event may share the signature's hash.
        """
        if first_topic(log) not in self.topics0 and "" not in self.topics0:
            return False
        if self.addresses:
            if log.address not in self.addresses:
                return False
        elif self.events and (log.topics[0], len(log.topics)) not in self._decoders:
            return False
        return all(
            accepted is None or (at < len(log.topics) and log.topics[at] in accepted)
            for at, accepted in enumerate(self.where, start=1)
        )

    def type_of(self, log: Log) -> str:
        """Return the type of the entry that a log becomes."""
        return self.type

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """Return the body of `chain.event` (protocol §5).

        Every log is named in the room, whatever its bytes: one that does not fit the event, and arguments that fit no
        entry (a NUL, too many values), are shown as topics and data; `odd` says why an event that fits is.
        """
        topic = first_topic(log)
        event = self.events.get(topic)
        body: dict[str, Any] = {
            "watch": self.id,
            "chain": self.chain,
            "address": checksum(log.address),
            **({"event": event.name, "signature": event.signature} if event else {}),
            "block": {"number": log.number, "hash": log.block, "time": log.time},
            "tx": log.tx,
            "logIndex": log.index,
            "status": status,
        }
        decode = self._decoders.get((topic, len(log.topics)))
        try:
            if decode is None or len(log.data) > 2 + 2 * MAX_DATA:
                raise Undecodable
            body["args"] = self._args(log, decode)
        except Undecodable:
            body |= _raw(log)
        except ParlourError as error:
            body |= _raw(log) | {"odd": error.message}
        return body

    def _args(self, log: Log, decode: Decode) -> dict[str, Any]:
        """Return a log's arguments; raises Undecodable, and ParlourError where they fit no entry.

        The rooms that watch a contract are told of a log one after the other: it is decoded for the first of them.
        """
        last_log, last_decode, args = Route._last_decoded
        if last_log is not log or last_decode is not decode:
            args = decode(log.topics, log.data)
            if (log.topics[0], len(log.topics)) in self._unbounded:
                canonical(args)
            Route._last_decoded = (log, decode, args)
        return args


def _events(record: WatchRecord) -> list[Event]:
    """Return the events that a watch names; none for a watch on raw topics."""
    texts = record.get("event", [])
    return read_abi(texts) if isinstance(texts, str) else [e for t in texts for e in read_abi(t)]


def first_topic(log: Log) -> str:
    """Return a log's first topic; empty for an anonymous event without indexed arguments."""
    return log.topics[0] if log.topics else ""


def _raw(log: Log) -> dict[str, Any]:
    """Return the body of a log that is not decoded: its topics, and its data, cut where it is long."""
    raw: dict[str, Any] = {"topics": list(log.topics), "data": log.data[: 2 + 2 * _MAX_SHOWN]}
    if len(log.data) > 2 + 2 * _MAX_SHOWN:
        raw["bytes"] = len(log.data) // 2 - 1
    return raw


class HookRoute(Route):
    """A watch that a game's `@on_chain` hooks rest on: its events wait for no rate, and none is ever left out."""

    lane = Lane.PROMPT


class Routes:
    """All watches on one chain, and the taps beside them (core/chain/taps.py)."""

    def __init__(self, routes: Iterable[Route] = (), taps: Taps | None = None) -> None:
        self._routes: dict[str, Route] = {route.id: route for route in routes}
        self._taps = taps if taps is not None else Taps()
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
        self._rates = {route.room: route.rate for route in self._routes.values() if route.rate}
        self._levels = {r.level for r in self._routes.values()} | confirming.keys()
        self._aim()

    def _aim(self) -> None:
        """Draw up the node's filter and the bloom masks that cover all watches and taps."""
        self._aimed = self._taps.version
        keys = self._by_key.keys() | self._taps.places()
        self._masks = [_mask(topic) | _mask(address) for topic, address in sorted(keys)]
        self._filter = _filter(keys)

    def _refresh(self) -> None:
        if self._aimed != self._taps.version:
            self._aim()

    @property
    def idle(self) -> bool:
        """Whether nobody wants any log."""
        return not self._routes and not len(self._taps)

    def wants(self, log: Log) -> bool:
        """Return whether some watch or tap wants the log."""
        return any(route.wants(log) for route in self._near(log)) or bool(self._taps.match(log))

    def wants_late(self, log: Log) -> bool:
        """Return whether somebody wants the log who listened already when its block was new."""
        return any(route.start < log.number for route in self.match(log)) or bool(self._taps.match_late(log))

    @property
    def tapped(self) -> bool:
        """Whether there are taps."""
        return len(self._taps) > 0

    def match(self, log: Log) -> list[Route]:
        """Return the watches that want the log, at whatever height its block is."""
        return [route for route in self._near(log) if route.wants(log)]

    def _near(self, log: Log) -> Iterator[Route]:
        """Yield the watches of the log's first topic and contract."""
        for topic in {first_topic(log), ""}:
            for address in (log.address, ""):
                yield from self._by_key.get((topic, address), ())

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
        """Return the address and topic part of an `eth_getLogs` filter that covers every watch and tap."""
        self._refresh()
        return self._filter

    def possible(self, header: Header, trust_bloom: bool = True) -> bool:
        """Return whether the block may hold a wanted log.

        An all-zero bloom over transactions is not believed (chain.md F8, empty blooms).
        """
        self._refresh()
        if not self._masks or header.transactions == 0:
            return False
        bloom = header.bloom
        if not trust_bloom or bloom is None or (bloom == 0 and header.transactions != 0):
            return True
        return any(bloom & mask == mask for mask in self._masks)

    def rate_of(self, room: str) -> float:
        """Return the entries a second that a room may get at least; 0 where its watches say nothing."""
        return self._rates.get(room, 0.0)

    def levels(self) -> set[str]:
        """Return every delivery and announcement level in use."""
        return set(self._levels)

    def confirming(self, level: str) -> set[str]:
        """Return the watches that want `chain.confirmed` for this level."""
        return self._confirming.get(level, set())


def _mask(value: str) -> int:
    """Return the bloom bits of a topic or an address; none for "any"."""
    return bloom_mask(value) if value else 0


def _filter(keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    topics, addresses = (sorted(set(part)) for part in zip(*keys, strict=True)) if keys else ([], [])
    if addresses and addresses[0] != "" and len(addresses) <= _MAX_FILTER:
        wanted["address"] = addresses
    if topics and topics[0] != "" and len(topics) <= _MAX_FILTER:
        wanted["topics"] = [topics]
    return wanted
