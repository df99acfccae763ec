"""What rooms are told after one step of a chain: corrections, events, confirmations; pure.

The rule everything follows from: **for every level, rooms have been told exactly the wanted logs of the canonical
blocks up to that level's height.** `Delivered` records what they were told above finality, so that a reorg can name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parlour.core.chain.blocks import Header, Levels
from parlour.core.chain.logs import Log, Route, Routes, moved
from parlour.core.room import RoomId


@dataclass(slots=True)
class Delivered:
    """A `chain.event` a room was told of, under `source`; `log` is where it stands now."""

    source: str
    watch: str
    room: RoomId
    log: Log


@dataclass(slots=True)
class News:
    """One entry to come in a room: a row of the outbox.

    Attributes:
        kind: apply, revert, move, confirm or gap; the fifth part of `source`.
    """

    room: RoomId
    watch: str
    kind: str
    type: str
    source: str
    body: dict[str, Any]


def source(chain: int, branch: int, block: str, index: int | str, kind: str, what: str) -> str:
    return f"chain:{chain}:{branch}:{block}:{index}:{kind}:{what}"


def apply_news(route: Route, log: Log, branch: int, levels: Levels, *, late: bool = False) -> tuple[News, Delivered]:
    """The event entry for one log, and the record of it."""
    status = status_at(log.number, levels)
    key = source(route.chain, branch, log.block, log.index, "apply", route.id)
    body = route.body(log, status)
    if late:
        body["late"] = True
    return News(route.room, route.id, "apply", "chain.event", key, body), Delivered(key, route.id, route.room, log)


def status_at(number: int, levels: Mapping[str, int]) -> str:
    if number <= levels["finalized"]:
        return "finalized"
    return "safe" if number <= levels["safe"] else "included"


def arrivals(routes: Routes, logs: Iterable[Log], old: Levels, new: Levels, ancestor: int) -> list[tuple[Route, Log]]:
    """Which watch gets which log now: its level's height passed the log's block in this step.

    Args:
        logs: wanted logs above the lowest old height, ascending; those of new blocks and stored ones alike.
        ancestor: the highest block the old and the new chain share; what was told above it has been undone.
    """
    bounds = {name: (min(old[name], ancestor), new[name]) for name in new}
    told = []
    for log in logs:
        for route in routes.match(log):
            low, high = bounds[route.level]
            if low < log.number <= high and log.number > route.start:
                told.append((route, log))
    return told


def keep_moved(
    undone: Sequence[Delivered], told: Sequence[tuple[Route, Log]]
) -> tuple[list[tuple[Delivered, Log]], list[Delivered], list[tuple[Route, Log]]]:
    """Split a reorg: what kept its transaction (with its new log), what is gone, and what is really new.

    A transaction counts as unchanged for a watch when all its wanted logs came out the same, in the same order.
    """
    before: dict[tuple[str, str], list[Delivered]] = {}
    after: dict[tuple[str, str], list[Log]] = {}
    for record in undone:
        before.setdefault((record.watch, record.log.tx), []).append(record)
    for route, log in told:
        if (route.id, log.tx) in before:
            after.setdefault((route.id, log.tx), []).append(log)
    kept: list[tuple[Delivered, Log]] = []
    gone: list[Delivered] = []
    still: set[tuple[str, str]] = set()
    for key, records in before.items():
        records.sort(key=lambda r: r.log.index)
        now = after.get(key, [])
        if moved([r.log for r in records], now):
            kept += zip(records, now, strict=True)
            still.add(key)
        else:
            gone += records
    return kept, gone, [(route, log) for route, log in told if (route.id, log.tx) not in still]


def correction_news(
    chain: int, branch: int, ancestor: Header, kept: Sequence[tuple[Delivered, Log]], gone: Sequence[Delivered]
) -> list[News]:
    """`chain.moved` per room and new block, one `chain.reverted` per room; their `of` are sources (core.watches)."""
    by_block: dict[tuple[RoomId, int], list[tuple[Delivered, Log]]] = {}
    for record, log in kept:
        by_block.setdefault((record.room, log.number), []).append((record, log))
    news = []
    for (room, number), pairs in sorted(by_block.items()):
        log = pairs[0][1]
        block = {"number": number, "hash": log.block, "time": log.time}
        key = source(chain, branch, log.block, "-", "move", "-")
        body = {"chain": chain, "of": [record.source for record, _ in pairs], "block": block}
        news.append(News(room, "", "move", "chain.moved", key, body))
    by_room: dict[RoomId, list[Delivered]] = {}
    for record in sorted(gone, key=lambda r: (r.log.number, r.log.index), reverse=True):
        by_room.setdefault(record.room, []).append(record)
    for room, records in sorted(by_room.items()):
        key = source(chain, branch, ancestor.hash, "-", "revert", "-")
        body = {"chain": chain, "of": [r.source for r in records], "block": ancestor.ref()}
        news.append(News(room, "", "revert", "chain.reverted", key, body))
    return news


def settle(record: Delivered, log: Log) -> Delivered:
    """The record of a moved event: told once, under its first source, now in another block."""
    return replace(record, log=log)


def confirm_news(
    chain: int,
    branch: int,
    routes: Routes,
    live: Mapping[int, Iterable[tuple[RoomId, str]]],
    fresh: Sequence[Delivered],
    old: Levels,
    new: Levels,
    hashes: Mapping[int, str],
) -> list[News]:
    """One `chain.confirmed` per room and level that passed something the room knows.

    Args:
        live: block number → (room, watch) of the events told there before this step, or moved there by it.
        fresh: events of this step, whose own status says already whether they are safe or final.
        hashes: hashes of the heights in `new`.
    """
    news = []
    for name in sorted(routes.levels()):
        confirming = routes.confirming(name)
        crossed = range(old[name] + 1, new[name] + 1)
        numbers = crossed if len(crossed) < len(live) else [n for n in live if n in crossed]
        rooms = {room for n in numbers for room, watch in live.get(n, ()) if watch in confirming}
        if name.isdigit():
            rooms |= {d.room for d in fresh if d.watch in confirming and d.log.number in crossed}
        for room in sorted(rooms):
            upto: dict[str, Any] = {"number": new[name], "hash": hashes[new[name]]}
            body = {"chain": chain, "upTo": upto, "status": "included" if name.isdigit() else name}
            if name.isdigit():
                body["confirmations"] = int(name)
            key = source(chain, branch, upto["hash"], "-", "confirm", name)
            news.append(News(room, "", "confirm", "chain.confirmed", key, body))
    return news


def gap_news(route: Route, branch: int, lost: Sequence[Log], reason: str) -> News:
    """`chain.gap`: what a cap held back, instead of silence."""
    first, last = lost[0], lost[-1]
    body = {
        "watch": route.id,
        "chain": route.chain,
        "from": {"number": first.number, "hash": first.block},
        "to": {"number": last.number, "hash": last.block},
        "dropped": len(lost),
        "reason": reason,
    }
    key = source(route.chain, branch, first.block, first.index, "gap", route.id)
    return News(route.room, route.id, "gap", "chain.gap", key, body)
