"""The newest entries of a live room, in memory: recovery and references rarely touch the store."""

from __future__ import annotations

from collections import deque

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

    def get(self, seq: int) -> Entry | None:
        first = self.first
        if first is None or not first <= seq < first + len(self._entries):
            return None
        return self._entries[seq - first]

    def after(self, seq: int) -> list[Entry] | None:
        """Entries with a greater seq, or None where some of them are no longer held."""
        first = self.first
        if first is None or seq + 1 < first:
            return None
        return [entry for entry in self._entries if entry.seq > seq]

    def last(self, count: int) -> list[Entry]:
        return list(self._entries)[-count:] if count > 0 else []

    def erase(self, seqs: set[int]) -> None:
        """Forget bodies and salts of `seqs` and of the edits that refer to them."""
        for entry in self._entries:
            if entry.seq in seqs or (entry.type == "chat.edit" and entry.ref in seqs):
                self._bytes -= len(entry.raw or b"")
                entry.body = entry.raw = entry.salt = None
