"""The transactions that are looked for on one chain, by hash and by the block they are in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from parlour.core.chain.transactions import TRANSACTION
from parlour.core.room import Draft, RoomId
from parlour.runtime.chain.store import Sub

KIND = "track"
"""Of the subscriptions that keep tracked transactions over a restart."""


@dataclass(slots=True, eq=False)
class Tracked:
    """One transaction of one room.

    Attributes:
        id: of its subscription.
        of: seq of its `wallet.track`.
        sender, nonce: as its room said, or as a node did; None while nobody did.
        view: the transaction as a node sent it last.
        status: told last, as far as this process knows.
        block: `(number, hash)` it is in, or its replacement is.
        since_block: the follower's height when it was tracked; a replacement lies above.
        unknown_since: when (ms) no endpoint knew it for the first time; None while one does.
        safe: whether `safe` was told.
        deadline: when (ms) nobody waits for it any more.
    """

    id: str
    room: RoomId
    of: int
    chain: int
    hash: str
    sender: str | None = None
    nonce: int | None = None
    view: dict[str, Any] | None = None
    status: str = "submitted"
    block: tuple[int, str] | None = None
    replaced_by: dict[str, Any] = field(default_factory=dict)
    since_block: int = 0
    unknown_since: int | None = None
    safe: bool = False
    deadline: int | None = None

    @classmethod
    def of_sub(cls, sub: Sub) -> Tracked:
        """Return what a subscription looks for."""
        r = sub.record
        return cls(
            sub.id, sub.room, r["of"], sub.chain, r["hash"], r.get("from"), r.get("nonce"),
            since_block=r.get("sinceBlock", 0), deadline=r.get("deadline"),
        )  # fmt: skip

    def body(self, status: str, **facts: Any) -> dict[str, Any]:
        """Return the body of a `wallet.transaction`."""
        shown = {key: value for key, value in facts.items() if value is not None}
        return {"of": self.of, "chain": self.chain, "hash": self.hash, "status": status, **shown}

    def draft(self, status: str, **facts: Any) -> Draft:
        """Return a `wallet.transaction`."""
        return Draft(TRANSACTION, self.body(status, **facts), ref=self.of)


def sub_of(room: RoomId, of: int, track: dict[str, Any], since_block: int) -> Sub:
    """Return the subscription that keeps a track."""
    name = hashlib.sha256(f"{room}|{of}".encode()).hexdigest()[:16]
    record = {**track, "id": f"t{name}", "of": of, "sinceBlock": since_block}
    return Sub(record["id"], room, track["chain"], record, "active", kind=KIND)


class TrackedSet:
    """Every transaction that is looked for on one chain."""

    def __init__(self) -> None:
        self._all: dict[str, Tracked] = {}
        self._by_hash: dict[str, dict[str, Tracked]] = {}
        self._at: dict[int, dict[str, Tracked]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def get(self, id_: str) -> Tracked | None:
        """Return what is looked for by the subscription of this id."""
        return self._all.get(id_)

    def add(self, tracked: Tracked) -> None:
        """Look for it."""
        block = tracked.block
        self.remove(tracked)
        self._all[tracked.id] = tracked
        self._by_hash.setdefault(tracked.hash, {})[tracked.id] = tracked
        self.place(tracked, block)

    def remove(self, tracked: Tracked) -> None:
        """Look for it no longer."""
        self.place(tracked, None)
        if self._all.pop(tracked.id, None) is not None:
            _discard(self._by_hash, tracked.hash, tracked.id)

    def place(self, tracked: Tracked, block: tuple[int, str] | None) -> None:
        """Note the block it is in, or that it is in none."""
        if tracked.block is not None:
            _discard(self._at, tracked.block[0], tracked.id)
        tracked.block = block
        if block is not None and tracked.id in self._all:
            self._at.setdefault(block[0], {})[tracked.id] = tracked

    def wanted(self, hashes: Iterable[str]) -> list[str]:
        """Return which of these transactions somebody looks for: one look into a table for each."""
        known = self._by_hash
        return [each for each in hashes if each in known] if known else []

    def of_hash(self, hash_: str) -> list[Tracked]:
        """Return the tracks of a transaction."""
        return list(self._by_hash.get(hash_, {}).values())

    def in_block(self, number: int, hash_: str) -> list[Tracked]:
        """Return those that are in this block."""
        return [each for each in self._at.get(number, {}).values() if each.block == (number, hash_)]

    def up_to(self, height: int) -> list[Tracked]:
        """Return those in blocks up to this number, in the order of the blocks."""
        return [each for n in sorted(n for n in self._at if n <= height) for each in self._at[n].values()]

    def inside(self) -> list[Tracked]:
        """Return those that are in blocks."""
        return [each for held in self._at.values() for each in held.values()]

    def outside(self) -> list[Tracked]:
        """Return those that are in no block."""
        return [each for each in self._all.values() if each.block is None]


def _discard(table: dict[Any, dict[str, Tracked]], key: Any, id_: str) -> None:
    held = table.get(key)
    if held is not None:
        held.pop(id_, None)
        if not held:
            del table[key]
