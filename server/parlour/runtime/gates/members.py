"""The members of gated rooms in this process, found by whom a log concerns and by the block a right rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from parlour.core.chain.logs import Log
from parlour.core.gates.events import concerned, routes_of
from parlour.core.gates.grants import Fact, Grants
from parlour.core.gates.questions import Holder
from parlour.core.gates.tree import Gate
from parlour.core.identity.accounts import address_on
from parlour.core.room import Account, RoomId


class Member(NamedTuple):
    """An account in a gated room."""

    room: RoomId
    account: Account


@dataclass(slots=True)
class GatedRoom:
    """A live room with a gate.

    Attributes:
        gate: as its log has it now.
        grants: the room's own; read here, changed by its entries alone.
        followed: accounts whose logs are looked for → the vault beside them.
    """

    room: RoomId
    gate: Gate
    grants: Grants
    followed: dict[Account, str | None] = field(default_factory=dict)

    def holder(self, account: Account) -> Holder:
        """Return who is judged, with what the account's grant was given for."""
        fact = self.grants.held.get(account) or (self.grants.lost.get(account) or {}).get("was") or {}
        return Holder(account, fact.get("vault"), (), tuple(fact.get("proved", ())))


Listen = Callable[[int, str, frozenset[str]], None]
"""Reads logs with these first topics of a contract on a chain; with none of them, no longer."""


class Members:
    """Every gated room of this process, and the index of its members.

    Args:
        listen: called where the logs that are wanted of a contract change.

    Attributes:
        rooms: by id, in lower case.
    """

    def __init__(self, listen: Listen) -> None:
        self.rooms: dict[RoomId, GatedRoom] = {}
        self._listen = listen
        self._of: dict[tuple[int, str, str], set[Member]] = {}
        self._tokens: dict[tuple[int, str], Counter[str]] = {}

    def add_room(self, room: RoomId, grants: Grants) -> GatedRoom | None:
        """Follow a room's members, anew where it is followed already; None where it has no gate."""
        self.remove_room(room)
        gate = grants.gate
        if gate is None:
            return None
        added = self.rooms[room.lower()] = GatedRoom(room, gate, grants)
        self._count(gate, 1)
        for account, fact in grants.held.items():
            self.follow(added, account, fact.get("vault"))
        for account, fact in grants.lost.items():
            self.follow(added, account, fact.get("was", {}).get("vault"))
        return added

    def remove_room(self, room: RoomId) -> None:
        """Follow a room no longer."""
        gone = self.rooms.pop(room.lower(), None)
        if gone is None:
            return
        for account in list(gone.followed):
            self.unfollow(gone, account)
        self._count(gone.gate, -1)

    def _count(self, gate: Gate, rooms: int) -> None:
        """Count the rooms that want each log, and listen to what the first one wants and the last one did."""
        for chain, routes in routes_of(gate).items():
            for topic, address in routes:
                wanted = self._tokens.setdefault((chain, address), Counter())
                before = wanted[topic]
                wanted[topic] = before + rooms
                if before == 0 or wanted[topic] == 0:
                    wanted += Counter()
                    self._listen(chain, address, frozenset(wanted))
                if not wanted:
                    del self._tokens[chain, address]

    def follow(self, room: GatedRoom, account: Account, vault: str | None) -> None:
        """Look for logs that concern an account, and its vault."""
        if account in room.followed:
            self.unfollow(room, account)
        room.followed[account] = vault
        member = Member(room.room, account)
        for key in _keys(room.gate, account, vault):
            self._of.setdefault(key, set()).add(member)

    def unfollow(self, room: GatedRoom, account: Account) -> None:
        """Look for logs of an account no longer."""
        vault = room.followed.pop(account, None)
        member = Member(room.room, account)
        for key in _keys(room.gate, account, vault):
            members = self._of.get(key)
            if members is not None:
                members.discard(member)
                if not members:
                    del self._of[key]

    def wants(self, chain: int, log: Log) -> bool:
        """Return whether a log concerns somebody; a stranger's costs two looks into a table."""
        return any((chain, log.address, address) in self._of for address in concerned(log))

    def wants_late(self, chain: int, log: Log) -> bool:
        """Return whether a log found late may change a right: not one that was asked for at that block or above."""
        return any(not self._was_asked_above(chain, member, log.number) for member in self.touched(chain, [log]))

    def _was_asked_above(self, chain: int, member: Member, number: int) -> bool:
        room = self.rooms.get(member.room.lower())
        grants = Grants() if room is None else room.grants
        fact = grants.held.get(member.account) or grants.lost.get(member.account) or {}
        block = fact.get("block")
        return block is not None and fact.get("chain") == chain and block["number"] >= number

    def touched(self, chain: int, logs: Iterable[Log]) -> set[Member]:
        """Return the members whom these logs concern."""
        found: set[Member] = set()
        for log in logs:
            for address in concerned(log):
                found |= self._of.get((chain, log.address, address), set())
        return found

    def on_chain(self, chain: int) -> Iterator[GatedRoom]:
        """Yield the rooms whose gates ask this chain."""
        return (room for room in self.rooms.values() if chain in room.gate.chains)

    def resting_on(self, chain: int, blocks: set[str]) -> set[Member]:
        """Return members whose right, or its end, rests on one of these blocks (by hash)."""
        found: set[Member] = set()
        for room in self.on_chain(chain):
            for facts in (room.grants.held, room.grants.lost):
                found |= {Member(room.room, account) for account, fact in facts.items() if _rests(fact, chain, blocks)}
        return found


def _rests(fact: Fact, chain: int, blocks: set[str]) -> bool:
    block: Any = fact.get("block")
    return fact.get("chain") == chain and isinstance(block, dict) and block.get("hash") in blocks


def _keys(gate: Gate, account: Account, vault: str | None) -> Iterator[tuple[int, str, str]]:
    for chain, routes in routes_of(gate).items():
        own = address_on(account, chain)
        for contract in {route.address for route in routes}:
            for address in (own, vault):
                if address is not None:
                    yield chain, contract, address.lower()
