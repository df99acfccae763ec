"""Taps: logs that a part of the server wants for itself, beside the watches of rooms (gates, transaction tracking).

A tap names topics and contracts for the node's filter; `wants` then decides in memory, log by log. So a gate on a busy
token reads the token's transfers once per chain, and a stranger's transfer costs one look into a set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from parlour.core.chain.logs import Log


def everything(log: Log) -> bool:
    """Return True: the tap wants whatever its topics and contracts let through."""
    return True


@dataclass(frozen=True, slots=True)
class Tap:
    """One wish for logs.

    Attributes:
        id: unique among the taps of a chain.
        topics0: first topics, lower-case hex; at least one.
        addresses: contracts, lower-case hex; empty means any.
        wants: whether a log with such a topic and contract is wanted; called once or more for each of them.
        wants_late: the same of a log that only the second reading found. Logs of blocks from before the tap are among
            them: nobody had asked for them then, and what was asked of the chain later tells of them already.
    """

    id: str
    topics0: frozenset[str]
    addresses: frozenset[str] = frozenset()
    wants: Callable[[Log], bool] = field(default=everything, compare=False)
    wants_late: Callable[[Log], bool] = field(default=everything, compare=False)

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield each (topic, address) that the tap listens to; address "" is any."""
        for topic in self.topics0:
            for address in self.addresses or ("",):
                yield topic, address


class Taps:
    """All taps of one chain.

    Attributes:
        version: grows with each change.
    """

    def __init__(self) -> None:
        self.version = 0
        self._taps: dict[str, Tap] = {}
        self._by_key: dict[tuple[str, str], dict[str, Tap]] = {}

    def __len__(self) -> int:
        return len(self._taps)

    def add(self, tap: Tap) -> None:
        """Read the tap's logs from the next block on; a tap of the same id is replaced.

        Raises:
            ValueError: the tap names no topic.
        """
        if not tap.topics0:
            raise ValueError("A tap names at least one topic.")
        self.remove(tap.id)
        self._taps[tap.id] = tap
        for key in tap.places():
            self._by_key.setdefault(key, {})[tap.id] = tap
        self.version += 1

    def remove(self, tap: str) -> None:
        """Read the tap's logs no longer."""
        gone = self._taps.pop(tap, None)
        if gone is None:
            return
        for key in gone.places():
            del self._by_key[key][tap]
            if not self._by_key[key]:
                del self._by_key[key]
        self.version += 1

    def places(self) -> set[tuple[str, str]]:
        """Return every (topic, address) that some tap listens to."""
        return set(self._by_key)

    def match(self, log: Log) -> list[Tap]:
        """Return the taps that want the log."""
        if not log.topics or not self._by_key:
            return []
        found = [self._by_key.get((log.topics[0], address), {}) for address in (log.address, "")]
        return [tap for taps in found for tap in taps.values() if tap.wants(log)]

    def match_late(self, log: Log) -> list[Tap]:
        """Return the taps to which a log matters that was left out when its block was new."""
        return [tap for tap in self.match(log) if tap.wants_late(log)]
