"""Keeps the structs of a document as the bytes that clients wrote, by client, and writes them as one update.

Updates come after their causes, so merging them is putting each client's new structs behind those that are here. What
was typed letter by letter is one string: a struct that is split later has just the origins of its parts (yjs,
Item.splitItem), so that Yjs itself writes it in that way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from parlour.core.documents.encoding import read_uint, write_uint
from parlour.core.documents.slices import sliced
from parlour.core.documents.updates import Id, Struct, read_structs

HEAD_BYTES = 7
"""Before the structs of a client: how many there are, its id (five bytes mostly) and its first clock."""


@dataclass(slots=True)
class _Open:
    """The last struct of a client while it may still grow: a string that somebody types."""

    head: bytes
    text: bytearray
    right: Id | None

    def written(self) -> bytes:
        return self.head + write_uint(len(self.text)) + self.text


@dataclass(slots=True)
class Section:
    """The structs of one client, from clock 0 on.

    Attributes:
        end: the clock after the last one.
        clocks, counts, blobs: where pieces begin, how many structs each has, and their bytes.
        open: the last struct, which `clocks` and `counts` count and `blobs` has not.
        size: bytes of all.
    """

    client: int
    end: int = 0
    clocks: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    open: _Open | None = None
    size: int = 0

    def add(self, raw: bytes, struct: Struct) -> None:
        """Add what a struct of an update brings; nothing where all of it is here."""
        end = struct.clock + struct.length
        if struct.skip or end <= self.end:
            return
        last = self.open
        if self.end > struct.clock:
            part = sliced(raw, struct, self.client, self.end - struct.clock)
            (struct,), raw = read_structs(part, 1, (self.client, self.end)), part
        if (
            last is not None
            and struct.text
            and struct.right == last.right
            and struct.origin == (self.client, struct.clock - 1)
        ):
            text = raw[read_uint(raw, struct.content)[1] : struct.end]
            last.text += text
            self.size += len(text)
        else:
            self._push(raw, struct)
        self.end = end

    def _push(self, raw: bytes, struct: Struct) -> None:
        if self.open is not None:
            self.blobs.append(self.open.written())
            self.open = None
        self.clocks.append(struct.clock)
        self.counts.append(1)
        self.size += struct.end - struct.at
        if struct.text:
            text = raw[read_uint(raw, struct.content)[1] : struct.end]
            self.open = _Open(raw[struct.at : struct.content], bytearray(text), struct.right)
        else:
            self.blobs.append(raw[struct.at : struct.end])

    def reopen(self, raw: bytes) -> None:
        """Take over the last struct, a string, so that it may grow."""
        (struct,) = read_structs(raw, 1, (self.client, 0))
        self.clocks.append(self.end - struct.length)
        self.counts.append(1)
        text = raw[read_uint(raw, struct.content)[1] :]
        self.open = _Open(raw[: struct.content], bytearray(text), struct.right)

    def pieces(self) -> list[bytes]:
        """Return the bytes of all structs, in pieces."""
        return self.blobs if self.open is None else [*self.blobs, self.open.written()]

    def after(self, clock: int) -> tuple[int, int, list[bytes]]:
        """Return the first clock, the number and the bytes of the structs from `clock` on; 0 < clock < end."""
        place = bisect_right(self.clocks, clock) - 1
        pieces = self.pieces()
        blob, start = pieces[place], self.clocks[place]
        structs = read_structs(blob, self.counts[place], (self.client, start))
        first = next(number for number, each in enumerate(structs) if each.clock + each.length > clock)
        struct = structs[first]
        cut = blob[struct.at : struct.end]
        if struct.clock < clock:
            cut = sliced(blob, struct, self.client, clock - struct.clock)
        count = self.counts[place] - first + sum(self.counts[place + 1 :])
        return max(clock, struct.clock), count, [cut, blob[struct.end :], *pieces[place + 1 :]]


class Sections:
    """The structs of a whole document.

    Attributes:
        size: about how many bytes they have, the heads of the sections included.
    """

    def __init__(self) -> None:
        self.size = 0
        self._sections: dict[int, Section] = {}

    def add(self, raw: bytes, runs: dict[int, list[Struct]]) -> None:
        """Add the structs of an update that comes after its causes."""
        for client, run in runs.items():
            section = self._sections.get(client)
            if section is None:
                section = self._sections[client] = Section(client)
                self.size += HEAD_BYTES
            before = section.size
            for struct in run:
                section.add(raw, struct)
            self.size += section.size - before

    def written(self) -> Iterator[bytes]:
        """Write all structs as an update does, without its delete set: the highest client first, as Yjs."""
        yield write_uint(len(self._sections))
        for client in sorted(self._sections, reverse=True):
            section = self._sections[client]
            yield write_uint(sum(section.counts)) + write_uint(client) + b"\x00"
            yield from section.pieces()

    def beyond(self, vector: dict[int, int]) -> Iterator[bytes]:
        """Write the structs beyond a state vector as an update does, without its delete set."""
        newer = [client for client, section in self._sections.items() if section.end > vector.get(client, 0)]
        yield write_uint(len(newer))
        for client in sorted(newer, reverse=True):
            section, known = self._sections[client], vector.get(client, 0)
            first, count, pieces = section.after(known) if known else (0, sum(section.counts), section.pieces())
            yield write_uint(count) + write_uint(client) + write_uint(first)
            yield from pieces

    # ── snapshots: the bytes, and where each section is in them ──────────────────────────────────────────────────

    def places(self) -> list[list[int]]:
        """Return `[client, structs, clock after the last, bytes, bytes of the last struct]` in the order of `written`.

        The last number is 0 where the last struct cannot grow.
        """
        rows = []
        for client in sorted(self._sections, reverse=True):
            section = self._sections[client]
            last = len(section.open.written()) if section.open is not None else 0
            size = sum(map(len, section.blobs)) + last
            rows.append([client, sum(section.counts), section.end, size, last])
        return rows

    @classmethod
    def restored(cls, raw: bytes, places: list[list[int]]) -> Sections:
        """Return what was written as `raw` (the bytes of an update), without reading every struct again."""
        sections = cls()
        _, at = read_uint(raw, 0)
        for client, count, end, size, last in places:
            at += len(write_uint(count)) + len(write_uint(client)) + 1
            section = sections._sections[client] = Section(client, end, size=size)
            sections.size += size + HEAD_BYTES
            whole = raw[at : at + size]
            at += size
            if count > (1 if last else 0):
                section.clocks.append(0)
                section.counts.append(count - (1 if last else 0))
                section.blobs.append(whole[: size - last])
            if last:
                section.reopen(whole[size - last :])
        return sections
