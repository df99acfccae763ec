"""Random documents of real yjs: whatever the order and the losses, the server's bytes read as yjs itself would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parlour.core.documents.encoding import read_vector
from parlour.core.documents.room import DocumentRoom
from parlour.core.room import Entry, Post
from parlour.errors import Illegal
from parlour.testing.kept_room import KeptRoom
from tests.core.documents.yjs_peer import YjsPeer, needs_yjs

MIXES = ("causal", "early", "split")
"""Updates after their causes; some before them; and some that cut an emoji in two."""
SHORT, LONG = 10, 1_000


@pytest.fixture(scope="module")
def yjs() -> Iterator[YjsPeer]:
    needs_yjs()
    peer = YjsPeer()
    yield peer
    peer.close()


@pytest.mark.parametrize("mix", MIXES)
def test_document_reads_as_in_yjs_after_any_order(yjs: YjsPeer, mix: str) -> None:
    for seed in range(SHORT):
        check(yjs, seed, mix)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("mix", MIXES)
def test_thousand_documents_read_as_in_yjs(yjs: YjsPeer, mix: str) -> None:
    for seed in range(1_000_000, 1_000_000 + LONG):
        check(yjs, seed, mix)


def check(yjs: YjsPeer, seed: int, mix: str) -> None:
    made = yjs.make(seed, mix)
    room = KeptRoom(DocumentRoom, {}, seed)
    refused = post_all(room, made["posts"])
    assert mix == "early" or not refused
    assert not post_all(room, made["finals"]), "what a client has goes in as a whole"
    contents = room.room.contents
    missed = contents.beyond(read_vector(bytes.fromhex(made["vector"])))
    judged = yjs.check(contents.whole(), [bytes(entry.body or b"") for entry in updates(room)], missed)
    assert judged["faults"] == [], f"{mix} {seed}"
    assert mix == "split" or not contents.approximate
    if not contents.approximate:
        assert room.room.read("json").get("t", "") == judged["text"], f"{mix} {seed}"
    middle = len(room.log) // 2
    assert room.restored(middle).snapshot() == room.replayed().snapshot() == room.room.snapshot()


def post_all(room: KeptRoom[DocumentRoom], posts: list[str]) -> int:
    """Post updates; return how many were refused because their causes were missing."""
    refused = 0
    for raw in posts:
        try:
            room.submit(Post("alice", id=f"{len(room.outcomes)}", type="doc.update", body=bytes.fromhex(raw)))
        except Illegal as refusal:
            if refusal.reason != "gap":
                raise
            refused += 1
    return refused


def updates(room: KeptRoom[DocumentRoom]) -> list[Entry]:
    return [entry for entry in room.log if entry.type == "doc.update"]
