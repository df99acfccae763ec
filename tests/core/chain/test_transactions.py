"""The states of a tracked transaction: every edge, and that a room never holds a history that cannot have happened."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.chain.transactions import IN_BLOCK, NEXT, TRACK, TRANSACTION, Tracks, read_track, replacement_kind
from parlour.core.room import Draft, Entry, Post
from parlour.errors import Illegal, Invalid

HASH = "0x" + "ab" * 32
ME, YOU = "0x" + "11" * 20, "0x" + "22" * 20


def entry(seq: int, type_: str, body: Any) -> Entry:
    return Entry("r", "e", seq, f"s{seq}", type_, "", seq, body, b"", b"", b"")


def tracked() -> Tracks:
    tracks = Tracks()
    tracks.apply(entry(1, TRACK, {"chain": 1, "hash": HASH}))
    return tracks


def news(status: str, block: int | None = None, **more: Any) -> Draft:
    body: dict[str, Any] = {"of": 1, "chain": 1, "hash": HASH, "status": status, **more}
    if block is not None:
        body["block"] = {"number": block, "hash": hex(block)}
    return Draft(TRANSACTION, body)


def tell(tracks: Tracks, draft: Draft, seq: int = 2) -> list[str]:
    statuses = []
    for number, each in enumerate(tracks.accepted(draft)):
        assert isinstance(each.body, dict)
        tracks.apply(entry(seq + number, TRANSACTION, each.body))
        statuses.append(each.body["status"])
    return statuses


statuses = st.sampled_from(sorted(NEXT.keys() - {"submitted"}))
told = st.lists(st.tuples(statuses, st.integers(1, 3), st.booleans()), max_size=30)


@given(told)
def test_history_in_a_room_is_one_that_can_have_happened(log: list[tuple[str, int, bool]]) -> None:
    tracks, last, block = tracked(), "submitted", None
    for status, number, final in log:
        more = {"final": True} if final and status in ("failed", "replaced") else {}
        draft = news(status, number if status in IN_BLOCK | {"replaced"} else None, **more)
        for each in tracks.accepted(draft):
            assert isinstance(each.body, dict)
            assert each.body["status"] in NEXT[last], (last, each.body["status"])
            where = each.body.get("block", {}).get("number")
            if last in IN_BLOCK and each.body["status"] in IN_BLOCK:
                assert where == block, "a block was left without a word"
            last, block = each.body["status"], where
            tracks.apply(entry(9, TRANSACTION, each.body))


@given(told)
def test_saying_it_twice_changes_nothing(log: list[tuple[str, int, bool]]) -> None:
    tracks = tracked()
    for status, number, _ in log:
        tell(tracks, news(status, number if status in IN_BLOCK else None))
        assert tell(tracks, news(status, number if status in IN_BLOCK else None)) == [] or status == "orphaned"


@given(told, st.integers(0, 30))
def test_snapshot_and_later_entries_equal_a_fresh_fold(log: list[tuple[str, int, bool]], cut: int) -> None:
    whole, part = tracked(), tracked()
    for at, (status, number, _) in enumerate(log):
        if at == cut:
            restored = Tracks()
            restored.restore(part.snapshot())
            part = restored
        draft = news(status, number if status in IN_BLOCK else None)
        assert tell(whole, draft) == tell(part, draft)
    assert whole.open == part.open


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["pending", "included", "safe", "finalized"], None),
        (["included", "orphaned", "pending", "included"], None),
        (["included", "orphaned", "dropped", "pending"], None),
        (["pending", "replaced"], None),
        (["dropped", "included"], None),
        (["failed", "orphaned", "included"], None),
        (["included", "pending"], ["included", "orphaned", "pending"]),
        (["finalized"], []),
        (["pending", "submitted"], ["pending"]),
        (["safe"], []),
    ],
)
def test_edges_of_the_machine(path: list[str], expected: list[str] | None) -> None:
    tracks = tracked()
    found = [each for status in path for each in tell(tracks, news(status, 5 if status in IN_BLOCK else None))]
    assert found == (path if expected is None else expected)


def test_another_block_is_told_as_an_undoing_first() -> None:
    tracks = tracked()
    tell(tracks, news("included", 5))
    assert tell(tracks, news("included", 6)) == ["orphaned", "included"]


def test_final_ones_are_open_no_more() -> None:
    for path in ([news("included", 5), news("finalized", 5)], [news("failed", 5), news("failed", 5, final=True)]):
        tracks = tracked()
        for draft in path:
            tell(tracks, draft)
        assert tracks.open == {}


def post(body: Any, seq: int = 9, **more: Any) -> Post:
    return Post(author="a", id="1", type=TRACK, body=body, seq=seq, **more)


def test_track_is_told_as_submitted_at_once() -> None:
    outcome = Tracks().handle(post({"chain": 1, "hash": HASH}))
    assert [draft.type for draft in outcome.entries] == [TRACK, TRANSACTION]
    assert outcome.entries[1].body == {"of": 9, "chain": 1, "hash": HASH, "status": "submitted"}


def test_same_transaction_and_too_many_are_refused() -> None:
    tracks = tracked()
    with pytest.raises(Illegal, match="already"):
        tracks.handle(post({"chain": 1, "hash": HASH.upper().replace("0X", "0x")}))
    with pytest.raises(Illegal, match="at most 1"):
        tracks.handle(post({"chain": 1, "hash": "0x" + "cd" * 32}, most=1))
    assert tracks.handle(post({"chain": 2, "hash": HASH}, most=2)).entries


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "body"),
        ({"hash": HASH}, "body.chain"),
        ({"chain": 1}, "body.hash"),
        ({"chain": 1, "hash": "0x12"}, "body.hash"),
        ({"chain": 1, "hash": HASH, "from": "me"}, "body.from"),
        ({"chain": 1, "hash": HASH, "nonce": -1}, "body.nonce"),
        ({"chain": 1, "hash": HASH, "gas": 1}, "body.gas"),
    ],
)
def test_track_that_cannot_be_used_is_refused(body: Any, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_track(body)
    assert refused.value.details == {"path": path}


MINE = {"from": ME, "to": YOU, "value": "0x5", "input": "0x"}


@pytest.mark.parametrize(
    ("mine", "other", "kind"),
    [
        (MINE, {**MINE, "gasPrice": "0x9"}, "repriced"),
        (MINE, {"from": ME, "to": ME, "value": "0x0", "input": "0x"}, "cancelled"),
        (None, {"from": ME, "to": ME, "value": "0x0", "input": "0x"}, "cancelled"),
        (MINE, {**MINE, "value": "0x6"}, "replaced"),
        (MINE, {**MINE, "input": "0x01"}, "replaced"),
        (None, MINE, "replaced"),
        (MINE, {"from": ME, "to": ME, "value": "0x1", "input": "0x"}, "replaced"),
    ],
)
def test_replacement_is_named_as_viem_and_ethers_name_it(mine: Any, other: Any, kind: str) -> None:
    assert replacement_kind(mine, other) == kind
