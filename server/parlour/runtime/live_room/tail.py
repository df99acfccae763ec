"""The newest entries of a live room, in memory: recovery and references rarely touch the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from parlour.core.room import Entry


class Tail:
    """A window on the log's end, bounded in entries and bytes. Entries are contiguous and ascending."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first(self) -> int | None:
        """The smallest seq held, or None where empty."""
        return self._entries[0].seq if self._entries else None

    def push(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += len(entry.raw or b"")
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= len(self._entries.popleft().raw or b"")

    def extend_back(self, older: Sequence[Entry]) -> None:
        """Hold older entries too, as many as there is room for; `older` ends right before what is held."""
        for entry in reversed(older):
            size = len(entry.raw or b"")
            if len(self._entries) >= self._max_entries or self._bytes + size > self._max_bytes:
                return
            self._entries.appendleft(entry)
            self._bytes += size

    def get(self, seq: int) -> Entry | None:
        first = self.first
        if first is None or not first <= seq < first + len(self._entries):
            return None
        return self._entries[seq - first]

    def since(self, seq: int) -> list[Entry]:
        """The entries held from `seq` on."""
        first = self.first
        if first is None:
            return []
        return list(islice(self._entries, max(0, seq - first), None))

    def erase(self, seqs: Collection[int]) -> list[Entry]:
        """Forget bodies and salts as `erase` does; answers the entries that lost theirs."""
        erased = erase(self._entries, seqs)
        self._bytes = sum(len(entry.raw or b"") for entry in self._entries)
        return erased


def erase(entries: Iterable[Entry], seqs: Collection[int]) -> list[Entry]:
    """Take bodies and salts from the entries `seqs` and from the edits that refer to them; answers which."""
    named = [e for e in entries if e.seq in seqs or (e.type == "chat.edit" and e.ref in seqs)]
    for entry in named:
        entry.body = entry.raw = entry.salt = None
    return named
