"""Entries that rooms get after one step of a chain: events, corrections, confirmations, gaps.

The rule everything follows from: for every level, a room has exactly the wanted logs of the canonical blocks up to that
level's height. `Delivered` records the events above finality, so that a reorg can name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from parlour.core.chain.blocks import Header, Levels
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log, same_content
from parlour.core.chain.routes import Route, Routes
from parlour.core.room import RoomId

_PLACE = ("chain", "block", "tx", "logIndex", "status", "late")
"""Keys of a `chain.event` that say where it is; the entry that a kind makes of it has them too."""


@dataclass(slots=True)
class Delivered:
    """A `chain.event` that a room got under `source`; `log` says where the event is on the chain now."""

    source: str
    watch: str
    room: RoomId
    log: Log


@dataclass(slots=True)
class News:
    """An entry on its way to a room: a row of the outbox.

    Attributes:
        room, watch: whom it is for; `watch` is empty where it concerns several.
        kind: apply, revert, move, confirm or gap; part of `source`.
        type, body: the entry's.
        source: unique in the room, so that a second delivery changes nothing.
        lane: whether it waits for the room's rate.
    """

    room: RoomId
    watch: str
    kind: str
    type: str
    source: str
    body: dict[str, Any]
    lane: Lane = Lane.PROMPT


class Origin(NamedTuple):
    """Where news comes from: the chain, and the branch (how many reorgs its follower has followed)."""

    chain: int
    branch: int


def source(origin: Origin, block: str, index: int | str, kind: str, what: str) -> str:
    """Return the unique key of an entry: `chain:<chain>:<branch>:<block>:<index>:<kind>:<watch or level>`."""
    return f"chain:{origin[0]}:{origin[1]}:{block}:{index}:{kind}:{what}"


def event_news(route: Route, log: Log, origin: Origin, levels: Levels, *, late: bool = False) -> tuple[News, Delivered]:
    """Return the event entry for one log, and the record of it."""
    key = source(origin, log.block, log.index, "apply", route.id)
    body = route.body(log, status_at(log.number, levels))
    if late:
        body["late"] = True
    news = News(route.room, route.id, "apply", route.type_of(log), key, body, route.lane)
    return news, Delivered(key, route.id, route.room, log)


def place_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return where an event is, of the body of its `chain.event`: its block, transaction, index and status."""
    return {key: event[key] for key in _PLACE if key in event}


def status_at(number: int, levels: Mapping[str, int]) -> str:
    """Return `included`, `safe` or `finalized` for a block of this number."""
    if number <= levels["finalized"]:
        return "finalized"
    return "safe" if number <= levels["safe"] else "included"


@dataclass(frozen=True, slots=True)
class Split:
    """What a reorganisation does to delivered events and to logs that are due now.

    Attributes:
        moved: delivered events whose transaction stands unchanged in another block, each with its new log.
        gone: delivered events that are no longer on the chain.
        fresh: due logs that no delivered event stands for.
    """

    moved: list[tuple[Delivered, Log]]
    gone: list[Delivered]
    fresh: list[tuple[Route, Log]]


def split_moved(undone: Sequence[Delivered], due: Sequence[tuple[Route, Log]]) -> Split:
    """Sort events into moved, reverted and new ones.

    A transaction counts as unchanged for a watch when all its wanted logs came out the same, in the same order.
    Events of a pinned route are never moved: they are gone, and come anew.
    """
    before: dict[tuple[str, str], list[Delivered]] = {}
    after: dict[tuple[str, str], list[Log]] = {}
    for record in undone:
        before.setdefault((record.watch, record.log.tx), []).append(record)
    for route, log in due:
        if (route.id, log.tx) in before and not route.pinned:
            after.setdefault((route.id, log.tx), []).append(log)
    moved: list[tuple[Delivered, Log]] = []
    gone: list[Delivered] = []
    unchanged: set[tuple[str, str]] = set()
    for key, records in before.items():
        records.sort(key=lambda r: r.log.index)
        now = after.get(key, [])
        if same_content([r.log for r in records], now):
            moved += zip(records, now, strict=True)
            unchanged.add(key)
        else:
            gone += records
    return Split(moved, gone, [(route, log) for route, log in due if (route.id, log.tx) not in unchanged])


