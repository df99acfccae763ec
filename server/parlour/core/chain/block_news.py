"""Entries of watches of blocks and of balances: `chain.block`, `chain.balance`, their reverts and confirmations.

As with events, the rule is: at a watch's level a room has exactly the canonical blocks up to that level's height.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.chain.blocks import Header, Heights, level_height
from parlour.core.chain.room_news import News, Origin, confirmed_news, source, status_at
from parlour.core.chain.watches import WatchRecord
from parlour.core.room import RoomId

MOST_BRANCHES = 64
"""Reorganisations between a block's step and its entry that are thought of when the entry is undone."""


@dataclass(slots=True)
class Listening:
    """A watch of blocks, or of a balance, of one room."""

    id: str
    room: RoomId
    record: WatchRecord

    @property
    def level(self) -> str:
        """The level its entries are told at."""
        return str(self.record["finality"])

    @property
    def start(self) -> int:
        """The block that its entries come after."""
        number: int = self.record["from"]["number"]
        return number


def rise(level: str, before: Heights, after: Heights, ancestor: int) -> tuple[int, int]:
    """Return (low, high): the blocks with low < number ≤ high reached the level in this step."""
    return min(level_height(level, before), ancestor), level_height(level, after)


def statuses(heights: Heights) -> dict[str, int]:
    """Return the heights by the names of statuses."""
    return {"safe": level_height("safe", heights), "finalized": level_height("finalized", heights)}


def block_news(one: Listening, origin: Origin, body: Mapping[str, Any], heights: Heights) -> News:
    """Return `chain.block` of a block body (core/chain/lookups.py)."""
    status = status_at(body["number"], statuses(heights))
    told = {"watch": one.id, "chain": origin.chain, **body, "status": status}
    key = source(origin, body["hash"], "-", "block", one.id)
    return News(one.room, one.id, "apply", "chain.block", key, told)


def balance_news(
    one: Listening, origin: Origin, block: Mapping[str, Any], balance: str | None, heights: Heights
) -> News:
    """Return `chain.balance`; a balance of None could not be read from the token."""
    asked = one.record["balance"]
    told = {
        "watch": one.id,
        "chain": origin.chain,
        "account": asked["account"],
        "token": asked.get("token", "native"),
        "balance": balance,
        "block": dict(block),
        "status": status_at(block["number"], statuses(heights)),
        **({"odd": "the token does not say"} if balance is None else {}),
    }
    key = source(origin, block["hash"], "-", "balance", one.id)
    return News(one.room, one.id, "apply", "chain.balance", key, told)


def undone_news(
    listening: Iterable[Listening], kind: str, origin: Origin, ancestor: Header, undone: Sequence[Header]
) -> list[News]:
    """Return one `chain.reverted` per room for the entries of undone blocks; rooms leave out those they never had.

    Args:
        kind: `block` or `balance`, as in the entries' sources.
    """
    by_room: dict[RoomId, list[str]] = {}
    for one in listening:
        for header in undone:
            if header.number > one.start:
                branches = range(header.branch, min(origin.branch, header.branch + MOST_BRANCHES) + 1)
                keys = [source(Origin(origin.chain, b), header.hash, "-", kind, one.id) for b in branches]
                by_room.setdefault(one.room, []).extend(keys)
    news = []
    for room, sources in sorted(by_room.items()):
        key = source(origin, ancestor.hash, "-", "revert", kind)
        body = {"chain": origin.chain, "of": sources, "block": ancestor.ref()}
        news.append(News(room, "", "revert", "chain.reverted", key, body))
    return news


def risen_news(
    listening: Iterable[Listening], origin: Origin, reached: Mapping[str, tuple[int, int, str]]
) -> list[News]:
    """Return `chain.confirmed` for each room and level that rose over blocks of its watches.

    Args:
        reached: level → (low, high, hash of the block at high), of levels that rose.
    """
    told: dict[tuple[RoomId, str], None] = {}
    for one in listening:
        for name in map(str, one.record["confirm"]):
            if name in reached and reached[name][1] > one.start:
                told[(one.room, name)] = None
    ends = {name: {"number": high, "hash": block} for name, (_, high, block) in reached.items()}
    return [confirmed_news(origin, room, name, ends[name]) for room, name in told]
