"""Tells moderators of rated tables whose opponents looked for them from one network: they may be one person.

Kept in memory alone: where somebody is on the net is in no log, and a server that starts anew has forgotten it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import ip_network
from itertools import combinations

from parlour.core.matchmaking.line import OpenTable
from parlour.core.room import Account, RoomId

Flag = Callable[[RoomId, str], Awaitable[None]]
"""Files a report of a table with a note for the server's moderators, once however often; may raise StoreError."""


class Networks:
    """From which network (limit_key: an IPv4 address, an IPv6 /64) accounts look for tables."""

    def __init__(self) -> None:
        self._of: dict[Account, str] = {}
        self._new: set[Account] = set()

    def note(self, accounts: Iterable[Account], network: str) -> None:
        """Note from where a ticket is sought; a party has one place, as it has one ticket."""
        accounts = list(accounts)
        for account in accounts:
            self._of.pop(account, None)
        if _tells_people_apart(network):
            self._new.update(accounts)
            self._of.update(dict.fromkeys(accounts, network))

    def forget_others(self, accounts: Iterable[Account]) -> None:
        """Forget whoever neither waits nor sits at a table that is on, unless they were noted since the last time."""
        wanted, self._new = self._new.union(accounts), set()
        self._of = {account: network for account, network in self._of.items() if account in wanted}

    def shared(self, table: OpenTable) -> list[list[Account]]:
        """Return the opponents of a table that share a network, those of each network together.

        Friends of one party sit in one house often, and win and lose together: a ticket counts as one.
        """
        found: Mapping[str, dict[Account, str]] = defaultdict(dict)
        for account in table.players:
            if (network := self._of.get(account)) is not None:
                found[network][account] = table.ticket_of(account)
        return [
            sorted(tickets)
            for tickets in found.values()
            if any(one != other for one, other in combinations(tickets.values(), 2))
        ]


def _tells_people_apart(network: str) -> bool:
    """Return whether a network is somebody's: behind a proxy or on one machine, all people have one private address."""
    try:
        return ip_network(network).is_global
    except ValueError:
        return False


def note_of(accounts: Iterable[Account]) -> str:
    """Return what moderators read; the network itself is nobody's business."""
    return f"Opponents who look for tables from one network: {', '.join(accounts)}"