def correction_news(
    origin: Origin, ancestor: Header, moved: Sequence[tuple[Delivered, Log]], gone: Sequence[Delivered]
) -> list[News]:
    """Return `chain.moved` per room and new block, and one `chain.reverted` per room.

    Their `of` names events by source; the room's host turns sources into numbers (core/chain/watches.py).
    """
    by_block: dict[tuple[RoomId, int], list[tuple[Delivered, Log]]] = {}
    for record, log in moved:
        by_block.setdefault((record.room, log.number), []).append((record, log))
    news = []
    for (room, number), pairs in sorted(by_block.items()):
        log = pairs[0][1]
        block = {"number": number, "hash": log.block, "time": log.time}
        key = source(origin, log.block, "-", "move", "-")
        body = {"chain": origin.chain, "of": [record.source for record, _ in pairs], "block": block}
        news.append(News(room, "", "move", "chain.moved", key, body))
    by_room: dict[RoomId, list[Delivered]] = {}
    for record in sorted(gone, key=lambda r: (r.log.number, r.log.index), reverse=True):
        by_room.setdefault(record.room, []).append(record)
    for room, records in sorted(by_room.items()):
        key = source(origin, ancestor.hash, "-", "revert", "-")
        body = {"chain": origin.chain, "of": [r.source for r in records], "block": ancestor.ref()}
        news.append(News(room, "", "revert", "chain.reverted", key, body))
    return news


@dataclass(frozen=True, slots=True)
class Rise:
    """How far each level rose in one step.

    Attributes:
        old, new: the levels before, cut at the fork's ancestor, and after.
        hashes: the hashes of the blocks at the new heights.
    """

    old: Levels
    new: Levels
    hashes: Mapping[int, str]


def confirmation_news(
    origin: Origin,
    routes: Routes,
    live: Mapping[int, Iterable[tuple[RoomId, str]]],
    fresh: Sequence[Delivered],
    rise: Rise,
) -> list[News]:
    """Return one `chain.confirmed` per room and level that reached an event the room has.

    Args:
        live: block number → (room, watch) of the events delivered there before this step, or moved there by it.
        fresh: events of this step, whose own status says already whether they are safe or final.
    """
    news = []
    for name in sorted(routes.levels()):
        confirming = routes.confirming(name)
        crossed = range(rise.old[name] + 1, rise.new[name] + 1)
        numbers = crossed if len(crossed) < len(live) else [n for n in live if n in crossed]
        rooms = {room for n in numbers for room, watch in live.get(n, ()) if watch in confirming}
        if name.isdigit():
            rooms |= {d.room for d in fresh if d.watch in confirming and d.log.number in crossed}
        for room in sorted(rooms):
            number = rise.new[name]
            news.append(confirmed_news(origin, room, name, {"number": number, "hash": rise.hashes[number]}))
    return news


def confirmed_news(origin: Origin, room: RoomId, level: str, upto: dict[str, Any]) -> News:
    """Return `chain.confirmed`: everything up to this block has reached the level."""
    body = {"chain": origin.chain, "upTo": upto, "status": "included" if level.isdigit() else level}
    if level.isdigit():
        body["confirmations"] = int(level)
    return News(room, "", "confirm", "chain.confirmed", source(origin, upto["hash"], "-", "confirm", level), body)


def gap_news(route: Route, origin: Origin, lost: Sequence[Log], reason: str) -> News:
    """Return `chain.gap`, which names the events that a limit held back."""
    first, last = lost[0], lost[-1]
    body = {
        "watch": route.id,
        "chain": route.chain,
        "from": {"number": first.number, "hash": first.block, "logIndex": first.index},
        "to": {"number": last.number, "hash": last.block, "logIndex": last.index},
        "dropped": len(lost),
        "reason": reason,
    }
    key = source(origin, first.block, first.index, "gap", route.id)
    return News(route.room, route.id, "gap", "chain.gap", key, body)


def stalled_news(route: Route, log: Log, origin: Origin, waiting: int) -> News:
    """Return `chain.stalled`: the room is so many entries behind its chain; nothing is left out.

    Args:
        log: the first event that was too many.
    """
    block = {"number": log.number, "hash": log.block}
    body = {"watch": route.id, "chain": route.chain, "waiting": waiting, "block": block}
    key = source(origin, log.block, log.index, "stall", route.id)
    return News(route.room, route.id, "stall", "chain.stalled", key, body)
