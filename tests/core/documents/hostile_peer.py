"""Posts hostile bytes to documents, in a process that may take `MEMORY` beside itself and `SECONDS` of its CPU.

    python -m tests.core.documents.hostile_peer

It prints a line for each case. Beyond its memory it fails with a MemoryError, beyond its time it is killed.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from parlour.core.documents.awareness import read_awareness
from parlour.core.documents.encoding import NotAnUpdate, read_vector, write_uint
from parlour.core.documents.room import MAX_STRUCTS, DocumentRoom
from parlour.core.room import Join, Post
from parlour.errors import Illegal, Invalid, ParlourError, TooLarge
from parlour.testing.kept_room import OWNER, KeptRoom

MEMORY = 192 << 20
"""Bytes: enough for 80,000 Yjs clients in `DOCUMENT` bytes, twice, because a snapshot of them is taken and read."""
SECONDS = 120
DOCUMENT = 1 << 20
UPDATE = 256 << 10
"""As `PARLOUR_UPDATE_BYTES` has it."""


def uints(*numbers: int) -> bytes:
    return b"".join(map(write_uint, numbers))


def text(client: int, clock: int, content: bytes, root: bytes = b"t") -> bytes:
    """One struct of a client, with its head: a string at the beginning of a root."""
    return uints(1, client, clock) + b"\x04" + uints(1, len(root)) + root + uints(len(content)) + content


REFUSED = {
    "a million clients": uints(10**6),
    "clients without structs": uints(80_000) + b"".join(uints(0, client, 0) for client in range(80_000)) + uints(0),
    "a head of 2^53 structs": uints(1, 2**53 - 1, 1, 0) + b"\x00\x01" * 100,
    "a million tiny structs": (uints(1, 10**6, 1, 0) + b"\x00\x01" * 10**6)[:UPDATE],
    "a million deletions": uints(0, 1, 1, 10**6) + b"\x00\x01" * 10**5,
    "a clock of 2^53": uints(1, 1, 1, 2**53 - 1) + b"\x00" + uints(5, 0),
    "a struct of 2^31 clocks that are deleted": uints(1, 1, 1, 0) + b"\x00" + uints(2**31, 0),
    "a hole of 2^31 clocks": uints(1, 1, 1, 0) + b"\x0a" + uints(2**31, 0),
    "a string of 2^40 bytes": uints(1, 1, 1, 0) + b"\x04" + uints(1, 1) + b"t" + uints(2**40),
    "2^40 values": uints(1, 1, 1, 0) + b"\x08" + uints(1, 1) + b"t" + uints(2**40) + b"\x7f" * 100,
    "an array of 2^40 in a value": uints(1, 1, 1, 0) + b"\x08" + uints(1, 1) + b"t" + uints(1) + b"\x75" + uints(2**40),
    "a value in 100,000 arrays": uints(1, 1, 1, 0) + b"\x08" + uints(1, 1) + b"t" + uints(1) + b"\x75\x01" * 100_000,
    "JSON in 100,000 arrays": uints(1, 1, 1, 0) + b"\x05" + uints(1, 1) + b"t" + uints(100_000) + b"[" * 100_000,
}


def documents() -> Iterator[tuple[str, Iterable[bytes]]]:
    """Updates that are taken until the document is full, each made to take as much memory a byte as can be."""
    clients = range(2**28, 2**31, MAX_STRUCTS)
    yield (
        "clients",
        (
            uints(MAX_STRUCTS) + b"".join(text(first + n, 0, b"x") for n in range(MAX_STRUCTS)) + uints(0)
            for first in clients
        ),
    )
    emojis = "📊".encode() * 50_000
    yield "emojis", (uints(1) + text(7, number * 100_000, emojis) + uints(0) for number in range(1_000))
    yield (
        "roots",
        (
            uints(MAX_STRUCTS)
            + b"".join(text(first + n, 0, b"x", b"%d" % (first + n)) for n in range(MAX_STRUCTS))
            + uints(0)
            for first in clients
        ),
    )
    yield "deletions", deletions()


def deletions() -> Iterator[bytes]:
    yield uints(1) + text(7, 0, b"x" * 200_000) + uints(0)
    for first in range(0, 200_000, 2 * MAX_STRUCTS):
        starts = range(first, first + 2 * MAX_STRUCTS, 2)
        yield uints(0, 1, 7, MAX_STRUCTS) + b"".join(uints(start, 1) for start in starts)


def post(room: KeptRoom[DocumentRoom], raw: bytes) -> None:
    room.submit(Post("ann", id=str(len(room.outcomes)), type="doc.update", body=raw))


def main() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for name, raw in REFUSED.items():
        try:
            post(KeptRoom(DocumentRoom, {}, 1), raw)
        except (Illegal, TooLarge) as refusal:
            print(f"{name}: {refusal.reason}")
        else:
            sys.exit(f"{name}: taken")
    for name, read in (("a vector", read_vector), ("awareness", read_awareness)):
        for count in (10**6, 2**53 - 1):
            try:
                read(uints(count) + b"\x01\x01" * 100)
            except (NotAnUpdate, Invalid):
                print(f"{name} of {count}: refused")
    for name, updates in documents():
        print(f"{name}: {filled(updates)}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB at most")


def filled(updates: Iterable[bytes]) -> str:
    """Post updates until one is refused; then take a snapshot, go back to it and join."""
    room = KeptRoom(DocumentRoom, {"maxBytes": DOCUMENT}, 1)
    ended = "all taken"
    try:
        for raw in updates:
            post(room, raw)
    except ParlourError as refusal:
        ended = str(refusal)
    room.room.restore(room.room.snapshot())
    room.submit(Join(OWNER))
    return f"{len(room.room.contents.whole())} bytes, {ended}"


if __name__ == "__main__":
    main()
