"""`PARLOUR_CHAINS`: the settings of each chain, checked at start."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from parlour.core.chain.solana import KIND as SOLANA

DEV_CHAINS = (31337, 1337)
"""Chain ids that anvil, Hardhat and Ganache use by default."""
MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
"""Multicall3, at the same address on more than 250 chains (mds1/multicall)."""
_OF_SOLANA = frozenset(("kind", "chainId", "urls", "url", "maxReorg", "lagAlarm", "catchUp", "eventsPerSecond"))
_OF_SOLANA |= {"callTimeout", "maxBacklog", "maxOutbox"}
"""Keys that mean something for a cluster of Solana."""
MAX_NAME = 60
"""Characters of an endpoint's name: a word in a status line."""


class BadChainConfig(ValueError):
    """A PARLOUR_CHAINS item that cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """One chain to follow. JSON keys in brackets.

    Attributes:
        chain_id: EIP-155 [chainId].
        kind: `evm`, or `solana` (experimental): a cluster that is heard by PubSub; few other keys are for it [kind].
        urls: endpoints, http(s) or ws(s), the preferred one first [urls]; each a URL or `{url, name}`.
        names: URL → the name it is shown by, where one was given; else its host is shown.
        finality: `tag` asks the node for `safe` and `finalized` and falls back to `depth`; `auto` does so too, except
            with dev chains that call every block final at once [finality].
        depth: confirmations that count as final where there is no tag [depth, or confirmations].
        max_reorg: blocks a reorg may replace; what happens beyond is said by `on_reset` [maxReorg].
        on_reset: `halt` leaves a fork below finality, or another genesis, to an operator; `rewind` takes it as the
            chain from now on, and the rooms are told what is undone; None: `rewind` for dev chains [onReset].
        trust_bloom: whether a header's logs bloom may say that nothing is there [trustBloom].
        verify: `bloom` (default) re-reads a block whose bloom promises more than came; `receipts` proves every block
            against its receipts root; `none` believes the node [verify].
        poll_interval: seconds between reads of the head, beside pushed heads; None chooses 1 for HTTP, 4 with a
            WebSocket [pollInterval].
        block_time: expected seconds between blocks, for the lag alarm [blockTime].
        lag_alarm: seconds a head may stand still or behind before `/readyz` warns [lagAlarm].
        catch_up: blocks behind finality from which ranges are read instead of single blocks [catchUp].
        range_size: blocks of the first range asked for; it adapts [rangeSize].
        max_backfill: blocks `fromBlock` may lie back [maxBackfill].
        max_backfill_events: events one backfill delivers; older ones become a `chain.gap` [maxBackfillEvents].
        track_drop: seconds that a tracked transaction may be unknown to all endpoints before it is dropped [trackDrop].
        batch: the contract that makes many calls in one, Multicall3; None asks by JSON-RPC batches [batch, or "none"].
        full_blocks: whether the transactions of each block are read too [blocks: "full"; "headers" by default].
        pending: whether clients may hear of transactions that wait for a block [pending].
        events_per_second: events of watches a room takes steadily, and ten times that in a burst; more wait
            [eventsPerSecond].
        max_batch: calls of one JSON-RPC batch; halved whenever an endpoint refuses one [maxBatch].
        call_timeout: seconds an answer may take before the endpoint counts as gone [callTimeout].
        max_backlog: entries that may wait for one room; of more, events of watches become a `chain.gap` [maxBacklog].
        max_outbox: entries that may wait for all rooms together, with the same end [maxOutbox].
    """

    chain_id: int
    urls: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    finality: str = "auto"
    depth: int = 64
    max_reorg: int = 64
    on_reset: str | None = None
    trust_bloom: bool = True
    verify: str = "bloom"
    poll_interval: float | None = None
    block_time: float = 12.0
    lag_alarm: float = 120.0
    catch_up: int = 500
    range_size: int = 1000
    max_backfill: int = 100_000
    max_backfill_events: int = 10_000
    track_drop: float = 600.0
    batch: str | None = MULTICALL3
    full_blocks: bool = False
    pending: bool = False
    kind: str = field(default="evm", kw_only=True)
    events_per_second: float = field(kw_only=True)
    max_batch: int = field(default=20, kw_only=True)
    call_timeout: float = field(default=5.0, kw_only=True)
    max_backlog: int = field(default=100_000, kw_only=True)
    max_outbox: int = field(default=1_000_000, kw_only=True)

    @property
    def rewinds(self) -> bool:
        """Whether a reset of the chain is followed without an operator."""
        return self.chain_id in DEV_CHAINS if self.on_reset is None else self.on_reset == "rewind"

    @property
    def poll(self) -> float:
        """Seconds between reads of the head; pushed heads come beside them."""
        if self.poll_interval is not None:
            return self.poll_interval
        return 4.0 if any(u.startswith("ws") for u in self.urls) else 1.0

    @classmethod
    def read(cls, item: Any, *, events_per_second: float) -> ChainConfig:
        """Read one item of the PARLOUR_CHAINS list.

        Args:
            events_per_second: of a chain that names none (`PARLOUR_EVENTS_PER_SECOND`).

        Raises:
            BadChainConfig: a key is missing, unknown or has a bad value.
        """
        if not isinstance(item, dict):
            raise BadChainConfig("PARLOUR_CHAINS is a JSON list of objects {chainId, urls, …}.")
        if unknown := sorted(item.keys() - _KEYS.keys() - {"chainId", "urls", "url", "confirmations"}):
            raise BadChainConfig(f"PARLOUR_CHAINS: unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}.")
        values: dict[str, Any] = {"chain_id": _chain_id(item.get("chainId")), "events_per_second": events_per_second}
        values["urls"], values["names"] = _endpoints(item)
        if item.get("kind") == SOLANA:
            _check_solana(item, values["urls"])
            values["on_reset"] = "rewind"
        given = {"depth": item["confirmations"], **item} if "confirmations" in item else item
        for key, (into, check) in _KEYS.items():
            if key in given:
                values[into] = check(f"PARLOUR_CHAINS: {key} of chain {values['chain_id']}", given[key])
        return cls(**values)


def _chain_id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadChainConfig(f"PARLOUR_CHAINS: chainId must be a positive number, not {value!r}.")
    return value


def _endpoints(item: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the URLs, each once, and the given names; an error quotes no part of a URL, which may hold a key."""
    chain = item.get("chainId")
    given = item.get("urls", item.get("url"))
    given = [given] if isinstance(given, str | dict) else given
    if not isinstance(given, list) or not given:
        raise BadChainConfig(f"PARLOUR_CHAINS: urls of chain {chain} must be a list of endpoint URLs.")
    urls: list[str] = []
    names: dict[str, str] = {}
    for endpoint in given:
        named = isinstance(endpoint, dict) and endpoint.keys() == {"url", "name"}
        url, name = (endpoint["url"], endpoint["name"]) if named else (endpoint, None)
        if not isinstance(url, str) or not isinstance(name, str | None):
            raise BadChainConfig(f"PARLOUR_CHAINS: each of urls of chain {chain} is a URL or {{url, name}}.")
        if not _is_endpoint(url):
            raise BadChainConfig(
                f"PARLOUR_CHAINS: chain {chain}: an endpoint is http(s)://host or ws(s)://host, "
                f"and item {len(urls) + 1} of urls is not."
            )
        urls.append(url)
        if name is not None:
            if not 0 < len(name) <= MAX_NAME or not name.isprintable():
                raise BadChainConfig(
                    f"PARLOUR_CHAINS: a name of chain {chain} is 1 to {MAX_NAME} printable characters."
                )
            names[url] = name
    return tuple(dict.fromkeys(urls)), names


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or brackets around what is no IPv6 address
        return False


