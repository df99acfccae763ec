"""The block tracker: extends, reorganises, refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parlour.core.chain.blocks import BlockTracker, Header, Heights, Malformed, TooDeep, raise_levels, read_header

REORG = Path(__file__).parents[2] / "data" / "reorg" / "mainnet_ommers_window.json"


def header(number: int, branch: str = "a", parent: str | None = None) -> Header:
    return Header(number, f"{branch}{number}", f"a{number - 1}" if parent is None else parent, number)


def tracker(upto: int = 10, finalized: int = 2, max_reorg: int = 64) -> BlockTracker:
    return BlockTracker([header(n) for n in range(1, upto + 1)], finalized, max_reorg)


def branch(first: int, last: int) -> list[Header]:
    """Blocks b<first> … b<last> that leave the a-chain below `first`."""
    return [header(n, "b", f"a{first - 1}" if n == first else f"b{n - 1}") for n in range(first, last + 1)]


def test_child_of_the_head_extends_the_chain() -> None:
    chain = tracker()
    fork = chain.fork([header(11), header(12)])
    assert (fork.ancestor.number, fork.reverted, len(fork.applied)) == (10, (), 2)
    chain.apply(fork)
    assert chain.head.hash == "a12"
    assert chain.knows("a11")


def test_branch_undoes_newest_first_and_applies_oldest_first() -> None:
    chain = tracker()
    fork = chain.fork(branch(8, 9))
    assert [h.hash for h in fork.reverted] == ["a10", "a9", "a8"]
    assert [h.hash for h in fork.applied] == ["b8", "b9"]
    chain.apply(fork)
    assert chain.head.hash == "b9"
    assert not chain.knows("a9")
    assert chain.at(10) is None


def test_fork_changes_nothing_until_it_is_applied() -> None:
    chain = tracker()
    chain.fork(branch(5, 12))
    assert chain.head.hash == "a10"
    assert chain.knows("a7")


@pytest.mark.parametrize(("finalized", "max_reorg"), [(6, 64), (0, 4)])
def test_branch_below_the_floor_is_too_deep(finalized: int, max_reorg: int) -> None:
    chain = tracker(finalized=finalized, max_reorg=max_reorg)
    assert chain.floor == 6
    assert chain.fork(branch(7, 11)).ancestor.number == 6
    with pytest.raises(TooDeep):
        chain.fork(branch(6, 11))


def test_unlinked_branch_and_an_unknown_parent_are_refused() -> None:
    chain = tracker()
    with pytest.raises(Malformed, match="does not follow"):
        chain.fork([header(11), header(12, "b", "b11")])
    with pytest.raises(Malformed, match="unknown"):
        chain.fork([header(11, "b", "b10")])
    with pytest.raises(Malformed):
        chain.fork([header(12, "b", "a10")])


def test_finality_never_moves_down_and_pruning_keeps_the_finalized_block() -> None:
    chain = tracker()
    chain.finalize(6)
    chain.finalize(3)
    assert chain.finalized == 6
    chain.prune(9)
    assert chain.at(6) is not None
    assert chain.at(5) is None
    assert [h.number for h in chain.headers(0, 8)] == [6, 7, 8]


def test_real_ommers_are_followed_and_left_again() -> None:
    """Canonical mainnet headers 378 … 434 with their real siblings: each ommer is a reorg of depth one and back."""
    data = json.loads(REORG.read_text())
    canonical = sorted((read_header(h) for h in data["canonical"]), key=lambda h: h.number)
    ommers = {h.number: h for h in (read_header(o.get("header", o)) for o in data["ommers"])}
    chain = BlockTracker(canonical[:1], 0, 64)
    flips = 0
    for block in canonical[1:]:
        ommer = ommers.get(block.number)
        if ommer is not None and ommer.parent == chain.head.hash:
            chain.apply(chain.fork([ommer]))
            back = chain.fork([block])
            assert [h.hash for h in back.reverted] == [ommer.hash]
            chain.apply(back)
            flips += 1
        else:
            chain.apply(chain.fork([block]))
    assert chain.head.hash == canonical[-1].hash
    assert flips >= 15


def test_header_that_cannot_be_is_refused() -> None:
    good = {"number": "0x1", "hash": "0x" + "11" * 32, "parentHash": "0x" + "22" * 32, "timestamp": "0x5"}
    assert read_header(good).transactions == -1
    for change in ({"number": None}, {"hash": "0x12"}, {"hash": None}, {"timestamp": "soon"}, {"parentHash": "z" * 66}):
        with pytest.raises(Malformed):
            read_header({**good, **change})
    with pytest.raises(Malformed):
        read_header(None)


@pytest.mark.parametrize(
    "change",
    [{"number": hex(2**53)}, {"number": "-0x1"}, {"number": "0x" + "f" * 70}, {"number": 5}, {"timestamp": hex(2**41)},
     {"logsBloom": "0x" + "ff" * 300}, {"transactions": "0xabcdef"}, {"hash": "0x" + "1_" * 32}],
)  # fmt: skip
def test_header_that_no_entry_can_hold_is_refused(change: dict[str, Any]) -> None:
    good = {"number": "0x1", "hash": "0x" + "11" * 32, "parentHash": "0x" + "22" * 32, "timestamp": "0x5"}
    with pytest.raises(Malformed):
        read_header({**good, **change})


def test_levels_rise_with_the_head_and_fall_only_to_a_forks_ancestor() -> None:
    levels = {"included": 20, "safe": 16, "finalized": 12, "3": 18}
    names = list(levels)
    forward = raise_levels(levels, names, 20, Heights(21, 17, 13))
    assert forward == {"included": 21, "safe": 17, "finalized": 13, "3": 19}
    reorged = raise_levels(levels, names, 15, Heights(17, 14, 12))
    assert reorged == {"included": 17, "safe": 15, "finalized": 12, "3": 15}
    shallow = raise_levels(levels, names, 19, Heights(20, 16, 12))
    assert shallow["3"] == 18


def test_finalized_block_has_any_number_of_confirmations() -> None:
    assert raise_levels({"9": 0}, ["9"], 5, Heights(5, 5, 5)) == {"9": 5}
