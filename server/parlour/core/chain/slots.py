"""The slots of a Solana cluster that PubSub told of, answered as a node of an EVM chain answers for its blocks.

Slots of which nothing was heard count as blocks without logs, each the child of the one before. Where somebody wanted
to hear of an address in them, the first slot after them has a log that says so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parlour.core.chain.solana import FEEDS, MISSED, named, skip_name, slot_name

FASTEST = 10
"""Slots that a second can bring: there are two and a half, and clusters for development have shorter ones."""
AHEAD = 1024
"""Slots by which a slot, or what is told of one, may lie further ahead: a cluster catches up after a stop."""
BEGAN = 1_584_000_000
"""When the first slot of the oldest cluster was (March 2020): what lies further ahead than time allows is a lie."""
MOST_TOLD = 10_000
"""Things told of one slot that are kept, more than its transactions; a room would hear of no more in a minute."""
KEPT = 1024
"""Slots below the root that are remembered, seven minutes: each is read a second time once it is final."""

Raw = dict[str, Any]


@dataclass(slots=True)
class _Break:
    """Slots in which nothing was heard of an address: from `first`, the lowest that was asked for, to before `since`.

    Attributes:
        stands: whether the subscription stands again; then `since` is the second slot from there.
    """

    first: int | None = None
    since: int | None = None
    stands: bool = False


class Slots:
    """The tree of the slots that were heard, and the logs in them.

    Attributes:
        root: the newest final slot; -1 before the first one was heard.
    """

    def __init__(self) -> None:
        self.root = -1
        self._newest = -1
        self._parents: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._logs: dict[int, list[Raw]] = {}
        self._breaks: dict[str, _Break] = {}

    # ── what is heard ────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, slot: int, parent: int, root: int, time: int) -> None:
        """Add a slot.

        Args:
            parent: the slot of the block it builds on.
            root: the newest final slot.
            time: when it was heard, in seconds since 1970.

        Raises:
            ValueError: it cannot be: a follower would read every slot up to one that lies far ahead.
        """
        if not all(type(each) is int for each in (slot, parent, root)) or not 0 <= root <= slot > parent >= 0:
            raise ValueError("slots that contradict each other")
        if slot > self._most(time):
            raise ValueError("a slot that lies too far ahead")
        if slot < self.root:
            self._begin_anew()
        self._parents[slot], self._newest, self.root = parent, max(slot, self._newest), max(self.root, root)
        self._times[slot] = time
        for each in self._breaks.values():
            if each.stands and each.since is None:
                each.since = slot + 1
        if len(self._parents) > 2 * KEPT:
            self._forget(self.root - KEPT)

    def _most(self, time: int) -> int:
        """Return the highest slot that there can be by now: so many a second since the newest one, or since ever."""
        known = self._times.get(self._newest)
        if known is None:
            return max(0, time - BEGAN) * FASTEST + AHEAD
        return self._newest + max(0, time - known) * FASTEST + AHEAD

    def _begin_anew(self) -> None:
        """Forget a cluster for development that was started anew."""
        self.root = self._newest = -1
        for kept in (self._parents, self._times, self._logs, self._breaks):
            kept.clear()

    def _forget(self, below: int) -> None:
        for kept in (self._parents, self._times, self._logs):
            for slot in [slot for slot in kept if slot < below]:
                del kept[slot]

    def note(self, feed: str, slot: int, topic: str, tx: str, args: Mapping[str, Any]) -> None:
        """Add what was told of an address in a slot.

        Args:
            feed: one of `solana.FEEDS`.
            topic: the address.
            tx: the transaction's signature; empty for an account.

        Raises:
            ValueError: the slot cannot be.
        """
        if type(slot) is not int or slot > max(self._newest, 0) + AHEAD:
            raise ValueError("told of a slot that lies too far ahead")
        if slot >= self.root - KEPT and len(self._logs.get(slot, ())) < MOST_TOLD:
            self._append(slot, FEEDS[feed], topic, {"tx": tx, "args": args})

    def _append(self, slot: int, contract: str, topic: str, told: Mapping[str, Any]) -> None:
        logs = self._logs.setdefault(slot, [])
        logs.append({
            "address": contract, "topics": [topic], "data": "0x" + json.dumps(told).encode().hex(),
            "blockHash": slot_name(slot), "blockNumber": hex(slot), "logIndex": hex(len(logs)),
            "transactionHash": told.get("tx") or f"{slot_name(slot)}{len(logs):x}", "transactionIndex": "0x0",
        })  # fmt: skip

    def unhear(self, topic: str) -> None:
        """Note that nothing is heard of an address, after the slots that are complete now, although it is wanted."""
        known = self._breaks.setdefault(topic, _Break())
        known.stands, known.since = False, None
        if known.first is None and self.head is not None:
            known.first = self.head + 1

    def hear(self, topic: str) -> None:
        """Note that everything is heard of an address again."""
        if (known := self._breaks.get(topic)) is not None:
            known.stands = True

    # ── what is answered ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def head(self) -> int | None:
        """The newest slot whose logs are complete, because another was built on it; None before."""
        return self._parents.get(self._newest)

    def block(self, number: int) -> Raw | None:
        """Return the block at a height of the newest branch; None above its head."""
        head = self.head
        return None if head is None or number > head else self._raw(number, *self._place(number, head))

    def _place(self, number: int, head: int) -> tuple[str, str]:
        """Return the names of the block at a height of the branch that ends at `head`, and of its parent."""
        slot = head
        while slot > number:
            parent = self._parents.get(slot)
            if parent is None:  # below it nothing was heard for a while
                parent = max((known for known in self._parents if known < slot), default=-1)
                if parent < number:
                    break
            elif parent < number:
                return skip_name(parent, number), _name_before(number, parent)
            slot = parent
        return slot_name(number), self._parent_of(number)

    def _parent_of(self, slot: int) -> str:
        return _name_before(slot, self._parents.get(slot, slot - 1))

    def block_named(self, name: str) -> Raw | None:
        """Return the block of a name; None where it is no name of a block."""
        found = named(name)
        if found is None:
            return None
        slot, before = found
        return self._raw(slot, name, self._parent_of(slot) if before is None else _name_before(slot, before))

    def _raw(self, number: int, name: str, parent: str) -> Raw:
        since = next(iter(self._times.values()), 0)
        return {
            "number": hex(number), "hash": name, "parentHash": parent if number else f"0x{0:064x}",
            "timestamp": hex(self._times.get(number, since)), "transactions": None,
        }  # fmt: skip

    def logs(self, asked: Mapping[str, Any]) -> list[Raw]:
        """Return the logs that a filter of `eth_getLogs` asks for: of one block, or of a range of the newest branch."""
        topics, contracts = (asked.get("topics") or [None])[0], asked.get("address")
        found: list[Raw] = []
        for slot in self._asked_slots(asked):
            for topic in topics or ():
                self._tell_missed(slot, topic)
            found += self._logs.get(slot, ())
        return [log for log in found if _fits(log, topics, contracts)]

    def _asked_slots(self, asked: Mapping[str, Any]) -> Iterator[int]:
        """Yield the slots of a filter that have a block."""
        if "blockHash" in asked:
            found = named(asked["blockHash"])
            if found is not None and found[1] is None:
                yield found[0]
            return
        for number in range(int(asked["fromBlock"], 16), int(asked["toBlock"], 16) + 1):
            if (raw := self.block(number)) is not None and raw["hash"] == slot_name(number):
                yield number

    def _tell_missed(self, slot: int, topic: str) -> None:
        """Let the first slot after those that were not heard say so."""
        known = self._breaks.get(topic)
        if known is None:
            return
        if known.since is None or slot < known.since:
            known.first = slot if known.first is None else min(known.first, slot)
        else:
            del self._breaks[topic]
            if known.first is not None:
                self._append(slot, MISSED, topic, {"from": known.first, "to": known.since - 1})


def _name_before(slot: int, parent: int) -> str:
    """Return the name of the block before a slot that builds on the slot `parent`."""
    return slot_name(parent) if parent == slot - 1 else skip_name(parent, slot - 1)


def _fits(log: Raw, topics: Collection[str] | None, contracts: Collection[str] | None) -> bool:
    return (topics is None or log["topics"][0] in topics) and (contracts is None or log["address"] in contracts)