def _check_solana(item: dict[str, Any], urls: tuple[str, ...]) -> None:
    chain = item["chainId"]
    if other := sorted(item.keys() - _OF_SOLANA):
        raise BadChainConfig(f"PARLOUR_CHAINS: {other[0]} of chain {chain} is not for kind {SOLANA}.")
    if not all(url.startswith("ws") for url in urls):
        raise BadChainConfig(f"PARLOUR_CHAINS: urls of chain {chain}, of kind {SOLANA}, are ws(s)://host.")


def _one_of(*names: str) -> Callable[[str, Any], Any]:
    def check(key: str, value: Any) -> Any:
        if value not in names:
            raise BadChainConfig(f"{key} must be {' or '.join(names)}, not {value!r}.")
        return value

    return check


def _whole(low: int, high: int) -> Callable[[str, Any], Any]:
    def check(key: str, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadChainConfig(f"{key} must be a number from {low} to {high}, not {value!r}.")
        return value

    return check


def _seconds(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 86_400:
        raise BadChainConfig(f"{key} must be a positive number, not {value!r}.")
    return float(value)


def _rate(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1_000_000:
        raise BadChainConfig(f"{key} must be a number above 0, at most 1000000, not {value!r}.")
    return float(value)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadChainConfig(f"{key} must be true or false, not {value!r}.")
    return value


def _contract(key: str, value: Any) -> str | None:
    if value == "none":
        return None
    if not isinstance(value, str) or re.fullmatch(r"0x[0-9a-fA-F]{40}", value) is None:
        raise BadChainConfig(f"{key} must be a contract's address or none, not {value!r}.")
    return value


def _full_blocks(key: str, value: Any) -> bool:
    return bool(_one_of("headers", "full")(key, value) == "full")


_KEYS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "kind": ("kind", _one_of("evm", SOLANA)),
    "finality": ("finality", _one_of("auto", "tag", "depth")),
    "depth": ("depth", _whole(1, 1_000_000)),
    "maxReorg": ("max_reorg", _whole(1, 100_000)),
    "onReset": ("on_reset", _one_of("halt", "rewind")),
    "trustBloom": ("trust_bloom", _flag),
    "verify": ("verify", _one_of("none", "bloom", "receipts")),
    "pollInterval": ("poll_interval", _seconds),
    "blockTime": ("block_time", _seconds),
    "lagAlarm": ("lag_alarm", _seconds),
    "catchUp": ("catch_up", _whole(1, 1_000_000)),
    "rangeSize": ("range_size", _whole(1, 1_000_000)),
    "maxBackfill": ("max_backfill", _whole(0, 100_000_000)),
    "maxBackfillEvents": ("max_backfill_events", _whole(1, 1_000_000)),
    "trackDrop": ("track_drop", _seconds),
    "batch": ("batch", _contract),
    "blocks": ("full_blocks", _full_blocks),
    "pending": ("pending", _flag),
    "maxBatch": ("max_batch", _whole(1, 1000)),
    "callTimeout": ("call_timeout", _seconds),
    "eventsPerSecond": ("events_per_second", _rate),
    "maxBacklog": ("max_backlog", _whole(1, 10_000_000)),
    "maxOutbox": ("max_outbox", _whole(1, 100_000_000)),
}
